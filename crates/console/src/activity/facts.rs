//! What a step of CreateSession looked at, for a page: names with lines of text.

use anyrole_domain::sessions::{Fact, StepOutcome, StepTaken};
use jiff::Timestamp;
use serde_json::Value;

use crate::sentences;

/// A line of a fact, in pieces.
pub(super) type Line = Vec<Piece>;

/// What its reader sees as they write it, or as it stands.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    /// RFC 3339.
    Time(String),
    Number(String),
}

/// Words that are times are told from the rest.
fn line(text: &str) -> Line {
    let mut pieces = Line::new();
    for part in text.split_inclusive(' ') {
        let word = part.trim_end_matches(' ');
        if word.parse::<Timestamp>().is_ok() {
            pieces.push(Piece::Time(word.to_owned()));
            pieces.push(Piece::Text(part.replacen(word, "", 1)));
        } else if let Some(Piece::Text(before)) = pieces.last_mut() {
            before.push_str(part);
        } else {
            pieces.push(Piece::Text(part.to_owned()));
        }
    }
    pieces
}

/// One step.
pub(super) struct StepShown {
    pub(super) name: &'static str,
    /// The class of its mark.
    pub(super) kind: &'static str,
    pub(super) outcome: &'static str,
    pub(super) is_open: bool,
    pub(super) looked_at: Vec<(&'static str, Vec<Line>)>,
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

fn lines(fact: &Fact) -> Vec<Line> {
    let texts = match fact {
        Fact::Text(text) => vec![text.clone()],
        Fact::Number(number) => return vec![vec![Piece::Number(number.to_string())]],
        Fact::Flag(flag) => vec![yes_or_no(*flag).to_owned()],
        Fact::List(texts) if texts.is_empty() => vec!["none".to_owned()],
        Fact::List(texts) => texts.clone(),
        Fact::Absent => vec!["none".to_owned()],
        Fact::Policy(explanation) => sentences(explanation),
        Fact::Recorded(value) => return member_lines(value),
    };
    texts.iter().map(|text| line(text)).collect()
}

/// A member of a record, times and numbers told apart from text.
pub(super) fn member_lines(value: &Value) -> Vec<Line> {
    match value {
        Value::Number(number) => vec![vec![Piece::Number(number.to_string())]],
        value => value_lines(value).iter().map(|text| line(text)).collect(),
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn times_and_numbers_are_told_from_text() {
        let text = |text: &str| Piece::Text(text.to_owned());
        let time = || Piece::Time("2030-06-15T12:00:00Z".to_owned());
        for (value, told) in [
            (json!(900), vec![Piece::Number("900".to_owned())]),
            (json!("900"), vec![text("900")]),
            (json!("2030"), vec![text("2030")]),
            (json!("a b"), vec![text("a b")]),
            (
                json!("CN=x, from 2030-06-15T12:00:00Z to 2030-06-15T12:00:00Z"),
                vec![text("CN=x, from "), time(), text(" to "), time(), text("")],
            ),
            (json!("2030-06-15T12:00:00Z"), vec![time(), text("")]),
        ] {
            assert_eq!(member_lines(&value), [told], "{value}");
        }
    }
}
