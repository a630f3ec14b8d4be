//! AWS Signature Version 4, both ends: `AWS4-HMAC-SHA256` (headers and presigned URLs) and `AWS4-X509-*`.
//! A request's method, raw path, raw query and headers enter; a signature or a verdict leaves.
//! The front ends verify with it, the SDK signs with it. No I/O, no clock: time is a parameter.
//!
//! To verify: [`AuthorizationKind::of`] says what the request claims, [`UnverifiedSignature::parse`] (or
//! [`UnverifiedX509Signature::parse`]) reads it, then `verify` (or `string_to_sign` after `check_claims`).
//! To sign: [`sign_request`], [`presign`], [`sign_x509`].

mod amz_date;
mod authorization;
mod aws4_hmac;
mod aws4_x509;
mod canonical_path;
mod canonical_query;
mod canonical_request;
mod credential_scope;
mod payload;
mod percent;
mod sign;
mod signed_headers;
mod sink;
mod verify;
mod verify_error;

pub use amz_date::AmzDate;
pub use authorization::AuthorizationKind;
pub use aws4_hmac::{SigningKey, UnverifiedSignature};
pub use aws4_x509::{UnverifiedX509Signature, X509Algorithm};
pub use canonical_path::PathStyle;
pub use canonical_request::{CanonicalRequest, RequestHead};
pub use credential_scope::CredentialScope;
pub use payload::PayloadHash;
pub use sign::{AccessKey, SignError, Signer, X509Signer, presign, sign_request, sign_x509};
pub use signed_headers::SignedHeaders;
pub use verify::Expected;
pub use verify_error::VerifyError;
