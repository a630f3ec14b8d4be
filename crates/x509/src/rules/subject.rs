//! Does it name a subject? (AWS: certificates with an empty subject are not supported, since the
//! subject is the key of the Subject resource; RFC 5280 section 4.1.2.6 asks it of each CA.)

use super::{Flaw, Violation};
use crate::parse::ParsedCertificate;

pub(super) fn check(certificate: &ParsedCertificate<'_>) -> Result<(), Violation> {
    // A SEQUENCE of no RDN; each RDN that there is has an attribute.
    if certificate.subject == [0x30, 0] {
        return Err(Violation::new(Flaw::EmptySubject, "has an empty subject"));
    }
    Ok(())
}
