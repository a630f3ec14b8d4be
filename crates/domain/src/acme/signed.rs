//! A signed request (RFC 8555, 6.2 to 6.5): the body, where it was sent and when enter; who signed it and what they want leave.
//! Nothing is done before the signature, the URL and the nonce are found good.

use anyrole_jwt::{Jwk, JwsError, PresentedSigner, UnverifiedJws};
use serde::de::DeserializeOwned;

use super::model::{AcmeAccount, AcmeService, Status};
use super::nonces;
use super::problem::{Problem, malformed, refused, unauthorized};
use super::store::{AcmeKey, Kept, read};
use crate::call::Origin;
use crate::operations::RateClass;
use crate::refusal::{AcmeKind, Refusal};
use crate::site::Site;

/// A request as it came.
#[derive(Debug, Clone, Copy)]
pub struct Posted<'a> {
    /// From where and when.
    pub origin: &'a Origin,
    /// The CA whose ACME is asked, by UUID.
    pub service: &'a str,
    /// Where it was sent, whole.
    pub url: &'a str,
    /// The JWS.
    pub body: &'a [u8],
}

/// Who signs a request.
#[derive(Debug)]
pub(super) enum Signer {
    /// An account, by its URL.
    Account(Box<Kept<AcmeAccount>>),
    /// A key that no account is named for.
    Key(Jwk),
}

/// A request that its signer has signed for this URL, for the first time.
#[derive(Debug)]
pub struct Signed {
    pub(super) service: Kept<AcmeService>,
    pub(super) signer: Signer,
    payload: Vec<u8>,
}

/// The service of a CA.
pub(super) async fn service_of(site: &Site, id: &str) -> Result<Kept<AcmeService>, Refusal> {
    let service = read(site, AcmeKey::Service, id).await?;
    service.ok_or_else(|| super::problem::missing("ACME service"))
}

/// Verifies a request.
///
/// # Errors
/// `malformed`, `badSignatureAlgorithm`, `badPublicKey`, `badNonce`, `accountDoesNotExist` or `unauthorized`.
pub async fn verify(site: &Site, posted: &Posted<'_>) -> Result<Signed, Problem> {
    site.rates.admit(RateClass::Acme, posted.origin.now)?;
    let service = service_of(site, posted.service).await?;
    let jws = UnverifiedJws::parse(posted.body).map_err(|error| not_signed(&error))?;
    if jws.unverified_url() != posted.url {
        let private = format!("the request came to {}", posted.url);
        return Err(
            unauthorized("acme-wrong-url", "The request was signed for another URL.")
                .with_private(private)
                .into(),
        );
    }
    let nonce = jws.unverified_nonce().map(str::to_owned);
    let (signer, key) = match jws.unverified_signer() {
        PresentedSigner::Key(key) => (Signer::Key(key.clone()), key.clone()),
        PresentedSigner::Id(id) => {
            let account = account_of(site, posted.service, id).await?;
            let key = account_key(&account.value)?;
            (Signer::Account(Box::new(account)), key)
        }
    };
    let payload = jws.verify(&key).map_err(|error| not_signed(&error))?;
    let nonce = nonce.ok_or_else(|| {
        refused(
            AcmeKind::BadNonce,
            "acme-no-nonce",
            "The request has no nonce.",
        )
    })?;
    nonces::take(site, &nonce, posted.origin.now).await?;
    // Only whoever holds the key learns how the account stands.
    if let Signer::Account(account) = &signer {
        check_open(&account.value)?;
    }
    Ok(Signed {
        service,
        signer,
        payload,
    })
}

impl Signed {
    /// The account, for requests that only accounts make.
    pub(super) fn account(&self) -> Result<&Kept<AcmeAccount>, Refusal> {
        match &self.signer {
            Signer::Account(account) => Ok(account),
            Signer::Key(_) => Err(malformed("The request names its account as `kid`.")),
        }
    }

    /// The id of the account, for the audit trail.
    pub fn account_id(&self) -> Option<&str> {
        match &self.signer {
            Signer::Account(account) => Some(account.id()),
            Signer::Key(_) => None,
        }
    }

    /// What is wanted.
    pub(super) fn payload<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        serde_json::from_slice(&self.payload).map_err(|error| {
            malformed("The payload is no JSON object of the members that this request has.")
                .with_private(error.to_string())
        })
    }

    /// Whether it only reads (RFC 8555, 6.3).
    pub(super) fn is_reading(&self) -> bool {
        self.payload.is_empty()
    }

    pub(super) fn check_reading(&self) -> Result<(), Refusal> {
        match self.is_reading() {
            true => Ok(()),
            false => Err(malformed("This is read by a POST with an empty payload.")),
        }
    }

    pub(super) fn raw_payload(&self) -> &[u8] {
        &self.payload
    }
}

/// The account that a `kid` names, whatever host the URL has: names of servers change, ids do not.
async fn account_of(site: &Site, service: &str, kid: &str) -> Result<Kept<AcmeAccount>, Refusal> {
    let none = || {
        refused(
            AcmeKind::AccountDoesNotExist,
            "acme-no-account",
            "There is no such account.",
        )
    };
    let id = account_id_of(service, kid).ok_or_else(none)?;
    let account: Option<Kept<AcmeAccount>> = read(site, AcmeKey::Account, id).await?;
    account
        .filter(|account| account.row.parent == service)
        .ok_or_else(none)
}

/// The last part of `https://…/-/acme/{service}/account/{id}`.
pub(super) fn account_id_of<'a>(service: &str, kid: &'a str) -> Option<&'a str> {
    let (_, path) = kid.split_once("/-/acme/")?;
    path.strip_prefix(service)?.strip_prefix("/account/")
}

/// The account is neither closed nor taken away.
pub(super) fn check_open(account: &AcmeAccount) -> Result<(), Refusal> {
    match account.status {
        Status::Valid => Ok(()),
        _ => Err(unauthorized(
            "acme-account-closed",
            "The account is not valid any more.",
        )),
    }
}

pub(super) fn account_key(account: &AcmeAccount) -> Result<Jwk, Refusal> {
    Jwk::from_json(&account.key).map_err(|error| Refusal::internal(error.to_string()))
}

/// What a JWS is refused with.
pub(super) fn not_signed(error: &JwsError) -> Refusal {
    let (kind, reason) = match error {
        JwsError::Malformed(_) => (AcmeKind::Malformed, "acme-malformed-jws"),
        JwsError::Algorithm(_) => (AcmeKind::BadSignatureAlgorithm, "acme-algorithm"),
        JwsError::Key(_) => (AcmeKind::BadPublicKey, "acme-public-key"),
        JwsError::Signature => (AcmeKind::Unauthorized, "acme-signature"),
    };
    refused(kind, reason, format!("The request is refused: {error}."))
}
