//! CreateSession: a presented certificate and a signature come in, credentials or a refusal go out.
//! The steps stand in the order of ARCHITECTURE.md; each attempt leaves one audit record.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyrole_x509::{LeafSignatureAlgorithm, PresentedChain};
use jiff::{SignedDuration, Timestamp};

use super::grant::{Credentials, Session, SessionGrant};
use super::judge::{MAX_ARN, PACKED_LIMIT, judge};
use super::match_profile::denied;
use super::recent::RefusedRequest;
use super::steps::{Reached, Step};
use super::trust::Issue;
use super::verified_chains::KnownChain;
use crate::audit::{AuditRecord, CertificateFacts, SessionFacts};
use crate::call::Origin;
use crate::directory::DECISIONS;
use crate::names::start_of;
use crate::operations::RateClass;
use crate::refusal::Refusal;
use crate::site::Site;
use crate::subjects::Seen;

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
    /// What the client says of the machine that it runs on; noted with the subject.
    pub instance_properties: Option<Arc<BTreeMap<String, String>>>,
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

/// That the request was signed by the certificate's key; only `verify_signature` makes one, and no grant is without one.
pub(super) struct Proved(());

/// Judges one request (Roles Anywhere user guide, CreateSession).
pub async fn create_session(
    site: &Site,
    origin: &Origin,
    unverified: UnverifiedCreateSession,
) -> Result<CreatedSession, Refusal> {
    let mut reached = Reached::default();
    let outcome = attempt(site, origin, &unverified, &mut reached).await;
    let outcome = note(site, origin, &unverified, &reached, outcome);
    record(site, origin, &unverified, &reached, &outcome).await?;
    if let (Err(refusal), Some(snapshot)) = (&outcome, reached.snapshot) {
        site.recent_refusals.keep(RefusedRequest {
            origin: origin.clone(),
            asked: unverified,
            snapshot,
            step: reached.step,
            refusal: refusal.clone(),
        });
    }
    outcome
}

/// Decides on a snapshot that is fresh enough even when the decision has been made.
async fn attempt(
    site: &Site,
    origin: &Origin,
    unverified: &UnverifiedCreateSession,
    reached: &mut Reached,
) -> Result<CreatedSession, Refusal> {
    site.rates.admit(RateClass::CreateSession, origin.now)?;
    // Where requests are remembered, a second decision would find its own.
    let again = if site.replays.is_none() {
        DECISIONS - 1
    } else {
        0
    };
    for _ in 0..again {
        let seen = site.directory.confirm().await?;
        let outcome = decide(site, origin, unverified, reached);
        if site.directory.reconfirm(seen).await.is_ok() {
            return outcome;
        }
        *reached = Reached::default();
    }
    let seen = site.directory.confirm().await?;
    let outcome = decide(site, origin, unverified, reached);
    site.directory.reconfirm(seen).await.and(outcome)
}

fn decide(
    site: &Site,
    origin: &Origin,
    unverified: &UnverifiedCreateSession,
    reached: &mut Reached,
) -> Result<CreatedSession, Refusal> {
    let snapshot = site.directory.read();
    let prove = |chain: &Arc<KnownChain>, _: &mut Reached| {
        let signature = unverified.signature.as_ref();
        let proved = verify_signature(chain, signature)?;
        site.verified_chains.keep(chain);
        if let Some(replays) = &site.replays {
            let leaf = chain.certificates().first().unwrap_or(&[0; 32]);
            replays.accept(leaf, signature.map_err(Refusal::clone)?, origin.now)?;
        }
        Ok(proved)
    };
    let outcome = judge(site, &snapshot, origin, unverified, reached, prove)
        .and_then(|(issue, proved)| grant(site, origin, &issue, proved))
        .inspect_err(|_| reached.snapshot = Some(snapshot.clone()));
    // Nothing is fetched for a certificate whose key did not sign.
    if reached.step > Step::Signature
        && let Some((chain, _)) = &reached.verified
        && !chain.distribution_points.is_empty()
    {
        site.distribution_points.want(chain, origin.now);
    }
    outcome
}

fn invalid_signature(reason: &'static str, private: String) -> Refusal {
    denied(reason, "Invalid signature").with_private(private)
}

pub(super) fn verify_signature(
    chain: &KnownChain,
    presented: Result<&PresentedSignature, &Refusal>,
) -> Result<Proved, Refusal> {
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
        .map_err(|refusal| invalid_signature(refusal.reason.code(), refusal.detail))?;
    Ok(Proved(()))
}

fn grant(
    site: &Site,
    origin: &Origin,
    issue: &Issue<'_>,
    _proved: Proved,
) -> Result<CreatedSession, Refusal> {
    let issued_at = whole_second(origin.now)?;
    let expires_at = issued_at
        .checked_add(SignedDuration::from_secs(issue.seconds.into()))
        .map_err(|error| Refusal::internal(error.to_string()))?;
    let role = &issue.role.row;
    let session = Session {
        role_arn: issue.role.arn.clone(),
        role_id: issue.role.id.clone(),
        session_name: issue.name().to_owned(),
        assumed_role_arn: site.account().assumed_role_arn(&role.name, issue.name()),
        source_identity: issue.chain.source_identity.clone(),
        tags: issue.mapped.tags.clone(),
        session_policies: issue.profile.session_policies.clone(),
        assumed: None,
        trust_anchor_arn: issue.anchor.arn.clone(),
        certificates: issue.chain.certificates().clone(),
        issued_at,
        expires_at,
    };
    let grant = SessionGrant { session };
    let credentials = site
        .issuer
        .issue(&grant)
        .map_err(|error| Refusal::internal(error.to_string()))?;
    Ok(CreatedSession {
        credentials,
        session: grant.session,
        subject_arn: issue.chain.subject_arn.clone(),
        packed_policy_size: u32::try_from(
            issue
                .packed_length()
                .saturating_mul(100)
                .div_ceil(PACKED_LIMIT),
        )
        .unwrap_or(100),
    })
}

fn whole_second(at: Timestamp) -> Result<Timestamp, Refusal> {
    Timestamp::from_second(at.as_second()).map_err(|error| Refusal::internal(error.to_string()))
}

/// Whoever proved a certificate's key was seen, whatever became of the request (docs/aws-divergences.md).
fn note(
    site: &Site,
    origin: &Origin,
    unverified: &UnverifiedCreateSession,
    reached: &Reached,
    outcome: Result<CreatedSession, Refusal>,
) -> Result<CreatedSession, Refusal> {
    if let Some((chain, anchor)) = reached.verified.as_ref()
        && reached.step > Step::Signature
    {
        site.sightings.add(&Seen {
            account: site.account(),
            chain,
            anchor,
            at: origin.now,
            failed: outcome.is_err(),
            properties: unverified.instance_properties.as_ref(),
        })?;
    }
    outcome
}

async fn record(
    site: &Site,
    origin: &Origin,
    unverified: &UnverifiedCreateSession,
    reached: &Reached,
    outcome: &Result<CreatedSession, Refusal>,
) -> Result<(), Refusal> {
    let certificate = match (&reached.verified, &unverified.chain) {
        (Some((chain, _)), _) => Some(CertificateFacts::of(chain)),
        // A certificate that was refused still says who it claims to be.
        (None, Ok(presented)) => CertificateFacts::presented(presented),
        (None, Err(_)) => None,
    };
    let mut record = AuditRecord::new("rolesanywhere:CreateSession", origin);
    record.trust_anchor_arn = Some(start_of(&unverified.trust_anchor_arn, MAX_ARN));
    record.profile_arn = Some(start_of(&unverified.profile_arn, MAX_ARN));
    record.role_arn = Some(start_of(&unverified.role_arn, MAX_ARN));
    record.certificate = certificate;
    record.warning = reached.warning();
    match outcome {
        Ok(created) => {
            record.session = Some(SessionFacts {
                access_key_id: &created.credentials.access_key_id,
                arn: &created.session.assumed_role_arn,
                source_identity: &created.session.source_identity,
                subject_arn: Some(&created.subject_arn),
                expires_at: created.session.expires_at,
            });
        }
        Err(refusal) => {
            record.refuse(refusal);
            record.step = Some(reached.step);
        }
    }
    site.record(&record).await
}

/// A request that could not even be decoded leaves its audit record, too.
pub async fn record_undecodable(
    site: &Site,
    origin: &Origin,
    refusal: &Refusal,
) -> Result<(), Refusal> {
    let mut record = AuditRecord::new("rolesanywhere:CreateSession", origin);
    record.refuse(refusal);
    record.step = Some(Step::Request);
    site.record(&record).await
}
