//! Is every critical extension one that is processed? (RFC 5280 section 4.2.)

use super::{Flaw, Violation};
use crate::parse::ParsedCertificate;

pub(super) fn check(certificate: &ParsedCertificate<'_>) -> Result<(), Violation> {
    match &certificate.extensions.unknown_critical {
        None => Ok(()),
        Some(oid) => Err(Violation::new(
            Flaw::CriticalExtension,
            format!("has the critical extension {oid}, which is not processed"),
        )),
    }
}
