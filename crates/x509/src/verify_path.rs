//! Any certificate and a trust anchor in, whether a path leads from one to the other out: RFC 5280 section 6 without what
//! CreateSession asks of an end entity. `step certificate verify` calls it.

use jiff::Timestamp;

use crate::anchors::AnchorCertificates;
use crate::parse::ParsedCertificate;
use crate::path;
use crate::presented::PresentedChain;
use crate::reason::{Reason, Refusal};
use crate::revocation::Revocation;
use crate::rules;

/// Verifies that a certificate of any kind, an authority's among them, is valid at a moment and that a path leads from it to the
/// anchor; a certificate of the anchor needs none.
///
/// # Errors
/// The first rule that refused.
pub fn verify_path(
    presented: &PresentedChain,
    anchor: &AnchorCertificates,
    at: Timestamp,
) -> Result<(), Refusal> {
    let malformed = |detail| Refusal::new(Reason::CertificateMalformed, detail);
    let parsed = ParsedCertificate::parse(presented.leaf_der()).map_err(malformed)?;
    rules::check_any(&parsed, at)?;
    let is_of_anchor = anchor
        .issuers()
        .any(|(certificate, _)| certificate.der == presented.leaf_der());
    match is_of_anchor {
        true => Ok(()),
        false => path::find(&parsed, presented, anchor, &Revocation::NONE, at).map(|_| ()),
    }
}
