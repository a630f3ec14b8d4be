//! May the certificate authenticate a client? Absent means yes (RFC 5280 section 4.2.1.12); AWS says
//! nothing, so this is our choice, written down in docs/aws-divergences.md.

use super::{Flaw, Violation};
use crate::parse::ParsedCertificate;

pub(super) fn check(certificate: &ParsedCertificate<'_>) -> Result<(), Violation> {
    match &certificate.extensions.extended_key_usage {
        Some(usage) if !usage.client_auth && !usage.any => Err(Violation::new(
            Flaw::ExtendedKeyUsage,
            "has an extended key usage without clientAuth and anyExtendedKeyUsage",
        )),
        _ => Ok(()),
    }
}
