//! Which certificates a role's trust policy would let in, by the anchor that they lead to: the very policy is asked, as
//! CreateSession asks it, with what its own conditions want filled in step by step. Called by the console's overview.

use anyrole_policy::{
    Context, ContextMap, ContextValue, Effect, Explanation, NearMiss, Obstacle, Policy, Principal,
    Request, StatementAt, explain_trust,
};

use super::trust::{SERVICE, TRUST_ACTIONS};
use super::trust_keys::{OpenKey, fixed_value};
use crate::account::Account;
use crate::roles::RoleEntry;
use crate::tags::Tag;
use crate::trust_anchors::TrustAnchorEntry;

/// More conditions than this are not followed.
const MOST_CONDITIONS: usize = 12;

/// What a certificate must be like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// The condition keys with what the policy wants of each, in order; empty where every certificate of the anchor is let in.
    pub conditions: Vec<String>,
    /// Where the policy allows it.
    pub statement: Option<StatementAt>,
}

/// Whether certificates of an anchor can reach a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoleReach {
    /// Those that are like this.
    Some(Reach),
    /// None, and why.
    None(String),
    /// A statement denies it, but for what its conditions leave out.
    Depends(String),
}

/// Asks the role's trust policy about the anchor's certificates. Values that a condition wants are tried literally; what is
/// beyond that is told as a condition, never as let in without one.
pub fn reach(account: &Account, anchor: &TrustAnchorEntry, role: &RoleEntry) -> RoleReach {
    let asked = Asked {
        account,
        anchor_arn: &anchor.row.resource.arn,
        role_arn: &role.row.arn,
        tags: &role.row.tags,
        policy: &role.trust_policy,
    };
    asked.reach()
}

/// What is asked: one role's policy about one anchor.
struct Asked<'a> {
    account: &'a Account,
    anchor_arn: &'a str,
    role_arn: &'a str,
    tags: &'a [Tag],
    policy: &'a Policy,
}

impl Asked<'_> {
    fn reach(&self) -> RoleReach {
        let mut context = self.request();
        let mut found = Found::default();
        for action in TRUST_ACTIONS {
            if let Err(stopped) = self.follow(action, &mut context, &mut found) {
                return stopped;
            }
        }
        // What a request without the key meets (StringNotEquals, …IfExists, Null) has stopped nothing so far.
        for key in self.policy.context_keys() {
            if is_of_certificate(key) && !found.keys.iter().any(|known| known == key) {
                found
                    .conditions
                    .push(format!("what the policy says of {key}"));
            }
        }
        RoleReach::Some(Reach {
            conditions: found.conditions,
            statement: found.statement,
        })
    }

    /// A request with a certificate of the anchor, over TLS, of which nothing else is known yet.
    fn request(&self) -> Filled<'_> {
        let mut of_certificate = ContextMap::default();
        of_certificate.set("aws:SecureTransport", "true");
        Filled {
            asked: self,
            of_certificate,
        }
    }

    /// Fills in what the nearest statement wants, until the policy allows the action.
    fn follow(
        &self,
        action: &str,
        context: &mut Filled<'_>,
        found: &mut Found,
    ) -> Result<(), RoleReach> {
        loop {
            let request = Request {
                principal: Principal::Service(SERVICE),
                action,
                resource: self.role_arn,
                resource_account: self.account.id.as_str(),
                context,
            };
            let explanation = explain_trust(&request, self.policy);
            if explanation.decision.is_allowed() {
                found.tell_exceptions(&explanation);
                let allows = explanation.matched.into_iter().next();
                found.statement = found.statement.take().or(allows);
                return Ok(());
            }
            let (near, key, told) = wanted(&explanation, action)?;
            if found.conditions.contains(&told) || found.conditions.len() >= MOST_CONDITIONS {
                // It can't be met with the value itself: what is needed has been told.
                found.statement = found.statement.take().or(Some(near.statement.clone()));
                return Ok(());
            }
            found.tell(key, told);
            if let Obstacle::Condition { key, expected, .. } = &near.stopped_by {
                let of_certificate = &mut context.of_certificate;
                of_certificate.set_all(key, expected.iter().take(1).cloned().collect());
            }
        }
    }
}

/// A request as far as it is filled in.
struct Filled<'a> {
    asked: &'a Asked<'a>,
    of_certificate: ContextMap,
}

impl Context for Filled<'_> {
    fn value(&self, lower_case_key: &str) -> Option<ContextValue<'_>> {
        let asked = self.asked;
        match OpenKey::of(lower_case_key) {
            Some(OpenKey::SourceArn) => Some(ContextValue::One(asked.anchor_arn)),
            Some(_) => self.of_certificate.value(lower_case_key),
            None => fixed_value(asked.account, asked.tags, lower_case_key),
        }
    }
}

/// What has been told so far.
#[derive(Default)]
struct Found {
    conditions: Vec<String>,
    /// The condition keys of these, in lower case.
    keys: Vec<String>,
    statement: Option<StatementAt>,
}

impl Found {
    fn tell(&mut self, key: &str, told: String) {
        self.keys.push(key.to_ascii_lowercase());
        self.conditions.push(told);
    }

    /// What statements deny that a certificate may meet.
    fn tell_exceptions(&mut self, explanation: &Explanation) {
        for near in &explanation.near_misses {
            let Obstacle::Condition {
                operator,
                key,
                expected,
                ..
            } = &near.stopped_by
            else {
                continue;
            };
            let told = format!("not when {operator} {key}: {}", expected.join(", "));
            let denies = near.statement.effect == Effect::Deny;
            if denies && is_of_certificate(key) && !self.conditions.contains(&told) {
                self.tell(key, told);
            }
        }
    }
}

/// The condition that keeps the nearest statement from allowing it, where a certificate could meet one.
fn wanted<'a>(
    explanation: &'a Explanation,
    action: &str,
) -> Result<(&'a NearMiss, &'a str, String), RoleReach> {
    if let Some(denies) = explanation
        .matched
        .iter()
        .find(|at| at.effect == Effect::Deny)
    {
        return Err(RoleReach::Depends(format!(
            "{} denies {action}, but for what its conditions leave out",
            place(denies)
        )));
    }
    let allows = |near: &&NearMiss| near.statement.effect == Effect::Allow;
    let mut near_misses = explanation.near_misses.iter().filter(allows);
    let mut why = format!("no statement allows {action} for {SERVICE}");
    for near in near_misses.by_ref() {
        let Obstacle::Condition {
            operator,
            key,
            expected,
            ..
        } = &near.stopped_by
        else {
            continue;
        };
        let told = format!("{operator} {key}: {}", expected.join(", "));
        if is_of_certificate(key) {
            return Ok((near, key, told));
        }
        why = format!("{} wants {told}", place(&near.statement));
    }
    Err(RoleReach::None(why))
}

/// Keys that differ from certificate to certificate of one anchor, or from request to request.
fn is_of_certificate(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    OpenKey::of(&key).is_some_and(|key| key != OpenKey::SourceArn)
}

fn place(at: &StatementAt) -> String {
    match &at.sid {
        Some(sid) => format!("statement `{sid}` on line {}", at.line),
        None => format!("the statement on line {}", at.line),
    }
}

#[cfg(test)]
mod tests {
    use anyrole_policy::PolicyKind;
    use jiff::Timestamp;
    use serde_json::{Value, json};

    use super::*;
    use crate::account::AccountId;

    const ANCHOR: &str = "arn:aws:rolesanywhere:eu-west-1:000000000000:trust-anchor/a";
    const OU: &str = "aws:PrincipalTag/x509Subject/OU";

    fn of(statements: Value) -> RoleReach {
        let text = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
        let account = AccountId::parse("000000000000").unwrap();
        let account = Account::new(account, "eu-west-1", "aws", Timestamp::UNIX_EPOCH).unwrap();
        Asked {
            account: &account,
            anchor_arn: ANCHOR,
            role_arn: "arn:aws:iam::000000000000:role/app",
            tags: &[],
            policy: &Policy::parse(&text, PolicyKind::Trust).unwrap(),
        }
        .reach()
    }

    fn statement(effect: &str, condition: Value) -> Value {
        json!({
            "Effect": effect,
            "Principal": {"Service": SERVICE},
            "Action": TRUST_ACTIONS,
            "Condition": condition,
        })
    }

    #[test]
    fn whom_a_policy_lets_in_is_told_with_every_condition() {
        let other = ANCHOR.replace("/a", "/b");
        let cases: &[(Value, &[&str])] = &[
            (json!({}), &[]),
            (json!({"ArnEquals": {"aws:SourceArn": ANCHOR}}), &[]),
            (
                json!({"StringEquals": {OU: ["x", "y"]}}),
                &["StringEquals aws:PrincipalTag/x509Subject/OU: x, y"],
            ),
            (
                json!({"StringLike": {OU: "x*"}}),
                &["StringLike aws:PrincipalTag/x509Subject/OU: x*"],
            ),
            // Met by a request without the key: told all the same.
            (
                json!({"StringNotEquals": {OU: "x"}}),
                &["what the policy says of aws:principaltag/x509subject/ou"],
            ),
            (
                json!({"StringEqualsIfExists": {OU: "x"}}),
                &["what the policy says of aws:principaltag/x509subject/ou"],
            ),
        ];
        for (condition, expected) in cases {
            match of(json!([statement("Allow", condition.clone())])) {
                RoleReach::Some(reach) => assert_eq!(reach.conditions, *expected, "{condition}"),
                stopped => unreachable!("{condition}: {stopped:?}"),
            }
        }
        let denied = of(json!([
            statement("Allow", json!({})),
            statement("Deny", json!({"StringEquals": {OU: "x"}})),
        ]));
        let told = ["not when StringEquals aws:PrincipalTag/x509Subject/OU: x".to_owned()];
        assert!(
            matches!(&denied, RoleReach::Some(reach) if reach.conditions == told),
            "{denied:?}"
        );
        // Every request has the first, none has the second: no certificate has a say in either.
        let of_all =
            json!({"ForAnyValue:StringEquals": {"aws:PrincipalServiceNamesList": SERVICE}});
        match of(json!([statement("Allow", of_all)])) {
            RoleReach::Some(reach) => assert!(reach.conditions.is_empty(), "{reach:?}"),
            stopped => unreachable!("{stopped:?}"),
        }
        let of_none = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
        let of_none = of(json!([statement("Allow", of_none)]));
        assert!(
            matches!(&of_none, RoleReach::None(why) if why.contains("aws:MultiFactorAuthPresent")),
            "{of_none:?}"
        );
        let of_other = of(json!([statement(
            "Allow",
            json!({"ArnEquals": {"aws:SourceArn": other}})
        )]));
        assert!(matches!(of_other, RoleReach::None(_)), "{of_other:?}");
        let all_denied = of(json!([
            statement("Allow", json!({})),
            statement("Deny", json!({}))
        ]));
        assert!(
            matches!(all_denied, RoleReach::Depends(_)),
            "{all_denied:?}"
        );
    }
}
