//! Revocation lists and OCSP under our own pages, for everyone: `/-/crl/{authority's UUID}.crl` and
//! `/-/ocsp/{authority's UUID}`. Nothing is signed by SigV4, since who verifies a certificate has no credentials.

mod list;
mod ocsp;

use anyrole_domain::{Kind, Refusal, Site};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use jiff::Timestamp;

use crate::body::BodyReader;
use crate::{Body, Request, Response};

const LISTS: &str = "/-/crl/";
const RESPONDERS: &str = "/-/ocsp/";

/// Whether the path is one of these.
pub fn serves(path: &str) -> bool {
    path.starts_with(LISTS) || path.starts_with(RESPONDERS)
}

/// Answers, from what is known to be current: what another server has revoked is revoked here.
pub async fn serve(site: &Site, bodies: &BodyReader, request: Request) -> Response {
    let seen = match site.directory.confirm().await {
        Ok(seen) => seen,
        Err(refusal) => return refused(&refusal),
    };
    let response = answer(site, bodies, request).await;
    match site.directory.reconfirm(seen).await {
        Ok(()) => response,
        Err(refusal) => refused(&refusal),
    }
}

async fn answer(site: &Site, bodies: &BodyReader, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    match (path.strip_prefix(LISTS), path.strip_prefix(RESPONDERS)) {
        (Some(name), _) => list::serve(site, name, &request).await,
        (_, Some(rest)) => ocsp::serve(site, bodies, rest, request).await,
        _ => plain(StatusCode::NOT_FOUND, "no such page\n"),
    }
}

fn plain(status: StatusCode, text: &'static str) -> Response {
    let mut response = Response::new(Body::from(text.to_owned()));
    *response.status_mut() = status;
    set(
        response.headers_mut(),
        header::CONTENT_TYPE,
        "text/plain; charset=utf-8",
    );
    response
}

/// What is refused is said to programs that read statuses alone; the reason goes to the log.
fn refused(refusal: &Refusal) -> Response {
    if refusal.kind == Kind::NotFound {
        return plain(StatusCode::NOT_FOUND, "no such certificate authority\n");
    }
    tracing::warn!(reason = refusal.reason, detail = ?refusal, "no revocation status");
    plain(StatusCode::SERVICE_UNAVAILABLE, "try again later\n")
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// The headers of RFC 5019 section 6.2: until when it holds is said, and caches keep it for a minute, so that a revocation
/// is seen soon.
fn cacheable(headers: &mut HeaderMap, made: Timestamp, ends: Timestamp, tag: &str) {
    set(headers, header::LAST_MODIFIED, &http_date(made));
    set(headers, header::EXPIRES, &http_date(ends));
    set(headers, header::ETAG, tag);
    set(
        headers,
        header::CACHE_CONTROL,
        "max-age=60, public, no-transform, must-revalidate",
    );
}

/// RFC 9110 section 5.6.7.
fn http_date(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[cfg(test)]
mod tests {
    use super::http_date;

    #[test]
    fn dates_are_those_of_http() {
        let at = "2026-01-02T03:04:05.6Z".parse().unwrap();
        assert_eq!(http_date(at), "Fri, 02 Jan 2026 03:04:05 GMT");
    }
}
