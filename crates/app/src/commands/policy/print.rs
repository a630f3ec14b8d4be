//! Explanations as text for people.

use std::io::{self, Write};

use anyrole_policy::{Decision, Effect, Explanation, Layer, Obstacle, StatementAt};
use serde_json::Value;

/// Prints each decision with its reasons; `names` are the documents of each layer.
pub(super) fn print(out: &mut dyn Write, results: &[Explanation], names: &Value) -> io::Result<()> {
    for result in results {
        writeln!(
            out,
            "{}: {} on {}",
            verdict(result),
            result.action,
            result.resource
        )?;
        for at in &result.matched {
            let effect = match at.effect {
                Effect::Allow => "allows",
                Effect::Deny => "denies",
            };
            writeln!(out, "  {} {effect}", place(at, names))?;
        }
        for near in &result.near_misses {
            writeln!(
                out,
                "  {} does not match: {}",
                place(&near.statement, names),
                obstacle(&near.stopped_by)
            )?;
        }
    }
    Ok(())
}

fn verdict(result: &Explanation) -> String {
    match result.decision {
        Decision::Allow => "allowed".to_owned(),
        Decision::ExplicitDeny { layer } => format!("denied by {}", of(layer)),
        Decision::ImplicitDeny { layer } => {
            format!("denied, since {} does not allow it", of(layer))
        }
    }
}

/// A layer in words.
fn of(layer: Layer) -> &'static str {
    match layer {
        Layer::Identity => "the identity policy",
        Layer::Boundary => "the permissions boundary",
        Layer::Session => "the session policy",
        Layer::Resource => "the resource's policy",
        Layer::Trust => "the trust policy",
        Layer::ServiceControl => "the service control policy",
        Layer::ResourceControl => "the resource control policy",
    }
}

/// The key of a layer among the names.
fn key(layer: Layer) -> Option<String> {
    let value = serde_json::to_value(layer).ok()?;
    value.as_str().map(str::to_owned)
}

fn place(at: &StatementAt, names: &Value) -> String {
    let name = key(at.layer).and_then(|layer| {
        names
            .get(layer)?
            .get(at.policy)?
            .as_str()
            .map(str::to_owned)
    });
    let name = name.unwrap_or_default();
    match &at.sid {
        Some(sid) => format!("{name}:{}:{}: statement `{sid}`", at.line, at.column),
        None => format!(
            "{name}:{}:{}: statement {}",
            at.line,
            at.column,
            at.statement + 1
        ),
    }
}

fn obstacle(stopped_by: &Obstacle) -> String {
    let all_but = |negated: &bool| if *negated { "all but " } else { "" };
    match stopped_by {
        Obstacle::Principal {
            named,
            negated,
            asking,
        } => format!(
            "it is about {}{}, and {asking} asks",
            all_but(negated),
            named.join(", ")
        ),
        Obstacle::Resource {
            patterns,
            negated,
            asked,
        } => format!(
            "it is about {}{}, and {asked} is asked for",
            all_but(negated),
            patterns.join(", ")
        ),
        Obstacle::Condition {
            operator,
            key,
            expected,
            actual,
            unreadable,
        } => {
            let actual = match actual {
                None => "the request does not have the key".to_owned(),
                Some(values) if *unreadable => {
                    format!(
                        "the request has [{}], which the operator can't read",
                        values.join(", ")
                    )
                }
                Some(values) => format!("the request has [{}]", values.join(", ")),
            };
            format!(
                "{operator} on {key} wants [{}], {actual}",
                expected.join(", ")
            )
        }
    }
}
