//! A certificate and a key: whether they belong together, and what a certificate is called in a PKCS#12 file.

use anyhow::{anyhow, ensure};
use anyrole_keys::SigningKey;
use anyrole_x509::{Certificate, sha256_fingerprint};

use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::inspect::hex;

/// Whether the key is the certificate's.
pub fn check_pair(certificate_der: &[u8], key: &dyn SigningKey) -> anyhow::Result<()> {
    let (_, certificate) = X509Certificate::from_der(certificate_der)
        .map_err(|error| anyhow!("the certificate is broken: {error}"))?;
    ensure!(
        certificate.public_key().raw == key.public_key_der(),
        "the private key does not belong to the certificate"
    );
    Ok(())
}

/// A certificate with the name that a trust store shows: subject and fingerprint, which tell two of one subject apart.
pub fn named(der: Vec<u8>) -> (String, Vec<u8>) {
    let subject = Certificate::parse_der(der.clone())
        .map(|certificate| certificate.summary().subject.to_string())
        .unwrap_or_default();
    let name = format!("{subject} - {}", hex(&sha256_fingerprint(&der)));
    (name, der)
}
