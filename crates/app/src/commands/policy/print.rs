//! Explanations as text for people.

use std::io::{self, Write};

use anyrole_policy::{Effect, Explanation, Layer, StatementAt};
use serde_json::Value;

/// Prints each decision with its reasons; `names` are the documents of each layer.
pub(super) fn print(out: &mut dyn Write, results: &[Explanation], names: &Value) -> io::Result<()> {
    for result in results {
        writeln!(
            out,
            "{}: {} on {}",
            result.decision, result.action, result.resource
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
                near.stopped_by
            )?;
        }
    }
    Ok(())
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
