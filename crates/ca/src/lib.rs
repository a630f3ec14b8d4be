//! The certificate authority: a subject, a public key and a shape enter, a signed certificate leaves; so do revocation
//! lists and answers about revocation. No I/O, no clock, no randomness of its own: the caller passes keys, times and serial
//! numbers. Called by the `certificate` commands and by the domain.
//!
//! The way in: an [`Authority`] (certificate and key, opened once, kept) and a [`CertificateOrder`] go into [`issue()`];
//! [`self_sign`] makes roots. What the certificate says is the order's [`CertificateShape`], which carries any extension;
//! [`CertificateProfile::shape`] has the ready-made ones, and [`CertificateOrder::new`] starts from these:
//!
//! ```ignore
//! let request = SigningRequest::parse(pem)?; // proof of possession verified; `requested()` has what is asked for
//! let mut order = CertificateOrder::new(CertificateProfile::Leaf, subject, validity, serial, request.public_key_der().to_vec())?;
//! order.shape.alternative_names = request.alternative_names().to_vec();
//! order.shape.crl_urls = vec![url];
//! let certificate = issue(&authority, &order)?;
//! ```
//!
//! Before the key signs, a throwaway key of the same kind signs the twin, and `lint.rs` reads it with another parser than
//! the writer's: what breaks RFC 5280 is never signed. With [`CertificateShape::opens_sessions`] it must also be what
//! CreateSession takes. A key usage that the holder's kind of key cannot have is refused: [`KeyUsage::fitting`] drops it.
//! [`issue_revocation_list`] makes lists, [`OcspRequest`] and [`respond`] are a responder's two halves.
//! A P-256 certificate costs two signatures and some 10 µs.

mod authority;
mod build;
mod certificate_profile;
mod csr;
mod der_writer;
mod error;
mod extensions;
mod go_name;
mod issue;
mod lint;
mod name_attribute;
mod ocsp;
mod pem;
mod public_key;
mod request_order;
mod revocation_list;
mod san;
mod serial;
mod shape;
mod signature;
mod subject;
mod validity;

pub use authority::Authority;
pub use certificate_profile::CertificateProfile;
pub use csr::{RequestedExtensions, SigningRequest};
pub use error::CaError;
pub use issue::{CertificateOrder, IssuedCertificate, issue, self_sign};
pub use lint::LintFailure;
pub use ocsp::{
    AskedCertificate, CertificateStatus, IssuerHash, OcspAnswer, OcspRequest, OcspResponse,
    UnsuccessfulResponse, respond, unsuccessful_response,
};
pub use pem::{parse_certificates, render_certificate};
pub use request_order::{MadeRequest, RequestOrder};
pub use revocation_list::{
    IssuedRevocationList, ListScope, OnlyFor, RevocationListOrder, RevocationReason, RevokedEntry,
    issue_revocation_list,
};
pub use san::AlternativeName;
pub use serial::Serial;
pub use shape::{
    BasicConstraints, CertificatePolicy, CertificateShape, CustomExtension, KeyIdentifierMethod,
    KeyUsage, Oid, purpose,
};
pub use subject::Subject;
pub use validity::{Validity, parse_moment};
