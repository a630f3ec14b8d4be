//! Is it X.509 v3? (AWS user guide, "Trust model": v3 for leaf and anchor.)

use super::{Flaw, Violation};
use crate::parse::ParsedCertificate;

pub(super) fn check(certificate: &ParsedCertificate<'_>) -> Result<(), Violation> {
    if certificate.version == 3 {
        return Ok(());
    }
    Err(Violation::new(
        Flaw::Version,
        format!("is of version {}, not 3", certificate.version),
    ))
}
