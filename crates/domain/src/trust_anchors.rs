//! Trust anchors: the CA certificates whose leaves may ask for sessions.
//! Create, read, update, delete, enable and disable; called by `frontends/rolesanywhere`.

use std::sync::Arc;

use anyrole_x509::AnchorCertificates;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::account::AccountId;
use crate::authorize::Target;
use crate::call::Call;
use crate::names::{ResourceId, check_resource_name};
use crate::page::{Page, PageRequest};
use crate::refusal::Refusal;
use crate::site::Site;
use crate::snapshot::{Change, Snapshot, UnusableRow};
use crate::tags::{Tag, check_tags};

/// The longest PEM bundle accepted, in characters (the newest published API model's figure).
pub const MAX_BUNDLE_LENGTH: usize = 204_800;

/// Where an anchor's certificates come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnchorSource {
    /// A PEM bundle, kept byte for byte as it was given.
    CertificateBundle(String),
}

/// When to warn of a certificate's expiry (API reference, NotificationSettingDetail).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationSetting {
    /// Whether it is on.
    pub enabled: bool,
    /// `CA_CERTIFICATE_EXPIRY` or `END_ENTITY_CERTIFICATE_EXPIRY`.
    pub event: String,
    /// Days before expiry, 1 to 360.
    pub threshold: u16,
    /// `ALL`.
    pub channel: String,
    /// `rolesanywhere.amazonaws.com` for defaults, else the account id.
    pub configured_by: String,
}

/// A trust anchor as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustAnchor {
    /// The account that it belongs to.
    pub account: AccountId,
    /// A UUID.
    pub id: String,
    /// `arn:…:trust-anchor/{id}`.
    pub arn: String,
    /// 1 to 255 letters, digits, spaces, `-` and `_`.
    pub name: String,
    /// The certificates.
    pub source: AnchorSource,
    /// Whether CreateSession accepts it.
    pub enabled: bool,
    /// Expiry warnings.
    pub notification_settings: Vec<NotificationSetting>,
    /// Tags.
    pub tags: Vec<Tag>,
    /// Counts the changes of this anchor; part of the key under which verified chains are remembered.
    pub revision: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A trust anchor with its certificates ready for use.
#[derive(Debug)]
pub struct TrustAnchorEntry {
    /// The row.
    pub row: Arc<TrustAnchor>,
    /// Its certificates, parsed once.
    pub certificates: AnchorCertificates,
    /// The UUID as a number: part of the key of verified chains.
    pub id_bits: u128,
}

impl TrustAnchorEntry {
    pub(crate) fn compile(row: Arc<TrustAnchor>) -> Result<Self, UnusableRow> {
        let AnchorSource::CertificateBundle(pem) = &row.source;
        let certificates = AnchorCertificates::parse_bundle(pem).map_err(|error| UnusableRow {
            kind: "trust anchor",
            name: row.arn.clone(),
            detail: error.to_string(),
        })?;
        let id_bits = uuid::Uuid::parse_str(&row.id)
            .map_err(|error| UnusableRow {
                kind: "trust anchor",
                name: row.arn.clone(),
                detail: error.to_string(),
            })?
            .as_u128();
        Ok(Self {
            row,
            certificates,
            id_bits,
        })
    }
}

/// What CreateTrustAnchor is given.
#[derive(Debug, Clone)]
pub struct CreateTrustAnchor {
    /// The name.
    pub name: String,
    /// The certificates.
    pub source: AnchorSource,
    /// On from the start; off where it is left out (docs/aws-divergences.md).
    pub enabled: Option<bool>,
    /// Expiry warnings in place of the two defaults.
    pub notification_settings: Vec<NotificationSetting>,
    /// Tags.
    pub tags: Vec<Tag>,
}

/// What UpdateTrustAnchor is given; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct UpdateTrustAnchor {
    /// A new name.
    pub name: Option<String>,
    /// New certificates.
    pub source: Option<AnchorSource>,
}

fn check_source(source: &AnchorSource) -> Result<(), Refusal> {
    let AnchorSource::CertificateBundle(pem) = source;
    if pem.is_empty() || pem.len() > MAX_BUNDLE_LENGTH {
        return Err(Refusal::validation(format!(
            "1 validation error detected: Value at 'source.sourceData.x509CertificateData' failed to satisfy constraint: Member must have length between 1 and {MAX_BUNDLE_LENGTH}"
        )));
    }
    AnchorCertificates::parse_bundle(pem)
        .map(|_| ())
        .map_err(|error| Refusal::validation(error.to_string()))
}

fn default_notification_settings() -> Vec<NotificationSetting> {
    ["CA_CERTIFICATE_EXPIRY", "END_ENTITY_CERTIFICATE_EXPIRY"]
        .into_iter()
        .map(|event| NotificationSetting {
            enabled: true,
            event: event.to_owned(),
            threshold: 45,
            channel: "ALL".to_owned(),
            configured_by: "rolesanywhere.amazonaws.com".to_owned(),
        })
        .collect()
}

/// The defaults with what was given in their place.
fn notification_settings(
    given: Vec<NotificationSetting>,
    account: &AccountId,
) -> Result<Vec<NotificationSetting>, Refusal> {
    let mut settings = default_notification_settings();
    for mut setting in given {
        let place = settings
            .iter_mut()
            .find(|known| known.event == setting.event);
        let legal = setting.channel == "ALL" && (1..=360).contains(&setting.threshold);
        match place {
            Some(place) if legal => {
                setting.configured_by = account.to_string();
                *place = setting;
            }
            _ => {
                return Err(Refusal::validation(
                    "A notification setting has an event of CA_CERTIFICATE_EXPIRY or END_ENTITY_CERTIFICATE_EXPIRY, a threshold of 1 to 360 days and the channel ALL.",
                ));
            }
        }
    }
    Ok(settings)
}

/// Makes a trust anchor (API reference, CreateTrustAnchor).
pub async fn create_trust_anchor(
    site: &Site,
    call: &Call,
    input: CreateTrustAnchor,
) -> Result<Arc<TrustAnchor>, Refusal> {
    site.authorize(
        call,
        "rolesanywhere:CreateTrustAnchor",
        Target::any().with_request_tags(&input.tags),
    )?;
    let id = site.new_uuid();
    let arn = site.account().rolesanywhere_arn("trust-anchor", &id);
    site.authorize_tagging(call, "rolesanywhere:TagResource", &arn, &input.tags)?;
    check_resource_name(&input.name)?;
    check_source(&input.source)?;
    check_tags(&input.tags)?;
    let row = Arc::new(TrustAnchor {
        account: call.caller.account.clone(),
        arn,
        id,
        name: input.name,
        source: input.source,
        enabled: input.enabled.unwrap_or(false),
        notification_settings: notification_settings(
            input.notification_settings,
            &call.caller.account,
        )?,
        tags: input.tags,
        revision: 0,
        created_at: call.origin.now,
        updated_at: call.origin.now,
    });
    site.directory
        .write(|_| Ok((vec![Change::PutTrustAnchor(row.clone())], row.clone())))
        .await
}

/// Reads a trust anchor (API reference, GetTrustAnchor).
pub fn read_trust_anchor(
    site: &Site,
    call: &Call,
    id: &ResourceId,
) -> Result<Arc<TrustAnchor>, Refusal> {
    let snapshot = site.directory.read();
    let row = find(site, &snapshot, id);
    authorize_on(
        site,
        call,
        "rolesanywhere:GetTrustAnchor",
        id,
        row.as_deref().ok(),
    )?;
    row
}

/// Lists trust anchors in order of their ids (API reference, ListTrustAnchors).
pub fn list_trust_anchors(
    site: &Site,
    call: &Call,
    request: &PageRequest,
) -> Result<Page<Arc<TrustAnchor>>, Refusal> {
    site.authorize(call, "rolesanywhere:ListTrustAnchors", Target::any())?;
    let snapshot = site.directory.read();
    let rows = snapshot
        .trust_anchors_after(&request.after)
        .map(|entry| entry.row.clone());
    Ok(Page::take(rows, request.size, |row| row.arn.clone()))
}

/// Changes name or certificates (API reference, UpdateTrustAnchor).
pub async fn update_trust_anchor(
    site: &Site,
    call: &Call,
    id: &ResourceId,
    input: UpdateTrustAnchor,
) -> Result<Arc<TrustAnchor>, Refusal> {
    if let Some(name) = &input.name {
        check_resource_name(name)?;
    }
    if let Some(source) = &input.source {
        check_source(source)?;
    }
    change(site, call, "rolesanywhere:UpdateTrustAnchor", id, |row| {
        row.name = input.name.unwrap_or_else(|| row.name.clone());
        row.source = input.source.unwrap_or_else(|| row.source.clone());
    })
    .await
}

/// Turns an anchor on or off (API reference, EnableTrustAnchor, DisableTrustAnchor).
pub async fn set_trust_anchor_enabled(
    site: &Site,
    call: &Call,
    id: &ResourceId,
    enabled: bool,
) -> Result<Arc<TrustAnchor>, Refusal> {
    let action = if enabled {
        "rolesanywhere:EnableTrustAnchor"
    } else {
        "rolesanywhere:DisableTrustAnchor"
    };
    change(site, call, action, id, |row| row.enabled = enabled).await
}

/// Deletes a trust anchor and answers what it was (API reference, DeleteTrustAnchor).
pub async fn delete_trust_anchor(
    site: &Site,
    call: &Call,
    id: &ResourceId,
) -> Result<Arc<TrustAnchor>, Refusal> {
    site.directory
        .write(|snapshot| {
            let row = find(site, snapshot, id);
            authorize_on(
                site,
                call,
                "rolesanywhere:DeleteTrustAnchor",
                id,
                row.as_deref().ok(),
            )?;
            let row = row?;
            Ok((vec![Change::DeleteTrustAnchor(row.arn.clone())], row))
        })
        .await
}

async fn change(
    site: &Site,
    call: &Call,
    action: &'static str,
    id: &ResourceId,
    alter: impl FnOnce(&mut TrustAnchor),
) -> Result<Arc<TrustAnchor>, Refusal> {
    site.directory
        .write(|snapshot| {
            let row = find(site, snapshot, id);
            authorize_on(site, call, action, id, row.as_deref().ok())?;
            let mut row = TrustAnchor::clone(&*row?);
            alter(&mut row);
            row.revision += 1;
            row.updated_at = call.origin.now;
            let row = Arc::new(row);
            Ok((vec![Change::PutTrustAnchor(row.clone())], row))
        })
        .await
}

fn find(site: &Site, snapshot: &Snapshot, id: &ResourceId) -> Result<Arc<TrustAnchor>, Refusal> {
    snapshot
        .trust_anchor(&id.arn(site.account(), "trust-anchor"))
        .map(|entry| entry.row.clone())
        .ok_or_else(|| Refusal::not_found("Trust anchor not found."))
}

fn authorize_on(
    site: &Site,
    call: &Call,
    action: &'static str,
    id: &ResourceId,
    row: Option<&TrustAnchor>,
) -> Result<(), Refusal> {
    let arn = id.arn(site.account(), "trust-anchor");
    let tags = row.map_or(&[][..], |row| &row.tags);
    site.authorize(call, action, Target::on(&arn).with_resource_tags(tags))
}
