//! An explanation as text for people.

use std::io::{self, Write};

use serde_json::Value;

use super::answer::{Answer, StepTaken};

/// How wide the outcome of a step is.
const MARGIN: usize = 13;

/// Prints the whole answer.
pub fn print(out: &mut dyn Write, answer: &Answer) -> io::Result<()> {
    writeln!(out, "{}", verdict(answer))?;
    if let Some(message) = &answer.message {
        writeln!(out, "  told the caller  {message}")?;
    }
    if let Some(detail) = &answer.detail {
        writeln!(out, "  not told         {detail}")?;
    }
    writeln!(out, "  judged by        {}", answer.at)?;
    if let Some(event) = answer
        .recorded
        .as_ref()
        .and_then(|record| record.get("event"))
    {
        writeln!(out, "  recorded as      {}", value(event))?;
    }
    if !answer.steps.is_empty() {
        writeln!(out, "\nThe steps of CreateSession:")?;
    }
    for taken in &answer.steps {
        step(out, taken)?;
    }
    if !answer.cure.is_empty() {
        writeln!(out, "\nWhat would cure it:")?;
    }
    for cure in &answer.cure {
        writeln!(out, "  - {cure}")?;
    }
    if let Some(now) = &answer.now {
        writeln!(
            out,
            "\nThe same request, signed anew at {}: {}",
            now.at,
            verdict(now)
        )?;
        for cure in now.cure.iter().filter(|cure| !answer.cure.contains(cure)) {
            writeln!(out, "  - {cure}")?;
        }
    }
    Ok(())
}

fn verdict(answer: &Answer) -> String {
    match &answer.step {
        _ if answer.is_granted() => "granted".to_owned(),
        Some(step) => format!("refused at step {step}: {}", answer.reason),
        None => format!("refused: {}", answer.reason),
    }
}

fn step(out: &mut dyn Write, taken: &StepTaken) -> io::Result<()> {
    let outcome = match taken.outcome.as_str() {
        "refused" => "REFUSED".to_owned(),
        other => other.replace('-', " "),
    };
    writeln!(out, "  {outcome:MARGIN$}{}", taken.step)?;
    for (name, seen) in &taken.looked_at.0 {
        match seen.get("decision") {
            Some(decision) => policy(out, name, decision, seen)?,
            None => writeln!(out, "  {:MARGIN$}  {name}: {}", "", value(seen))?,
        }
    }
    Ok(())
}

/// A policy's explanation: what it decides, and each statement that matched or was near.
fn policy(out: &mut dyn Write, name: &str, decision: &Value, seen: &Value) -> io::Result<()> {
    let outcome = decision.get("outcome").map(value).unwrap_or_default();
    writeln!(
        out,
        "  {:MARGIN$}  {name}: {}",
        "",
        outcome.replace('-', " ")
    )?;
    let list = |name: &str| {
        seen.get(name)
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default()
    };
    for matched in list("matched") {
        let effect = matched.get("effect").map(value).unwrap_or_default();
        writeln!(
            out,
            "  {:MARGIN$}    {} matches: {effect}",
            "",
            place(&matched)
        )?;
    }
    for near in list("near_misses") {
        let at = near.get("statement").map(place).unwrap_or_default();
        let stopped = near.get("stopped_by").map(obstacle).unwrap_or_default();
        writeln!(out, "  {:MARGIN$}    {at} does not match: {stopped}", "")?;
    }
    Ok(())
}

fn place(statement: &Value) -> String {
    let line = statement.get("line").map(value).unwrap_or_default();
    match statement.get("sid").and_then(Value::as_str) {
        Some(sid) => format!("statement `{sid}` (line {line})"),
        None => format!("statement on line {line}"),
    }
}

fn obstacle(stopped: &Value) -> String {
    let told = |name: &str| stopped.get(name).map(value).unwrap_or_default();
    match stopped.get("element").and_then(Value::as_str) {
        Some("principal") => format!("it names {}, {} asks", told("named"), told("asking")),
        Some("resource") => format!(
            "it is on {}, {} is asked for",
            told("patterns"),
            told("asked")
        ),
        _ => format!(
            "{} {} wants {}, the request has {}",
            told("operator"),
            told("key"),
            told("expected"),
            told("actual")
        ),
    }
}

/// A value as a person reads it.
fn value(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) => printable(text),
        Value::Array(values) if values.is_empty() => "none".to_owned(),
        Value::Array(values) => {
            let values: Vec<String> = values.iter().map(self::value).collect();
            values.join("; ")
        }
        other => other.to_string(),
    }
}

/// Certificates may hold what moves a terminal's cursor.
fn printable(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            '\n' => '|',
            other if other.is_control() => ' ',
            other => other,
        })
        .collect()
}
