//! A record of the trail as a row of a list: its line comes in, what a reader looks for leaves.

use anyrole_domain::activity::TrailRecord;
use serde_json::Value;

use crate::visit::encoded;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its page, below the prefix.
    pub path: String,
    /// RFC 3339, UTC.
    pub time: String,
    /// `service:Operation`.
    pub event: String,
    /// `granted`, `refused` or `notified`.
    pub outcome: String,
    /// The badge's kind.
    pub kind: &'static str,
    /// Our reason code, unless it is `ok`.
    pub reason: String,
    /// What the caller was told, where refused.
    pub message: String,
    /// Whose certificate, or who called, or from where.
    pub who: String,
    /// The role, or what was acted on.
    pub what: String,
}

/// The rows of a page of the trail.
pub fn rows(records: &[TrailRecord]) -> Vec<Row> {
    records.iter().filter_map(row).collect()
}

fn row(record: &TrailRecord) -> Option<Row> {
    let facts: Value = serde_json::from_str(&record.line).ok()?;
    let text = |name: &str| text_of(&facts, name);
    let certificate = facts.get("certificate").unwrap_or(&Value::Null);
    let who = [
        text_of(certificate, "subject"),
        text("caller"),
        text("source_ip"),
    ];
    let what = [text("role_arn"), text("resource")];
    let outcome = text("outcome");
    let reason = text("reason");
    Some(Row {
        path: format!(
            "activity/{}?at={}",
            encoded(&text("request_id")),
            encoded(record.after.as_str())
        ),
        time: text("time"),
        event: text("event"),
        kind: kind(&outcome),
        outcome,
        reason: Some(reason)
            .filter(|reason| reason != "ok")
            .unwrap_or_default(),
        message: text("message"),
        who: first(who),
        what: first(what),
    })
}

/// The kind of badge that an outcome has.
pub(super) fn kind(outcome: &str) -> &'static str {
    match outcome {
        "granted" => "ok",
        "refused" => "bad",
        _ => "warn",
    }
}

/// A member's text; empty where there is none.
pub(super) fn text_of(facts: &Value, name: &str) -> String {
    let text = facts.get(name).and_then(Value::as_str);
    text.unwrap_or_default().to_owned()
}

fn first(texts: impl IntoIterator<Item = String>) -> String {
    texts
        .into_iter()
        .find(|text| !text.is_empty())
        .unwrap_or_default()
}
