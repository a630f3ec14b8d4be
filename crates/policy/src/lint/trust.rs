//! Trust policies: who gets in by Roles Anywhere, and whether a session can be made at all.

use super::{Found, Looked, Rule, Severity};
use crate::conditions::Condition;
use crate::document::{Effect, Policy, PolicyKind, Statement};
use crate::principal::PrincipalPattern;

const SERVICE: &str = "rolesanywhere.amazonaws.com";
/// What every session of Roles Anywhere takes beside sts:AssumeRole (user guide, "trust model").
const ALSO: [&str; 2] = ["sts:SetSourceIdentity", "sts:TagSession"];

pub(super) fn look(looked: &Looked<'_>, found: &mut Found) {
    let statement = looked.statement;
    if looked.policy.kind != PolicyKind::Trust || statement.effect != Effect::Allow {
        return;
    }
    let assumes = allows(statement, "sts:AssumeRole");
    if assumes && names_everyone(statement) && statement.conditions.is_empty() {
        let message = "everyone may assume the role: every account and every service";
        let cure = "name accounts, roles or services in `Principal`, or add conditions";
        let about = (Severity::Error, Rule::AnyPrincipal);
        found.push(about, looked.places.principals, statement, (message, cure));
    }
    if assumes && names_service(statement) && !statement.conditions.iter().any(chooses) {
        let message = format!(
            "any certificate of any trust anchor may assume the role: {SERVICE} is let in without a condition on anchor or certificate"
        );
        let cure = "add `\"Condition\": {\"ArnEquals\": {\"aws:SourceArn\": \"<ARN of the trust anchor>\"}}`, or a \
                    condition on `aws:PrincipalTag/x509Subject/CN`";
        let about = (Severity::Error, Rule::AnyCertificate);
        found.push(about, looked.places.statement, statement, (message, cure));
    }
}

/// Sessions need three actions, which may be in separate statements.
pub(super) fn look_at_all(policy: &Policy, found: &mut Found) {
    if policy.kind != PolicyKind::Trust {
        return;
    }
    let allowing = || {
        policy
            .statements
            .iter()
            .filter(|statement| statement.effect == Effect::Allow && names_service(statement))
    };
    let Some(assuming) = allowing().find(|statement| allows(statement, "sts:AssumeRole")) else {
        return;
    };
    for action in ALSO {
        if allowing().any(|statement| allows(statement, action)) {
            continue;
        }
        let message = format!(
            "{SERVICE} may not do {action}, so that no certificate gets a session of the role"
        );
        let cure = format!("add `{action}` to the actions of this statement");
        let about = (Severity::Error, Rule::MissingSessionAction);
        found.push(about, assuming.at, assuming, (message, cure));
    }
}

fn allows(statement: &Statement, action: &str) -> bool {
    statement.actions.holds(|pattern| pattern.matches(action))
}

fn names(statement: &Statement, wanted: impl Fn(&PrincipalPattern) -> bool) -> bool {
    statement
        .principals
        .as_ref()
        .is_some_and(|clause| clause.patterns.iter().any(wanted))
}

fn names_everyone(statement: &Statement) -> bool {
    names(statement, |pattern| {
        matches!(
            pattern,
            PrincipalPattern::Everyone | PrincipalPattern::AnyAws
        )
    })
}

fn names_service(statement: &Statement) -> bool {
    names(statement, |pattern| match pattern {
        PrincipalPattern::Everyone => true,
        PrincipalPattern::Service(name) => **name == *SERVICE,
        _ => false,
    })
}

/// Whether a condition chooses among anchors or certificates: one that wants a value, and not just any.
fn chooses(condition: &Condition) -> bool {
    let key = condition.key.to_ascii_lowercase();
    let is_about = matches!(
        key.as_str(),
        "aws:sourcearn" | "sts:sourceidentity" | "aws:sourceidentity" | "sts:rolesessionname"
    ) || key.starts_with("aws:principaltag/")
        || key.starts_with("aws:requesttag/");
    is_about
        && condition.wants_a_value()
        && !condition
            .written_texts()
            .iter()
            .any(|text| is_any(&key, text))
}

/// Whether a value lets every anchor, or every text, pass.
fn is_any(key: &str, text: &str) -> bool {
    if text.chars().all(|c| matches!(c, '*' | '?')) {
        return true;
    }
    key == "aws:sourcearn" && {
        let resource = text.splitn(6, ':').nth(5).unwrap_or_default();
        matches!(resource, "*" | "trust-anchor/*" | "trust-anchor*")
    }
}
