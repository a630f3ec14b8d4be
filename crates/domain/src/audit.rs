//! What each call leaves behind: one record, granted or refused, with the reason and without a secret.

use anyrole_x509::PresentedChain;
use jiff::Timestamp;
use serde::Serialize;

use crate::account::Account;
use crate::call::{Call, Origin};
use crate::names::start_of;
use crate::notifications::ExpiryEvent;
use crate::refusal::Refusal;
use crate::sessions::{KnownChain, Step};
use crate::site::Site;

/// How much of a text that a caller may have chosen goes into a record, in bytes: an ARN with the longest S3 key fits.
const MAX_TEXT: usize = 1200;

/// One line of the audit trail.
#[derive(Debug, Clone, Serialize)]
pub struct AuditRecord<'a> {
    /// When the request was judged, RFC 3339, UTC.
    pub time: Timestamp,
    /// The id that the answer carried.
    pub request_id: &'a str,
    /// `service:Operation`.
    pub event: &'a str,
    /// `granted` or `refused`; `notified` where it is of no request.
    pub outcome: &'static str,
    /// Our reason code; `ok` where granted.
    pub reason: &'a str,
    /// What the caller was told, where refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<&'a str>,
    /// What the caller was not told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<&'a str>,
    /// CreateSession: the step that refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<Step>,
    /// CreateSession: expired revocation lists that counted, where the setting says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
    /// What the policy that refused says of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<&'a anyrole_policy::Explanation>,
    /// The caller's ARN, where one was authenticated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caller: Option<String>,
    /// The key that signed (an id, no secret).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_key_id: Option<&'a str>,
    /// What was acted on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<&'a str>,
    /// CreateSession: the anchor asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trust_anchor_arn: Option<&'a str>,
    /// CreateSession: the profile asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile_arn: Option<&'a str>,
    /// CreateSession: the role asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_arn: Option<&'a str>,
    /// CreateSession: the certificate that was presented.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<CertificateFacts<'a>>,
    /// CreateSession: the session that was issued.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionFacts<'a>>,
    /// The event that was found, where the record is of no request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notification: Option<&'a ExpiryEvent>,
    /// The peer's address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_ip: Option<std::net::IpAddr>,
    /// The User-Agent header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<&'a str>,
}

/// What an audit record says of a certificate.
#[derive(Debug, Clone, Serialize)]
pub struct CertificateFacts<'a> {
    /// The subject, `CN=…,O=…`.
    pub subject: std::borrow::Cow<'a, str>,
    /// The issuer.
    pub issuer: std::borrow::Cow<'a, str>,
    /// The serial number, lower-case hex.
    pub serial: std::borrow::Cow<'a, str>,
}

impl<'a> CertificateFacts<'a> {
    /// The facts of a verified chain's leaf.
    pub fn of(chain: &'a KnownChain) -> Self {
        Self {
            subject: chain.subject.as_str().into(),
            issuer: (&*chain.issuer).into(),
            serial: chain.verified.leaf().serial_hex.as_str().into(),
        }
    }

    /// What a certificate that was refused says of itself, where it can be read at all.
    pub fn presented(presented: &PresentedChain) -> Option<Self> {
        let summary = presented.unverified_leaf()?;
        Some(Self {
            subject: start_of(&summary.subject.to_string(), MAX_TEXT)
                .to_owned()
                .into(),
            issuer: start_of(&summary.issuer.to_string(), MAX_TEXT)
                .to_owned()
                .into(),
            serial: summary.serial_hex.into(),
        })
    }
}

/// What an audit record says of an issued session.
#[derive(Debug, Clone, Serialize)]
pub struct SessionFacts<'a> {
    /// `ASIA…`.
    pub access_key_id: &'a str,
    /// The assumed role's ARN.
    pub arn: &'a str,
    /// The source identity; empty where there is none.
    pub source_identity: &'a str,
    /// The subject's ARN, where a certificate was presented.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject_arn: Option<&'a str>,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl<'a> AuditRecord<'a> {
    /// A granted call; `refuse` makes it a refused one.
    pub fn new(event: &'a str, origin: &'a Origin) -> Self {
        Self {
            time: origin.now,
            request_id: &origin.request_id,
            event,
            outcome: "granted",
            reason: "ok",
            message: None,
            detail: None,
            step: None,
            warning: None,
            policy: None,
            caller: None,
            access_key_id: None,
            resource: None,
            trust_anchor_arn: None,
            profile_arn: None,
            role_arn: None,
            certificate: None,
            session: None,
            notification: None,
            source_ip: origin.source_ip,
            user_agent: origin.user_agent.as_deref(),
        }
    }

    /// The call was refused.
    pub fn refuse(&mut self, refusal: &'a Refusal) {
        self.outcome = "refused";
        self.reason = refusal.reason;
        self.message = Some(start_of(&refusal.public, MAX_TEXT));
        self.policy = refusal.policy.as_deref();
        self.detail = (!refusal.private.is_empty()).then(|| start_of(&refusal.private, MAX_TEXT));
    }

    /// The call was made by this caller.
    pub fn set_caller(&mut self, account: &Account, call: &'a Call) {
        self.caller = Some(call.caller.arn(account));
        self.access_key_id = Some(&*call.caller.access_key_id).filter(|id| !id.is_empty());
    }
}

/// A session that STS has issued, as the audit trail is told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedSession {
    /// `ASIA…`.
    pub access_key_id: String,
    /// The ARN of whom it is of.
    pub arn: String,
    /// The source identity; empty where there is none.
    pub source_identity: String,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Records the outcome of a call of STS, with the role that was asked for and the session that was issued.
pub async fn record_issuing(
    site: &Site,
    origin: &Origin,
    call: Option<&Call>,
    event: &str,
    role_arn: Option<&str>,
    outcome: Result<Option<&IssuedSession>, &Refusal>,
) -> Result<(), Refusal> {
    let mut record = AuditRecord::new(event, origin);
    record.role_arn = role_arn.map(|arn| start_of(arn, MAX_TEXT));
    if let Some(call) = call {
        record.set_caller(site.account(), call);
    }
    match outcome {
        Err(refusal) => record.refuse(refusal),
        Ok(issued) => {
            record.session = issued.map(|issued| SessionFacts {
                access_key_id: &issued.access_key_id,
                arn: &issued.arn,
                source_identity: &issued.source_identity,
                subject_arn: None,
                expires_at: issued.expires_at,
            });
        }
    }
    site.record(&record).await
}

/// Records the outcome of any call but CreateSession and STS's, which are recorded with more detail.
pub async fn record_call(
    site: &Site,
    origin: &Origin,
    call: Option<&Call>,
    event: &str,
    resource: Option<&str>,
    refusal: Option<&Refusal>,
) -> Result<(), Refusal> {
    let mut record = AuditRecord::new(event, origin);
    record.resource = resource.map(|resource| start_of(resource, MAX_TEXT));
    if let Some(call) = call {
        record.set_caller(site.account(), call);
    }
    if let Some(refusal) = refusal {
        record.refuse(refusal);
    }
    site.record(&record).await
}

/// The same of who is no caller of ours: an account of ACME, say, by its name in the trail.
pub async fn record_call_by(
    site: &Site,
    origin: &Origin,
    who: Option<String>,
    event: &str,
    resource: &str,
    refusal: Option<&Refusal>,
) -> Result<(), Refusal> {
    let mut record = AuditRecord::new(event, origin);
    record.resource = Some(start_of(resource, MAX_TEXT));
    record.caller = who;
    if let Some(refusal) = refusal {
        record.refuse(refusal);
    }
    site.record(&record).await
}
