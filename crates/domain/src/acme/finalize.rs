//! The end of an order (RFC 8555, 7.4): a signing request of the order's very names comes in, a certificate of what the policy
//! says leaves. Names and key are the client's; all else is the operator's.

use std::net::IpAddr;

use anyrole_ca::{AlternativeName, SigningRequest};
use base64_simd::{STANDARD, URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::accounts::{Policy, policy_of};
use super::authority::{self, Wanted};
use super::identifier::Identifier;
use super::model::{AcmeAccount, AcmeCertificate, AcmeService, Order, Status};
use super::orders::{OrderView, own_order, replacing, status, view, whole_second};
use super::problem::{Problem, malformed, refused};
use super::signed::{Posted, Signed, account_key, check_open, service_of};
use super::store::{AcmeKey, AcmeWrite, Kept, overtaken, read, write};
use crate::refusal::{AcmeKind, Kind, Refusal};
use crate::site::Site;

/// The longest signing request, in bytes.
const LONGEST_REQUEST: usize = 32 * 1024;
/// Clocks differ: a certificate begins so much earlier.
const EARLIER: SignedDuration = SignedDuration::from_mins(1);
/// The longest common name (RFC 5280, appendix A.1), in characters.
const LONGEST_CN: usize = 64;
/// How often an order is ended anew whose account, key or service another request has changed.
const TRIES: u32 = 4;

#[derive(Deserialize)]
struct Finalize {
    csr: String,
}

/// Issues what an order is for.
pub async fn finalize(
    site: &Site,
    posted: &Posted<'_>,
    signed: &Signed,
    id: &str,
) -> Result<OrderView, Problem> {
    let asked: Finalize = signed.payload()?;
    let (order, proofs) = own_order(site, signed, id).await?;
    let now = posted.origin.now;
    if status(&order.value, &proofs, now) != Status::Ready {
        return Err(refused(
            AcmeKind::OrderNotReady,
            "acme-order-not-ready",
            "The order is not ready: all of its authorizations must be valid, and it must be open.",
        )
        .into());
    }
    let account = signed.account()?;
    let right = Right::of(site, &signed.service, account.clone(), &order.value).await?;
    let policy = &right.policy;
    let request = read_request(&asked.csr)?;
    let first = check_request(&request, &order.value)?;
    if account_key(&account.value)?.to_spki_der() == request.public_key_der() {
        return Err(bad_csr("The certificate's key is not the account's.").into());
    }
    let wanted = wanted(policy, &order.value, first, &request, now)?;
    let Some(_place) = site.acme.start_finalizing(order.id()) else {
        return Ok(view(&order, Status::Processing));
    };
    let issued = authority::issue(site, posted, account.id(), &policy.service, wanted).await?;
    let (service, serial) = (right.policy.service.clone(), issued.serial.clone());
    let ended = end(site, right, order, issued, now).await;
    if let Err(refusal) = &ended
        && matches!(refusal.kind, Kind::Acme(_) | Kind::NotFound)
    {
        // It never leaves, and nobody is to find it good.
        authority::withdraw(site, posted, &service, &serial).await?;
    }
    Ok(ended?)
}

/// What lets an account have a certificate, as it was read.
struct Right {
    account: Kept<AcmeAccount>,
    policy: Policy,
}

impl Right {
    async fn of(
        site: &Site,
        service: &Kept<AcmeService>,
        account: Kept<AcmeAccount>,
        order: &Order,
    ) -> Result<Self, Refusal> {
        check_open(&account.value)?;
        let policy = policy_of(site, service, &account.value).await?;
        check_still_allowed(&policy, order)?;
        Ok(Self { account, policy })
    }

    /// The same by what the rows say now, where the order is open still, the account has the key that signed, and a certificate would
    /// be the one that was made.
    async fn read_again(&self, site: &Site, order: &Kept<Order>) -> Result<Self, Refusal> {
        let present: Option<Kept<Order>> = read(site, AcmeKey::Order, order.id()).await?;
        let is_open = present.is_some_and(|now| now.row.revision == order.row.revision);
        let account = read(site, AcmeKey::Account, self.account.id()).await?;
        let account = account
            .filter(|now: &Kept<AcmeAccount>| is_open && now.value.key == self.account.value.key);
        let account = account.ok_or_else(overtaken)?;
        let service = service_of(site, &account.row.parent).await?;
        let right = Self::of(site, &service, account, &order.value).await?;
        match right.policy.terms() == self.policy.terms() {
            true => Ok(right),
            false => Err(overtaken()),
        }
    }
}

/// Ends the order, if the account may have its certificate still: whoever closes the account, or takes its right away, does so behind
/// this or is minded here.
async fn end(
    site: &Site,
    mut right: Right,
    order: Kept<Order>,
    issued: authority::Issued,
    now: Timestamp,
) -> Result<OrderView, Refusal> {
    for _ in 0..TRIES {
        let mut ended = order.clone();
        let writes = writes(site, &right, &mut ended, &issued, now).await?;
        if write(site, &writes).await? {
            return Ok(view(&ended, Status::Valid));
        }
        right = right.read_again(site, &order).await?;
    }
    Err(overtaken())
}

/// The order's end, its certificate, what that replaces, and that the right is what it was: for one transaction.
async fn writes(
    site: &Site,
    right: &Right,
    order: &mut Kept<Order>,
    issued: &authority::Issued,
    now: Timestamp,
) -> Result<Vec<AcmeWrite>, Refusal> {
    let certificate = AcmeCertificate {
        serial: issued.serial.clone(),
        identifiers: order.value.identifiers.clone(),
        not_before: issued.not_before,
        not_after: issued.not_after,
        certificate: STANDARD.encode_to_string(&issued.certificate_der),
        chain: issued
            .chain
            .iter()
            .map(|der| STANDARD.encode_to_string(der))
            .collect(),
        replaced_by: None,
        revoked_at: None,
    };
    let kept = Some(issued.not_after.max(now));
    let certificate = Kept::new(
        AcmeKey::Certificate,
        issued.id.clone(),
        &order.row.parent,
        kept,
        certificate,
    );
    order.value.status = Status::Valid;
    order.value.certificate = Some(issued.id.clone());
    order.row.expires_at = kept;
    let mut account = right.account.clone();
    let account = match account.row.expires_at.take() {
        None => AcmeWrite::Stays(account.row),
        // It has a certificate: it is not forgotten.
        Some(_) => account.put()?,
    };
    let mut writes = right.policy.rests_on.clone();
    writes.extend([account, order.put()?, certificate.put()?]);
    writes.extend(replacing(site, &order.value, &issued.id).await?);
    Ok(writes)
}

/// What was allowed when the order was made may not be any more.
fn check_still_allowed(policy: &Policy, order: &Order) -> Result<(), Refusal> {
    match order.identifiers.iter().find(|name| !policy.allows(name)) {
        None => Ok(()),
        Some(name) => Err(refused(
            AcmeKind::RejectedIdentifier,
            "acme-name-not-allowed",
            format!("The account may not ask for `{name}` any more."),
        )),
    }
}

fn bad_csr(public: impl Into<std::borrow::Cow<'static, str>>) -> Refusal {
    refused(AcmeKind::BadCsr, "acme-bad-csr", public)
}

fn read_request(csr: &str) -> Result<SigningRequest, Refusal> {
    let der = URL_SAFE_NO_PAD.decode_to_vec(csr.trim_end_matches('='));
    let der = der.map_err(|_| malformed("`csr` is DER in base64url."))?;
    if der.len() > LONGEST_REQUEST {
        return Err(bad_csr("The signing request is too long."));
    }
    SigningRequest::parse(&der)
        .map_err(|error| bad_csr(format!("The signing request is refused: {error}.")))
}

/// The request is of the order's names, of each and no other; the name that becomes the CN.
fn check_request(request: &SigningRequest, order: &Order) -> Result<Option<String>, Refusal> {
    let mut asked: Vec<Identifier> = Vec::new();
    for name in request.alternative_names() {
        let identifier = match name {
            AlternativeName::Dns(name) => Identifier::parse("dns", name),
            AlternativeName::Ip(address) => Ok(Identifier::Ip(*address)),
            _ => Err(bad_csr(
                "The signing request has names of other kinds than dns and ip.",
            )),
        };
        asked
            .push(identifier.map_err(|_| bad_csr("The signing request has a name that is none."))?);
    }
    let common_name = request.subject().common_name();
    if let Some(name) = common_name {
        let identifier = match name.parse::<IpAddr>() {
            Ok(address) => Identifier::Ip(address),
            Err(_) => Identifier::parse("dns", name).map_err(|_| {
                bad_csr("The signing request's common name is no name of the order.")
            })?,
        };
        asked.push(identifier);
    }
    let foreign = asked.iter().find(|name| !order.identifiers.contains(name));
    if let Some(name) = foreign {
        return Err(bad_csr(format!(
            "The signing request has `{name}`, which the order has not."
        )));
    }
    if let Some(name) = order.identifiers.iter().find(|name| !asked.contains(name)) {
        return Err(bad_csr(format!(
            "The signing request lacks `{name}`, which the order has."
        )));
    }
    let fits = |name: &String| name.chars().count() <= LONGEST_CN;
    Ok(common_name
        .into_iter()
        .map(str::to_ascii_lowercase)
        .chain(order.identifiers.iter().map(ToString::to_string))
        .find(fits))
}

fn wanted(
    policy: &Policy,
    order: &Order,
    common_name: Option<String>,
    request: &SigningRequest,
    now: Timestamp,
) -> Result<Wanted, Refusal> {
    let service = &policy.service;
    let lifetime = SignedDuration::from_secs(service.lifetime_seconds);
    let earliest = now.saturating_sub(EARLIER).unwrap_or(now);
    let not_before = order
        .not_before
        .map_or(earliest, |asked| asked.max(earliest));
    let not_before = whole_second(not_before);
    let longest = not_before
        .saturating_add(lifetime)
        .unwrap_or(Timestamp::MAX);
    let not_after = order.not_after.map_or(longest, |asked| asked.min(longest));
    if not_after <= not_before {
        return Err(malformed("`notAfter` of the order has passed."));
    }
    let mut names: Vec<AlternativeName> = order
        .identifiers
        .iter()
        .map(|identifier| match identifier {
            Identifier::Dns(name) => AlternativeName::Dns(name.clone()),
            Identifier::Ip(address) => AlternativeName::Ip(*address),
        })
        .collect();
    let first = order
        .identifiers
        .first()
        .map(ToString::to_string)
        .unwrap_or_default();
    let uris = service.uris.iter().map(|uri| uri.replace("{name}", &first));
    names.extend(uris.map(AlternativeName::Uri));
    Ok(Wanted {
        subject: subject(common_name.as_deref(), &service.subject),
        names,
        not_before,
        not_after: whole_second(not_after),
        server_auth: service.server_auth,
        public_key_der: request.public_key_der().to_vec(),
    })
}

/// `CN=…,OU=…,O=…` (RFC 4514). Names are letters, digits, hyphens, dots, colons and a star: none is escaped.
fn subject(common_name: Option<&str>, others: &str) -> String {
    match (common_name, others) {
        (Some(name), "") => format!("CN={name}"),
        (Some(name), others) => format!("CN={name},{others}"),
        (None, others) => others.to_owned(),
    }
}
