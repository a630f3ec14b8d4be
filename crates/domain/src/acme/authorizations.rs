//! Authorizations and their challenges (RFC 8555, 7.5): read, given up, and proved by asking the client's servers. The world is
//! asked by the port `Probes`; what it must answer is decided here.

use std::sync::Arc;

use async_trait::async_trait;
use aws_lc_rs::digest;
use base64_simd::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::Deserialize;

use super::accounts::key_authorization;
use super::identifier::Identifier;
use super::model::{AcmeAccount, Authorization, Challenge, ChallengeKind, Fault, Status};
use super::problem::{Problem, malformed, missing, refused, unauthorized};
use super::signed::{Posted, Signed};
use super::store::{AcmeKey, Kept, overtaken, read, write};
use crate::audit::AuditRecord;
use crate::call::Origin;
use crate::refusal::{AcmeKind, Kind, Refusal};
use crate::site::Site;

/// Why a client's server gave no answer of use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProbeError {
    /// The name could not be looked up.
    Dns(String),
    /// No connection, or one that broke.
    Connection(String),
    /// No TLS.
    Tls(String),
    /// An answer, but not one that proves.
    Response(String),
    /// We are not allowed to ask there.
    NotAllowed(String),
}

/// Asks clients' servers: bounded in size, time and destination. Texts are fit for the client.
#[async_trait]
pub trait Probes: Send + Sync {
    /// Whether there are addresses that may be connected to.
    fn may_connect(&self) -> bool;

    /// The body behind `http://NAME/.well-known/acme-challenge/TOKEN` (RFC 8555, 8.3).
    async fn http(&self, name: &Identifier, token: &str) -> Result<Vec<u8>, ProbeError>;

    /// The TXT records of a name, each with its strings joined.
    async fn txt(&self, name: &str) -> Result<Vec<Vec<u8>>, ProbeError>;

    /// The certificate (DER) that a TLS server of `acme-tls/1` shows for the name (RFC 8737; RFC 8738, 6).
    async fn tls_alpn(&self, name: &Identifier) -> Result<Vec<u8>, ProbeError>;
}

/// An authorization as clients see it.
#[derive(Debug, Clone)]
pub struct AuthorizationView {
    /// Its id.
    pub id: String,
    /// What it says.
    pub authorization: Authorization,
    /// Its state now.
    pub status: Status,
}

#[derive(Deserialize)]
struct Given {
    status: Option<String>,
}

async fn own(site: &Site, signed: &Signed, id: &str) -> Result<Kept<Authorization>, Problem> {
    let row: Option<Kept<Authorization>> = read(site, AcmeKey::Authorization, id).await?;
    let row = row.ok_or_else(|| missing("authorization"))?;
    if row.row.parent != signed.account()?.id() {
        return Err(unauthorized(
            "acme-other-account",
            "The authorization is another account's.",
        )
        .into());
    }
    Ok(row)
}

fn view(site: &Site, row: &Kept<Authorization>, now: Timestamp) -> AuthorizationView {
    let mut authorization = row.value.clone();
    if let Some(busy) = site.acme.validating(row.id()) {
        for challenge in &mut authorization.challenges {
            if challenge.kind == busy && challenge.status == Status::Pending {
                challenge.status = Status::Processing;
            }
        }
    }
    AuthorizationView {
        id: row.id().to_owned(),
        status: authorization.status_at(now),
        authorization,
    }
}

/// Reads an authorization, or gives it up (RFC 8555, 7.5.2).
pub async fn authorization(
    site: &Site,
    posted: &Posted<'_>,
    signed: &Signed,
    id: &str,
) -> Result<AuthorizationView, Problem> {
    let mut row = own(site, signed, id).await?;
    if !signed.is_reading() {
        let given: Given = signed.payload()?;
        if given.status.as_deref() != Some("deactivated") {
            return Err(
                malformed("An authorization's status is set to `deactivated` alone.").into(),
            );
        }
        row.value.status = Status::Deactivated;
        row.row.lookup = None;
        if !write(site, &[row.put()?]).await? {
            return Err(overtaken().into());
        }
    }
    Ok(view(site, &row, posted.origin.now))
}

/// Reads a challenge, or has it proved; the proof goes on behind the answer.
pub async fn challenge(
    site: &Arc<Site>,
    posted: &Posted<'_>,
    signed: &Signed,
    id: &str,
    kind: ChallengeKind,
) -> Result<AuthorizationView, Problem> {
    let row = own(site, signed, id).await?;
    let now = posted.origin.now;
    let challenge = row.value.challenges.iter().find(|known| known.kind == kind);
    let challenge = challenge.ok_or_else(|| missing("challenge"))?;
    let waits = challenge.status == Status::Pending && row.value.status_at(now) == Status::Pending;
    if signed.is_reading() || !waits {
        return Ok(view(site, &row, now));
    }
    let started = site.acme.start_validating(row.id(), kind).ok_or_else(|| {
        refused(
            AcmeKind::RateLimited,
            "acme-validations-full",
            "The service is proving many names; try again later.",
        )
    })?;
    if started {
        let site = site.clone();
        let asked = Proof {
            origin: posted.origin.clone(),
            service: posted.service.to_owned(),
            account: signed.account()?.clone(),
            authorization: row.id().to_owned(),
            kind,
        };
        tokio::spawn(async move {
            // Where it fails the authorization stays as it was, and the client asks again.
            let _: Result<(), Refusal> = prove(&site, &asked).await;
            site.acme.end_validating(&asked.authorization);
        });
    }
    Ok(view(site, &row, now))
}

/// A proof under way.
struct Proof {
    origin: Origin,
    service: String,
    account: Kept<AcmeAccount>,
    authorization: String,
    kind: ChallengeKind,
}

/// Asks the client's server until it proves the name, for a few times; records how it ended, then writes it.
async fn prove(site: &Site, asked: &Proof) -> Result<(), Refusal> {
    let gone = || missing("authorization");
    let id = asked.authorization.as_str();
    let row: Option<Kept<Authorization>> = read(site, AcmeKey::Authorization, id).await?;
    let mut row = row.ok_or_else(gone)?;
    let account = &asked.account.value;
    let outcome = super::validation::validate(site, account, &row.value, asked.kind).await;
    let now = site.clock.now();
    let fault = outcome.err();
    record(site, asked, fault.as_ref()).await?;
    let challenges = &mut row.value.challenges;
    let challenge = challenges.iter_mut().find(|known| known.kind == asked.kind);
    let challenge: &mut Challenge = challenge.ok_or_else(gone)?;
    match fault {
        None => {
            challenge.status = Status::Valid;
            challenge.validated_at = Some(super::orders::whole_second(now));
            row.value.status = Status::Valid;
        }
        Some(fault) => {
            challenge.status = Status::Invalid;
            challenge.fault = Some(fault);
            row.value.status = Status::Invalid;
            row.row.lookup = None;
        }
    }
    // What the client has done in between stands: the revision is another then.
    match write(site, &[row.put()?]).await? {
        true => Ok(()),
        false => Err(overtaken()),
    }
}

async fn record(site: &Site, asked: &Proof, fault: Option<&Fault>) -> Result<(), Refusal> {
    let refusal = fault.map(|fault| {
        let kind = Kind::Acme(fault.kind);
        Refusal::new(kind, "acme-not-proved", fault.detail.clone())
    });
    let (service, account) = (&asked.service, asked.account.id());
    let resource = format!("acme/{service}/authorization/{}", asked.authorization);
    let mut record = AuditRecord::new("acme:Validation", &asked.origin);
    record.caller = Some(format!("acme/{service}/account/{account}"));
    record.resource = Some(&resource);
    if let Some(refusal) = &refusal {
        record.refuse(refusal);
    }
    site.record(&record).await
}

/// What a challenge's server must answer.
pub(super) struct Expected {
    /// `token.thumbprint`.
    pub key_authorization: String,
    /// Its SHA-256.
    pub digest: [u8; 32],
}

impl Expected {
    pub fn of(account: &AcmeAccount, token: &str) -> Result<Self, Fault> {
        let key_authorization = key_authorization(token, account).map_err(|_| Fault {
            kind: AcmeKind::ServerInternal,
            detail: "The account's key can't be read.".to_owned(),
        })?;
        let hash = digest::digest(&digest::SHA256, key_authorization.as_bytes());
        Ok(Self {
            digest: hash.as_ref().first_chunk().copied().unwrap_or_default(),
            key_authorization,
        })
    }

    /// As the TXT record has it.
    pub fn record(&self) -> String {
        URL_SAFE_NO_PAD.encode_to_string(self.digest)
    }
}
