//! Answers as browsers get them: pages, files, redirects, each with the headers that guard it.

use anyrole_console::assets::Asset;
use anyrole_console::sign_in::SignInPage;
use anyrole_console::{Content, Reply, bare_refusal, status};
use anyrole_domain::{Kind, Refusal};
use bytes::Bytes;
use http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION,
    REFERRER_POLICY, RETRY_AFTER, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use crate::{Body, Response};

/// Nothing but our own files; no script or style in a page, no frame around it, forms for us alone.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// On every answer, of errors and redirects too.
const GUARDS: [(HeaderName, &str); 6] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // With `no-referrer` browsers send `Origin: null` with our own forms (Fetch standard, appending a request Origin header).
    (REFERRER_POLICY, "same-origin"),
    (X_FRAME_OPTIONS, "DENY"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

/// Adds what guards an answer. What says nothing of caches is kept by none.
pub fn guard(headers: &mut HeaderMap) {
    for (name, value) in GUARDS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
}

fn answer(status: StatusCode, media_type: &'static str, body: impl Into<Bytes>) -> Response {
    let mut response = Response::new(Body::from(body.into()));
    *response.status_mut() = status;
    let media_type = HeaderValue::from_static(media_type);
    response.headers_mut().insert(CONTENT_TYPE, media_type);
    response
}

/// A page.
fn html(status: StatusCode, page: String) -> Response {
    answer(status, "text/html; charset=utf-8", page)
}

/// A page that was rendered, or could not be.
fn rendered(status: StatusCode, page: Result<String, impl std::fmt::Display>) -> Response {
    match page {
        Ok(page) => html(status, page),
        Err(error) => {
            tracing::error!(%error, "a page can't be rendered");
            html(StatusCode::INTERNAL_SERVER_ERROR, String::new())
        }
    }
}

/// A refusal for whom no page of the console is shown.
pub fn refused(refusal: &Refusal) -> Response {
    let heading = match refusal.kind {
        Kind::NotFound => "There is nothing here",
        Kind::AccessDenied => "This was not accepted",
        Kind::Internal => "Something went wrong here",
        _ => "Not now",
    };
    let mut response = rendered(status(refusal.kind), bare_refusal(heading, &refusal.public));
    if refusal.kind == Kind::Throttled {
        // Quotas of reads are by the second; the tries to sign in come back by the half minute.
        let seconds = match refusal.reason {
            "rate-exceeded" => "1",
            _ => "30",
        };
        let seconds = HeaderValue::from_static(seconds);
        response.headers_mut().insert(RETRY_AFTER, seconds);
    }
    response
}

/// Only GET, HEAD and POST mean something here.
pub fn only_read_and_post() -> Response {
    let text = "The console knows GET, HEAD and POST.";
    let mut response = rendered(
        StatusCode::METHOD_NOT_ALLOWED,
        bare_refusal("This was not accepted", text),
    );
    let allowed = HeaderValue::from_static("GET, HEAD, POST");
    response.headers_mut().insert(ALLOW, allowed);
    response
}

/// The sign-in form, with what was wrong before.
pub fn sign_in_page(status: StatusCode, page: &SignInPage<'_>) -> Response {
    rendered(status, page.html())
}

/// Go there instead, with GET.
pub fn redirect(to: &str) -> Response {
    let mut response = Response::new(Body::empty());
    match HeaderValue::from_str(to) {
        Ok(to) => {
            *response.status_mut() = StatusCode::SEE_OTHER;
            response.headers_mut().insert(LOCATION, to);
        }
        Err(_) => {
            tracing::error!(to, "no header can hold this way");
            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        }
    }
    response
}

/// A file that pages refer to: its URL says what is in it.
pub fn asset(asset: &'static Asset) -> Response {
    let bytes = Bytes::from_static(asset.bytes);
    let mut response = answer(StatusCode::OK, asset.media_type, bytes);
    let forever = HeaderValue::from_static("public, max-age=31536000, immutable");
    response.headers_mut().insert(CACHE_CONTROL, forever);
    response
}

/// What a visit has come to.
pub fn reply(reply: Reply) -> Response {
    match reply.content {
        Content::Html(page) => html(reply.status, page),
        Content::SeeOther(to) => redirect(&to),
        Content::Download {
            name,
            media_type,
            bytes,
        } => {
            let mut response = answer(reply.status, media_type, bytes);
            let file = format!("attachment; filename=\"{name}\"");
            if let Ok(file) = HeaderValue::from_str(&file) {
                response.headers_mut().insert(CONTENT_DISPOSITION, file);
            }
            response
        }
        // The routes have made a page of it.
        Content::Refused => html(reply.status, String::new()),
    }
}
