//! Refusals as ACME has them: problem documents (RFC 7807) of the types of RFC 8555, 6.7.

use anyrole_domain::acme::Problem;
use anyrole_domain::{AcmeKind, Kind};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use crate::{Body, Response};

const CONTENT_TYPE: HeaderValue = HeaderValue::from_static("application/problem+json");
const PREFIX: &str = "urn:ietf:params:acme:error:";

/// Type and status of each kind (RFC 8555, 6.7; RFC 9773, 7.4).
fn of_acme(kind: AcmeKind) -> (&'static str, StatusCode) {
    match kind {
        AcmeKind::AccountDoesNotExist => ("accountDoesNotExist", StatusCode::BAD_REQUEST),
        AcmeKind::AlreadyReplaced => ("alreadyReplaced", StatusCode::CONFLICT),
        AcmeKind::AlreadyRevoked => ("alreadyRevoked", StatusCode::BAD_REQUEST),
        AcmeKind::BadCsr => ("badCSR", StatusCode::BAD_REQUEST),
        AcmeKind::BadNonce => ("badNonce", StatusCode::BAD_REQUEST),
        AcmeKind::BadPublicKey => ("badPublicKey", StatusCode::BAD_REQUEST),
        AcmeKind::BadRevocationReason => ("badRevocationReason", StatusCode::BAD_REQUEST),
        AcmeKind::BadSignatureAlgorithm => ("badSignatureAlgorithm", StatusCode::BAD_REQUEST),
        AcmeKind::Conflict => ("malformed", StatusCode::CONFLICT),
        AcmeKind::Connection => ("connection", StatusCode::BAD_REQUEST),
        AcmeKind::Dns => ("dns", StatusCode::BAD_REQUEST),
        AcmeKind::ExternalAccountRequired => ("externalAccountRequired", StatusCode::FORBIDDEN),
        AcmeKind::IncorrectResponse => ("incorrectResponse", StatusCode::FORBIDDEN),
        AcmeKind::InvalidContact => ("invalidContact", StatusCode::BAD_REQUEST),
        AcmeKind::Malformed => ("malformed", StatusCode::BAD_REQUEST),
        AcmeKind::MethodNotAllowed => ("malformed", StatusCode::METHOD_NOT_ALLOWED),
        AcmeKind::OrderNotReady => ("orderNotReady", StatusCode::FORBIDDEN),
        AcmeKind::RateLimited => ("rateLimited", StatusCode::TOO_MANY_REQUESTS),
        AcmeKind::RejectedIdentifier => ("rejectedIdentifier", StatusCode::FORBIDDEN),
        AcmeKind::ServerInternal => ("serverInternal", StatusCode::INTERNAL_SERVER_ERROR),
        AcmeKind::Tls => ("tls", StatusCode::BAD_REQUEST),
        AcmeKind::Unauthorized => ("unauthorized", StatusCode::FORBIDDEN),
        AcmeKind::UnsupportedContact => ("unsupportedContact", StatusCode::BAD_REQUEST),
        AcmeKind::UnsupportedIdentifier => ("unsupportedIdentifier", StatusCode::BAD_REQUEST),
        AcmeKind::UnsupportedMediaType => ("malformed", StatusCode::UNSUPPORTED_MEDIA_TYPE),
        AcmeKind::UserActionRequired => ("userActionRequired", StatusCode::FORBIDDEN),
    }
}

fn of(kind: Kind) -> (&'static str, StatusCode) {
    match kind {
        Kind::Acme(kind) => of_acme(kind),
        Kind::NotFound => ("malformed", StatusCode::NOT_FOUND),
        Kind::TooLarge => ("malformed", StatusCode::PAYLOAD_TOO_LARGE),
        Kind::Validation | Kind::InvalidInput => of_acme(AcmeKind::Malformed),
        Kind::Throttled | Kind::LimitExceeded => of_acme(AcmeKind::RateLimited),
        Kind::AccessDenied => of_acme(AcmeKind::Unauthorized),
        Kind::Unavailable | Kind::Contended => ("serverInternal", StatusCode::SERVICE_UNAVAILABLE),
        _ => of_acme(AcmeKind::ServerInternal),
    }
}

/// A problem inside of another document.
pub fn body(kind: AcmeKind, detail: &str) -> Value {
    let (name, status) = of_acme(kind);
    json!({
        "type": format!("{PREFIX}{name}"),
        "detail": detail,
        "status": status.as_u16(),
    })
}

/// The whole answer.
pub fn render(problem: &Problem) -> Response {
    let (name, status) = of(problem.refusal.kind);
    let mut body = json!({
        "type": format!("{PREFIX}{name}"),
        "detail": problem.refusal.public,
        "status": status.as_u16(),
    });
    let subproblems = problem.subproblems.iter().map(|part| {
        json!({
            "type": format!("{PREFIX}{}", of_acme(part.kind).0),
            "detail": part.detail,
            "identifier": part.identifier,
        })
    });
    let subproblems: Vec<Value> = subproblems.collect();
    if let Value::Object(members) = &mut body {
        if !subproblems.is_empty() {
            members.insert("subproblems".to_owned(), Value::Array(subproblems));
        }
        if problem.refusal.kind == Kind::Acme(AcmeKind::BadSignatureAlgorithm) {
            // RFC 8555, 6.2: those that are taken.
            let taken = [
                "ES256", "ES384", "ES512", "EdDSA", "RS256", "RS384", "RS512",
            ];
            members.insert("algorithms".to_owned(), json!(taken));
        }
    }
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, CONTENT_TYPE);
    let waits = matches!(
        status,
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
    );
    if waits {
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    }
    response
}
