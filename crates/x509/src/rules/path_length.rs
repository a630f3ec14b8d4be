//! Is the path short enough for each CA on it? (RFC 5280 sections 4.2.1.9 and 6.1.4 (l) and (m): certificates that are
//! not self-issued count, the leaf does not.)

use crate::parse::ParsedCertificate;
use crate::reason::{Reason, Refusal};

/// `anchor` is the anchor's own limit, `intermediates` the path below it, top first.
pub(crate) fn check<'a>(
    anchor: Option<u32>,
    intermediates: impl Iterator<Item = &'a ParsedCertificate<'a>>,
) -> Result<(), Refusal> {
    let mut left = anchor;
    for certificate in intermediates {
        let is_self_issued = certificate.subject == certificate.issuer;
        if !is_self_issued {
            left = match left {
                Some(0) => {
                    let detail = "the path is longer than a CA on it allows";
                    return Err(Refusal::new(Reason::PathLength, detail));
                }
                left => left.map(|left| left - 1),
            };
        }
        let constraints = certificate.extensions.basic_constraints;
        let own = constraints.and_then(|constraints| constraints.path_length);
        left = match (left, own) {
            (Some(left), Some(own)) => Some(left.min(own)),
            (left, own) => left.or(own),
        };
    }
    Ok(())
}
