//! Whether certificates can get sessions of a role, and what keeps them out, in sentences.

use anyrole_policy::PolicyKind;
use anyrole_policy::lint::{Rule, lint};

use crate::Visit;

/// What is missing; nothing where some certificate may get in.
pub(super) fn gaps(visit: &Visit<'_>, arn: &str) -> Vec<String> {
    let snapshot = visit.site.directory.read();
    let text = snapshot
        .role(arn)
        .map(|entry| entry.row.assume_role_policy.clone())
        .unwrap_or_default();
    if !text.contains("rolesanywhere.amazonaws.com") {
        return vec!["sts:AssumeRole: no statement names rolesanywhere.amazonaws.com.".to_owned()];
    }
    lint(&text, PolicyKind::Trust)
        .into_iter()
        .filter(|finding| finding.rule == Rule::MissingSessionAction)
        .map(|finding| finding.message)
        .collect()
}
