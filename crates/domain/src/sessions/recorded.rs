//! What an audit record alone tells of a refused request: the step that refused, and what was written down then.

use jiff::Timestamp;
use serde_json::Value;

use super::cure::{Ground, cures};
use super::explain::{SessionExplanation, StepOutcome, StepTaken, marked};
use super::steps::{Facts, Step};
use crate::refusal::Refusal;
use crate::snapshot::Snapshot;

/// The explanation that a record holds.
pub(super) fn explain(snapshot: &Snapshot, record: &Value) -> Result<SessionExplanation, Refusal> {
    let text = |name: &str| record.get(name).and_then(Value::as_str);
    let refused = text("outcome") == Some("refused");
    let reason = text("reason").unwrap_or_default();
    let at: Timestamp = text("time")
        .unwrap_or_default()
        .parse()
        .map_err(|error| Refusal::internal(format!("an audit record has no time: {error}")))?;
    let step = text("step").and_then(|name| Step::ALL.into_iter().find(|step| step.name() == name));
    let is_session = text("event") == Some("rolesanywhere:CreateSession");
    let ground = Ground::of_record(snapshot, record);
    Ok(SessionExplanation {
        outcome: if refused { "refused" } else { "granted" },
        at,
        reason: reason.to_owned(),
        step: step.map(|step| step.name().to_owned()),
        message: text("message").map(str::to_owned),
        detail: text("detail").map(str::to_owned),
        cure: if refused && is_session {
            cures(reason, &ground)
        } else {
            Vec::new()
        },
        steps: if is_session {
            marked(facts(record), Step::Request, step)
        } else {
            Vec::new()
        },
        recorded: None,
        now: None,
    })
}

/// What the record says, by the step that looked at it.
fn facts(record: &Value) -> Vec<StepTaken> {
    let certificate = record.get("certificate");
    let of_certificate = |name: &str| certificate.and_then(|facts| facts.get(name));
    let taken = |step, tell: &dyn Fn(&mut Facts)| {
        let mut looked_at = Facts::default();
        tell(&mut looked_at);
        StepTaken {
            step,
            outcome: StepOutcome::Passed,
            looked_at,
        }
    };
    vec![
        taken(Step::Request, &|facts| {
            facts.recorded("source address", record.get("source_ip"));
            facts.recorded("user agent", record.get("user_agent"));
        }),
        taken(Step::Members, &|facts| {
            facts.recorded("trustAnchorArn", record.get("trust_anchor_arn"));
            facts.recorded("profileArn", record.get("profile_arn"));
            facts.recorded("roleArn", record.get("role_arn"));
        }),
        taken(Step::Certificate, &|facts| {
            facts.recorded("subject", of_certificate("subject"));
            facts.recorded("issuer", of_certificate("issuer"));
            facts.recorded("serial number", of_certificate("serial"));
        }),
        taken(Step::TrustPolicy, &|facts| {
            facts.recorded("policy", record.get("policy"));
        }),
    ]
}
