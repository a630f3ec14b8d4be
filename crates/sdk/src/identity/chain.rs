//! The chain to send: the certificates at hand enter, in any order and with strangers among them; the intermediates that
//! lead up from the leaf leave, nearest first.

use anyrole_x509::Certificate;

use super::{IdentityError, IdentityPart, IdentityProblem, Origin};

/// The service takes no more (Roles Anywhere user guide, "Authentication").
const LIMIT: usize = 5;

/// DER of the intermediates above `leaf`: neither the leaf, nor self-signed roots (the service has its own), nor
/// certificates that the leaf does not lead to. Of several with the same subject (cross-signed ones) all are kept.
pub(crate) fn intermediates_above(
    leaf: &Certificate,
    candidates: &[Certificate],
) -> Result<Vec<Vec<u8>>, IdentityError> {
    let mut chain: Vec<&Certificate> = Vec::new();
    let mut frontier = vec![leaf];
    while let Some(certificate) = frontier.pop() {
        for issuer in candidates {
            let summary = issuer.summary();
            let leads_up = summary.subject == certificate.summary().issuer;
            let is_root = summary.subject == summary.issuer;
            let is_new =
                issuer.der() != leaf.der() && !chain.iter().any(|kept| kept.der() == issuer.der());
            if leads_up && !is_root && is_new {
                chain.push(issuer);
                frontier.push(issuer);
            }
        }
    }
    if chain.len() > LIMIT {
        return Err(IdentityError {
            part: IdentityPart::Intermediates,
            origin: Origin::Memory,
            problem: IdentityProblem::ChainTooLong { count: chain.len() },
        });
    }
    Ok(chain
        .into_iter()
        .map(|certificate| certificate.der().to_vec())
        .collect())
}
