//! Refusals as S3 has them: an `Error` in XML, with codes of S3's own (Amazon S3 API reference, Error responses).

use anyrole_domain::{Kind, Refusal};
use anyrole_wire::aws_query::Xml;
use http::{HeaderValue, StatusCode, header};

use crate::{Body, Response};

/// The reason code of a bucket name that our own pages have taken.
pub const RESERVED_BUCKET_NAME: &str = "reserved-bucket-name";

/// Status and code of a refusal. Signatures have texts of their own (`s3_signature`).
pub fn code(refusal: &Refusal) -> (StatusCode, &'static str) {
    if refusal.reason == RESERVED_BUCKET_NAME {
        return (StatusCode::BAD_REQUEST, "InvalidBucketName");
    }
    match refusal.kind {
        Kind::Validation
        | Kind::InvalidInput
        | Kind::Unmodifiable
        | Kind::NotAttachable
        | Kind::MalformedPolicy
        | Kind::LimitExceeded
        | Kind::TooManyTags => (StatusCode::BAD_REQUEST, "InvalidRequest"),
        Kind::AccessDenied | Kind::MissingAuthentication => (StatusCode::FORBIDDEN, "AccessDenied"),
        Kind::NotFound => (StatusCode::NOT_FOUND, "NoSuchKey"),
        Kind::AlreadyExists | Kind::DeleteConflict | Kind::Contended => {
            (StatusCode::CONFLICT, "OperationAborted")
        }
        Kind::Throttled => (StatusCode::SERVICE_UNAVAILABLE, "SlowDown"),
        Kind::NotImplemented => (StatusCode::NOT_IMPLEMENTED, "NotImplemented"),
        Kind::IncompleteSignature => (StatusCode::BAD_REQUEST, "AuthorizationHeaderMalformed"),
        Kind::SignatureMismatch => (StatusCode::FORBIDDEN, "SignatureDoesNotMatch"),
        Kind::RequestTimeSkewed => (StatusCode::FORBIDDEN, "RequestTimeTooSkewed"),
        Kind::UnknownAccessKey => (StatusCode::FORBIDDEN, "InvalidAccessKeyId"),
        Kind::InvalidToken => (StatusCode::BAD_REQUEST, "InvalidToken"),
        Kind::ExpiredToken => (StatusCode::BAD_REQUEST, "ExpiredToken"),
        Kind::TooLarge => (StatusCode::BAD_REQUEST, "EntityTooLarge"),
        Kind::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable"),
        // STS is another service.
        Kind::Internal | Kind::Unevaluable | Kind::Sts(_) | Kind::Pca(_) | Kind::Acme(_) => {
            (StatusCode::INTERNAL_SERVER_ERROR, "InternalError")
        }
    }
}

/// What S3 says, where it says it in other words than the other services.
pub fn message(refusal: &Refusal) -> &str {
    match refusal.kind {
        Kind::UnknownAccessKey => {
            "The AWS Access Key Id you provided does not exist in our records."
        }
        Kind::InvalidToken => "The provided token is malformed or otherwise invalid.",
        Kind::ExpiredToken => "The provided token has expired.",
        _ => &refusal.public,
    }
}

/// The whole answer.
pub fn render(refusal: &Refusal, path: &str, request_id: &str) -> Response {
    let (status, code) = code(refusal);
    render_answer(&Answer {
        status,
        code,
        message: message(refusal),
        detail: None,
        path,
        request_id,
    })
}

/// What an error document says.
pub struct Answer<'a> {
    /// The status.
    pub status: StatusCode,
    /// S3's code.
    pub code: &'a str,
    /// S3's text.
    pub message: &'a str,
    /// One more element.
    pub detail: Option<(&'a str, &'a str)>,
    /// The path that was asked for.
    pub path: &'a str,
    /// The request's id.
    pub request_id: &'a str,
}

/// An error document as an answer.
pub fn render_answer(answer: &Answer<'_>) -> Response {
    let mut xml = Xml::default();
    xml.element("Error", |xml| {
        xml.text("Code", answer.code)
            .text("Message", answer.message);
        if let Some((name, value)) = answer.detail {
            xml.text(name, value);
        }
        xml.text("Resource", answer.path)
            .text("RequestId", answer.request_id);
    });
    let mut response = Response::new(Body::from(format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}",
        xml.into_text()
    )));
    *response.status_mut() = answer.status;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/xml"),
    );
    response
}
