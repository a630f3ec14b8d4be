//! Orders (RFC 8555, 7.4): made, read, listed. Their state follows from their authorizations; a certificate ends them
//! (`finalize.rs`).

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::accounts::{Policy, policy_of, random_token};
use super::identifier::Identifier;
use super::model::{
    AcmeAccount, AcmeCertificate, Authorization, Challenge, ChallengeKind, Fault, Order, Status,
};
use super::problem::{Problem, Subproblem, malformed, missing, refused, unauthorized};
use super::renewal;
use super::signed::{Posted, Signed};
use super::store::{AcmeKey, AcmeWrite, Kept, find, list, overtaken, read, read_all, write};
use crate::refusal::{AcmeKind, Refusal};
use crate::site::Site;

/// How long an order and its proofs may take.
const PENDING: SignedDuration = SignedDuration::from_hours(24);
/// A proof that ends sooner is made again.
const LEAST_LEFT: SignedDuration = SignedDuration::from_mins(5);
/// Names of one order.
const MOST_NAMES: usize = 100;
/// Orders of one account, an hour on each server: a fleet on one account renews ten thousand.
const MOST_ORDERS: u32 = 20_000;
/// Orders of one page.
const PAGE: usize = 100;
/// Made again when another request was faster.
const TRIES: u32 = 4;

/// An order as clients see it.
#[derive(Debug, Clone)]
pub struct OrderView {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub account: String,
    /// What it says.
    pub order: Order,
    /// Its state now.
    pub status: Status,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewOrder {
    identifiers: Vec<PresentedIdentifier>,
    not_before: Option<Timestamp>,
    not_after: Option<Timestamp>,
    replaces: Option<String>,
}

#[derive(Deserialize)]
struct PresentedIdentifier {
    #[serde(rename = "type")]
    kind: String,
    value: String,
}

/// Takes an order for names that the account may ask for.
pub async fn new_order(
    site: &Site,
    posted: &Posted<'_>,
    signed: &Signed,
) -> Result<OrderView, Problem> {
    let account = signed.account()?;
    let service = &signed.service;
    let asked: NewOrder = signed.payload()?;
    let identifiers = identifiers(&asked)?;
    let policy = policy_of(site, service, &account.value).await?;
    check_names(&policy, &identifiers)?;
    let now = posted.origin.now;
    check_dates(&asked, &policy, now)?;
    super::authority::check(site, &service.value, now)?;
    let what = format!("orders of {}", account.id());
    site.acme.hourly.admit(&what, MOST_ORDERS, now)?;
    let replaces = match &asked.replaces {
        Some(id) => Some(
            renewal::check_replaced(site, posted.service, account.id(), id, &identifiers).await?,
        ),
        None => None,
    };
    for _ in 0..TRIES {
        let mut writes = Vec::new();
        let mut authorizations = Vec::new();
        let mut proofs = Vec::new();
        for identifier in &identifiers {
            let proof = authorization(site, account, identifier, now, &mut writes).await?;
            authorizations.push(proof.id().to_owned());
            proofs.push(proof.value);
        }
        let expires_at = whole_second(now.saturating_add(PENDING).unwrap_or(now));
        let order = Order {
            status: Status::Pending,
            identifiers: identifiers.clone(),
            not_before: asked.not_before,
            not_after: asked.not_after,
            authorizations,
            expires_at,
            replaces: replaces.clone(),
            replaces_as_asked: asked.replaces.clone(),
            certificate: None,
            fault: None,
        };
        let kept = Some(expires_at.saturating_add(PENDING).unwrap_or(expires_at));
        let order = Kept::new(AcmeKey::Order, site.new_uuid(), account.id(), kept, order);
        writes.push(order.put()?);
        if write(site, &writes).await? {
            let status = status(&order.value, &proofs, now);
            return Ok(view(&order, status));
        }
    }
    Err(overtaken().into())
}

pub(super) fn whole_second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

fn identifiers(asked: &NewOrder) -> Result<Vec<Identifier>, Refusal> {
    let mut identifiers = Vec::new();
    for presented in &asked.identifiers {
        let identifier = Identifier::parse(&presented.kind, &presented.value)?;
        if !identifiers.contains(&identifier) {
            identifiers.push(identifier);
        }
    }
    if identifiers.is_empty() || identifiers.len() > MOST_NAMES {
        return Err(malformed(format!(
            "An order has 1 to {MOST_NAMES} identifiers."
        )));
    }
    Ok(identifiers)
}

fn check_names(policy: &Policy, identifiers: &[Identifier]) -> Result<(), Problem> {
    let subproblems: Vec<Subproblem> = identifiers
        .iter()
        .filter(|identifier| !policy.allows(identifier))
        .map(|identifier| Subproblem {
            identifier: identifier.clone(),
            kind: AcmeKind::RejectedIdentifier,
            detail: format!("The account may not ask for `{identifier}`."),
        })
        .collect();
    let Some(first) = subproblems.first() else {
        return Ok(());
    };
    let refusal = refused(
        AcmeKind::RejectedIdentifier,
        "acme-name-not-allowed",
        match subproblems.len() {
            1 => first.detail.clone(),
            several => format!("The account may not ask for {several} of the names."),
        },
    );
    Err(Problem {
        subproblems: subproblems.into(),
        ..refusal.into()
    })
}

/// What a certificate may say of its time: it begins now or later and ends within the lifetime (RFC 8555, 7.4: what can't be
/// kept is refused).
fn check_dates(asked: &NewOrder, policy: &Policy, now: Timestamp) -> Result<(), Refusal> {
    let lifetime = SignedDuration::from_secs(policy.service.lifetime_seconds);
    let slack = SignedDuration::from_secs(60);
    let start = asked.not_before.unwrap_or(now);
    let latest = now.saturating_add(lifetime).unwrap_or(Timestamp::MAX);
    if start < now.saturating_sub(slack).unwrap_or(now) || start > latest {
        return Err(malformed(
            "`notBefore` is neither in the past nor further ahead than certificates hold.",
        ));
    }
    let Some(end) = asked.not_after else {
        return Ok(());
    };
    let longest = start.saturating_add(lifetime).unwrap_or(Timestamp::MAX);
    if end <= start || end <= now || end > longest.saturating_add(slack).unwrap_or(longest) {
        return Err(malformed(format!(
            "`notAfter` comes after `notBefore`, by {} seconds at most.",
            lifetime.as_secs()
        )));
    }
    Ok(())
}

/// The account's proof of a name where it has one that lasts, else a new one.
async fn authorization(
    site: &Site,
    account: &Kept<AcmeAccount>,
    identifier: &Identifier,
    now: Timestamp,
    writes: &mut Vec<AcmeWrite>,
) -> Result<Kept<Authorization>, Problem> {
    let lookup = format!("{}/{}:{identifier}", account.id(), identifier.kind());
    let present: Option<Kept<Authorization>> = find(site, AcmeKey::Authorization, &lookup).await?;
    if let Some(mut old) = present {
        let left = now.saturating_add(LEAST_LEFT).unwrap_or(now);
        let lasts = matches!(old.value.status_at(left), Status::Pending | Status::Valid);
        let offered = old.value.status == Status::Valid
            || kinds(site, identifier)
                .iter()
                .all(|kind| old.value.challenges.iter().any(|known| known.kind == *kind));
        if lasts && offered {
            return Ok(old);
        }
        // It gives its place up, and stays for the orders that have it.
        old.row.lookup = None;
        writes.push(old.put()?);
    }
    let kinds = kinds(site, identifier);
    if kinds.is_empty() {
        return Err(refused(
            AcmeKind::RejectedIdentifier,
            "acme-no-challenge",
            format!("This server has no way to prove `{identifier}`; its operator says where it may connect to."),
        )
        .with_private("--acme-networks is empty, and dns-01 proves DNS names alone")
        .into());
    }
    let challenges = kinds.into_iter().map(|kind| Challenge {
        kind,
        status: Status::Pending,
        token: random_token(site),
        validated_at: None,
        fault: None,
    });
    let expires_at = whole_second(now.saturating_add(PENDING).unwrap_or(now));
    let authorization = Authorization {
        identifier: identifier.base(),
        wildcard: identifier.is_wildcard(),
        status: Status::Pending,
        expires_at,
        challenges: challenges.collect(),
    };
    let kept = Some(expires_at.saturating_add(PENDING).unwrap_or(expires_at));
    let mut authorization = Kept::new(
        AcmeKey::Authorization,
        site.new_uuid(),
        account.id(),
        kept,
        authorization,
    );
    authorization.row.lookup = Some(lookup);
    writes.push(authorization.put()?);
    Ok(authorization)
}

/// The ways to prove a name here: all names below one by DNS alone (RFC 8555, 8.4), addresses by connecting (RFC 8738).
fn kinds(site: &Site, identifier: &Identifier) -> Vec<ChallengeKind> {
    let connects = site
        .acme
        .probes
        .as_ref()
        .is_some_and(|probes| probes.may_connect());
    let resolves = site.acme.probes.is_some();
    match identifier {
        Identifier::Dns(_) if identifier.is_wildcard() => [(resolves, ChallengeKind::Dns)].to_vec(),
        Identifier::Dns(_) => [
            (connects, ChallengeKind::Http),
            (resolves, ChallengeKind::Dns),
            (connects, ChallengeKind::TlsAlpn),
        ]
        .to_vec(),
        Identifier::Ip(_) => [
            (connects, ChallengeKind::Http),
            (connects, ChallengeKind::TlsAlpn),
        ]
        .to_vec(),
    }
    .into_iter()
    .filter_map(|(offered, kind)| offered.then_some(kind))
    .collect()
}

/// The state that follows from the proofs.
pub(super) fn status(order: &Order, proofs: &[Authorization], now: Timestamp) -> Status {
    if order.status != Status::Pending {
        return order.status;
    }
    if now >= order.expires_at || proofs.len() < order.authorizations.len() {
        return Status::Invalid;
    }
    let mut status = Status::Ready;
    for proof in proofs {
        match proof.status_at(now) {
            Status::Valid => {}
            Status::Pending => status = Status::Pending,
            _ => return Status::Invalid,
        }
    }
    status
}

/// An order with its proofs, if it is this account's.
pub(super) async fn own_order(
    site: &Site,
    signed: &Signed,
    id: &str,
) -> Result<(Kept<Order>, Vec<Authorization>), Problem> {
    let account = signed.account()?;
    let order: Option<Kept<Order>> = read(site, AcmeKey::Order, id).await?;
    let order = order.ok_or_else(|| missing("order"))?;
    if order.row.parent != account.id() {
        return Err(unauthorized("acme-other-account", "The order is another account's.").into());
    }
    if order.value.status != Status::Pending {
        return Ok((order, Vec::new()));
    }
    let ids: Vec<&str> = order
        .value
        .authorizations
        .iter()
        .map(String::as_str)
        .collect();
    let proofs = read_all(site, AcmeKey::Authorization, &ids).await?;
    Ok((order, proofs.into_iter().map(|proof| proof.value).collect()))
}

pub(super) fn view(order: &Kept<Order>, status: Status) -> OrderView {
    OrderView {
        id: order.id().to_owned(),
        account: order.row.parent.clone(),
        order: order.value.clone(),
        status,
    }
}

/// Reads an order.
pub async fn order(
    site: &Site,
    posted: &Posted<'_>,
    signed: &Signed,
    id: &str,
) -> Result<OrderView, Problem> {
    signed.check_reading()?;
    let (mut order, proofs) = own_order(site, signed, id).await?;
    let mut now_status = status(&order.value, &proofs, posted.origin.now);
    if now_status == Status::Ready && site.acme.is_finalizing(order.id()) {
        now_status = Status::Processing;
    }
    if now_status == Status::Invalid && order.value.fault.is_none() {
        let failed = proofs
            .iter()
            .flat_map(|proof| &proof.challenges)
            .find_map(|challenge| challenge.fault.clone());
        order.value.fault = failed.or_else(|| {
            Some(Fault {
                kind: AcmeKind::Unauthorized,
                detail: "The order or one of its authorizations has ended.".to_owned(),
            })
        });
    }
    Ok(view(&order, now_status))
}

/// The ids of an account's orders after one of them, and whether more follow (RFC 8555, 7.1.2.1).
pub async fn orders(
    site: &Site,
    signed: &Signed,
    account: &str,
    after: &str,
) -> Result<(Vec<String>, bool), Problem> {
    signed.check_reading()?;
    if signed.account()?.id() != account {
        return Err(unauthorized("acme-other-account", "This is another account.").into());
    }
    let rows = list::<Order>(site, AcmeKey::Order, account, after, PAGE + 1).await?;
    let more = rows.len() > PAGE;
    let ids = rows.iter().take(PAGE).map(|row| row.id().to_owned());
    Ok((ids.collect(), more))
}

/// Marks the certificate that an order replaces, in the same transaction as the order's end.
pub(super) async fn replacing(
    site: &Site,
    order: &Order,
    by: &str,
) -> Result<Option<AcmeWrite>, Refusal> {
    let Some(id) = &order.replaces else {
        return Ok(None);
    };
    let old: Option<Kept<AcmeCertificate>> = read(site, AcmeKey::Certificate, id).await?;
    let Some(mut old) = old.filter(|old| old.value.replaced_by.is_none()) else {
        return Ok(None);
    };
    old.value.replaced_by = Some(by.to_owned());
    Ok(Some(old.put()?))
}
