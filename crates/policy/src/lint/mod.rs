//! What is likely a mistake in a policy that parses: a text and its kind go in, findings with line, reason and cure come
//! out. `anyrole policy lint` prints them. A rule has a file of its own.

mod actions;
mod conditions;
mod keys;
mod meet;
mod nearest;
mod never;
mod places;
mod tables;
mod trust;

use crate::document::{Policy, PolicyKind, Statement};
use crate::json::{self, Value};
use crate::parse::{find, one_or_many};
use crate::refusal::Position;

use self::places::Places;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Does something else than its author meant, or may.
    Warning,
    /// Can't do what its author meant.
    Error,
}

/// What a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// The text isn't a policy of its kind; nothing else is looked at then.
    Malformed,
    /// No action of a service that is served has that name.
    UnknownAction,
    /// No context key has that name.
    UnknownConditionKey,
    /// A statement, or one of its actions, that no request can match.
    NeverMatches,
    /// A condition that says something else than it seems to.
    MisleadingCondition,
    /// A trust policy that lets any certificate of any trust anchor in.
    AnyCertificate,
    /// A trust policy that lacks an action that every session of Roles Anywhere needs.
    MissingSessionAction,
    /// A trust policy that everybody may use.
    AnyPrincipal,
}

/// Something in a policy that its author should look at.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// What it is about.
    pub rule: Rule,
    /// Its line in the text, from 1.
    pub line: usize,
    /// Its column there in characters, from 1.
    pub column: usize,
    /// The Sid of the statement that it is in, if it has one.
    pub sid: Option<String>,
    /// What was found.
    pub message: String,
    /// How to put it right.
    pub cure: String,
}

/// Looks through a policy's text. The findings are in the text's order.
///
/// ```
/// use anyrole_policy::{PolicyKind, lint::{Rule, lint}};
///
/// let text = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow",
///     "Action": ["s3:GetObject", "s3:ListBuckets"],
///     "Resource": "*", "Condition": {"Bool": {"aws:SecureTransprot": "true"}}}}"#;
/// let findings = lint(text, PolicyKind::Identity);
/// assert_eq!(findings[0].rule, Rule::UnknownAction);
/// assert_eq!((findings[0].line, findings[0].cure.as_str()), (2, "did you mean `s3:ListBucket`?"));
/// assert_eq!(findings[1].rule, Rule::UnknownConditionKey);
/// assert_eq!((findings[1].line, findings[1].cure.as_str()), (3, "did you mean `aws:SecureTransport`?"));
/// ```
pub fn lint(text: &str, kind: PolicyKind) -> Vec<Finding> {
    let (policy, tree) = match (Policy::parse(text, kind), json::read(text)) {
        (Ok(policy), Ok(tree)) => (policy, tree),
        (Err(error), _) | (_, Err(error)) => {
            return vec![Finding {
                severity: Severity::Error,
                rule: Rule::Malformed,
                line: error.line,
                column: error.column,
                sid: None,
                message: error.message,
                cure: error.cure,
            }];
        }
    };
    let mut found = Found::default();
    for (statement, places) in policy.statements.iter().zip(Places::of(&tree.root)) {
        let looked = Looked {
            policy: &policy,
            statement,
            places: &places,
        };
        actions::look(&looked, &mut found);
        keys::look(&looked, &mut found);
        conditions::look(&looked, &mut found);
        never::look(&looked, &mut found);
        trust::look(&looked, &mut found);
    }
    trust::look_at_all(&policy, &mut found);
    let mut findings = found.0;
    findings.sort_by_key(|finding| (finding.line, finding.column));
    findings
}

/// The kind that a text seems to be of, by its elements: with a principal and without resources a trust policy, with
/// both a resource's, without a principal an identity policy.
pub fn guess_kind(text: &str) -> PolicyKind {
    let Ok(tree) = json::read(text) else {
        return PolicyKind::Identity;
    };
    let Value::Object(members) = &tree.root.value else {
        return PolicyKind::Identity;
    };
    let has = |names: [&str; 2]| {
        let statements = find(members, "Statement").map(|member| one_or_many(&member.node));
        statements.unwrap_or_default().iter().any(|statement| {
            matches!(&statement.value, Value::Object(elements)
                if names.iter().any(|name| find(elements, name).is_some()))
        })
    };
    match (
        has(["Principal", "NotPrincipal"]),
        has(["Resource", "NotResource"]),
    ) {
        (false, _) => PolicyKind::Identity,
        (true, false) => PolicyKind::Trust,
        (true, true) => PolicyKind::Resource,
    }
}

/// One statement with where its parts are.
struct Looked<'l> {
    policy: &'l Policy,
    statement: &'l Statement,
    places: &'l Places,
}

#[derive(Default)]
struct Found(Vec<Finding>);

impl Found {
    fn push(
        &mut self,
        (severity, rule): (Severity, Rule),
        at: Position,
        statement: &Statement,
        (message, cure): (impl Into<String>, impl Into<String>),
    ) {
        self.0.push(Finding {
            severity,
            rule,
            line: at.line,
            column: at.column,
            sid: statement.sid.clone(),
            message: message.into(),
            cure: cure.into(),
        });
    }
}
