//! What an operator does: opens ACME for a certificate authority, hands out keys that bind accounts (RFC 8555, 7.3.4), looks at
//! accounts and takes them away. Signed calls of our own, which AWS does not have; each is authorised on the authority's ARN.

use anyrole_ca::{AlternativeName, Subject};
use jiff::Timestamp;
use zeroize::Zeroizing;

use super::external_keys::new_secret;
use super::identifier::NamePattern;
use super::model::{AcmeAccount, AcmeService, ExternalKey};
use super::store::{AcmeKey, AcmeWrite, Kept, list, read, write};
use crate::authorize::Target;
use crate::call::Call;
use crate::names::printable;
use crate::refusal::{Kind, Refusal};
use crate::site::Site;

/// Patterns of a service or a key.
const MOST_PATTERNS: usize = 1000;
/// URIs of a service.
const MOST_URIS: usize = 8;
/// Lifetimes that can be given, in seconds: a minute to ten years.
const LIFETIMES: std::ops::RangeInclusive<i64> = 60..=10 * 366 * 86_400;
/// Rows of one page.
const PAGE: usize = 1000;

/// How ACME is to be open.
#[derive(Debug, Clone)]
pub struct OpenService {
    /// The authority.
    pub ca_arn: String,
    /// Which names may be asked for; at least one.
    pub names: Vec<String>,
    /// Whether `*.` names may be asked for.
    pub wildcards: bool,
    /// `OU=…,O=…`; may be empty.
    pub subject: String,
    /// URIs of each certificate, `{name}` for its first name.
    pub uris: Vec<String>,
    /// In seconds.
    pub lifetime_seconds: i64,
    /// Whether certificates are for TLS servers, too.
    pub server_auth: bool,
    /// Whether an account needs a key of the operator's.
    pub external_account_required: bool,
    /// What accounts must agree to.
    pub terms_of_service: Option<String>,
}

/// A service as operators see it.
#[derive(Debug, Clone)]
pub struct ServiceView {
    /// The authority's UUID, which is in the service's URLs.
    pub id: String,
    /// What was decided.
    pub service: AcmeService,
}

/// The UUID of an authority of this account that is there, or was.
fn service_id(site: &Site, ca_arn: &str) -> Result<String, Refusal> {
    super::authority::id_of(site, ca_arn).ok_or_else(|| {
        Refusal::validation(format!(
            "`{}` is no ARN of a certificate authority of this account.",
            printable(ca_arn)
        ))
    })
}

fn authorized(site: &Site, call: &Call, action: &str, ca_arn: &str) -> Result<String, Refusal> {
    site.admit(action, &call.origin)?;
    site.authorize(call, action, Target::on(ca_arn))?;
    service_id(site, ca_arn)
}

async fn opened(site: &Site, id: &str) -> Result<Kept<AcmeService>, Refusal> {
    let row = read(site, AcmeKey::Service, id).await?;
    row.ok_or_else(|| Refusal::not_found("ACME is not open for this certificate authority."))
}

/// Opens ACME for an authority, or changes how it is open.
pub async fn open(site: &Site, call: &Call, input: OpenService) -> Result<ServiceView, Refusal> {
    let id = authorized(site, call, "anyrole:OpenAcme", &input.ca_arn)?;
    if !super::authority::exists(site, &input.ca_arn) {
        return Err(Refusal::not_found(
            "There is no such certificate authority.",
        ));
    }
    let present: Option<Kept<AcmeService>> = read(site, AcmeKey::Service, &id).await?;
    let created_at = present.as_ref().map(|row| row.value.created_at);
    let service = AcmeService {
        names: patterns(&input.names)?,
        wildcards: input.wildcards,
        subject: subject(&input.subject)?,
        uris: uris(input.uris)?,
        lifetime_seconds: lifetime(input.lifetime_seconds)?,
        server_auth: input.server_auth,
        external_account_required: input.external_account_required,
        terms_of_service: terms(input.terms_of_service)?,
        created_at: created_at.unwrap_or(call.origin.now),
        ca_arn: input.ca_arn,
    };
    if service.names.is_empty() {
        return Err(Refusal::validation(
            "Say which names may be asked for: `host.example`, `*.example`, `10.0.0.0/8`.",
        ));
    }
    let row = match present {
        Some(mut row) => {
            row.value = service;
            row
        }
        None => Kept::new(AcmeKey::Service, id, "", None, service),
    };
    keep(site, row.put()?).await?;
    Ok(ServiceView {
        id: row.row.id,
        service: row.value,
    })
}

async fn keep(site: &Site, change: AcmeWrite) -> Result<(), Refusal> {
    match write(site, &[change]).await? {
        true => Ok(()),
        false => Err(Refusal::new(
            Kind::Contended,
            "acme-overtaken",
            "Others changed the same at the same time; try again.",
        )),
    }
}

fn patterns(texts: &[String]) -> Result<Vec<NamePattern>, Refusal> {
    if texts.len() > MOST_PATTERNS {
        return Err(Refusal::validation(format!(
            "At most {MOST_PATTERNS} patterns of names."
        )));
    }
    texts.iter().map(|text| NamePattern::parse(text)).collect()
}

fn subject(text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(String::new());
    }
    let illegal = |detail: String| Refusal::validation(detail);
    // With the name that a certificate's first one becomes.
    let parsed =
        Subject::parse(&format!("CN=x,{text}")).map_err(|error| illegal(format!("{error}.")))?;
    let twice = Subject::parse(text).is_ok_and(|alone| alone.common_name().is_some());
    if twice || !text.contains('=') || parsed.common_name() != Some("x") {
        return Err(illegal(
            "The subject has no CN: that is the certificate's first name. Write it as `OU=…,O=…`."
                .to_owned(),
        ));
    }
    Ok(text.to_owned())
}

fn uris(uris: Vec<String>) -> Result<Vec<String>, Refusal> {
    let legal = |uri: &String| {
        let example = uri.replace("{name}", "name.example");
        !example.contains(['{', '}'])
            && matches!(
                AlternativeName::parse(&example),
                Ok(AlternativeName::Uri(_))
            )
    };
    if uris.len() > MOST_URIS || !uris.iter().all(legal) {
        return Err(Refusal::validation(format!(
            "URIs are of the form `spiffe://example.org/{{name}}`, {MOST_URIS} at most."
        )));
    }
    Ok(uris)
}

fn lifetime(seconds: i64) -> Result<i64, Refusal> {
    match LIFETIMES.contains(&seconds) {
        true => Ok(seconds),
        false => Err(Refusal::validation("A lifetime is a minute to ten years.")),
    }
}

fn terms(url: Option<String>) -> Result<Option<String>, Refusal> {
    let legal = |url: &String| {
        (url.starts_with("https://") || url.starts_with("http://"))
            && url.len() <= 1024
            && url.bytes().all(|byte| byte.is_ascii_graphic())
    };
    match url.as_ref().is_none_or(legal) {
        true => Ok(url),
        false => Err(Refusal::validation(
            "The terms of service are an http or https URL.",
        )),
    }
}

/// Every authority that ACME is open for.
pub async fn services(site: &Site, call: &Call) -> Result<Vec<ServiceView>, Refusal> {
    let action = "anyrole:ListAcme";
    site.admit(action, &call.origin)?;
    site.authorize(call, action, Target::any())?;
    let rows = list::<AcmeService>(site, AcmeKey::Service, "", "", PAGE).await?;
    let view = |row: Kept<AcmeService>| ServiceView {
        id: row.row.id,
        service: row.value,
    };
    Ok(rows.into_iter().map(view).collect())
}

/// Closes ACME for an authority. Accounts and keys stay, for when it is opened again; certificates stay good.
pub async fn close(site: &Site, call: &Call, ca_arn: &str) -> Result<(), Refusal> {
    let id = authorized(site, call, "anyrole:CloseAcme", ca_arn)?;
    let row = opened(site, &id).await?;
    keep(site, AcmeWrite::Delete(row.row)).await
}

/// A key to be made.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// The authority.
    pub ca_arn: String,
    /// What the operator calls it.
    pub label: String,
    /// Which of the service's names may be asked for; none means all of them.
    pub names: Vec<String>,
    /// The subject instead of the service's.
    pub subject: Option<String>,
    /// A shorter lifetime than the service's.
    pub lifetime_seconds: Option<i64>,
    /// How many accounts may be made with it.
    pub accounts: u32,
    /// Until when.
    pub usable_until: Option<Timestamp>,
}

/// A key that was made. Its secret is shown this once.
pub struct MadeKey {
    /// Its id, for clients.
    pub id: String,
    /// Its secret, base64url, for clients.
    pub secret: Zeroizing<String>,
}

/// Makes a key that binds accounts.
pub async fn create_key(site: &Site, call: &Call, input: NewKey) -> Result<MadeKey, Refusal> {
    let service = authorized(site, call, "anyrole:CreateAcmeKey", &input.ca_arn)?;
    opened(site, &service).await?;
    if input.label.len() > 256 || input.label.chars().any(char::is_control) {
        return Err(Refusal::validation(
            "A label has at most 256 bytes, and no control characters.",
        ));
    }
    if input.accounts == 0
        || input
            .usable_until
            .is_some_and(|until| until <= call.origin.now)
    {
        return Err(Refusal::validation(
            "A key is for one account at least, and until a time to come.",
        ));
    }
    let id = site.new_uuid();
    let (secret, sealed_secret) = new_secret(site, &id)?;
    let key = ExternalKey {
        service: service.clone(),
        label: input.label,
        sealed_secret,
        names: patterns(&input.names)?,
        subject: input.subject.as_deref().map(subject).transpose()?,
        lifetime_seconds: input.lifetime_seconds.map(lifetime).transpose()?,
        accounts_left: input.accounts,
        usable_until: input.usable_until,
        created_at: call.origin.now,
    };
    let row = Kept::new(AcmeKey::ExternalKey, id.clone(), &service, None, key);
    keep(site, row.put()?).await?;
    Ok(MadeKey { id, secret })
}

/// The keys of an authority after an id, without their secrets.
pub async fn list_keys(
    site: &Site,
    call: &Call,
    ca_arn: &str,
    after: &str,
) -> Result<Vec<(String, ExternalKey)>, Refusal> {
    let service = authorized(site, call, "anyrole:ListAcmeKeys", ca_arn)?;
    let rows = list::<ExternalKey>(site, AcmeKey::ExternalKey, &service, after, PAGE).await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.row.id, row.value))
        .collect())
}

/// Deletes a key: no account is made with it any more, and those that were may ask nothing more.
pub async fn delete_key(site: &Site, call: &Call, ca_arn: &str, id: &str) -> Result<(), Refusal> {
    let service = authorized(site, call, "anyrole:DeleteAcmeKey", ca_arn)?;
    let row: Option<Kept<ExternalKey>> = read(site, AcmeKey::ExternalKey, id).await?;
    let row = row
        .filter(|row| row.row.parent == service)
        .ok_or_else(|| Refusal::not_found("There is no such key."))?;
    keep(site, AcmeWrite::Delete(row.row)).await
}

/// An account as operators see it.
#[derive(Debug, Clone)]
pub struct AccountRow {
    /// Its id.
    pub id: String,
    /// What it is.
    pub account: AcmeAccount,
}

/// The accounts of an authority after an id.
pub async fn list_accounts(
    site: &Site,
    call: &Call,
    ca_arn: &str,
    after: &str,
) -> Result<Vec<AccountRow>, Refusal> {
    let service = authorized(site, call, "anyrole:ListAcmeAccounts", ca_arn)?;
    let rows = list::<AcmeAccount>(site, AcmeKey::Account, &service, after, PAGE).await?;
    let view = |row: Kept<AcmeAccount>| AccountRow {
        id: row.row.id,
        account: row.value,
    };
    Ok(rows.into_iter().map(view).collect())
}

/// Takes an account away from its client.
pub async fn revoke_account(
    site: &Site,
    call: &Call,
    ca_arn: &str,
    id: &str,
) -> Result<(), Refusal> {
    let service = authorized(site, call, "anyrole:RevokeAcmeAccount", ca_arn)?;
    super::accounts::revoke_account(site, &service, id).await
}
