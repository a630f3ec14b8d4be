//! Authorities on the wire: members decoded into the domain's input, its rows encoded.

use anyrole_domain::certificate_authorities::{
    self as domain, AuthorityConfiguration, AuthorityEntry, AuthorityKind, AuthorityStatus,
    CertificateWithChain, CreateAuthority, PcaKind, RevocationConfiguration, UsageMode,
};
use anyrole_domain::{Call, Refusal, Site};
use base64_simd::STANDARD;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::routes::{AUTHORITY, no_token};
use super::tags::{WireTag, domain_tags};
use crate::given::Given;
use crate::page_token;
use crate::rpc_route::{Answer, page};

const LIST: &str = "acm-pca:ListCertificateAuthorities";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateRequest {
    certificate_authority_configuration: Value,
    revocation_configuration: Option<RevocationConfiguration>,
    certificate_authority_type: String,
    idempotency_token: Option<String>,
    key_storage_security_standard: Option<String>,
    tags: Option<Vec<WireTag>>,
    usage_mode: Option<String>,
}

pub(super) async fn create(site: &Site, call: &Call, given: Given) -> Answer {
    let request: CreateRequest = given.decode()?;
    let input = CreateAuthority {
        configuration: configuration(request.certificate_authority_configuration)?,
        kind: AuthorityKind::parse(&request.certificate_authority_type)
            .ok_or_else(|| Refusal::internal("a kind that the constraints let through"))?,
        revocation: request.revocation_configuration.unwrap_or_default(),
        idempotency_token: request.idempotency_token,
        key_storage_standard: request.key_storage_security_standard,
        tags: domain_tags(request.tags),
        usage_mode: request
            .usage_mode
            .as_deref()
            .and_then(UsageMode::parse)
            .unwrap_or(UsageMode::GeneralPurpose),
    };
    let arn = domain::create_authority(site, call, input).await?;
    Ok(json!({ AUTHORITY: arn }))
}

/// What the model has and this server has not is said as such.
fn configuration(given: Value) -> Result<AuthorityConfiguration, Refusal> {
    let says = |member: &str, value: &str| given.get(member).and_then(Value::as_str) == Some(value);
    if says("KeyAlgorithm", "SM2") || says("SigningAlgorithm", "SM3WITHSM2") {
        return Err(
            PcaKind::InvalidArgs.refusal("algorithm-not-served", "SM2 keys are not served here.")
        );
    }
    serde_json::from_value(given).map_err(crate::given::unreadable)
}

pub(super) async fn describe(site: &Site, call: &Call, given: Given) -> Answer {
    let entry = domain::describe_authority(site, call, given.text(AUTHORITY))?;
    Ok(json!({ "CertificateAuthority": detail(&entry, call.origin.now)? }))
}

pub(super) async fn list(site: &Site, call: &Call, given: Given) -> Answer {
    let request = page(site, LIST, &given, 1000, no_token)?;
    let of_others = given.some_text("ResourceOwner") == Some("OTHER_ACCOUNTS");
    let page = domain::list_authorities(site, call, of_others, &request)?;
    let details = page.items.iter();
    let details: Vec<Value> = details
        .map(|entry| detail(entry, call.origin.now))
        .collect::<Result<_, _>>()?;
    let token = page_token::seal(site, LIST, page.next)?;
    Ok(without_nulls(
        json!({ "CertificateAuthorities": details, "NextToken": token }),
    ))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UpdateRequest {
    certificate_authority_arn: String,
    revocation_configuration: Option<RevocationConfiguration>,
    status: Option<String>,
}

pub(super) async fn update(site: &Site, call: &Call, given: Given) -> Answer {
    let request: UpdateRequest = given.decode()?;
    let status = match request.status.as_deref() {
        None => None,
        Some(text) => Some(AuthorityStatus::parse(text).ok_or_else(|| {
            PcaKind::InvalidArgs.refusal(
                "status-not-settable",
                format!("The status can't be set to {text}."),
            )
        })?),
    };
    domain::update_authority(
        site,
        call,
        &request.certificate_authority_arn,
        request.revocation_configuration,
        status,
    )
    .await?;
    Ok(Value::Null)
}

pub(super) async fn delete(site: &Site, call: &Call, given: Given) -> Answer {
    let days = given.integer("PermanentDeletionTimeInDays");
    domain::delete_authority(site, call, given.text(AUTHORITY), days).await?;
    Ok(Value::Null)
}

pub(super) async fn restore(site: &Site, call: &Call, given: Given) -> Answer {
    domain::restore_authority(site, call, given.text(AUTHORITY)).await?;
    Ok(Value::Null)
}

pub(super) async fn csr(site: &Site, call: &Call, given: Given) -> Answer {
    let csr = domain::read_csr(site, call, given.text(AUTHORITY))?;
    Ok(json!({ "Csr": csr }))
}

pub(super) async fn certificate(site: &Site, call: &Call, given: Given) -> Answer {
    let found = domain::read_authority_certificate(site, call, given.text(AUTHORITY))?;
    Ok(with_chain(found))
}

pub(super) fn with_chain(found: CertificateWithChain) -> Value {
    without_nulls(json!({
        "Certificate": found.certificate,
        "CertificateChain": found.chain,
    }))
}

pub(super) async fn import(site: &Site, call: &Call, given: Given) -> Answer {
    let certificate = blob(&given, "Certificate")?.unwrap_or_default();
    let chain = blob(&given, "CertificateChain")?;
    let arn = given.text(AUTHORITY);
    domain::import_authority_certificate(site, call, arn, &certificate, chain.as_deref()).await?;
    Ok(Value::Null)
}

/// Bytes of a member, base64 in JSON.
pub(super) fn blob(given: &Given, member: &str) -> Result<Option<Vec<u8>>, Refusal> {
    let text = given.some_text(member);
    let bytes = text.map(|text| STANDARD.decode_to_vec(text)).transpose();
    bytes.map_err(|_| Refusal::validation(format!("The value of `{member}` is not base64.")))
}

/// Members that are `null` are left out, as AWS does.
pub(super) fn without_nulls(mut value: Value) -> Value {
    if let Value::Object(members) = &mut value {
        members.retain(|_, value| !value.is_null());
    }
    value
}

/// Seconds since 1970, with milliseconds, as timestamps are.
pub(super) fn seconds(at: Timestamp) -> Value {
    let millis = at.as_millisecond();
    #[expect(
        clippy::cast_precision_loss,
        reason = "milliseconds of a year with four digits fit"
    )]
    let seconds = millis as f64 / 1000.0;
    json!(seconds)
}

fn detail(entry: &AuthorityEntry, now: Timestamp) -> Result<Value, Refusal> {
    let row = &entry.row;
    let summary = entry
        .certificate
        .as_ref()
        .map(|certificate| certificate.summary());
    let encoded = |value: serde_json::Result<Value>| {
        value.map_err(|error| Refusal::internal(error.to_string()))
    };
    Ok(without_nulls(json!({
        "Arn": row.arn,
        "OwnerAccount": row.account.as_str(),
        "CreatedAt": seconds(row.created_at),
        "LastStateChangeAt": seconds(row.state_changed_at),
        "Type": row.kind.as_str(),
        "Serial": summary.map(|summary| summary.serial_decimal.clone()),
        "Status": entry.status(now).as_str(),
        "NotBefore": summary.map(|summary| seconds(summary.not_before)),
        "NotAfter": summary.map(|summary| seconds(summary.not_after)),
        "CertificateAuthorityConfiguration": encoded(serde_json::to_value(&row.configuration))?,
        "RevocationConfiguration": encoded(serde_json::to_value(&row.revocation))?,
        "RestorableUntil": row.restorable_until.map(seconds),
        "KeyStorageSecurityStandard": row.key_storage_standard,
        "UsageMode": row.usage_mode.as_str(),
    })))
}
