//! Revocation lists (RFC 5280 section 5): bytes in, a `VerifiedRevocationList` out, and which
//! certificates of a path it revokes. ImportCrl reads and verifies, CreateSession asks.
//!
//! [`RevocationList::parse`] judges the form, [`RevocationList::verify_issued_by`] the signature. A list
//! speaks for the certificates that were issued under its issuer's name by its issuer's key, for no others.

mod check;
mod error;
mod issuer;
mod list;
mod points;
mod read;
mod verify;

pub use check::{ExpiredListRule, Revocation, RevokedByIssuer, StaleList};
pub use error::RevocationListError;
pub use issuer::IssuerId;
pub use list::{MAX_REVOCATION_LIST_BYTES, RevocationList, RevokedCertificate};
pub use points::CertificatePoints;
pub use verify::VerifiedRevocationList;

pub(crate) use check::{PathSerials, SerialNumber};
