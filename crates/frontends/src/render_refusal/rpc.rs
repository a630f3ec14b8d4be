//! Refusals as AWS JSON 1.1 and RPC v2 with CBOR have them: the type and a message in the body (Smithy).

use anyrole_domain::certificate_authorities::PcaKind;
use anyrole_domain::{Kind, Refusal};
use anyrole_wire::aws_json::ErrorBody;
use anyrole_wire::rpc_v2_cbor;
use http::StatusCode;

use crate::Response;
use crate::door::{Protocol, RpcService};

/// Status and error type of each kind. No error of these models has a status of its own, so it is 400 for all that are the caller's.
fn code(kind: Kind, service: RpcService) -> (StatusCode, &'static str) {
    let caller = |code| (StatusCode::BAD_REQUEST, code);
    match kind {
        Kind::InvalidInput | Kind::Pca(PcaKind::InvalidArgs) if service == RpcService::Acm => {
            caller("InvalidParameterException")
        }
        Kind::Pca(kind) => caller(pca_code(kind)),
        Kind::Validation | Kind::Unmodifiable | Kind::NotAttachable => {
            caller("ValidationException")
        }
        Kind::InvalidInput => caller("InvalidTagException"),
        Kind::MalformedPolicy => caller("InvalidPolicyException"),
        Kind::AlreadyExists | Kind::DeleteConflict => caller("InvalidStateException"),
        Kind::LimitExceeded => caller("LimitExceededException"),
        Kind::AccessDenied => caller("AccessDeniedException"),
        Kind::NotFound => caller("ResourceNotFoundException"),
        Kind::Throttled => caller("ThrottlingException"),
        Kind::TooManyTags => caller("TooManyTagsException"),
        Kind::NotImplemented => caller("UnknownOperationException"),
        Kind::MissingAuthentication => caller("MissingAuthenticationTokenException"),
        Kind::IncompleteSignature => caller("IncompleteSignatureException"),
        Kind::SignatureMismatch | Kind::RequestTimeSkewed => caller("InvalidSignatureException"),
        Kind::UnknownAccessKey | Kind::InvalidToken => caller("UnrecognizedClientException"),
        Kind::ExpiredToken => caller("ExpiredTokenException"),
        Kind::TooLarge => (
            StatusCode::PAYLOAD_TOO_LARGE,
            "RequestEntityTooLargeException",
        ),
        Kind::Contended => caller("ConcurrentModificationException"),
        Kind::Unavailable => (
            StatusCode::SERVICE_UNAVAILABLE,
            "ServiceUnavailableException",
        ),
        // Not of these services.
        Kind::Internal | Kind::Unevaluable | Kind::Sts(_) | Kind::Acme(_) => {
            (StatusCode::INTERNAL_SERVER_ERROR, "InternalFailure")
        }
    }
}

fn pca_code(kind: PcaKind) -> &'static str {
    match kind {
        PcaKind::InvalidArgs => "InvalidArgsException",
        PcaKind::InvalidArn => "InvalidArnException",
        PcaKind::InvalidState => "InvalidStateException",
        PcaKind::InvalidRequest => "InvalidRequestException",
        PcaKind::InvalidNextToken => "InvalidNextTokenException",
        PcaKind::InvalidTag => "InvalidTagException",
        PcaKind::InvalidPolicy => "InvalidPolicyException",
        PcaKind::MalformedCsr => "MalformedCSRException",
        PcaKind::MalformedCertificate => "MalformedCertificateException",
        PcaKind::CertificateMismatch => "CertificateMismatchException",
        PcaKind::RequestAlreadyProcessed => "RequestAlreadyProcessedException",
        PcaKind::PermissionAlreadyExists => "PermissionAlreadyExistsException",
        PcaKind::RequestFailed => "RequestFailedException",
    }
}

/// The whole answer.
pub fn render(refusal: &Refusal, protocol: Protocol, service: RpcService) -> Response {
    let (status, kind) = code(refusal.kind, service);
    let body = ErrorBody {
        kind,
        message: &refusal.public,
    };
    let value = serde_json::to_value(&body).unwrap_or_default();
    let body = match protocol {
        Protocol::Json => serde_json::to_vec(&value).unwrap_or_default(),
        Protocol::Cbor => rpc_v2_cbor::encode(&value, &[]).unwrap_or_default(),
    };
    protocol.response(status, body)
}
