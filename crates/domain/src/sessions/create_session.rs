//! CreateSession: a presented certificate and a signature come in, credentials or a refusal go out.
//! The steps stand in the order of ARCHITECTURE.md; each attempt leaves one audit record.

use std::sync::Arc;

use anyrole_x509::{LeafSignatureAlgorithm, PresentedChain};
use jiff::{SignedDuration, Timestamp};

use super::grant::{Credentials, Session, SessionGrant};
use super::match_profile::{check_role, check_session_name, denied, duration, session_name};
use super::trust::{Issue, check_trust, unable_to_assume};
use super::verified_chains::{KnownChain, MappedTags};
use crate::audit::{AuditRecord, CertificateFacts, SessionFacts};
use crate::call::Origin;
use crate::names::start_of;
use crate::profiles::ProfileEntry;
use crate::refusal::Refusal;
use crate::site::Site;
use crate::snapshot::Snapshot;
use crate::trust_anchors::TrustAnchorEntry;

/// The most that everything in a token may take together, in bytes, so that sealed and in base64 it stays under 4 KiB.
const PACKED_LIMIT: usize = 2900;

/// A CreateSession request as it was decoded; nothing in it is proved.
#[derive(Debug)]
pub struct UnverifiedCreateSession {
    /// The trust anchor.
    pub trust_anchor_arn: String,
    /// The profile.
    pub profile_arn: String,
    /// The role.
    pub role_arn: String,
    /// Seconds.
    pub duration_seconds: Option<i64>,
    /// A name for the session.
    pub role_session_name: Option<String>,
    /// The certificates, or why they can't be read.
    pub chain: Result<PresentedChain, anyrole_x509::Refusal>,
    /// The signature with what it signs, or why the door does not accept it.
    pub signature: Result<PresentedSignature, Refusal>,
}

/// A signature over a request, not yet verified; scope and date were checked.
#[derive(Debug)]
pub struct PresentedSignature {
    /// What the request says it was signed with.
    pub algorithm: LeafSignatureAlgorithm,
    /// The certificate's serial number, decimal, as the credential scope has it.
    pub serial: String,
    /// The bytes that were signed: the string to sign.
    pub string_to_sign: Vec<u8>,
    /// The signature.
    pub signature: Vec<u8>,
}

/// What CreateSession answers.
#[derive(Debug)]
pub struct CreatedSession {
    /// The credentials.
    pub credentials: Credentials,
    /// The session that they are of.
    pub session: Session,
    /// `arn:…:subject/{uuid}`.
    pub subject_arn: String,
    /// How much of the token's room the session takes, in percent.
    pub packed_policy_size: u32,
}

/// What is learnt on the way, for the audit record of a refusal as well as of a grant.
#[derive(Default)]
struct Findings {
    chain: Option<Arc<KnownChain>>,
}

/// Judges one request (Roles Anywhere user guide, CreateSession).
pub async fn create_session(
    site: &Site,
    origin: &Origin,
    unverified: UnverifiedCreateSession,
) -> Result<CreatedSession, Refusal> {
    let mut findings = Findings::default();
    let outcome = decide(site, origin, &unverified, &mut findings);
    record(site, origin, &unverified, &findings, &outcome).await?;
    outcome
}

fn decide(
    site: &Site,
    origin: &Origin,
    unverified: &UnverifiedCreateSession,
    findings: &mut Findings,
) -> Result<CreatedSession, Refusal> {
    check_form(unverified)?;
    let snapshot = site.directory.read();
    let anchor = enabled_anchor(&snapshot, &unverified.trust_anchor_arn)?;
    let presented = unverified.chain.as_ref().map_err(chain_refused)?;
    let chain = site
        .verified_chains
        .verify(site.account(), presented, anchor, origin.now)
        .map_err(|refusal| chain_refused(&refusal))?;
    findings.chain = Some(chain.clone());
    verify_signature(&chain, unverified.signature.as_ref())?;
    let profile = enabled_profile(&snapshot, &unverified.profile_arn)?;
    check_role(&profile.row, &unverified.role_arn)?;
    let name = session_name(
        &profile.row,
        unverified.role_session_name.as_deref(),
        &chain.default_session_name,
    )?;
    let role = snapshot
        .role(&unverified.role_arn)
        .ok_or_else(|| unable_to_assume(&unverified.role_arn, "unknown-role"))?;
    let seconds = duration(&profile.row, &role.row, unverified.duration_seconds)?;
    let mapped = chain.tags(&profile.row);
    check_mapped(&mapped, &unverified.role_arn)?;
    let issue = Issue {
        anchor,
        profile,
        role,
        chain: &chain,
        mapped: &mapped,
        name,
        seconds,
    };
    check_trust(site.account(), origin, &issue)?;
    grant(site, origin, &issue)
}

/// The longest ARN (API reference, CreateProfile).
const MAX_ARN: usize = 1011;

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
    unverified
        .role_session_name
        .as_deref()
        .map_or(Ok(()), check_session_name)
}

fn enabled_anchor<'a>(snapshot: &'a Snapshot, arn: &str) -> Result<&'a TrustAnchorEntry, Refusal> {
    let text = "Specified Trust Anchor wasn't found.";
    let anchor = snapshot
        .trust_anchor(arn)
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
        .profile(arn)
        .ok_or_else(|| denied("unknown-profile", text))?;
    if profile.row.resource.enabled {
        Ok(profile)
    } else {
        Err(denied("disabled-profile", "Specified Profile is disabled."))
    }
}

fn chain_refused(refusal: &anyrole_x509::Refusal) -> Refusal {
    denied(refusal.reason.code(), refusal.reason.public_text()).with_private(refusal.detail.clone())
}

fn invalid_signature(reason: &'static str, private: String) -> Refusal {
    denied(reason, "Invalid signature").with_private(private)
}

fn verify_signature(
    chain: &KnownChain,
    presented: Result<&PresentedSignature, &Refusal>,
) -> Result<(), Refusal> {
    let presented = presented.map_err(Refusal::clone)?;
    let serial = &chain.verified.leaf().serial_decimal;
    if presented.serial != *serial {
        return Err(invalid_signature(
            "serial-mismatch",
            format!(
                "the credential names serial {}, the certificate has {serial}",
                presented.serial
            ),
        ));
    }
    chain
        .verified
        .verify_leaf_signature(
            presented.algorithm,
            &presented.string_to_sign,
            &presented.signature,
        )
        .map_err(|refusal| invalid_signature(refusal.reason.code(), refusal.detail))
}

fn check_mapped(mapped: &MappedTags, role_arn: &str) -> Result<(), Refusal> {
    let unmapped = &mapped.unmapped;
    match unmapped.is_empty() {
        true => Ok(()),
        false => Err(denied(
            "attributes-not-mappable",
            format!("Unable to assume role for {role_arn}. {unmapped}"),
        )),
    }
}

fn grant(site: &Site, origin: &Origin, issue: &Issue<'_>) -> Result<CreatedSession, Refusal> {
    let packed = packed_length(issue);
    if packed > PACKED_LIMIT {
        return Err(
            unable_to_assume(&issue.role.row.arn, "packed-policy-too-large").with_private(format!(
                "the session takes {packed} bytes of {PACKED_LIMIT}"
            )),
        );
    }
    let issued_at = whole_second(origin.now)?;
    let expires_at = issued_at
        .checked_add(SignedDuration::from_secs(issue.seconds.into()))
        .map_err(|error| Refusal::internal(error.to_string()))?;
    let role = &issue.role.row;
    let session = Session {
        role_arn: role.arn.clone(),
        role_id: role.id.clone(),
        session_name: issue.name.to_owned(),
        assumed_role_arn: site.account().assumed_role_arn(&role.name, issue.name),
        source_identity: issue.chain.source_identity.clone(),
        tags: issue.mapped.tags.clone(),
        session_policies: issue.profile.session_policies.clone(),
        trust_anchor_arn: issue.anchor.row.resource.arn.clone(),
        certificates: issue.chain.certificates.clone(),
        issued_at,
        expires_at,
    };
    let grant = SessionGrant { session };
    let credentials = site
        .issuer
        .issue(&grant)
        .map_err(|error| Refusal::internal(error.to_string()))?;
    site.sightings
        .add(site.account(), issue.chain, origin.now)?;
    Ok(CreatedSession {
        credentials,
        session: grant.session,
        subject_arn: issue.chain.subject_arn.clone(),
        packed_policy_size: u32::try_from(packed.saturating_mul(100).div_ceil(PACKED_LIMIT))
            .unwrap_or(100),
    })
}

fn packed_length(issue: &Issue<'_>) -> usize {
    let tags: usize = issue
        .mapped
        .tags
        .iter()
        .map(|tag| tag.key.len() + tag.value.len() + 4)
        .sum();
    tags + issue.profile.session_policies.len() * 32
        + issue.chain.certificates.len() * 32
        + issue.name.len()
        + issue.chain.source_identity.len()
        + issue.role.row.arn.len()
        + issue.role.row.id.len()
        + issue.anchor.row.resource.arn.len()
}

fn whole_second(at: Timestamp) -> Result<Timestamp, Refusal> {
    Timestamp::from_second(at.as_second()).map_err(|error| Refusal::internal(error.to_string()))
}

async fn record(
    site: &Site,
    origin: &Origin,
    unverified: &UnverifiedCreateSession,
    findings: &Findings,
    outcome: &Result<CreatedSession, Refusal>,
) -> Result<(), Refusal> {
    let certificate = match (&findings.chain, &unverified.chain) {
        (Some(chain), _) => Some(CertificateFacts::of(chain)),
        // A certificate that was refused still says who it claims to be.
        (None, Ok(presented)) => CertificateFacts::presented(presented),
        (None, Err(_)) => None,
    };
    let mut record = AuditRecord::new("rolesanywhere:CreateSession", origin);
    record.trust_anchor_arn = Some(start_of(&unverified.trust_anchor_arn, MAX_ARN));
    record.profile_arn = Some(start_of(&unverified.profile_arn, MAX_ARN));
    record.role_arn = Some(start_of(&unverified.role_arn, MAX_ARN));
    record.certificate = certificate;
    match outcome {
        Ok(created) => {
            record.session = Some(SessionFacts {
                access_key_id: &created.credentials.access_key_id,
                arn: &created.session.assumed_role_arn,
                source_identity: &created.session.source_identity,
                subject_arn: &created.subject_arn,
                expires_at: created.session.expires_at,
            });
        }
        Err(refusal) => record.refuse(refusal),
    }
    site.audit.append(&record).await?;
    Ok(())
}

/// A request that could not even be decoded leaves its audit record, too.
pub async fn record_undecodable(
    site: &Site,
    origin: &Origin,
    refusal: &Refusal,
) -> Result<(), Refusal> {
    let mut record = AuditRecord::new("rolesanywhere:CreateSession", origin);
    record.refuse(refusal);
    site.audit.append(&record).await?;
    Ok(())
}
