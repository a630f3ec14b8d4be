//! What DecodeAuthorizationMessage answers of a refusal: a refusal enters, JSON in AWS's shape leaves (STS API reference).

use anyrole_policy::{Decision, Effect, Explanation, StatementAt};
use serde_json::{Value, json};

use crate::refusal::Refusal;

/// The longest message before it is sealed, in bytes: sealed and in base64 it stays under the 10,240 characters of the API.
const MAX_MESSAGE: usize = 7_600;

/// Who was refused, and with which condition keys; what the policies say of it is in the refusal's explanation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizationFailure {
    /// As in `aws:userid`.
    pub principal_id: String,
    /// As GetCallerIdentity answers it.
    pub principal_arn: String,
    /// Every condition key that the request had, with its values.
    pub conditions: Vec<(String, Vec<String>)>,
}

impl Refusal {
    /// Adds who was refused.
    #[must_use]
    pub fn with_authorization(mut self, failure: AuthorizationFailure) -> Self {
        self.authorization = Some(Box::new(failure));
        self
    }

    /// What DecodeAuthorizationMessage answers of this refusal, where policies refused: JSON.
    pub fn authorization_message(&self) -> Option<String> {
        let (failure, explanation) = (self.authorization.as_deref()?, self.policy.as_deref()?);
        let whole = message(failure, explanation, true).to_string();
        if whole.len() <= MAX_MESSAGE {
            return Some(whole);
        }
        // What nearly matched is what can be left out.
        let short = message(failure, explanation, false).to_string();
        (short.len() <= MAX_MESSAGE).then_some(short)
    }
}

fn message(
    failure: &AuthorizationFailure,
    explanation: &Explanation,
    with_failures: bool,
) -> Value {
    let conditions = failure.conditions.iter().map(|(key, values)| {
        let shown = values.iter().map(|value| json!({"value": value}));
        json!({"key": key, "values": {"items": shown.collect::<Vec<_>>()}})
    });
    let matched = explanation.matched.iter().map(statement);
    let failures = explanation
        .near_misses
        .iter()
        .filter(|_| with_failures)
        .map(|miss| json!({"statement": statement(&miss.statement), "stoppedBy": miss.stopped_by}));
    json!({
        "allowed": false,
        "explicitDeny": matches!(explanation.decision, Decision::ExplicitDeny { .. }),
        "matchedStatements": {"items": matched.collect::<Vec<_>>()},
        "failures": {"items": failures.collect::<Vec<_>>()},
        "context": {
            "principal": {"id": failure.principal_id, "arn": failure.principal_arn},
            "action": explanation.action,
            "resource": explanation.resource,
            "conditions": {"items": conditions.collect::<Vec<_>>()},
        },
    })
}

fn statement(at: &StatementAt) -> Value {
    let effect = match at.effect {
        Effect::Allow => "ALLOW",
        Effect::Deny => "DENY",
    };
    json!({
        "statementId": at.sid.as_deref().unwrap_or_default(),
        "effect": effect,
        "layer": at.layer,
        "policy": at.policy,
        "statement": at.statement,
    })
}
