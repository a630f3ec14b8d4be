//! Actions that don't exist, and actions that are never done to any of a statement's resources.

use super::nearest::nearest;
use super::tables::{Action, Service, tables};
use super::{Found, Looked, Rule, Severity};
use crate::refusal::Position;

pub(super) fn look(looked: &Looked<'_>, found: &mut Found) {
    let mut unfit = Vec::new();
    let patterns = &looked.statement.actions.patterns;
    for (pattern, at) in patterns.iter().zip(&looked.places.actions) {
        let Some((service, name)) = pattern.written.split_once(':') else {
            continue;
        };
        let Some(service) = tables().service(service) else {
            continue;
        };
        let actions = service.matching(name);
        if actions.is_empty() {
            unknown(service, name, *at, looked, found);
        } else if !looked.statement.actions.negated && !fits(service, &actions, looked) {
            unfit.push((&*pattern.written, *at));
        }
    }
    never_done(&unfit, looked, found);
}

fn unknown(service: &Service, name: &str, at: Position, looked: &Looked<'_>, found: &mut Found) {
    let written = format!("{}:{name}", service.name);
    let names = service.actions.iter().map(|action| action.name);
    let (message, cure) = match name.contains(['*', '?']) {
        true => (
            format!("no action of {} matches `{written}`", service.name),
            "write the name of an action, or a pattern that matches one".to_owned(),
        ),
        false => (
            format!("{} has no action `{name}`", service.name),
            match nearest(name, names) {
                Some(near) => format!("did you mean `{}:{near}`?", service.name),
                None => format!("look it up among the actions of {}", service.name),
            },
        ),
    };
    let about = (Severity::Error, Rule::UnknownAction);
    found.push(about, at, looked.statement, (message, cure));
}

/// Whether one of the actions may be done to one of the resources.
fn fits(service: &Service, actions: &[&Action], looked: &Looked<'_>) -> bool {
    let Some(clause) = looked
        .statement
        .resources
        .as_ref()
        .filter(|clause| !clause.negated)
    else {
        return true;
    };
    clause.patterns.iter().any(|pattern| {
        let mut actions = actions.iter();
        actions.any(|action| fits_one(service, action, &pattern.written))
    })
}

fn fits_one(service: &Service, action: &Action, resource: &str) -> bool {
    // An action on nothing in particular is asked for on `*`, and every action may be.
    let mut kinds = action.kinds.iter().filter_map(|kind| service.kind(kind));
    resource == "*" || kinds.any(|kind| kind.may_match(resource))
}

fn never_done(unfit: &[(&str, Position)], looked: &Looked<'_>, found: &mut Found) {
    let all = unfit.len() == looked.statement.actions.patterns.len();
    for (action, at) in unfit {
        let on = on(action);
        let message = match all {
            true => format!(
                "the statement never matches: `{action}` is done to {on}, and none of the resources is"
            ),
            false => {
                format!("`{action}` is done to {on}, and none of the statement's resources is")
            }
        };
        let severity = if all {
            Severity::Error
        } else {
            Severity::Warning
        };
        let cure = "name such a resource, or put the action into a statement of its own";
        let about = (severity, Rule::NeverMatches);
        found.push(about, *at, looked.statement, (message, cure));
    }
}

/// What actions of this name are done to, in words.
fn on(action: &str) -> String {
    let (service, name) = action.split_once(':').unwrap_or_default();
    let actions = tables()
        .service(service)
        .map(|service| service.matching(name));
    let mut kinds: Vec<&str> = actions
        .unwrap_or_default()
        .iter()
        .flat_map(|action| action.kinds.iter().copied())
        .collect();
    kinds.sort_unstable();
    kinds.dedup();
    match kinds.is_empty() {
        true => "no resource in particular (`*`)".to_owned(),
        false => format!("resources of kind {}", kinds.join(", ")),
    }
}
