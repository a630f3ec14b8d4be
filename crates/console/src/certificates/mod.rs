//! The pages below `certificates`: what an authority has issued, the newest first, one certificate, its PEM, and revoking it.

mod detail;
mod list;
mod revoke;

use anyrole_domain::certificate_authorities::{certificate_arn, hex};

use crate::authorities::arn_of;
use crate::refused::no_such_page;
use crate::visit::encoded;
use crate::{Layout, Outcome, Section, Visit};

/// Answers a visit.
///
/// # Errors
/// What the domain refuses, and pages that there are not.
pub async fn serve(visit: &Visit<'_>) -> Outcome {
    let (id, serial) = (visit.segment(1), visit.segment(2));
    match (id, serial, visit.segment(3), visit.path.len()) {
        ("", "", "", 0..=2) => list::serve(visit).await,
        (_, _, "", 3) => detail::serve(visit, id, serial).await,
        (_, _, "pem", 4) => detail::pem(visit, id, serial).await,
        (_, _, "revoke", 4) => revoke::serve(visit, id, serial).await,
        _ => Err(no_such_page(&visit.path.join("/"))),
    }
}

/// The path of a certificate's page, below the console's.
pub(crate) fn path_of(authority_id: &str, serial: &[u8; 16]) -> String {
    format!("certificates/{}/{}", encoded(authority_id), hex(serial))
}

/// The ARNs of the authority and of the certificate that a path names; a serial number that is none names no certificate.
fn arns(visit: &Visit<'_>, id: &str, serial: &str) -> (String, String) {
    let authority = arn_of(visit, id);
    let number = u128::from_str_radix(serial, 16).unwrap_or_default();
    let certificate = certificate_arn(&authority, &number.to_be_bytes());
    (authority, certificate)
}

fn layout(visit: &Visit<'_>, title: impl Into<String>, id: &str) -> Layout {
    let path = format!("certificates?authority={}", encoded(id));
    Layout::of(visit, Section::Certificates, title).below("Issued certificates", path)
}
