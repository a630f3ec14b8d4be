//! What a step of CreateSession looked at, for a page: names with lines of text.

use anyrole_domain::sessions::{Fact, StepOutcome, StepTaken};
use serde_json::Value;

use crate::sentences;

/// One step.
pub(super) struct StepShown {
    pub(super) name: &'static str,
    /// The class of its mark.
    pub(super) kind: &'static str,
    pub(super) outcome: &'static str,
    pub(super) is_open: bool,
    pub(super) looked_at: Vec<(&'static str, Vec<String>)>,
}

pub(super) fn shown(taken: &StepTaken) -> StepShown {
    let (kind, outcome) = match taken.outcome {
        StepOutcome::Passed => ("ok", "passed"),
        StepOutcome::Refused => ("bad", "refused"),
        StepOutcome::NotJudged => ("warn", "not judged"),
        StepOutcome::NotReached => ("", "not reached"),
    };
    StepShown {
        name: taken.step.name(),
        kind,
        outcome,
        is_open: taken.outcome == StepOutcome::Refused,
        looked_at: taken
            .looked_at
            .iter()
            .map(|(name, fact)| (name, lines(fact)))
            .collect(),
    }
}

fn lines(fact: &Fact) -> Vec<String> {
    match fact {
        Fact::Text(text) => vec![text.clone()],
        Fact::Number(number) => vec![number.to_string()],
        Fact::Flag(flag) => vec![yes_or_no(*flag).to_owned()],
        Fact::List(texts) if texts.is_empty() => vec!["none".to_owned()],
        Fact::List(texts) => texts.clone(),
        Fact::Absent => vec!["none".to_owned()],
        Fact::Policy(explanation) => sentences(explanation),
        Fact::Recorded(value) => value_lines(value),
    }
}

/// A value of a record as a reader sees it; a policy's explanation in sentences.
pub(super) fn value_lines(value: &Value) -> Vec<String> {
    if let Ok(explanation) = serde_json::from_value::<anyrole_policy::Explanation>(value.clone()) {
        return sentences(&explanation);
    }
    match value {
        Value::Null => vec!["none".to_owned()],
        Value::Bool(flag) => vec![yes_or_no(*flag).to_owned()],
        Value::String(text) => vec![text.clone()],
        Value::Array(values) => values.iter().flat_map(value_lines).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| format!("{name}: {}", value_lines(value).join("; ")))
            .collect(),
        Value::Number(number) => vec![number.to_string()],
    }
}

fn yes_or_no(flag: bool) -> &'static str {
    if flag { "yes" } else { "no" }
}
