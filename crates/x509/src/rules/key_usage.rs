//! May the key sign requests, or certificates? (RFC 5280 sections 4.2.1.3 and 6.1.4 (n); AWS asks
//! for digitalSignature in a leaf and keyCertSign in an anchor, absent being a refusal.)

use super::{Flaw, Violation};
use crate::parse::ParsedCertificate;

pub(super) fn check_digital_signature(
    certificate: &ParsedCertificate<'_>,
) -> Result<(), Violation> {
    match &certificate.extensions.key_usage {
        Some(usage) if usage.digital_signature() => Ok(()),
        Some(_) => Err(Violation::new(
            Flaw::KeyUsage,
            "has a key usage without digitalSignature",
        )),
        None => Err(Violation::new(Flaw::KeyUsage, "has no key usage extension")),
    }
}

pub(super) fn check_cert_sign(certificate: &ParsedCertificate<'_>) -> Result<(), Violation> {
    match certificate.extensions.key_usage {
        Some(_) => check_cert_sign_if_present(certificate),
        None => Err(Violation::new(Flaw::KeyUsage, "has no key usage extension")),
    }
}

pub(super) fn check_cert_sign_if_present(
    certificate: &ParsedCertificate<'_>,
) -> Result<(), Violation> {
    match &certificate.extensions.key_usage {
        Some(usage) if !usage.key_cert_sign() => Err(Violation::new(
            Flaw::KeyUsage,
            "has a key usage without keyCertSign",
        )),
        _ => Ok(()),
    }
}

/// Without CA true there must be no keyCertSign (RFC 5280 section 4.2.1.9).
pub(super) fn check_no_cert_sign(certificate: &ParsedCertificate<'_>) -> Result<(), Violation> {
    match &certificate.extensions.key_usage {
        Some(usage) if usage.key_cert_sign() => Err(Violation::new(
            Flaw::CertSign,
            "has a key usage with keyCertSign, yet is no CA",
        )),
        _ => Ok(()),
    }
}
