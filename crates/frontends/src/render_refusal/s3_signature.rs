//! Signatures that are not accepted, in S3's codes and words (Amazon S3 API reference, error responses; texts as S3
//! is seen to answer them). A `VerifyError` enters; a refusal for the trail and the answer leave.

use anyrole_domain::{Kind, Refusal};
use anyrole_signing::VerifyError;
use http::StatusCode;

use super::s3_xml::{Answer, render_answer};
use crate::Response;

const UNSUPPORTED: &str =
    "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.";
const SEVERAL: &str = "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified";
const TOO_LONG: &str = "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds";
const NOT_SIGNED: &str = "There were headers present in the request which were not signed";
const MISMATCH: &str = "The request signature we calculated does not match the signature you provided. Check your key and signing method.";
const SKEWED: &str = "The difference between the request time and the current time is too large.";

/// The refusal as it is recorded, and the answer. `presigned`: the signature was in the query.
pub fn refuse(
    error: &VerifyError,
    presigned: bool,
    path: &str,
    request_id: &str,
) -> (Refusal, Response) {
    use VerifyError as Error;
    let bad = |code, message: &str| (StatusCode::BAD_REQUEST, code, message.to_owned());
    let forbidden = |code, message: &str| (StatusCode::FORBIDDEN, code, message.to_owned());
    let (status, code, message) = match error {
        Error::SigV2 | Error::SigV4a | Error::UnsupportedAlgorithm { .. } => {
            bad("InvalidRequest", UNSUPPORTED)
        }
        Error::SeveralSignatures => bad("InvalidArgument", SEVERAL),
        Error::MissingContentHash => bad(
            "InvalidRequest",
            "Missing required header for this request: x-amz-content-sha256",
        ),
        Error::PresignedTooLong { .. } => bad("AuthorizationQueryParametersError", TOO_LONG),
        Error::Unsigned => forbidden("AccessDenied", "Access Denied"),
        Error::HostNotSigned | Error::HeaderNotSigned { .. } => {
            forbidden("AccessDenied", NOT_SIGNED)
        }
        Error::PresignedExpired { .. } => forbidden("AccessDenied", "Request has expired"),
        Error::NotYetValid { .. } if presigned => {
            forbidden("AccessDenied", "Request is not valid yet")
        }
        Error::RequestExpired { .. } | Error::NotYetValid { .. } => {
            forbidden("RequestTimeTooSkewed", SKEWED)
        }
        Error::MissingDate => forbidden(
            "AccessDenied",
            "AWS authentication requires a valid Date or x-amz-date header",
        ),
        Error::SignatureMismatch => forbidden("SignatureDoesNotMatch", MISMATCH),
        Error::WrongRegion {
            expected,
            presented,
        } => malformed(
            presigned,
            &format!("the region '{presented}' is wrong; expecting '{expected}'"),
        ),
        other => malformed(presigned, &other.to_string()),
    };
    let mut refusal = Refusal::new(kind(status), error.code(), message);
    if !matches!(error, Error::Unsigned | Error::SignatureMismatch) {
        refusal = refusal.with_private(error.to_string());
    }
    let detail = match error {
        Error::WrongRegion { expected, .. } => Some(("Region", expected.as_str())),
        Error::HostNotSigned => Some(("HeadersNotSigned", "host")),
        Error::HeaderNotSigned { name } => Some(("HeadersNotSigned", name.as_str())),
        _ => None,
    };
    let answer = render_answer(&Answer {
        status,
        code,
        message: &refusal.public,
        detail,
        path,
        request_id,
    });
    (refusal, answer)
}

fn malformed(presigned: bool, what: &str) -> (StatusCode, &'static str, String) {
    let (code, subject) = if presigned {
        (
            "AuthorizationQueryParametersError",
            "Error parsing the X-Amz-Credential parameter",
        )
    } else {
        (
            "AuthorizationHeaderMalformed",
            "The authorization header is malformed",
        )
    };
    (StatusCode::BAD_REQUEST, code, format!("{subject}; {what}"))
}

fn kind(status: StatusCode) -> Kind {
    if status == StatusCode::FORBIDDEN {
        Kind::AccessDenied
    } else {
        Kind::IncompleteSignature
    }
}
