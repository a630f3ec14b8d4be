//! Accounts (RFC 8555, 7.3): made, found, changed, closed, and given another key. Bound to an operator's key where the service asks
//! for one (7.3.4).

use anyrole_jwt::{Jwk, PresentedSigner, UnverifiedJws};
use base64_simd::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::Value;

use super::external_keys::{self, Binding};
use super::model::{AcmeAccount, AcmeService, Status};
use super::problem::{Problem, malformed, refused, unauthorized};
use super::signed::{Posted, Signed, Signer, account_id_of, account_key, check_open, not_signed};
use super::store::{AcmeKey, AcmeWrite, Kept, find, overtaken, read, write};
use crate::refusal::{AcmeKind, Kind, Refusal};
use crate::site::Site;

/// Accounts of a service that are bound to no operator's key, an hour on each server.
const MOST_UNBOUND: u32 = 600;
/// How long such an account is kept that has got no certificate.
const UNUSED: SignedDuration = SignedDuration::from_hours(7 * 24);
const MAX_CONTACTS: usize = 10;
const MAX_CONTACT: usize = 256;

/// An account as clients see it.
#[derive(Debug, Clone)]
pub struct AccountView {
    /// Its id.
    pub id: String,
    /// What it is.
    pub account: AcmeAccount,
    /// Whether this request has made it.
    pub made: bool,
}

impl AccountView {
    fn of(account: &Kept<AcmeAccount>) -> Self {
        Self {
            id: account.id().to_owned(),
            account: account.value.clone(),
            made: false,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewAccount {
    #[serde(default)]
    contact: Vec<String>,
    #[serde(default)]
    terms_of_service_agreed: bool,
    #[serde(default)]
    only_return_existing: bool,
    external_account_binding: Option<Value>,
}

/// Makes an account of the key that signs, or finds the one that it has.
pub async fn new_account(
    site: &Site,
    posted: &Posted<'_>,
    signed: &Signed,
) -> Result<AccountView, Problem> {
    let Signer::Key(key) = &signed.signer else {
        return Err(malformed("The request has its key as `jwk`.").into());
    };
    let asked: NewAccount = signed.payload()?;
    let lookup = lookup(posted.service, key);
    if let Some(account) = find::<AcmeAccount>(site, AcmeKey::Account, &lookup).await? {
        check_open(&account.value)?;
        return Ok(AccountView::of(&account));
    }
    if asked.only_return_existing {
        return Err(refused(
            AcmeKind::AccountDoesNotExist,
            "acme-no-account",
            "No account has this key.",
        )
        .into());
    }
    let service = &signed.service.value;
    check_terms(service, asked.terms_of_service_agreed)?;
    check_contacts(&asked.contact)?;
    let binding = match &asked.external_account_binding {
        Some(presented) => {
            let presented = presented.to_string();
            Some(external_keys::bind(site, posted, key, presented.as_bytes()).await?)
        }
        None if service.external_account_required => {
            return Err(refused(
                AcmeKind::ExternalAccountRequired,
                "acme-external-account",
                "This server asks accounts for a key of its operator (external account binding).",
            )
            .into());
        }
        None => None,
    };
    let now = posted.origin.now;
    // Anyone may make one without an operator's key: so many an hour, and it goes away again where it gets no certificate.
    let expires_at = match &binding {
        Some(_) => None,
        None => {
            let what = format!("accounts of {}", posted.service);
            site.acme.hourly.admit(&what, MOST_UNBOUND, now)?;
            now.saturating_add(UNUSED).ok()
        }
    };
    let account = AcmeAccount {
        status: Status::Valid,
        key: key.as_json().to_owned(),
        contact: asked.contact,
        terms_agreed: asked.terms_of_service_agreed,
        external_key: binding.as_ref().map(|binding| binding.id().to_owned()),
        created_at: now,
    };
    let mut account = Kept::new(
        AcmeKey::Account,
        site.new_uuid(),
        posted.service,
        expires_at,
        account,
    );
    account.row.lookup = Some(lookup);
    let mut writes = vec![account.put()?];
    writes.extend(binding.map(Binding::into_write));
    if !write(site, &writes).await? {
        return Err(overtaken().into());
    }
    Ok(AccountView {
        made: true,
        ..AccountView::of(&account)
    })
}

fn lookup(service: &str, key: &Jwk) -> String {
    format!("{service}/{}", key.thumbprint())
}

fn check_terms(service: &AcmeService, agreed: bool) -> Result<(), Refusal> {
    match &service.terms_of_service {
        Some(url) if !agreed => Err(refused(
            AcmeKind::UserActionRequired,
            "acme-terms",
            format!("The terms of service must be agreed to: {url}"),
        )),
        _ => Ok(()),
    }
}

fn check_contacts(contacts: &[String]) -> Result<(), Refusal> {
    if contacts.len() > MAX_CONTACTS {
        return Err(malformed(format!(
            "An account has at most {MAX_CONTACTS} contacts."
        )));
    }
    for contact in contacts {
        let Some(mailbox) = contact.strip_prefix("mailto:") else {
            return Err(refused(
                AcmeKind::UnsupportedContact,
                "acme-contact",
                "Contacts are mailto URLs.",
            ));
        };
        let single = mailbox.len() <= MAX_CONTACT
            && mailbox.bytes().all(|byte| byte.is_ascii_graphic())
            && !mailbox.contains([',', '?'])
            && matches!(mailbox.split_once('@'), Some((local, host)) if !local.is_empty() && !host.is_empty());
        if !single {
            return Err(refused(
                AcmeKind::InvalidContact,
                "acme-contact",
                "A contact is a mailto URL of one mailbox, without header fields.",
            ));
        }
    }
    Ok(())
}

#[derive(Deserialize)]
struct ChangedAccount {
    contact: Option<Vec<String>>,
    status: Option<String>,
    #[serde(rename = "termsOfServiceAgreed")]
    terms_of_service_agreed: Option<bool>,
}

/// Reads, changes or closes the account that signs (RFC 8555, 7.3.2 and 7.3.6).
pub async fn account(site: &Site, signed: &Signed, id: &str) -> Result<AccountView, Problem> {
    let account = signed.account()?;
    if account.id() != id {
        return Err(unauthorized("acme-other-account", "This is another account.").into());
    }
    if signed.is_reading() {
        return Ok(AccountView::of(account));
    }
    let asked: ChangedAccount = signed.payload()?;
    let mut account = account.clone();
    match asked.status.as_deref() {
        None | Some("valid") => {}
        Some("deactivated") => account.value.status = Status::Deactivated,
        Some(_) => {
            return Err(malformed("An account's status is set to `deactivated` alone.").into());
        }
    }
    if let Some(contact) = asked.contact {
        check_contacts(&contact)?;
        account.value.contact = contact;
    }
    account.value.terms_agreed |= asked.terms_of_service_agreed.unwrap_or(false);
    if !write(site, &[account.put()?]).await? {
        return Err(overtaken().into());
    }
    Ok(AccountView::of(&account))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeyChange {
    account: String,
    old_key: Value,
}

/// Gives the account that signs another key, which signs the inner request (RFC 8555, 7.3.5).
pub async fn change_key(
    site: &Site,
    posted: &Posted<'_>,
    signed: &Signed,
) -> Result<AccountView, Problem> {
    let account = signed.account()?;
    let inner = UnverifiedJws::parse(signed.raw_payload()).map_err(|error| not_signed(&error))?;
    let PresentedSigner::Key(new_key) = inner.unverified_signer().clone() else {
        return Err(malformed("The inner request has the new key as `jwk`.").into());
    };
    if inner.unverified_url() != posted.url || inner.unverified_nonce().is_some() {
        return Err(malformed("The inner request has the outer one's `url`, and no nonce.").into());
    }
    let payload = inner.verify(&new_key).map_err(|error| not_signed(&error))?;
    let change: KeyChange = serde_json::from_slice(&payload)
        .map_err(|_| malformed("The inner payload has `account` and `oldKey`."))?;
    if account_id_of(posted.service, &change.account) != Some(account.id()) {
        return Err(malformed("The inner request names another account.").into());
    }
    let old_key = Jwk::parse(&change.old_key).map_err(|error| not_signed(&error))?;
    if old_key != account_key(&account.value)? {
        return Err(malformed("`oldKey` is not the account's key.").into());
    }
    let lookup = lookup(posted.service, &new_key);
    if let Some(other) = find::<AcmeAccount>(site, AcmeKey::Account, &lookup).await? {
        let refusal = refused(
            AcmeKind::Conflict,
            "acme-key-taken",
            "An account has the new key already.",
        );
        return Err(Problem {
            account: Some(other.id().into()),
            ..refusal.into()
        });
    }
    let mut account = account.clone();
    account.row.lookup = Some(lookup);
    account.value.key = new_key.as_json().to_owned();
    if !write(site, &[account.put()?]).await? {
        return Err(overtaken().into());
    }
    Ok(AccountView::of(&account))
}

/// What an account may ask: the service's policy, narrowed by the operator's key that the account is bound to. An account whose
/// key was taken away may ask nothing.
pub(super) async fn policy_of(
    site: &Site,
    service: &Kept<AcmeService>,
    account: &AcmeAccount,
) -> Result<Policy, Refusal> {
    let mut policy = Policy {
        service: service.value.clone(),
        narrowed: Vec::new(),
        rests_on: vec![AcmeWrite::Stays(service.row.clone())],
    };
    let Some(id) = &account.external_key else {
        if service.value.external_account_required {
            return Err(closed(
                "the service asks accounts for a key of the operator since",
            ));
        }
        return Ok(policy);
    };
    let key: Option<Kept<super::ExternalKey>> = read(site, AcmeKey::ExternalKey, id).await?;
    let key = key.ok_or_else(|| closed("the operator has deleted the account's key"))?;
    policy.rests_on.push(AcmeWrite::Stays(key.row));
    let key = key.value;
    policy.narrowed = key.names;
    if let Some(subject) = key.subject {
        policy.service.subject = subject;
    }
    if let Some(seconds) = key.lifetime_seconds {
        policy.service.lifetime_seconds = policy.service.lifetime_seconds.min(seconds);
    }
    Ok(policy)
}

fn closed(private: &'static str) -> Refusal {
    unauthorized(
        "acme-external-account-gone",
        "The account is not bound to a key of the operator any more.",
    )
    .with_private(private)
}

/// What an account may ask.
#[derive(Debug, Clone)]
pub(super) struct Policy {
    pub service: AcmeService,
    narrowed: Vec<super::NamePattern>,
    /// That the rows that say so are what they were: for whoever writes what was allowed.
    pub rests_on: Vec<AcmeWrite>,
}

impl Policy {
    /// What certificates say and how long they hold, their names apart.
    pub fn terms(&self) -> (&str, &[String], i64, bool) {
        let service = &self.service;
        let lifetime = service.lifetime_seconds;
        (
            &service.subject,
            &service.uris,
            lifetime,
            service.server_auth,
        )
    }

    /// Whether a certificate may be asked for this name.
    pub fn allows(&self, identifier: &super::Identifier) -> bool {
        let among = |patterns: &[super::NamePattern]| {
            patterns.iter().any(|pattern| pattern.allows(identifier))
        };
        (!identifier.is_wildcard() || self.service.wildcards)
            && among(&self.service.names)
            && (self.narrowed.is_empty() || among(&self.narrowed))
    }
}

/// 256 random bits in base64url.
pub(super) fn random_token(site: &Site) -> String {
    let mut bytes = [0; 32];
    site.entropy.fill(&mut bytes);
    URL_SAFE_NO_PAD.encode_to_string(bytes)
}

/// `token.thumbprint` (RFC 8555, 8.1).
pub(super) fn key_authorization(token: &str, account: &AcmeAccount) -> Result<String, Refusal> {
    Ok(format!("{token}.{}", account_key(account)?.thumbprint()))
}

/// Takes an account away from its client: an operator's word.
pub(super) async fn revoke_account(site: &Site, service: &str, id: &str) -> Result<(), Refusal> {
    let account: Option<Kept<AcmeAccount>> = read(site, AcmeKey::Account, id).await?;
    let mut account = account
        .filter(|account| account.row.parent == service)
        .ok_or_else(|| Refusal::not_found("There is no such account."))?;
    account.value.status = Status::Revoked;
    match write(site, &[account.put()?]).await? {
        true => Ok(()),
        false => Err(Refusal::new(
            Kind::Contended,
            "acme-overtaken",
            "The account was changed at the same time; try again.",
        )),
    }
}
