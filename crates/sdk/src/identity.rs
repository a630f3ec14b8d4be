//! Who asks for credentials: a certificate, its chain, and the key that signs for it.

use anyrole_keys::{KeyAlgorithm, SignatureScheme, SigningKey};
use anyrole_signing::X509Algorithm;

/// An end-entity certificate and its key. That they belong together is the caller's to check.
#[derive(Clone, Copy)]
pub struct Identity<'a> {
    /// The leaf's DER.
    pub certificate_der: &'a [u8],
    /// The leaf's serial number in decimal.
    pub serial_decimal: &'a str,
    /// DER of the intermediates to send, at most 5, without leaf and root. Empty: no chain header.
    pub intermediates_der: &'a [Vec<u8>],
    /// The leaf's private key.
    pub key: &'a dyn SigningKey,
}

impl Identity<'_> {
    /// The algorithm word and the key operation behind it: SHA-256 whatever the size of the key, ML-DSA over the text.
    pub(crate) fn algorithm(&self) -> (X509Algorithm, SignatureScheme) {
        match self.key.algorithm() {
            KeyAlgorithm::Rsa { .. } => (X509Algorithm::RsaSha256, SignatureScheme::RsaPkcs1Sha256),
            KeyAlgorithm::EcP256 | KeyAlgorithm::EcP384 | KeyAlgorithm::EcP521 => {
                (X509Algorithm::EcdsaSha256, SignatureScheme::EcdsaSha256)
            }
            KeyAlgorithm::MlDsa44 | KeyAlgorithm::MlDsa65 | KeyAlgorithm::MlDsa87 => {
                (X509Algorithm::MlDsa, SignatureScheme::MlDsa)
            }
        }
    }
}
