//! Is a leaf no CA, and a CA one? (RFC 5280 sections 4.2.1.9 and 6.1.4 (k).)

use super::{Flaw, Violation};
use crate::parse::ParsedCertificate;

fn is_ca(certificate: &ParsedCertificate<'_>) -> bool {
    certificate
        .extensions
        .basic_constraints
        .is_some_and(|constraints| constraints.ca)
}

pub(super) fn check_not_ca(certificate: &ParsedCertificate<'_>) -> Result<(), Violation> {
    if is_ca(certificate) {
        return Err(Violation::new(
            Flaw::BasicConstraints,
            "is a CA certificate",
        ));
    }
    Ok(())
}

pub(super) fn check_ca(certificate: &ParsedCertificate<'_>) -> Result<(), Violation> {
    if is_ca(certificate) {
        return Ok(());
    }
    Err(Violation::new(
        Flaw::BasicConstraints,
        "has no basic constraints with CA true",
    ))
}
