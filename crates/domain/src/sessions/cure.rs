//! What would cure a refusal: the reason code with what is known of the request comes in, sentences for the operator go out.

use anyrole_policy::{Effect, Explanation, NearMiss, Obstacle};
use anyrole_x509::{Certificate, PresentedChain};
use serde_json::Value;

use super::create_session::UnverifiedCreateSession;
use super::cure_texts::fixed;
use crate::profiles::ProfileEntry;
use crate::refusal::Refusal;
use crate::snapshot::Snapshot;
use crate::trust_anchors::TrustAnchorEntry;

/// How many anchors or profiles are named.
const MOST_NAMED: usize = 10;

/// What is known of a refused request.
pub(super) struct Ground<'a> {
    snapshot: &'a Snapshot,
    anchor_arn: &'a str,
    profile_arn: &'a str,
    role_arn: &'a str,
    /// The issuer that no certificate was sent for.
    missing_issuer: Option<String>,
    policy: Option<Explanation>,
}

impl<'a> Ground<'a> {
    pub(super) fn of_request(
        snapshot: &'a Snapshot,
        asked: &'a UnverifiedCreateSession,
        refusal: &Refusal,
    ) -> Self {
        Self {
            snapshot,
            anchor_arn: &asked.trust_anchor_arn,
            profile_arn: &asked.profile_arn,
            role_arn: &asked.role_arn,
            missing_issuer: asked.chain.as_ref().ok().and_then(missing_issuer),
            policy: refusal.policy.as_deref().cloned(),
        }
    }

    pub(super) fn of_record(snapshot: &'a Snapshot, record: &'a Value) -> Self {
        let text = |name: &str| record.get(name).and_then(Value::as_str);
        let issuer = record
            .get("certificate")
            .and_then(|facts| facts.get("issuer"));
        let policy = record.get("policy").cloned();
        Self {
            snapshot,
            anchor_arn: text("trust_anchor_arn").unwrap_or_default(),
            profile_arn: text("profile_arn").unwrap_or_default(),
            role_arn: text("role_arn").unwrap_or_default(),
            missing_issuer: issuer.and_then(Value::as_str).map(str::to_owned),
            policy: policy.and_then(|policy| serde_json::from_value(policy).ok()),
        }
    }

    fn anchor(&self) -> Option<&TrustAnchorEntry> {
        self.snapshot
            .trust_anchor(self.snapshot.resolve(self.anchor_arn))
            .map(|anchor| &**anchor)
    }

    fn profile(&self) -> Option<&ProfileEntry> {
        self.snapshot
            .profile(self.snapshot.resolve(self.profile_arn))
            .map(|profile| &**profile)
    }
}

/// What would cure a refusal for this reason; nothing for a reason that is our own fault or not of CreateSession.
pub(super) fn cures(reason: &str, ground: &Ground<'_>) -> Vec<String> {
    let mut cures: Vec<String> = fixed(reason).map(str::to_owned).into_iter().collect();
    match reason {
        "unknown-trust-anchor" => cures.push(all_anchors(ground)),
        "untrusted" | "chain-signature-invalid" | "key-identifier" => {
            cures.extend(needed_authority(ground))
        }
        "unknown-profile" | "disabled-profile" | "role-not-in-profile" => {
            cures.push(profiles_with_role(ground));
        }
        "duration-above-role-maximum" => cures.extend(longest_duration(ground)),
        "trust-policy-does-not-allow" | "trust-policy-denies" => cures.extend(statements(ground)),
        _ => {}
    }
    cures
}

fn named(things: impl Iterator<Item = String>) -> Option<String> {
    let mut rest = things;
    let first: Vec<String> = rest.by_ref().take(MOST_NAMED).collect();
    if first.is_empty() {
        return None;
    }
    let more = match rest.count() {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    Some(format!("{}{more}", first.join(", ")))
}

fn anchor_name(anchor: &TrustAnchorEntry) -> String {
    let resource = &anchor.row.resource;
    format!("`{}` ({})", resource.name, resource.arn)
}

fn all_anchors(ground: &Ground<'_>) -> String {
    let anchors = ground.snapshot.trust_anchors_after("");
    match named(anchors.map(|anchor| anchor_name(anchor))) {
        Some(names) => format!("The trust anchors that exist: {names}."),
        None => "There is no trust anchor yet; make one with create-trust-anchor.".to_owned(),
    }
}

/// Goes up from the leaf by the names of issuers, to the one that no certificate was sent for.
fn missing_issuer(presented: &PresentedChain) -> Option<String> {
    let leaf = presented.unverified_leaf()?;
    let others: Vec<_> = presented
        .other_certificates()
        .filter_map(|der| Certificate::parse_der(der.to_vec()).ok())
        .collect();
    let mut issuer = leaf.issuer;
    // Each certificate is passed at most once: names may go round.
    for _ in &others {
        let above = others
            .iter()
            .map(Certificate::summary)
            .find(|other| other.subject == issuer && other.issuer != other.subject);
        match above {
            Some(above) => issuer = above.issuer.clone(),
            None => break,
        }
    }
    Some(issuer.to_string())
}

fn holds(anchor: &TrustAnchorEntry, subject: &str) -> bool {
    let certificates = anchor.certificates.certificates();
    certificates
        .iter()
        .any(|certificate| certificate.subject.to_string() == subject)
}

fn needed_authority(ground: &Ground<'_>) -> Vec<String> {
    let Some(needed) = &ground.missing_issuer else {
        return Vec::new();
    };
    let mut cures = Vec::new();
    if ground.anchor().is_some_and(|anchor| holds(anchor, needed)) {
        cures.push(format!(
            "The trust anchor holds a certificate of `{needed}`, but another key than that one's has signed: if the authority has a new key, update the trust anchor with its new certificate."
        ));
    } else {
        cures.push(format!(
            "The authority that is needed is `{needed}`: the trust anchor holds no certificate of that subject, and none was sent with the leaf. If it is an intermediate, send its certificate along (--intermediates)."
        ));
    }
    let anchors = ground.snapshot.trust_anchors_after("");
    let others = anchors
        .filter(|anchor| anchor.row.resource.arn != ground.anchor_arn && holds(anchor, needed));
    cures.push(match named(others.map(|anchor| anchor_name(anchor))) {
        Some(names) => format!("Trust anchors that hold a certificate of `{needed}`: {names}."),
        None => format!(
            "No other trust anchor holds a certificate of `{needed}`; make one with create-trust-anchor if it is to be trusted."
        ),
    });
    cures
}

fn profiles_with_role(ground: &Ground<'_>) -> String {
    let role = ground.role_arn;
    let profiles = ground
        .snapshot
        .profiles_after("")
        .filter(|profile| profile.row.role_arns.iter().any(|listed| listed == role));
    let names = named(profiles.map(|profile| {
        let resource = &profile.row.resource;
        let state = if resource.enabled { "" } else { ", disabled" };
        format!("`{}` ({}{state})", resource.name, resource.arn)
    }));
    match names {
        Some(names) => format!("Profiles that hold the role {role}: {names}."),
        None => format!("No profile holds the role {role}."),
    }
}

fn longest_duration(ground: &Ground<'_>) -> Option<String> {
    let role = ground.snapshot.role(ground.role_arn)?;
    let profile = ground.profile()?;
    Some(format!(
        "The role allows {} seconds, the profile {}: ask for no more than the role allows, lower the profile's durationSeconds, or raise the role's MaxSessionDuration.",
        role.row.max_session_duration, profile.row.duration_seconds
    ))
}

/// Each statement that stood in the way, or would have allowed it but for one thing.
fn statements(ground: &Ground<'_>) -> Vec<String> {
    let Some(policy) = &ground.policy else {
        return Vec::new();
    };
    let action = &policy.action;
    let denying = policy.matched.iter().filter(|at| at.effect == Effect::Deny);
    let mut cures: Vec<String> = denying
        .map(|at| format!("{} denies {action}.", statement(at.sid.as_deref(), at.line)))
        .collect();
    let near = policy.near_misses.iter();
    let near: Vec<String> = near
        .filter(|near| near.statement.effect == Effect::Allow)
        .map(|near| near_miss(action, near))
        .collect();
    if cures.is_empty() && near.is_empty() {
        cures.push(format!("No statement of the trust policy names {action}: add it to the one that allows the others."));
    }
    cures.extend(near);
    cures
}

fn statement(sid: Option<&str>, line: usize) -> String {
    match sid {
        Some(sid) => format!("The trust policy's statement `{sid}` (line {line})"),
        None => format!("The trust policy's statement on line {line}"),
    }
}

fn near_miss(action: &str, near: &NearMiss) -> String {
    let statement = statement(near.statement.sid.as_deref(), near.statement.line);
    let listed = |values: &[String]| format!("[{}]", values.join(", "));
    match &near.stopped_by {
        Obstacle::Principal { named, asking, .. } => format!(
            "{statement} would allow {action}, but its principal is {} and {asking} asks.",
            listed(named)
        ),
        Obstacle::Resource {
            patterns, asked, ..
        } => format!(
            "{statement} would allow {action}, but on {} only, and {asked} is asked for.",
            listed(patterns)
        ),
        Obstacle::Condition {
            operator,
            key,
            expected,
            actual,
            unreadable,
        } => {
            let actual = match actual {
                None => "does not have the key".to_owned(),
                Some(values) if *unreadable => {
                    format!("has {}, which the operator can't read", listed(values))
                }
                Some(values) => format!("has {}", listed(values)),
            };
            format!(
                "{statement} would allow {action}, but its condition {operator} {key} wants {} and the request {actual}.",
                listed(expected)
            )
        }
    }
}
