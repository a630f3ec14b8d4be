//! The certificate authority: a subject, a public key and a profile enter, a signed certificate leaves.
//! No I/O, no clock, no randomness of its own: the caller passes keys, times and serial numbers. Called by the
//! `certificate` commands and by the domain. A new kind of certificate is a variant of [`CertificateProfile`].

mod authority;
mod build;
mod certificate_profile;
mod csr;
mod error;
mod issue;
mod lint;
mod pem;
mod public_key;
mod san;
mod serial;
mod subject;
mod validity;

pub use authority::Authority;
pub use certificate_profile::CertificateProfile;
pub use csr::SigningRequest;
pub use error::CaError;
pub use issue::{CertificateOrder, IssuedCertificate, issue, self_sign};
pub use lint::LintFailure;
pub use pem::{parse_certificates, render_certificate};
pub use san::AlternativeName;
pub use serial::Serial;
pub use subject::Subject;
pub use validity::{Validity, parse_moment};
