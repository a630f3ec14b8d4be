//! Refusals as restJson1 has them: a message in the body, the type in a header (Smithy, AWS restJson1).

use anyrole_domain::{Kind, Refusal};
use anyrole_wire::rest_json::{CONTENT_TYPE, ERROR_TYPE_HEADER, ErrorBody};
use http::{HeaderValue, StatusCode, header};

use crate::{Body, Response};

/// Status and error type of each kind.
pub fn code(kind: Kind) -> (StatusCode, &'static str) {
    match kind {
        Kind::Validation
        | Kind::InvalidInput
        | Kind::Unmodifiable
        | Kind::NotAttachable
        | Kind::MalformedPolicy
        | Kind::AlreadyExists
        | Kind::DeleteConflict
        | Kind::LimitExceeded => (StatusCode::BAD_REQUEST, "ValidationException"),
        Kind::AccessDenied => (StatusCode::FORBIDDEN, "AccessDeniedException"),
        Kind::NotFound => (StatusCode::NOT_FOUND, "ResourceNotFoundException"),
        Kind::Throttled => (StatusCode::TOO_MANY_REQUESTS, "ThrottlingException"),
        Kind::TooManyTags => (StatusCode::BAD_REQUEST, "TooManyTagsException"),
        Kind::NotImplemented => (StatusCode::NOT_FOUND, "UnknownOperationException"),
        Kind::MissingAuthentication => {
            (StatusCode::FORBIDDEN, "MissingAuthenticationTokenException")
        }
        Kind::IncompleteSignature => (StatusCode::BAD_REQUEST, "IncompleteSignatureException"),
        Kind::SignatureMismatch | Kind::RequestTimeSkewed => {
            (StatusCode::FORBIDDEN, "InvalidSignatureException")
        }
        Kind::UnknownAccessKey | Kind::InvalidToken => {
            (StatusCode::FORBIDDEN, "UnrecognizedClientException")
        }
        Kind::ExpiredToken => (StatusCode::FORBIDDEN, "ExpiredTokenException"),
        Kind::TooLarge => (
            StatusCode::PAYLOAD_TOO_LARGE,
            "RequestEntityTooLargeException",
        ),
        Kind::Unavailable | Kind::Contended => (
            StatusCode::SERVICE_UNAVAILABLE,
            "ServiceUnavailableException",
        ),
        // Not of these services.
        Kind::Internal | Kind::Unevaluable | Kind::Sts(_) | Kind::Pca(_) | Kind::Acme(_) => {
            (StatusCode::INTERNAL_SERVER_ERROR, "InternalServerException")
        }
    }
}

/// The whole answer.
pub fn render(refusal: &Refusal) -> Response {
    let (status, error_type) = code(refusal.kind);
    let body = ErrorBody {
        message: refusal.public.clone().into_owned(),
        code: None,
    };
    let text = serde_json::to_string(&body).unwrap_or_default();
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
    headers.insert(ERROR_TYPE_HEADER, HeaderValue::from_static(error_type));
    response
}
