//! Why a signature was not accepted: one variant and one reason code per rule. The front ends turn them into AWS's
//! codes and texts; logs and the audit trail take `code()`.

use jiff::Timestamp;

/// A refused signature. `code()` is stable, kebab-case, and meant for logs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// No `Authorization` header and no `X-Amz-Signature`.
    #[error("the request is not signed")]
    Unsigned,
    /// Authorization header and presigned parameters in one request, or one of them twice.
    #[error("the request carries more than one signature")]
    SeveralSignatures,
    /// Signature Version 2 (`AWS AKIA…:…`, or `AWSAccessKeyId` and `Signature` in the query).
    #[error("signature version 2 is not supported: sign with AWS4-HMAC-SHA256")]
    SigV2,
    /// `AWS4-ECDSA-P256-SHA256`, used for multi-region access points.
    #[error("signature version 4a is not supported: sign with AWS4-HMAC-SHA256")]
    SigV4a,
    /// An algorithm or scheme that no AWS service documents.
    #[error("unknown signature algorithm `{presented}`")]
    UnsupportedAlgorithm {
        /// As presented.
        presented: String,
    },
    /// A part of the signature cannot be read.
    #[error("malformed or missing `{part}` in the request's signature")]
    Malformed {
        /// The field, header or query parameter.
        part: &'static str,
    },
    /// Neither `x-amz-date` nor `Date`.
    #[error("the request has no `x-amz-date`")]
    MissingDate,
    /// The date is not `YYYYMMDDTHHMMSSZ` (or, in `Date`, an HTTP date).
    #[error("the request's date is not of the form YYYYMMDDTHHMMSSZ")]
    MalformedDate,
    /// An S3 request signed in its headers without `x-amz-content-sha256`.
    #[error("the request has no `x-amz-content-sha256`")]
    MissingContentHash,
    /// `host` is not in SignedHeaders.
    #[error("the header `host` is not signed")]
    HostNotSigned,
    /// An `x-amz-*` header of the request, or one the algorithm requires, is not in SignedHeaders.
    #[error("the header `{name}` is not signed")]
    HeaderNotSigned {
        /// Lower-case header name.
        name: String,
    },
    /// SignedHeaders lists a header that the request lacks (a proxy may have taken it away).
    #[error("the signed header `{name}` is not in the request")]
    SignedHeaderAbsent {
        /// Lower-case header name.
        name: String,
    },
    /// The scope names another region.
    #[error("signed for the region `{presented}`, expected `{expected}`")]
    WrongRegion {
        /// The first region that would be accepted.
        expected: String,
        /// The scope's.
        presented: String,
    },
    /// The scope names another service.
    #[error("signed for the service `{presented}`, expected `{expected}`")]
    WrongService {
        /// The service that was called.
        expected: String,
        /// The scope's.
        presented: String,
    },
    /// The scope's date is not the day of the signature's date.
    #[error("the scope's date `{scope}` is not the day of `{signed_at}`")]
    DateMismatch {
        /// `YYYYMMDD` of the scope.
        scope: String,
        /// `YYYYMMDDTHHMMSSZ` of the signature.
        signed_at: String,
    },
    /// Signed too long ago.
    #[error("signed at {signed_at}, more than {allowed_seconds} s before {now}")]
    RequestExpired {
        /// The signature's date.
        signed_at: Timestamp,
        /// The verifier's clock.
        now: Timestamp,
        /// The window to either side, seconds.
        allowed_seconds: i64,
    },
    /// Signed in the future.
    #[error("signed at {signed_at}, more than {allowed_seconds} s after {now}")]
    NotYetValid {
        /// The signature's date.
        signed_at: Timestamp,
        /// The verifier's clock.
        now: Timestamp,
        /// The window to either side, seconds.
        allowed_seconds: i64,
    },
    /// A presigned URL past its end.
    #[error("the presigned URL expired at {expired_at}, now is {now}")]
    PresignedExpired {
        /// Date plus `X-Amz-Expires`.
        expired_at: Timestamp,
        /// The verifier's clock.
        now: Timestamp,
    },
    /// `X-Amz-Expires` over 7 days.
    #[error("`X-Amz-Expires` is {presented_seconds}, the most is 604800 (7 days)")]
    PresignedTooLong {
        /// Seconds, as presented.
        presented_seconds: u64,
    },
    /// All is well formed, and the signature is another.
    #[error("the signature does not match the request")]
    SignatureMismatch,
}

impl VerifyError {
    /// The reason code for logs and the audit trail.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unsigned => "unsigned",
            Self::SeveralSignatures => "several-signatures",
            Self::SigV2 => "signature-version-2",
            Self::SigV4a => "signature-version-4a",
            Self::UnsupportedAlgorithm { .. } => "unsupported-algorithm",
            Self::Malformed { .. } => "malformed-authorization",
            Self::MissingDate => "missing-date",
            Self::MalformedDate => "malformed-date",
            Self::MissingContentHash => "missing-content-sha256",
            Self::HostNotSigned => "host-not-signed",
            Self::HeaderNotSigned { .. } => "header-not-signed",
            Self::SignedHeaderAbsent { .. } => "signed-header-absent",
            Self::WrongRegion { .. } => "wrong-region",
            Self::WrongService { .. } => "wrong-service",
            Self::DateMismatch { .. } => "scope-date-mismatch",
            Self::RequestExpired { .. } => "request-expired",
            Self::NotYetValid { .. } => "request-not-yet-valid",
            Self::PresignedExpired { .. } => "presigned-expired",
            Self::PresignedTooLong { .. } => "presigned-too-long",
            Self::SignatureMismatch => "signature-mismatch",
        }
    }
}
