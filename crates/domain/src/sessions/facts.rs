//! What each step of CreateSession looks at, told in names and values. `judge.rs` offers it to whoever watches; nothing here
//! decides.

use anyrole_x509::{Certificate, CertificateSummary, ExpiredListRule, Revocation};
use jiff::Timestamp;

use super::create_session::UnverifiedCreateSession;
use super::judge::PACKED_LIMIT;
use super::steps::Facts;
use super::trust::Issue;
use super::verified_chains::{KnownChain, MappedTags};
use crate::profiles::ProfileEntry;
use crate::roles::RoleEntry;
use crate::snapshot::Snapshot;

pub(super) fn members(facts: &mut Facts, asked: &UnverifiedCreateSession) {
    facts.text("trustAnchorArn", &asked.trust_anchor_arn);
    facts.text("profileArn", &asked.profile_arn);
    facts.text("roleArn", &asked.role_arn);
    facts.number("durationSeconds", asked.duration_seconds);
    facts.maybe("roleSessionName", asked.role_session_name.as_deref());
}

pub(super) fn anchor(facts: &mut Facts, snapshot: &Snapshot, arn: &str) {
    let Some(anchor) = snapshot.trust_anchor(snapshot.resolve(arn)) else {
        return facts.flag("exists", false);
    };
    facts.text("name", &anchor.row.resource.name);
    facts.text("arn", &anchor.row.resource.arn);
    facts.flag("enabled", anchor.row.resource.enabled);
    let certificates = anchor.certificates.certificates();
    facts.list(
        "certificates",
        certificates.iter().map(|certificate| {
            format!(
                "{}, valid from {} to {}",
                certificate.subject, certificate.not_before, certificate.not_after
            )
        }),
    );
}

pub(super) fn certificates(facts: &mut Facts, asked: &UnverifiedCreateSession) {
    let Ok(presented) = &asked.chain else {
        return facts.flag("readable", false);
    };
    match presented.unverified_leaf() {
        Some(leaf) => leaf_facts(facts, &leaf),
        None => facts.flag("readable", false),
    }
    facts.list(
        "sent with it",
        presented
            .other_certificates()
            .map(|der| match Certificate::parse_der(der.to_vec()) {
                Ok(other) => {
                    let other = other.summary();
                    format!("{}, issued by {}", other.subject, other.issuer)
                }
                Err(error) => error.to_string(),
            }),
    );
}

fn leaf_facts(facts: &mut Facts, leaf: &CertificateSummary) {
    facts.text("subject", leaf.subject.to_string());
    facts.text("issuer", leaf.issuer.to_string());
    facts.text("serial number", &leaf.serial_hex);
    facts.text("valid from", leaf.not_before.to_string());
    facts.text("valid to", leaf.not_after.to_string());
    facts.text("key", &leaf.key);
    facts.text("signed with", &leaf.signature_algorithm);
    facts.text(
        "basic constraints",
        match leaf.basic_constraints {
            None => "none",
            Some(constraints) if constraints.ca => "CA",
            Some(_) => "not a CA",
        },
    );
    match &leaf.key_usage {
        Some(usages) => facts.list("key usage", usages.iter().copied()),
        None => facts.maybe("key usage", None::<String>),
    }
    match &leaf.extended_key_usage {
        Some(usages) => facts.list("extended key usage", usages),
        None => facts.maybe("extended key usage", None::<String>),
    }
    facts.text("SHA-256", hex(&leaf.sha256_fingerprint));
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn revocation(facts: &mut Facts, revocation: &Revocation<'_>, now: Timestamp) {
    facts.list(
        "revocation lists",
        revocation.lists.iter().map(|list| {
            let list = list.list();
            let expired = if list.is_expired(now) {
                ", expired"
            } else {
                ""
            };
            format!(
                "{}, number {}, {} entries, from {} to {}{expired}",
                list.issuer(),
                list.number_hex(),
                list.len(),
                list.this_update(),
                list.next_update(),
            )
        }),
    );
    facts.text(
        "an expired list",
        match revocation.expired {
            ExpiredListRule::Refuse => "refuses (--expired-crl refuse)",
            ExpiredListRule::Warn => "counts (--expired-crl warn)",
        },
    );
}

pub(super) fn signature(facts: &mut Facts, asked: &UnverifiedCreateSession) {
    match &asked.signature {
        Ok(signature) => {
            facts.text("algorithm", format!("{:?}", signature.algorithm));
            facts.text("serial number, decimal", &signature.serial);
            facts.text(
                "string to sign",
                String::from_utf8_lossy(&signature.string_to_sign),
            );
        }
        Err(refusal) => facts.text("not accepted", refusal.private.as_ref()),
    }
}

pub(super) fn profile(facts: &mut Facts, snapshot: &Snapshot, arn: &str) {
    let Some(profile) = snapshot.profile(snapshot.resolve(arn)) else {
        return facts.flag("exists", false);
    };
    facts.text("name", &profile.row.resource.name);
    facts.text("arn", &profile.row.resource.arn);
    facts.flag("enabled", profile.row.resource.enabled);
}

pub(super) fn role_in_profile(facts: &mut Facts, profile: &ProfileEntry, role_arn: &str) {
    facts.text("role asked for", role_arn);
    facts.list("roles of the profile", &profile.row.role_arns);
}

pub(super) fn session_name(
    facts: &mut Facts,
    profile: &ProfileEntry,
    asked: Option<&str>,
    chain: &KnownChain,
) {
    facts.maybe("name asked for", asked);
    facts.flag(
        "profile accepts names",
        profile.row.accept_role_session_name,
    );
    facts.text("name otherwise", chain.default_session_name());
}

pub(super) fn role(facts: &mut Facts, snapshot: &Snapshot, arn: &str) {
    match snapshot.role(arn) {
        Some(role) => facts.text("unique id", &role.row.id),
        None => facts.flag("exists", false),
    }
}

pub(super) fn duration(
    facts: &mut Facts,
    asked: Option<i64>,
    profile: &ProfileEntry,
    role: &RoleEntry,
) {
    facts.number("seconds asked for", asked);
    facts.number(
        "profile's seconds",
        Some(profile.row.duration_seconds.into()),
    );
    facts.number("role's longest", Some(role.row.max_session_duration.into()));
}

pub(super) fn tags(facts: &mut Facts, chain: &KnownChain, mapped: &MappedTags) {
    let tags = mapped.tags.iter();
    facts.list("tags", tags.map(|tag| format!("{}={}", tag.key, tag.value)));
    let unmapped = &mapped.unmapped;
    let fields = [
        ("x509Issuer", &unmapped.issuer),
        ("x509Subject", &unmapped.subject),
        ("x509SAN", &unmapped.san),
    ];
    facts.list(
        "can't be mapped",
        fields
            .iter()
            .flat_map(|(field, names)| names.iter().map(move |name| format!("{field}/{name}"))),
    );
    facts.text("source identity", &*chain.source_identity);
}

pub(super) fn size(facts: &mut Facts, issue: &Issue<'_>) {
    let bytes = |count: usize| i64::try_from(count).ok();
    facts.number("bytes of the session", bytes(issue.packed_length()));
    facts.number("bytes that fit", bytes(PACKED_LIMIT));
}
