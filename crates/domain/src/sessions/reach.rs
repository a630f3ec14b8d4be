//! Which certificates a role's trust policy would let in, by the anchor that they lead to: the very policy is asked, as
//! CreateSession asks it, with what its own conditions want filled in step by step. Called by the console's overview.

use anyrole_policy::{
    ContextMap, Effect, Explanation, NearMiss, Obstacle, Principal, Request, StatementAt,
    explain_trust,
};

use super::trust::{SERVICE, TRUST_ACTIONS};
use crate::account::Account;
use crate::roles::RoleEntry;
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
    let mut context = ContextMap::default();
    for (key, value) in [
        ("aws:SourceArn", anchor.row.resource.arn.as_str()),
        ("aws:SourceAccount", account.id.as_str()),
        ("aws:ResourceAccount", account.id.as_str()),
        ("aws:PrincipalServiceName", SERVICE),
        ("aws:PrincipalIsAWSService", "true"),
        ("aws:ViaAWSService", "false"),
        ("aws:RequestedRegion", account.region.as_str()),
        ("aws:SecureTransport", "true"),
    ] {
        context.set(key, value);
    }
    for tag in &role.row.tags {
        context.set(&format!("aws:ResourceTag/{}", tag.key), &tag.value);
        context.set(&format!("iam:ResourceTag/{}", tag.key), &tag.value);
    }
    let mut found = Reach {
        conditions: Vec::new(),
        statement: None,
    };
    for action in TRUST_ACTIONS {
        if let Err(stopped) = follow(account, role, action, &mut context, &mut found) {
            return stopped;
        }
    }
    RoleReach::Some(found)
}

/// Fills in what the nearest statement wants, until the policy allows the action.
fn follow(
    account: &Account,
    role: &RoleEntry,
    action: &str,
    context: &mut ContextMap,
    found: &mut Reach,
) -> Result<(), RoleReach> {
    loop {
        let request = Request {
            principal: Principal::Service(SERVICE),
            action,
            resource: &role.row.arn,
            resource_account: account.id.as_str(),
            context,
        };
        let explanation = explain_trust(&request, &role.trust_policy);
        if explanation.decision.is_allowed() {
            found
                .conditions
                .extend(exceptions(&explanation, &found.conditions));
            let allows = explanation.matched.into_iter().next();
            found.statement = found.statement.take().or(allows);
            return Ok(());
        }
        let (near, told) = wanted(&explanation, action)?;
        if found.conditions.contains(&told) || found.conditions.len() >= MOST_CONDITIONS {
            // It can't be met with the value itself: what is needed has been told.
            found.statement = found.statement.take().or(Some(near.statement.clone()));
            return Ok(());
        }
        found.conditions.push(told);
        if let Obstacle::Condition { key, expected, .. } = &near.stopped_by {
            context.set_all(key, expected.iter().take(1).cloned().collect());
        }
    }
}

/// The condition that keeps the nearest statement from allowing it, where a certificate could meet one.
fn wanted<'a>(
    explanation: &'a Explanation,
    action: &str,
) -> Result<(&'a NearMiss, String), RoleReach> {
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
            return Ok((near, told));
        }
        why = format!("{} wants {told}", place(&near.statement));
    }
    Err(RoleReach::None(why))
}

/// What statements deny that a certificate may meet.
fn exceptions(explanation: &Explanation, known: &[String]) -> Vec<String> {
    let denies = explanation.near_misses.iter();
    denies
        .filter(|near| near.statement.effect == Effect::Deny)
        .filter_map(|near| match &near.stopped_by {
            Obstacle::Condition {
                operator,
                key,
                expected,
                ..
            } if is_of_certificate(key) => Some(format!(
                "not when {operator} {key}: {}",
                expected.join(", ")
            )),
            _ => None,
        })
        .filter(|told| !known.contains(told))
        .collect()
}

/// Keys that differ from certificate to certificate, or from request to request.
fn is_of_certificate(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    let fixed = [
        "aws:sourcearn",
        "aws:sourceaccount",
        "aws:resourceaccount",
        "aws:principalservicename",
        "aws:principalisawsservice",
        "aws:viaawsservice",
        "aws:requestedregion",
    ];
    !fixed.contains(&key.as_str())
        && !key.starts_with("aws:resourcetag/")
        && !key.starts_with("iam:resourcetag/")
}

fn place(at: &StatementAt) -> String {
    match &at.sid {
        Some(sid) => format!("statement `{sid}` on line {}", at.line),
        None => format!("the statement on line {}", at.line),
    }
}
