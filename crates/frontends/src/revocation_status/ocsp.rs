//! `POST /-/ocsp/{UUID}` with the request as body, and `GET /-/ocsp/{UUID}/{request in Base64, URL-encoded}` (RFC 6960
//! appendix A.1).

use anyrole_domain::Site;
use anyrole_domain::certificate_authorities::OcspReply;
use base64_simd::STANDARD;
use http::{Method, StatusCode, header};
use percent_encoding::percent_decode_str;

use super::{cacheable, plain, refused, set};
use crate::body::BodyReader;
use crate::{Body, Request, Response};

/// The longest request in octets; one about a path of ten has some 1,500.
const MAX_REQUEST: usize = 16 * 1024;

pub(super) async fn serve(
    site: &Site,
    bodies: &BodyReader,
    rest: &str,
    request: Request,
) -> Response {
    let (id, encoded) = match rest.split_once('/') {
        Some((id, encoded)) => (id, encoded),
        None => (rest, ""),
    };
    let entry = match site.speaking_authority(id) {
        Ok(entry) => entry,
        Err(refusal) => return refused(&refusal),
    };
    let method = request.method().clone();
    let asked = match (&method, encoded) {
        // Some clients put a slash behind the responder's URL.
        (&Method::POST, "") => {
            let kind = request.headers().get(header::CONTENT_TYPE);
            if kind.is_none_or(|kind| kind.as_bytes() != b"application/ocsp-request") {
                return plain(
                    StatusCode::UNSUPPORTED_MEDIA_TYPE,
                    "send application/ocsp-request\n",
                );
            }
            match bodies.read_create_session(request.into_body()).await {
                Ok(body) if body.len() <= MAX_REQUEST => Some(body.to_vec()),
                Ok(_) => None,
                Err(refusal) => return refused(&refusal),
            }
        }
        (&Method::GET, encoded) if !encoded.is_empty() => decode(encoded),
        _ => {
            return plain(
                StatusCode::METHOD_NOT_ALLOWED,
                "use POST, or GET with the request in the path\n",
            );
        }
    };
    let reply = match asked {
        None => OcspReply::malformed(),
        Some(asked) => site.ocsp(&entry, &asked).await.unwrap_or_else(|refusal| {
            tracing::warn!(reason = refusal.reason, detail = ?refusal, "no OCSP response");
            OcspReply::try_later()
        }),
    };
    answer(&method, reply)
}

fn decode(encoded: &str) -> Option<Vec<u8>> {
    let text: Vec<u8> = percent_decode_str(encoded).collect();
    if text.len() > MAX_REQUEST {
        return None;
    }
    STANDARD.decode_to_vec(&text).ok()
}

fn answer(method: &Method, reply: OcspReply) -> Response {
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    set(headers, header::CONTENT_TYPE, "application/ocsp-response");
    set(
        headers,
        header::CONTENT_LENGTH,
        &reply.der.len().to_string(),
    );
    match reply.holds.filter(|_| *method == Method::GET) {
        Some((made, ends)) => {
            let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &reply.der);
            let tag = hex_simd::encode_to_string(hash.as_ref(), hex_simd::AsciiCase::Lower);
            cacheable(headers, made, ends, &format!("\"{tag}\""));
        }
        None => set(headers, header::CACHE_CONTROL, "no-store"),
    }
    *response.body_mut() = Body::from(reply.der);
    response
}
