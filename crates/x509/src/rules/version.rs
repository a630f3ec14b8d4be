//! Is it X.509 v3? (AWS user guide, "Trust model": v3 for leaf and anchor.)

use x509_parser::x509::X509Version;

use super::{Flaw, Violation};
use crate::parse::ParsedCertificate;

pub(super) fn check(certificate: &ParsedCertificate<'_>) -> Result<(), Violation> {
    let version = certificate.x509.version;
    if version == X509Version::V3 {
        return Ok(());
    }
    Err(Violation::new(
        Flaw::Version,
        format!("is of version {}, not 3", version.0.saturating_add(1)),
    ))
}
