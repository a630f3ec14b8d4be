//! Statements that no request can match: what they leave over is nothing, or their conditions contradict each other.

use super::{Found, Looked, Rule, Severity};
use crate::conditions::{Condition, Presence, Range};
use crate::principal::PrincipalPattern;
use crate::refusal::Position;

const ABOUT: (Severity, Rule) = (Severity::Error, Rule::NeverMatches);

pub(super) fn look(looked: &Looked<'_>, found: &mut Found) {
    leftovers(looked, found);
    let conditions: Vec<_> = looked
        .statement
        .conditions
        .iter()
        .zip(&looked.places.conditions)
        .collect();
    for (index, (one, _)) in conditions.iter().enumerate() {
        for (other, at) in conditions.iter().skip(index + 1) {
            if one.key.eq_ignore_ascii_case(&other.key)
                && let Some(why) = contradiction(one, other)
            {
                contradicts(one, other, why, **at, looked, found);
            }
        }
    }
}

/// NotAction, NotResource and NotPrincipal of everything.
fn leftovers(looked: &Looked<'_>, found: &mut Found) {
    let statement = looked.statement;
    let actions = &statement.actions;
    let mut push = |element: &str, at: Option<&Position>| {
        let message =
            format!("the statement never matches: nothing is left beside `*` in `{element}`");
        let cure = format!("name what `{element}` leaves out, or remove the statement");
        let at = at.copied().unwrap_or(looked.places.statement);
        found.push(ABOUT, at, statement, (message, cure));
    };
    if actions.negated
        && actions
            .patterns
            .iter()
            .any(|p| matches!(&*p.written, "*" | "*:*"))
    {
        push("NotAction", looked.places.actions.first());
    }
    let all = statement
        .resources
        .as_ref()
        .is_some_and(|clause| clause.negated && clause.patterns.iter().any(|p| &*p.written == "*"));
    if all {
        push("NotResource", looked.places.resources.first());
    }
    let nobody = statement.principals.as_ref().is_some_and(|clause| {
        clause.negated && clause.patterns.contains(&PrincipalPattern::Everyone)
    });
    if nobody {
        push("NotPrincipal", Some(&looked.places.principals));
    }
}

fn contradicts(
    one: &Condition,
    other: &Condition,
    why: &str,
    at: Position,
    looked: &Looked<'_>,
    found: &mut Found,
) {
    let message = format!(
        "the statement never matches: `{}` and `{}` on `{}` {why}",
        one.operator, other.operator, other.key
    );
    let cure = "remove one of the two, or put them into statements of their own";
    found.push(ABOUT, at, looked.statement, (message, cure));
}

fn contradiction(one: &Condition, other: &Condition) -> Option<&'static str> {
    match (one.presence(), other.presence()) {
        (Presence::Absent, Presence::Present) | (Presence::Present, Presence::Absent) => {
            return Some("want it absent and present");
        }
        _ => {}
    }
    if let (Some(one), Some(other)) = (one.range(), other.range())
        && !Range::meet(&one, &other)
    {
        return Some("leave no value between them");
    }
    let excluded = |wanted: &Condition, unwanted: &Condition| {
        let (Some(wanted), Some(unwanted)) = (wanted.only_values(), unwanted.all_but_values())
        else {
            return false;
        };
        wanted.iter().all(|value| unwanted.contains(value))
    };
    if excluded(one, other) || excluded(other, one) {
        return Some("want and exclude the same values");
    }
    None
}
