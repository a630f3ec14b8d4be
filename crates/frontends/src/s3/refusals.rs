//! From the store's errors and the domain's refusals to S3's codes and texts.

use anyrole_domain::objects::{BodyError, ObjectStoreError};
use anyrole_domain::{Kind, Refusal};
use http::StatusCode;
use s3s::{S3Error, S3ErrorCode};

use crate::render_refusal::s3_xml::message;

/// A refusal of the domain as S3 says it.
pub(super) fn render_refusal(refusal: &Refusal) -> S3Error {
    let code = match refusal.kind {
        Kind::AccessDenied => S3ErrorCode::AccessDenied,
        Kind::ExpiredToken => S3ErrorCode::ExpiredToken,
        Kind::InvalidToken => S3ErrorCode::InvalidToken,
        Kind::UnknownAccessKey => S3ErrorCode::InvalidAccessKeyId,
        Kind::NotImplemented => S3ErrorCode::NotImplemented,
        Kind::Unavailable => S3ErrorCode::ServiceUnavailable,
        Kind::Contended => S3ErrorCode::OperationAborted,
        Kind::Internal => {
            tracing::error!(private = %refusal.private, "internal error");
            S3ErrorCode::InternalError
        }
        // authorization has no other outcome; what it can't explain it doesn't allow
        _ => S3ErrorCode::AccessDenied,
    };
    S3Error::with_message(code, message(refusal).to_owned())
}

/// An error of the store as S3 says it.
pub(super) fn render_store_error(error: ObjectStoreError) -> S3Error {
    use S3ErrorCode as Code;
    let (code, message) = match error {
        ObjectStoreError::NoSuchBucket => {
            (Code::NoSuchBucket, "The specified bucket does not exist")
        }
        ObjectStoreError::ForeignBucket => (Code::AccessDenied, "Access Denied"),
        ObjectStoreError::BucketAlreadyOwnedByYou => (
            Code::BucketAlreadyOwnedByYou,
            "Your previous request to create the named bucket succeeded and you already own it.",
        ),
        ObjectStoreError::BucketAlreadyExists => (
            Code::BucketAlreadyExists,
            "The requested bucket name is not available. Please select a different name and try again.",
        ),
        ObjectStoreError::BucketNotEmpty => (
            Code::BucketNotEmpty,
            "The bucket you tried to delete is not empty",
        ),
        ObjectStoreError::NoSuchKey => (Code::NoSuchKey, "The specified key does not exist."),
        ObjectStoreError::NoSuchUpload => (
            Code::NoSuchUpload,
            "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
        ),
        ObjectStoreError::InvalidPart(_) => (
            Code::InvalidPart,
            "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
        ),
        ObjectStoreError::InvalidPartOrder => (
            Code::InvalidPartOrder,
            "The list of parts was not in ascending order. Parts must be ordered by part number.",
        ),
        ObjectStoreError::EntityTooSmall { .. } => (
            Code::EntityTooSmall,
            "Your proposed upload is smaller than the minimum allowed size",
        ),
        ObjectStoreError::InvalidRange { .. } => {
            (Code::InvalidRange, "The requested range is not satisfiable")
        }
        ObjectStoreError::PreconditionFailed => (
            Code::PreconditionFailed,
            "At least one of the pre-conditions you specified did not hold",
        ),
        ObjectStoreError::Body(error) => return render_body_error(&error),
        ObjectStoreError::Internal(detail) => {
            tracing::error!(%detail, "object store failed");
            (
                Code::InternalError,
                "We encountered an internal error. Please try again.",
            )
        }
    };
    S3Error::with_message(code, message)
}

/// The name by which a payload hash goes in [`BodyError::Mismatch`].
pub(super) const PAYLOAD_HASH: &str = "x-amz-content-sha256";

/// The text of [`BodyError::Broken`] where a chunk is larger than we take.
pub(super) const CHUNK_TOO_LARGE: &str = "aws-chunked: a chunk is too large";

/// The text of [`BodyError::Broken`] where a client has fallen silent.
pub(super) const IDLE: &str = "nothing came for too long";

/// Why a body was not accepted, as S3 says it.
pub(super) fn render_body_error(error: &BodyError) -> S3Error {
    match error {
        BodyError::Mismatch(what) if what == PAYLOAD_HASH => {
            let code = S3ErrorCode::Custom("XAmzContentSHA256Mismatch".into());
            let message =
                "The provided 'x-amz-content-sha256' header does not match what was computed.";
            let mut error = S3Error::with_message(code, message);
            error.set_status_code(StatusCode::BAD_REQUEST);
            error
        }
        BodyError::Mismatch(what) => S3Error::with_message(
            S3ErrorCode::BadDigest,
            format!("The {what} you specified did not match the calculated checksum."),
        ),
        BodyError::Incomplete => S3Error::with_message(
            S3ErrorCode::IncompleteBody,
            "You did not provide the number of bytes specified by the Content-Length HTTP header",
        ),
        BodyError::TooLarge => S3Error::with_message(
            S3ErrorCode::EntityTooLarge,
            "Your proposed upload exceeds the maximum allowed size",
        ),
        BodyError::Signature => S3Error::with_message(
            S3ErrorCode::SignatureDoesNotMatch,
            "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
        ),
        // from behind s3s comes only the text
        BodyError::Broken(text) if text.contains(CHUNK_TOO_LARGE) => {
            let code = S3ErrorCode::Custom("InvalidChunkSizeError".into());
            let mut error = S3Error::with_message(code, "A signed chunk is larger than 16 MiB.");
            error.set_status_code(StatusCode::BAD_REQUEST);
            error
        }
        BodyError::Broken(text) if text.contains(IDLE) => S3Error::with_message(
            S3ErrorCode::RequestTimeout,
            "Your socket connection to the server was not read from or written to within the timeout period. Idle connections will be closed.",
        ),
        BodyError::Broken(_) => S3Error::with_message(
            S3ErrorCode::IncompleteBody,
            "The request body terminated unexpectedly",
        ),
    }
}
