//! Refusals as the Query protocol has them: an `ErrorResponse` in XML (Smithy, AWS Query; IAM API reference, common errors).

use anyrole_domain::{Kind, Refusal, StsKind};
use anyrole_wire::aws_query::Xml;
use http::{HeaderValue, StatusCode, header};

use crate::{Body, Response, iam};

/// Status and code of each kind; IAM's model has words of its own for what all services have.
fn code(kind: Kind, is_iam: bool) -> (StatusCode, &'static str) {
    match kind {
        Kind::Contended if is_iam => (StatusCode::CONFLICT, "ConcurrentModification"),
        Kind::Internal if is_iam => (StatusCode::INTERNAL_SERVER_ERROR, "ServiceFailure"),
        Kind::Validation => (StatusCode::BAD_REQUEST, "ValidationError"),
        Kind::InvalidInput => (StatusCode::BAD_REQUEST, "InvalidInput"),
        Kind::MalformedPolicy => (StatusCode::BAD_REQUEST, "MalformedPolicyDocument"),
        Kind::AccessDenied => (StatusCode::FORBIDDEN, "AccessDenied"),
        Kind::NotFound => (StatusCode::NOT_FOUND, "NoSuchEntity"),
        Kind::AlreadyExists => (StatusCode::CONFLICT, "EntityAlreadyExists"),
        Kind::DeleteConflict => (StatusCode::CONFLICT, "DeleteConflict"),
        Kind::Sts(kind) => sts_code(kind),
        // ACME has a shape of its own.
        Kind::Acme(_) => (StatusCode::INTERNAL_SERVER_ERROR, "ServiceFailure"),
        Kind::Unmodifiable => (StatusCode::BAD_REQUEST, "UnmodifiableEntity"),
        Kind::NotAttachable => (StatusCode::BAD_REQUEST, "PolicyNotAttachable"),
        Kind::LimitExceeded | Kind::TooManyTags => (StatusCode::CONFLICT, "LimitExceeded"),
        Kind::Unevaluable => (StatusCode::INTERNAL_SERVER_ERROR, "PolicyEvaluation"),
        Kind::Throttled => (StatusCode::BAD_REQUEST, "Throttling"),
        Kind::NotImplemented => (StatusCode::BAD_REQUEST, "InvalidAction"),
        Kind::MissingAuthentication => (StatusCode::FORBIDDEN, "MissingAuthenticationToken"),
        Kind::IncompleteSignature => (StatusCode::BAD_REQUEST, "IncompleteSignature"),
        Kind::SignatureMismatch | Kind::RequestTimeSkewed => {
            (StatusCode::FORBIDDEN, "SignatureDoesNotMatch")
        }
        Kind::UnknownAccessKey | Kind::InvalidToken => {
            (StatusCode::FORBIDDEN, "InvalidClientTokenId")
        }
        Kind::ExpiredToken => (StatusCode::FORBIDDEN, "ExpiredToken"),
        Kind::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge"),
        Kind::Unavailable | Kind::Contended => {
            (StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable")
        }
        // Another service.
        Kind::Internal | Kind::Pca(_) => (StatusCode::INTERNAL_SERVER_ERROR, "InternalFailure"),
    }
}

/// Status and code of what only STS refuses (STS API reference, errors of each operation).
fn sts_code(kind: StsKind) -> (StatusCode, &'static str) {
    let code = match kind {
        StsKind::InvalidParameterValue => "InvalidParameterValue",
        StsKind::PackedPolicyTooLarge => "PackedPolicyTooLarge",
        StsKind::InvalidIdentityToken => "InvalidIdentityToken",
        StsKind::IdpCommunication => "IDPCommunicationError",
        StsKind::IdpRejectedClaim => return (StatusCode::FORBIDDEN, "IDPRejectedClaim"),
        StsKind::ExpiredIdentityToken => "ExpiredTokenException",
        StsKind::InvalidAuthorizationMessage => "InvalidAuthorizationMessageException",
    };
    (StatusCode::BAD_REQUEST, code)
}

/// The whole answer.
pub fn render(refusal: &Refusal, namespace: &str, request_id: &str) -> Response {
    let (status, code) = code(refusal.kind, namespace == iam::NAMESPACE);
    let text = Xml::error(
        namespace,
        !status.is_server_error(),
        code,
        &refusal.public,
        request_id,
    );
    xml(status, text)
}

/// An answer in XML.
pub fn xml(status: StatusCode, text: String) -> Response {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("text/xml"));
    response
}
