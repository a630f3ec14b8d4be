//! Whether a trust policy shuts a principal out whatever its request: a request of which some keys are left open goes in, what
//! keeps every such request out comes out. The domain asks it of roles, before there is a certificate.

use crate::conditions::{Condition, Truth};
use crate::document::{Effect, Policy, Statement};
use crate::evaluate::{Asked, Stop, principal_reach, weigh_with};
use crate::layers::Layer;
use crate::principal::Reach;
use crate::request::Request;

/// What keeps every request out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shut {
    /// No statement allows anything to the principal.
    Principal,
    /// Statements name the principal, none of them the action.
    Action,
    /// A statement allows it, under a condition that no request meets.
    Condition {
        /// The line in the policy's text where the statement begins, from 1.
        line: usize,
        /// The condition's operator with its modifiers, as written.
        operator: String,
        /// The condition's key, as written.
        key: String,
    },
    /// A statement denies it to every request.
    Denied {
        /// The line in the policy's text where the statement begins, from 1.
        line: usize,
        /// Its Sid.
        sid: Option<String>,
    },
}

/// Why no request like this one can pass the trust policy; `None` where one may. A condition that asks for a key of which
/// `is_open` is true, in ASCII lower case, may be met and may be not.
///
/// ```
/// use anyrole_policy::{ContextMap, Policy, PolicyKind, Principal, Request, Shut, shut_to};
///
/// let text = r#"{"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole",
///     "Principal": {"Service": "rolesanywhere.amazonaws.com"},
///     "Condition": {"StringEquals": {"aws:PrincipalTag/x509Subject/OU": "ops"}}}}"#;
/// let trust = Policy::parse(text, PolicyKind::Trust)?;
/// let context = ContextMap::default();
/// let request = |action| Request {
///     principal: Principal::Service("rolesanywhere.amazonaws.com"),
///     action,
///     resource: "arn:aws:iam::000000000000:role/app",
///     resource_account: "000000000000",
///     context: &context,
/// };
/// let is_open = |key: &str| key.starts_with("aws:principaltag/");
/// assert_eq!(shut_to(&request("sts:AssumeRole"), &trust, is_open), None);
/// assert_eq!(shut_to(&request("sts:TagSession"), &trust, is_open), Some(Shut::Action));
/// # Ok::<(), anyrole_policy::ParseError>(())
/// ```
pub fn shut_to(
    request: &Request<'_>,
    trust: &Policy,
    is_open: impl Fn(&str) -> bool,
) -> Option<Shut> {
    let asked = Asked::alone(request);
    let asks_open = |condition: &Condition| {
        let mut keys = Vec::new();
        condition.push_keys(&mut keys);
        keys.into_iter().any(&is_open)
    };
    let mut nearest = Some(Shut::Principal);
    for statement in &trust.statements {
        let weighed = weigh_with(statement, &asked, Layer::Trust, |condition| {
            let may = asks_open(condition);
            match (statement.effect, condition.holds(request.context)) {
                (Effect::Allow, truth) => may || truth == Truth::Yes,
                (Effect::Deny, truth) => !may && truth != Truth::No,
            }
        });
        match (statement.effect, weighed) {
            (Effect::Deny, Ok(_)) => {
                return Some(Shut::Denied {
                    line: statement.at.line,
                    sid: statement.sid.clone(),
                });
            }
            (Effect::Deny, Err(_)) => {}
            (Effect::Allow, Ok(Reach::Limited | Reach::Direct)) => nearest = None,
            (Effect::Allow, Ok(Reach::Account)) => {}
            (Effect::Allow, Err(stop)) => {
                let names = principal_reach(statement, &asked, Layer::Trust).is_some();
                nearest = nearest.map(|before| nearer(before, &stop, statement, names));
            }
        }
    }
    nearest
}

/// A condition tells more than a missing action, which tells more than a missing principal.
fn nearer(before: Shut, stop: &Stop<'_>, statement: &Statement, names: bool) -> Shut {
    match (before, stop) {
        (Shut::Principal | Shut::Action, Stop::Condition(condition)) => Shut::Condition {
            line: statement.at.line,
            operator: condition.operator.to_string(),
            key: condition.key.to_string(),
        },
        (Shut::Principal, Stop::Action) if names => Shut::Action,
        (before, _) => before,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asker::ContextMap;
    use crate::document::PolicyKind;
    use crate::request::Principal;

    fn shut(statements: &str, action: &str) -> Option<Shut> {
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#);
        let trust = Policy::parse(&text, PolicyKind::Trust).unwrap();
        let mut context = ContextMap::default();
        context.set("aws:SourceAccount", "000000000000");
        let request = Request {
            principal: Principal::Service("rolesanywhere.amazonaws.com"),
            action,
            resource: "arn:aws:iam::000000000000:role/app",
            resource_account: "000000000000",
            context: &context,
        };
        shut_to(&request, &trust, |key| key == "aws:sourcearn")
    }

    fn allow(action: &str, condition: &str) -> String {
        format!(
            r#"{{"Effect": "Allow", "Principal": {{"Service": "rolesanywhere.amazonaws.com"}}, "Action": {action}{condition}}}"#
        )
    }

    fn deny(condition: &str) -> String {
        format!(
            r#"{{"Sid": "No", "Effect": "Deny", "Principal": "*", "Action": "sts:*"{condition}}}"#
        )
    }

    #[test]
    fn open_conditions_neither_shut_nor_deny() {
        let anchor = r#", "Condition": {"ArnEquals": {"aws:SourceArn": "arn:aws:rolesanywhere:us-east-1:000000000000:trust-anchor/x"}}"#;
        let assume = r#""sts:AssumeRole""#;
        assert_eq!(shut(&allow(assume, anchor), "sts:AssumeRole"), None);
        let both = [allow(assume, ""), deny(anchor)].join(",");
        assert_eq!(shut(&both, "sts:AssumeRole"), None);
    }

    #[test]
    fn what_is_nearest_is_told() {
        let ours = r#", "Condition": {"StringEquals": {"aws:SourceAccount": "000000000000"}}"#;
        let others = r#", "Condition": {"StringEquals": {"aws:SourceAccount": "111111111111"}}"#;
        let absent = r#", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}"#;
        let assume = r#""sts:AssumeRole""#;
        let ec2 = r#"{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}"#;
        let condition = |operator: &str, key: &str| {
            Some(Shut::Condition {
                line: 1,
                operator: operator.to_owned(),
                key: key.to_owned(),
            })
        };
        let denied = Some(Shut::Denied {
            line: 1,
            sid: Some("No".to_owned()),
        });
        for (statements, expected) in [
            (allow(assume, ours), None),
            (
                allow(assume, others),
                condition("StringEquals", "aws:SourceAccount"),
            ),
            (
                allow(assume, absent),
                condition("Bool", "aws:MultiFactorAuthPresent"),
            ),
            (allow(r#""sts:TagSession""#, ""), Some(Shut::Action)),
            (ec2.to_owned(), Some(Shut::Principal)),
            ([allow(assume, ""), deny("")].join(","), denied.clone()),
            ([allow(assume, ""), deny(ours)].join(","), denied),
            ([allow(assume, ""), deny(others)].join(","), None),
            ([ec2.to_owned(), allow(assume, "")].join(","), None),
        ] {
            assert_eq!(
                shut(&statements, "sts:AssumeRole"),
                expected,
                "{statements}"
            );
        }
    }
}
