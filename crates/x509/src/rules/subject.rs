//! Does it name a subject? (AWS: certificates with an empty subject are not supported, since the
//! subject is the key of the Subject resource; RFC 5280 section 4.1.2.6 asks it of each CA.)

use super::{Flaw, Violation};
use crate::parse::ParsedCertificate;

pub(super) fn check(certificate: &ParsedCertificate<'_>) -> Result<(), Violation> {
    if certificate
        .x509
        .subject()
        .iter_attributes()
        .next()
        .is_none()
    {
        return Err(Violation::new(Flaw::EmptySubject, "has an empty subject"));
    }
    Ok(())
}
