//! One record: what it says, and of a refused CreateSession the steps with what would cure it.

use anyrole_domain::Refusal;
use anyrole_domain::activity::{TrailCursor, find_audit_record};
use anyrole_domain::sessions::{Question, SessionExplanation, explain};
use askama::Template;
use serde_json::Value;

use super::facts::{Line, Piece, StepShown, member_lines, shown, value_lines};
use super::remedies::{Remedy, remedy};
use super::row::{kind, text_of};
use crate::visit::encoded;
use crate::{Command, Layout, Outcome, Reply, Section, Visit};

#[derive(Template)]
#[template(path = "activity/record.html")]
struct RecordPage {
    layout: Layout,
    time: String,
    outcome: String,
    kind: &'static str,
    reason: String,
    message: String,
    detail: String,
    warning: String,
    facts: Vec<(String, Vec<Line>)>,
    statements: Vec<String>,
    explained: Option<Explained>,
    not_explained: Option<Refusal>,
    /// Records of the same certificate or role.
    alike: Vec<(&'static str, String)>,
}

/// The steps of a refused CreateSession.
struct Explained {
    steps: Vec<StepShown>,
    cure: Vec<String>,
    remedy: Remedy,
    /// What the same request would come to now.
    now: Option<Now>,
}

struct Now {
    outcome: &'static str,
    kind: &'static str,
    reason: String,
    at: String,
    cure: Vec<String>,
}

/// What stands in places of its own.
const SHOWN_ELSEWHERE: [&str; 7] = [
    "time", "outcome", "reason", "message", "detail", "warning", "policy",
];

/// What members of records are called.
const TITLES: [(&str, &str); 14] = [
    ("request_id", "Request"),
    ("event", "Event"),
    ("step", "Step that refused"),
    ("caller", "Caller"),
    ("access_key_id", "Access key"),
    ("resource", "Resource"),
    ("trust_anchor_arn", "Trust anchor"),
    ("profile_arn", "Profile"),
    ("role_arn", "Role"),
    ("certificate", "Certificate"),
    ("session", "Session"),
    ("notification", "Notification"),
    ("source_ip", "From address"),
    ("user_agent", "User agent"),
];

/// The page.
pub(super) async fn page(visit: &Visit<'_>, id: &str) -> Outcome {
    let at = visit.query.some("at").map(TrailCursor::new);
    let line = find_audit_record(visit.site, visit.call, id, at).await?;
    let record: Value =
        serde_json::from_str(&line).map_err(|error| Refusal::internal(error.to_string()))?;
    let text = |name: &str| text_of(&record, name);
    let event = text("event");
    let outcome = text("outcome");
    let is_refused_session = event == "rolesanywhere:CreateSession" && outcome == "refused";
    let (explained, not_explained) = if is_refused_session {
        let asked = Question::Request(id.to_owned());
        match explain(visit.site, visit.call, asked).await {
            Ok(explanation) => (Some(explained(visit, &record, &explanation)), None),
            Err(refusal) => (None, Some(refusal)),
        }
    } else {
        (None, None)
    };
    let command = match is_refused_session {
        true => Command::anyrole("explain")
            .flag("--endpoint-url", &visit.endpoint)
            .word(id),
        false => Command::on_the_trail("grep --no-filename --fixed-strings")
            .word(id)
            .switch("audit.jsonl*"),
    };
    let statements = record.get("policy").map(value_lines).unwrap_or_default();
    Reply::page(RecordPage {
        layout: Layout::of(visit, Section::Activity, event)
            .below("Activity", "activity")
            .same_by(command),
        time: text("time"),
        kind: kind(&outcome),
        outcome,
        reason: text("reason"),
        message: text("message"),
        detail: text("detail"),
        warning: text("warning"),
        facts: facts(&record),
        statements,
        explained,
        not_explained,
        alike: alike(&record),
    })
}

fn explained(visit: &Visit<'_>, record: &Value, explanation: &SessionExplanation) -> Explained {
    Explained {
        steps: explanation.steps.iter().map(shown).collect(),
        cure: explanation.cure.clone(),
        remedy: remedy(visit, record),
        now: explanation.now.as_deref().map(|now| Now {
            outcome: now.outcome,
            kind: kind(now.outcome),
            reason: now.reason.clone(),
            at: now.at.to_string(),
            cure: now
                .cure
                .iter()
                .filter(|cure| !explanation.cure.contains(cure))
                .cloned()
                .collect(),
        }),
    }
}

fn facts(record: &Value) -> Vec<(String, Vec<Line>)> {
    let members = record.as_object().into_iter().flatten();
    members
        .filter(|(name, _)| !SHOWN_ELSEWHERE.contains(&name.as_str()))
        .map(|(name, value)| {
            let title = TITLES.iter().find(|(known, _)| known == name);
            let title = title.map_or(name.as_str(), |(_, title)| title);
            (title.to_owned(), member_lines(value))
        })
        .collect()
}

fn alike(record: &Value) -> Vec<(&'static str, String)> {
    let certificate = record.get("certificate").unwrap_or(&Value::Null);
    let pairs = [
        (
            "Records of this certificate",
            "certificate",
            text_of(certificate, "serial"),
        ),
        ("Records of this role", "role", text_of(record, "role_arn")),
    ];
    let set = pairs.into_iter().filter(|(.., value)| !value.is_empty());
    set.map(|(title, name, value)| (title, format!("activity?{name}={}", encoded(&value))))
        .collect()
}
