//! Condition keys and policy variables that no request has.

use super::nearest::nearest;
use super::tables::tables;
use super::{Found, Looked, Rule, Severity};
use crate::refusal::Position;

/// What Roles Anywhere makes tags of (user guide, "trust model").
const OF_CERTIFICATES: [&str; 3] = ["x509Subject/", "x509Issuer/", "x509SAN/"];

pub(super) fn look(looked: &Looked<'_>, found: &mut Found) {
    let conditions = looked.statement.conditions.iter();
    for (condition, at) in conditions.zip(&looked.places.conditions) {
        check(&condition.key, *at, looked, found);
        for variable in condition.variables() {
            check(variable, *at, looked, found);
        }
    }
    let resources = looked.statement.resources.iter();
    let patterns = resources.flat_map(|clause| &clause.patterns);
    for (pattern, at) in patterns.zip(&looked.places.resources) {
        for variable in pattern.variables() {
            check(variable, *at, looked, found);
        }
    }
}

fn check(key: &str, at: Position, looked: &Looked<'_>, found: &mut Found) {
    let Some(cure) = flaw(key) else {
        return;
    };
    let about = (Severity::Error, Rule::UnknownConditionKey);
    let message = format!("there is no condition key `{key}`, so that no request has it");
    found.push(about, at, looked.statement, (message, cure));
}

/// What to do about a key that isn't known; `None` for one that is, or may be somebody else's.
fn flaw(key: &str) -> Option<String> {
    if let Some(known) = tables().key(key) {
        return certificate_flaw(known.name, key);
    }
    let vendor = key
        .split_once(':')
        .map(|(vendor, _)| vendor)
        .unwrap_or_default();
    let is_ours = vendor.eq_ignore_ascii_case("aws") || tables().service(vendor).is_some();
    // A key with names behind it is compared by what stands before them.
    let (stem, rest) = match key.split_once('/') {
        Some((stem, rest)) => (format!("{stem}/"), rest),
        None => (key.to_owned(), ""),
    };
    let names = tables().keys.iter().map(|key| key.name);
    match nearest(&stem, names) {
        Some(near) => Some(format!("did you mean `{near}{rest}`?")),
        None if is_ours => Some(format!("look it up among the condition keys of `{vendor}`")),
        None => None,
    }
}

/// Tags of certificates have fixed names.
fn certificate_flaw(known: &str, key: &str) -> Option<String> {
    let tag = match known {
        "aws:PrincipalTag/" | "aws:RequestTag/" => key.get(known.len()..)?,
        _ => return None,
    };
    let starts = |prefix: &str| {
        tag.get(..prefix.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    if !starts("x509") || OF_CERTIFICATES.iter().any(|name| starts(name)) {
        return None;
    }
    let (stem, rest) = tag.split_once('/').unwrap_or((tag, ""));
    let near = nearest(&format!("{stem}/"), OF_CERTIFICATES.into_iter());
    Some(match near {
        Some(near) => format!("did you mean `{known}{near}{rest}`?"),
        None => format!(
            "tags of certificates begin with {}",
            OF_CERTIFICATES.join(", ")
        ),
    })
}
