//! Whether certificates can get sessions of a role, and what keeps them out, in sentences.

use anyrole_domain::sessions::trust_gaps;

use crate::Visit;
use crate::profiles::missing;

/// What is missing; nothing where some certificate may get in.
pub(super) fn gaps(visit: &Visit<'_>, arn: &str) -> Vec<String> {
    let snapshot = visit.site.directory.read();
    let gaps = snapshot
        .role(arn)
        .map(|role| trust_gaps(visit.site.account(), role));
    missing(&gaps.unwrap_or_default())
}
