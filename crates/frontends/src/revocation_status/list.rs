//! `GET /-/crl/{UUID}.crl`: the authority's present revocation list in DER (RFC 5280 section 4.2.1.13, RFC 2585).

use anyrole_domain::Site;
use http::{Method, StatusCode, header};

use super::{cacheable, plain, refused, set};
use crate::{Body, Request, Response};

pub(super) async fn serve(site: &Site, name: &str, request: &Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return plain(StatusCode::METHOD_NOT_ALLOWED, "use GET\n");
    }
    let Some(id) = name.strip_suffix(".crl") else {
        return plain(StatusCode::NOT_FOUND, "no such page\n");
    };
    let list = match site.speaking_authority(id) {
        Ok(entry) => site.revocation_list(&entry).await,
        Err(refusal) => Err(refusal),
    };
    let list = match list {
        Ok(list) => list,
        Err(refusal) => return refused(&refusal),
    };
    let tag = format!("\"{:x}\"", list.number);
    let mut response = Response::new(Body::empty());
    cacheable(
        response.headers_mut(),
        list.this_update,
        list.next_update,
        &tag,
    );
    let known = request.headers().get_all(header::IF_NONE_MATCH);
    if known.iter().any(|known| known.as_bytes() == tag.as_bytes()) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return response;
    }
    let headers = response.headers_mut();
    set(headers, header::CONTENT_TYPE, "application/pkix-crl");
    set(headers, header::CONTENT_LENGTH, &list.der.len().to_string());
    if *request.method() == Method::GET {
        *response.body_mut() = Body::from(list.der.clone());
    }
    response
}
