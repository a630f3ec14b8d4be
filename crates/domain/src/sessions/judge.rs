//! The steps of CreateSession, in the order of ARCHITECTURE.md: `create_session.rs` acts on what comes out, `explain.rs`
//! shows what was looked at. There is no second place where these rules are written.

use std::collections::BTreeMap;

use std::sync::Arc;

use anyrole_x509::{ExpiredListRule, Revocation, StaleList};

use super::create_session::UnverifiedCreateSession;
use super::facts;
use super::match_profile::{check_role, check_session_name, denied, duration, session_name};
use super::steps::{Step, Watch};
use super::trust::{Issue, check_trust, unable_to_assume};
use super::verified_chains::{KnownChain, MappedTags};
use crate::attribute_mappings::Unmappable;
use crate::call::Origin;
use crate::distribution_points::MissingListRule;
use crate::profiles::ProfileEntry;
use crate::refusal::Refusal;
use crate::site::Site;
use crate::snapshot::Snapshot;
use crate::trust_anchors::TrustAnchorEntry;

/// The most that everything in a token may take together, in bytes, so that sealed and in base64 it stays under 4 KiB.
pub(crate) const PACKED_LIMIT: usize = 2900;
/// The most tags of a session (STS API reference, AssumeRole).
const MAX_SESSION_TAGS: usize = 50;
/// The longest ARN (API reference, CreateProfile).
pub(super) const MAX_ARN: usize = 1011;

/// Judges one request (Roles Anywhere user guide, CreateSession). `prove` is the step that asks for the signature; what it
/// returns is the proof that a grant needs.
pub(super) fn judge<'a, W: Watch, P>(
    site: &'a Site,
    snapshot: &'a Snapshot,
    origin: &Origin,
    asked: &'a UnverifiedCreateSession,
    watch: &mut W,
    prove: impl FnOnce(&Arc<KnownChain>, &mut W) -> Result<P, Refusal>,
) -> Result<(Issue<'a>, P), Refusal> {
    watch.begin(Step::Members);
    watch.saw(|facts| facts::members(facts, asked));
    check_form(asked)?;

    watch.begin(Step::TrustAnchor);
    watch.saw(|facts| facts::anchor(facts, snapshot, &asked.trust_anchor_arn));
    let anchor = enabled_anchor(snapshot, &asked.trust_anchor_arn)?;

    let chain = verified_chain(site, snapshot, origin, asked, anchor, watch)?;
    watch.verified(&chain, &anchor.row);

    watch.begin(Step::Signature);
    let proof = prove(&chain, watch)?;

    if anchor.row.crl_dp_revocation_enabled {
        watch.begin(Step::DistributionPoints);
        check_distribution_points(site, &chain, origin, watch)?;
    }

    watch.begin(Step::Profile);
    watch.saw(|facts| facts::profile(facts, snapshot, &asked.profile_arn));
    let profile = enabled_profile(snapshot, &asked.profile_arn)?;

    watch.begin(Step::RoleInProfile);
    watch.saw(|facts| facts::role_in_profile(facts, profile, &asked.role_arn));
    check_role(&profile.row, &asked.role_arn)?;

    watch.begin(Step::SessionName);
    let name = asked.role_session_name.as_deref();
    watch.saw(|facts| facts::session_name(facts, profile, name, &chain));
    session_name(&profile.row, name)?;

    watch.begin(Step::Role);
    watch.saw(|facts| facts::role(facts, snapshot, &asked.role_arn));
    let role = snapshot
        .role(&asked.role_arn)
        .ok_or_else(|| unable_to_assume(&asked.role_arn, "unknown-role"))?;

    watch.begin(Step::Duration);
    watch.saw(|facts| facts::duration(facts, asked.duration_seconds, profile, role));
    let seconds = duration(&profile.row, &role.row, asked.duration_seconds)?;

    watch.begin(Step::SessionTags);
    let mapped = chain.tags(&profile.row);
    watch.saw(|facts| facts::tags(facts, &chain, &mapped));
    check_mapped(&mapped, site.unmappable, &asked.role_arn)?;

    let issue = Issue {
        anchor,
        profile,
        role,
        chain,
        mapped,
        asked_name: name,
        seconds,
    };
    watch.begin(Step::TrustPolicy);
    check_trust(site.account(), origin, &issue, watch)?;

    watch.begin(Step::SessionSize);
    watch.saw(|facts| facts::size(facts, &issue));
    check_size(&issue)?;
    Ok((issue, proof))
}

/// The two steps of certificates: a path is searched with the revocation lists at hand, so that one around what is revoked is
/// found.
fn verified_chain<W: Watch>(
    site: &Site,
    snapshot: &Snapshot,
    origin: &Origin,
    asked: &UnverifiedCreateSession,
    anchor: &TrustAnchorEntry,
    watch: &mut W,
) -> Result<Arc<KnownChain>, Refusal> {
    watch.begin(Step::Certificate);
    watch.saw(|facts| facts::certificates(facts, asked));
    let presented = asked.chain.as_ref().map_err(chain_refused)?;
    let revocation = Revocation {
        lists: snapshot.crls_of(&anchor.row.resource.arn),
        expired: site.expired_crl,
        issuers: Some(snapshot.revoked_by_issuer()),
    };
    let (account, now) = (site.account(), origin.now);
    let chain = site
        .verified_chains
        .verify(account, presented, anchor, &revocation, now);
    if chain.as_ref().map_or_else(is_revocation, |_| true) {
        watch.begin(Step::Revocation);
        watch.saw(|facts| facts::revocation(facts, &revocation, now));
    }
    let chain = chain.map_err(|refusal| chain_refused(&refusal))?;
    if revocation.expired == ExpiredListRule::Warn {
        let relied_on = chain.verified.check_revocation(&revocation, now);
        watch.warn(relied_on.map_err(|refusal| chain_refused(&refusal))?);
    }
    Ok(chain)
}

/// Never waits: `create_session.rs` notes what is missing, and it is fetched behind.
fn check_distribution_points<W: Watch>(
    site: &Site,
    chain: &KnownChain,
    origin: &Origin,
    watch: &mut W,
) -> Result<(), Refusal> {
    let found = site.distribution_points.lists_of(chain, origin.now);
    watch.saw(|facts| {
        facts::revocation(facts, &found.revocation(), origin.now);
        facts.maybe("missing", found.missing.as_deref());
    });
    let revoked = chain
        .verified
        .check_revocation(&found.revocation(), origin.now);
    revoked.map_err(|refusal| chain_refused(&refusal))?;
    match found.missing {
        Some(why) if site.missing_list == MissingListRule::Refuse => Err(denied(
            "revocation-list-missing",
            "Certificate revocation list unavailable",
        )
        .with_private(why)),
        Some(detail) => {
            watch.warn(vec![StaleList { detail }]);
            Ok(())
        }
        None => Ok(()),
    }
}

fn check_form(unverified: &UnverifiedCreateSession) -> Result<(), Refusal> {
    for (member, arn) in [
        ("trustAnchorArn", &unverified.trust_anchor_arn),
        ("profileArn", &unverified.profile_arn),
        ("roleArn", &unverified.role_arn),
    ] {
        if arn.len() > MAX_ARN {
            return Err(Refusal::validation(format!(
                "1 validation error detected: Value at '{member}' failed to satisfy constraint: Member must have length less than or equal to {MAX_ARN}"
            )));
        }
    }
    if let Some(seconds) = unverified.duration_seconds {
        crate::profiles::check_duration(seconds)?;
    }
    if let Some(properties) = &unverified.instance_properties {
        check_instance_properties(properties)?;
    }
    unverified
        .role_session_name
        .as_deref()
        .map_or(Ok(()), check_session_name)
}

/// At most 50, keys and values of 1 to 200 characters (API reference, InstanceProperty).
fn check_instance_properties(properties: &BTreeMap<String, String>) -> Result<(), Refusal> {
    let legal = |text: &str| (1..=200).contains(&text.chars().count());
    let constraint = if properties.len() > 50 {
        "Member must have length less than or equal to 50"
    } else if !properties
        .iter()
        .all(|(key, value)| legal(key) && legal(value))
    {
        "Map keys and values must have length between 1 and 200"
    } else {
        return Ok(());
    };
    Err(Refusal::validation(format!(
        "1 validation error detected: Value at 'instanceProperties' failed to satisfy constraint: {constraint}"
    )))
}

fn enabled_anchor<'a>(snapshot: &'a Snapshot, arn: &str) -> Result<&'a TrustAnchorEntry, Refusal> {
    let text = "Specified Trust Anchor wasn't found.";
    let anchor = snapshot
        .trust_anchor(snapshot.resolve(arn))
        .ok_or_else(|| denied("unknown-trust-anchor", text))?;
    if anchor.row.resource.enabled {
        Ok(anchor)
    } else {
        Err(denied(
            "disabled-trust-anchor",
            "Specified Trust Anchor is disabled.",
        ))
    }
}

fn enabled_profile<'a>(snapshot: &'a Snapshot, arn: &str) -> Result<&'a ProfileEntry, Refusal> {
    let text = "Invalid or empty profile provided.";
    let profile = snapshot
        .profile(snapshot.resolve(arn))
        .ok_or_else(|| denied("unknown-profile", text))?;
    if profile.row.resource.enabled {
        Ok(profile)
    } else {
        Err(denied("disabled-profile", "Specified Profile is disabled."))
    }
}

fn is_revocation(refusal: &anyrole_x509::Refusal) -> bool {
    use anyrole_x509::Reason::{IntermediateRevoked, LeafRevoked, RevocationListExpired};
    matches!(
        refusal.reason,
        LeafRevoked | IntermediateRevoked | RevocationListExpired
    )
}

fn chain_refused(refusal: &anyrole_x509::Refusal) -> Refusal {
    denied(refusal.reason.code(), refusal.reason.public_text()).with_private(refusal.detail.clone())
}

fn check_mapped(
    mapped: &MappedTags,
    unmappable: Unmappable,
    role_arn: &str,
) -> Result<(), Refusal> {
    let unmapped = &mapped.unmapped;
    if !unmapped.is_empty() && unmappable == Unmappable::Refuse {
        return Err(denied(
            "attributes-not-mappable",
            format!("Unable to assume role for {role_arn}. {unmapped}"),
        ));
    }
    if mapped.tags.len() > MAX_SESSION_TAGS {
        return Err(
            unable_to_assume(role_arn, "too-many-session-tags").with_private(format!(
                "the certificate's attributes make {} tags of {MAX_SESSION_TAGS}",
                mapped.tags.len()
            )),
        );
    }
    Ok(())
}

fn check_size(issue: &Issue<'_>) -> Result<(), Refusal> {
    let packed = issue.packed_length();
    if packed <= PACKED_LIMIT {
        return Ok(());
    }
    Err(
        unable_to_assume(&issue.role.row.arn, "packed-policy-too-large").with_private(format!(
            "the session takes {packed} bytes of {PACKED_LIMIT}"
        )),
    )
}
