//! Is the serial number positive and at most 20 octets? (RFC 5280 section 4.1.2.2; an AWS4-X509
//! credential names the certificate by it.)

use super::{Flaw, Violation};
use crate::parse::ParsedCertificate;

pub(super) fn check(certificate: &ParsedCertificate<'_>) -> Result<(), Violation> {
    let octets = certificate.serial;
    let seen = match octets.first() {
        None => "has no serial number",
        Some(first) if *first >= 0x80 => "has a negative serial number",
        Some(_) if octets.iter().all(|octet| *octet == 0) => "has the serial number 0",
        Some(_) if octets.len() > 20 => "has a serial number over 20 octets",
        Some(_) => return Ok(()),
    };
    Err(Violation::new(Flaw::Serial, seen))
}
