//! Refusals as S3 has them: an `Error` in XML, with codes of S3's own (Amazon S3 API reference, Error responses).

use anyrole_domain::{Kind, Refusal};
use anyrole_wire::aws_query::Xml;
use http::{HeaderValue, StatusCode, header};

use crate::{Body, Response};

/// Status and code of a refusal; some reasons of one kind have codes of their own in S3.
pub fn code(refusal: &Refusal) -> (StatusCode, &'static str) {
    match refusal.reason {
        "signature-version-2" | "signature-version-4a" | "unsupported-algorithm" => {
            return (StatusCode::BAD_REQUEST, "InvalidRequest");
        }
        "presigned-too-long" => {
            return (StatusCode::BAD_REQUEST, "AuthorizationQueryParametersError");
        }
        "host-not-signed" | "header-not-signed" => return (StatusCode::FORBIDDEN, "AccessDenied"),
        _ => {}
    }
    match refusal.kind {
        Kind::Validation
        | Kind::MalformedPolicy
        | Kind::LimitExceeded
        | Kind::TooManyTags
        | Kind::NotAttachable => (StatusCode::BAD_REQUEST, "InvalidRequest"),
        Kind::AccessDenied | Kind::MissingAuthentication => (StatusCode::FORBIDDEN, "AccessDenied"),
        Kind::NotFound => (StatusCode::NOT_FOUND, "NoSuchKey"),
        Kind::AlreadyExists | Kind::DeleteConflict => (StatusCode::CONFLICT, "OperationAborted"),
        Kind::NotImplemented => (StatusCode::NOT_IMPLEMENTED, "NotImplemented"),
        Kind::IncompleteSignature => (StatusCode::BAD_REQUEST, "AuthorizationHeaderMalformed"),
        Kind::SignatureMismatch => (StatusCode::FORBIDDEN, "SignatureDoesNotMatch"),
        Kind::RequestTimeSkewed => (StatusCode::FORBIDDEN, "RequestTimeTooSkewed"),
        Kind::UnknownAccessKey => (StatusCode::FORBIDDEN, "InvalidAccessKeyId"),
        Kind::InvalidToken => (StatusCode::BAD_REQUEST, "InvalidToken"),
        Kind::ExpiredToken => (StatusCode::BAD_REQUEST, "ExpiredToken"),
        Kind::TooLarge => (StatusCode::BAD_REQUEST, "EntityTooLarge"),
        Kind::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable"),
        Kind::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "InternalError"),
    }
}

/// What S3 says, where it says it in other words than the other services.
pub fn message(refusal: &Refusal) -> &str {
    match refusal.kind {
        Kind::UnknownAccessKey if refusal.reason == "unknown-access-key" => {
            "The AWS Access Key Id you provided does not exist in our records."
        }
        Kind::InvalidToken => "The provided token is malformed or otherwise invalid.",
        Kind::ExpiredToken => "The provided token has expired.",
        Kind::MissingAuthentication => "Access Denied",
        Kind::RequestTimeSkewed => {
            "The difference between the request time and the current time is too large."
        }
        _ => &refusal.public,
    }
}

/// The whole answer.
pub fn render(refusal: &Refusal, path: &str, request_id: &str) -> Response {
    let (status, code) = code(refusal);
    let mut xml = Xml::default();
    xml.element("Error", |xml| {
        xml.text("Code", code)
            .text("Message", message(refusal))
            .text("Resource", path)
            .text("RequestId", request_id);
    });
    let mut response = Response::new(Body::from(format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}",
        xml.into_text()
    )));
    *response.status_mut() = status;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/xml"),
    );
    response
}
