//! Broken constraints, one sentence for all of them, as AWS's services say it.

use std::fmt::{self, Write as _};

use serde_json::Value;

/// The most characters of a value that are shown back.
const SHOWN: usize = 256;

/// What is wrong with a request, at least one thing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Violations(Vec<String>);

impl Violations {
    pub(super) fn into_result(self) -> Result<(), Self> {
        if self.0.is_empty() { Ok(()) } else { Err(self) }
    }

    pub(super) fn missing(&mut self, path: &str) {
        self.add("Value null", path, "Member must not be null");
    }

    pub(super) fn scalar(&mut self, value: &Value, path: &str, sensitive: bool, constraint: &str) {
        let shown = match value {
            _ if sensitive => "Value".to_owned(),
            Value::String(text) => format!("Value '{}'", shown(text)),
            value => format!("Value '{value}'"),
        };
        self.add(&shown, path, constraint);
    }

    /// The list itself breaks a constraint. Structures aren't shown.
    pub(super) fn list(&mut self, items: &[Value], path: &str, constraint: &str) {
        let structures = items.iter().any(Value::is_object);
        self.add(&shown_list(items, structures), path, constraint);
    }

    /// A member of the list breaks one.
    pub(super) fn members(
        &mut self,
        items: &[Value],
        path: &str,
        sensitive: bool,
        constraints: &[String],
    ) {
        let constraint = format!(
            "Member must satisfy constraint: [{}]",
            constraints.join(", ")
        );
        self.add(&shown_list(items, sensitive), path, &constraint);
    }

    fn add(&mut self, value: &str, path: &str, constraint: &str) {
        self.0.push(format!(
            "{value} at '{path}' failed to satisfy constraint: {constraint}"
        ));
    }
}

impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.0.len() == 1 { "" } else { "s" };
        write!(
            f,
            "{} validation error{plural} detected: {}",
            self.0.len(),
            self.0.join("; ")
        )
    }
}

impl std::error::Error for Violations {}

fn shown_list(items: &[Value], hidden: bool) -> String {
    if hidden {
        return "Value".to_owned();
    }
    let mut list = String::new();
    for item in items {
        let _ = match item {
            Value::String(text) => write!(list, "{text}, "),
            item => write!(list, "{item}, "),
        };
        if list.len() > 4 * SHOWN {
            break;
        }
    }
    format!(
        "Value '[{}]'",
        shown(list.strip_suffix(", ").unwrap_or(&list))
    )
}

/// The beginning of what a caller gave, fit to be shown back.
fn shown(text: &str) -> String {
    text.chars()
        .take(SHOWN)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}
