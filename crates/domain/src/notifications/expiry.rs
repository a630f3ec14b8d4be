//! What is due: an anchor's settings, a certificate and a day come in, an event in EventBridge's shape or nothing comes out.
//! Days are UTC calendar days, so that what is due does not depend on the hour at which it is asked.

use anyrole_x509::Certificate;
use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use super::settings::{CA, END_ENTITY, NotificationSetting};
use crate::account::Account;
use crate::trust_anchors::TrustAnchorEntry;

/// How long after its expiry a CA's certificate is still warned of, in days (user guide, notification evaluation criteria).
const CA_DAYS_AFTER: i64 = 14;

/// A certificate that was used, as a store knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenCertificate {
    /// SHA-256 of the certificate.
    pub certificate_sha256: [u8; 32],
    /// The issuer, `CN=…,O=…`.
    pub issuer: String,
    /// The serial number, lower-case hex without a sign octet.
    pub serial: String,
    /// Last second of its validity.
    pub not_after: Timestamp,
    /// The trust anchor that it led to last.
    pub trust_anchor_arn: String,
}

/// An event as EventBridge has it (user guide, Monitoring IAM Roles Anywhere events in Amazon EventBridge).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ExpiryEvent {
    /// `0`.
    pub version: &'static str,
    /// A UUID of version 5 of what is warned of and the day: the same warning has the same id on every server.
    pub id: String,
    /// The kind of event.
    pub detail_type: &'static str,
    /// `aws.rolesanywhere`.
    pub source: &'static str,
    /// The account.
    pub account: String,
    /// When it was found, whole seconds.
    pub time: Timestamp,
    /// The region.
    pub region: String,
    /// The trust anchor of a CA's certificate; nothing for others.
    pub resources: Vec<String>,
    /// What expires.
    pub detail: ExpiryDetail,
}

/// The certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ExpiryDetail {
    /// Upper-case hex, with the sign octet that its DER has.
    pub certificate_serial_number: String,
    /// 0 on the day of expiry, negative after it.
    pub days_to_expiry: i64,
    /// The issuer, `CN=…,O=…`.
    pub issuer: String,
}

/// Calendar days (UTC) from `now` to the day of `not_after`.
pub fn days_left(not_after: Timestamp, now: Timestamp) -> i64 {
    day_of(not_after) - day_of(now)
}

/// Days since 1970.
pub(super) fn day_of(at: Timestamp) -> i64 {
    at.as_second().div_euclid(86_400)
}

/// What an anchor's own certificates give reason to say: of several, the one that expires first counts.
pub(super) fn of_anchor(
    account: &Account,
    anchor: &TrustAnchorEntry,
    now: Timestamp,
) -> Option<ExpiryEvent> {
    let first = anchor
        .certificates
        .certificates()
        .iter()
        .min_by_key(|certificate| certificate.not_after)?;
    let days = days_left(first.not_after, now);
    let setting = setting(&anchor.row.notification_settings, CA)?;
    if !(-CA_DAYS_AFTER..=i64::from(setting.threshold)).contains(&days) {
        return None;
    }
    let issuer = Certificate::parse_der(first.der.clone())
        .map(|certificate| certificate.summary().issuer.to_string())
        .unwrap_or_default();
    let arn = &anchor.row.resource.arn;
    Some(event(
        account,
        now,
        Warned {
            what: &[arn.as_bytes(), &first.fingerprint],
            resources: vec![arn.clone()],
            serial: &first.serial_hex,
            issuer,
            days,
        },
    ))
}

/// What a certificate that led to an anchor gives reason to say.
pub(super) fn of_end_entity(
    account: &Account,
    anchor: &TrustAnchorEntry,
    seen: &SeenCertificate,
    now: Timestamp,
) -> Option<ExpiryEvent> {
    let days = days_left(seen.not_after, now);
    let setting = setting(&anchor.row.notification_settings, END_ENTITY)?;
    if !(0..=i64::from(setting.threshold)).contains(&days) {
        return None;
    }
    Some(event(
        account,
        now,
        Warned {
            what: &[&seen.certificate_sha256],
            resources: Vec::new(),
            serial: &seen.serial,
            issuer: seen.issuer.clone(),
            days,
        },
    ))
}

fn setting<'a>(
    settings: &'a [NotificationSetting],
    event: &str,
) -> Option<&'a NotificationSetting> {
    settings
        .iter()
        .find(|setting| setting.event == event && setting.enabled)
}

struct Warned<'a> {
    /// What the id is made of, besides account and day.
    what: &'a [&'a [u8]],
    resources: Vec<String>,
    serial: &'a str,
    issuer: String,
    days: i64,
}

fn event(account: &Account, now: Timestamp, warned: Warned<'_>) -> ExpiryEvent {
    let mut name = account.id.as_str().as_bytes().to_vec();
    name.extend(day_of(now).to_be_bytes());
    for part in warned.what {
        name.extend(*part);
    }
    ExpiryEvent {
        version: "0",
        id: Uuid::new_v5(&Uuid::NAMESPACE_OID, &name).to_string(),
        detail_type: "Roles Anywhere Certificate Expiration State Change",
        source: "aws.rolesanywhere",
        account: account.id.to_string(),
        time: Timestamp::from_second(now.as_second()).unwrap_or(now),
        region: account.region.clone(),
        resources: warned.resources,
        detail: ExpiryDetail {
            certificate_serial_number: with_sign_octet(warned.serial),
            days_to_expiry: warned.days,
            issuer: warned.issuer,
        },
    }
}

/// `936eac…` is `00936EAC…` in DER: a first octet of 0x80 or more would make it negative.
fn with_sign_octet(hex: &str) -> String {
    let negative = hex.starts_with(|digit: char| matches!(digit, '8'..='9' | 'a'..='f'));
    let sign = if negative { "00" } else { "" };
    format!("{sign}{}", hex.to_ascii_uppercase())
}
