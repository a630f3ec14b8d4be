//! X.509 for Anyrole: presented bytes enter, a `VerifiedChain` (and from it session tags) leaves.
//! The domain calls it in CreateSession, the certificate commands call it to show and to check.
//!
//! The way in: [`PresentedChain`] (bytes, unverified) and [`AnchorCertificates`] (compiled once) go
//! into [`verify_chain()`]; only that function builds a [`VerifiedChain`]. Each rule that can refuse
//! has one [`Reason`]. To add a rule: a file in `rules/`, a call in `rules/mod.rs`, a row in
//! `reason.rs`, a row in `tests/refusals.rs`.

mod anchors;
mod attributes;
mod certificate_signature;
mod der;
mod extensions;
mod fingerprint;
mod inspect;
mod leaf;
mod names;
mod parse;
mod path;
mod presented;
mod public_key;
mod reason;
mod refusals;
mod request_signature;
mod revocation;
mod rules;
mod selector_text;
mod serial;
mod verify_chain;
mod verify_path;

pub use anchors::{AnchorCertificate, AnchorCertificates, AnchorError};
pub use attributes::{
    AttributeMapping, CertificateField, MappedAttributes, UnmappedAttributes, default_mappings,
    default_session_name, is_tag_value, map_attributes, source_identity,
};
pub use certificate_signature::{is_signed_by, subject_public_key};
pub use fingerprint::sha256_fingerprint;
pub use inspect::{
    BasicConstraintsSummary, Certificate, CertificateError, CertificateNames, CertificateSummary,
    SubjectAltName,
};
pub use leaf::Leaf;
pub use names::{Name, NameAttribute};
pub use presented::{MAX_CERTIFICATE_BYTES, MAX_CHAIN_CERTIFICATES, PresentedChain};
pub use public_key::{KeyKind, LeafSignatureAlgorithm};
pub use reason::{Reason, Refusal};
pub use refusals::{
    anchor_refusals, first_leaf_refusal, intermediate_refusals, is_issued_by, leaf_refusals,
};
pub use request_signature::verify_request_signature;
pub use revocation::{
    CertificatePoints, ExpiredListRule, IssuerId, MAX_REVOCATION_LIST_BYTES, Revocation,
    RevocationList, RevocationListError, RevokedByIssuer, RevokedCertificate, StaleList,
    VerifiedRevocationList,
};
pub use serial::decimal;
pub use verify_chain::{VerifiedChain, verify_chain};
pub use verify_path::verify_path;
