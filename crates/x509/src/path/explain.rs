//! A search without a path in, the reason out: what was nearest to a path speaks.

use super::Seen;
use super::candidates::Candidates;
use crate::names::Name;
use crate::parse::ParsedCertificate;
use crate::reason::{Reason, Refusal};

/// A path with good signatures that a rule refused; else the anchor's own validity; else the first certificate on the way up by issuer names that
/// breaks a rule; else that the search gave up; else what failed between names that fit; else where the names end.
pub(super) fn explain(
    leaf: &ParsedCertificate<'_>,
    candidates: &Candidates<'_>,
    seen: Seen,
) -> Refusal {
    if let Some(refusal) = seen.refused.or(seen.anchor_refused) {
        return refusal;
    }
    if let Some(refusal) = candidates.nearest_refusal() {
        return refusal.clone();
    }
    if seen.gave_up {
        return Refusal::new(
            Reason::ChainTooComplex,
            "names connect the certificates in more ways than are tried",
        );
    }
    if seen.signature_invalid {
        return Refusal::new(
            Reason::ChainSignatureInvalid,
            "names lead to the anchor, but a signature does not verify",
        );
    }
    if seen.key_identifier_differs {
        return Refusal::new(
            Reason::KeyIdentifier,
            "names lead to the anchor, but to another key than the one that a certificate names",
        );
    }
    if let Some(refusal) = candidates.unreadable() {
        return refusal;
    }
    let missing = Name::from_der(candidates.top_issuer(leaf)).unwrap_or_default();
    Refusal::new(
        Reason::Untrusted,
        format!("neither anchor nor chain has the issuer `{missing}`"),
    )
}
