//! Certificates of every kind that a test wants, sound and unsound, made by programs that are not ours.
//! A request comes in, the paths of PEM files go out. Called by tests.

mod cfssl;
mod openssl;
mod request;

use std::path::PathBuf;

use anyhow::Result;

pub use cfssl::CfsslAuthority;
pub use openssl::{Authority, KeyFormat, convert_key, describe, generate_key, write_pkcs12};
pub use request::{CertificateRequest, KeyKind, Validity};

/// A certificate with its key, both as PEM files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    /// The certificate.
    pub certificate: PathBuf,
    /// The private key: PKCS#8 from openssl, PKCS#1 or SEC1 from cfssl.
    pub key: PathBuf,
}

impl Issued {
    /// The certificate's PEM text.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn certificate_pem(&self) -> Result<String> {
        Ok(std::fs::read_to_string(&self.certificate)?)
    }

    /// The certificate's DER bytes.
    ///
    /// # Errors
    /// openssl can't read it.
    pub fn certificate_der(&self) -> Result<Vec<u8>> {
        openssl::der(&self.certificate)
    }
}
