//! Certificates as PEM: text enters, DER leaves, and back.

use der::pem::LineEnding;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use crate::CaError;

/// Reads all certificates of PEM text, in order; blocks of other kinds are passed over. DER without PEM is taken too.
///
/// # Errors
/// [`CaError::NoCertificate`], or [`CaError::BrokenCertificate`] for a block that can't be decoded.
pub fn parse_certificates(text: &[u8]) -> Result<Vec<Vec<u8>>, CaError> {
    // Every certificate is a SEQUENCE of more than 127 octets.
    if text.starts_with(&[0x30, 0x82]) || text.starts_with(&[0x30, 0x81]) {
        return Ok(vec![text.to_vec()]);
    }
    let certificates = CertificateDer::pem_slice_iter(text)
        .map(|certificate| certificate.map(|der| der.to_vec()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| CaError::BrokenCertificate(error.to_string()))?;
    match certificates.is_empty() {
        true => Err(CaError::NoCertificate),
        false => Ok(certificates),
    }
}

/// One certificate as PEM.
///
/// # Errors
/// [`CaError::Encode`] when the encoder refuses it, which no certificate of sane size brings about.
pub fn render_certificate(der: &[u8]) -> Result<String, CaError> {
    der::pem::encode_string("CERTIFICATE", LineEnding::LF, der)
        .map_err(|error| CaError::Encode(error.into()))
}
