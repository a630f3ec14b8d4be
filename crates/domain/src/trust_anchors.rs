//! Trust anchors: the CA certificates whose leaves may ask for sessions.
//! Create and update; called by `frontends/rolesanywhere`. The rest is `resources/lifecycle.rs`.

use std::sync::Arc;

use anyrole_x509::{AnchorCertificates, AnchorError};
use aws_lc_rs::digest;

use crate::authorize::Target;
use crate::call::Call;
use crate::certificate_authorities::{Authorities, AuthorityEntry, AuthorityStatus};
use crate::crls;
use crate::names::{ResourceId, printable};
pub use crate::notifications::NotificationSetting;
use crate::notifications::{self, GivenSetting};
use crate::quotas;
use crate::refusal::Refusal;
use crate::resources::{self, Actions, NewResource, Noun, Resource, Updated};
use crate::site::Site;
use crate::snapshot::{Change, Snapshot, UnusableRow};
use crate::tags::Tag;

/// Where an anchor's certificates come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnchorSource {
    /// A PEM bundle, kept byte for byte as it was given.
    CertificateBundle(String),
    /// The present certificate of a certificate authority of the account, by its ARN (API reference, SourceData, `acmPcaArn`).
    PrivateCa(String),
}

/// A trust anchor as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustAnchor {
    /// The common columns.
    pub resource: Resource,
    /// The certificates.
    pub source: AnchorSource,
    /// Expiry warnings.
    pub notification_settings: Vec<NotificationSetting>,
    /// Whether revocation goes by the lists that certificates name.
    pub crl_dp_revocation_enabled: bool,
}

impl Noun for TrustAnchor {
    const KIND: &'static str = "trust-anchor";
    const TITLE: &'static str = "Trust anchor";
    const ACTIONS: Actions = Actions {
        create: "rolesanywhere:CreateTrustAnchor",
        get: "rolesanywhere:GetTrustAnchor",
        list: "rolesanywhere:ListTrustAnchors",
        update: "rolesanywhere:UpdateTrustAnchor",
        delete: "rolesanywhere:DeleteTrustAnchor",
        enable: "rolesanywhere:EnableTrustAnchor",
        disable: "rolesanywhere:DisableTrustAnchor",
    };

    fn resource(&self) -> &Resource {
        &self.resource
    }

    fn resource_mut(&mut self) -> &mut Resource {
        &mut self.resource
    }

    fn find<'a>(snapshot: &'a Snapshot, arn: &str) -> Option<&'a Arc<Self>> {
        snapshot.trust_anchor(arn).map(|entry| &entry.row)
    }

    fn following<'a>(snapshot: &'a Snapshot, after: &str) -> impl Iterator<Item = &'a Arc<Self>> {
        snapshot.trust_anchors_after(after).map(|entry| &entry.row)
    }

    fn put(row: Arc<Self>, _: &Snapshot) -> Result<Vec<Change>, Refusal> {
        Ok(vec![Change::PutTrustAnchor(row)])
    }

    fn remove(arn: String) -> Change {
        Change::DeleteTrustAnchor(arn)
    }

    fn check_new(&self, site: &Site, snapshot: &Snapshot) -> Result<(), Refusal> {
        let wanted = snapshot.trust_anchor_count() + 1;
        quotas::check(site.quotas.trust_anchors, wanted, "trust anchors")
    }
}

/// A trust anchor with its certificates ready for use.
#[derive(Debug)]
pub struct TrustAnchorEntry {
    /// The row.
    pub row: Arc<TrustAnchor>,
    /// The row's, to be shared with sessions.
    pub arn: Arc<str>,
    /// Its certificates, parsed once.
    pub certificates: AnchorCertificates,
    /// Of what chains are verified against.
    pub(crate) digest: AnchorDigest,
}

/// Tells an anchor apart from every other, and from itself with other certificates or another rule of revocation: part of
/// the key under which verified chains are remembered. It goes by what is stored and not by how often that was changed, so
/// that a database that lost its last writes finds no chain of theirs here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AnchorDigest(pub(crate) u64, pub(crate) u64);

impl AnchorDigest {
    fn of(row: &TrustAnchor, certificates: &AnchorCertificates) -> Self {
        let mut hash = digest::Context::new(&digest::SHA256);
        // Each part is of a known length, but for the ARN, which no other part can look like.
        hash.update(row.resource.arn.as_bytes());
        hash.update(&[u8::from(row.crl_dp_revocation_enabled)]);
        for certificate in certificates.certificates() {
            hash.update(&certificate.fingerprint);
        }
        let hash = hash.finish();
        let (words, _) = hash.as_ref().as_chunks::<8>();
        let word = |place: usize| words.get(place).copied().map_or(0, u64::from_le_bytes);
        Self(word(0), word(1))
    }
}

impl TrustAnchorEntry {
    /// An anchor of an authority that has no certificate, or not one that an anchor may have, trusts nobody.
    pub(crate) fn compile(
        row: Arc<TrustAnchor>,
        authorities: &Authorities,
    ) -> Result<Self, UnusableRow> {
        let certificates = match &row.source {
            AnchorSource::CertificateBundle(pem) => {
                AnchorCertificates::parse_bundle(pem).map_err(|error| UnusableRow {
                    kind: "trust anchor",
                    name: row.resource.arn.clone(),
                    detail: error.to_string(),
                })?
            }
            AnchorSource::PrivateCa(arn) => {
                let authority = authorities.find(arn);
                let certificates = authority.and_then(|entry| certificates_of(entry)?.ok());
                certificates.unwrap_or(AnchorCertificates::none())
            }
        };
        let digest = AnchorDigest::of(&row, &certificates);
        Ok(Self {
            arn: row.resource.arn.as_str().into(),
            row,
            certificates,
            digest,
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
    pub notification_settings: Vec<GivenSetting>,
    /// Whether revocation goes by the lists that certificates name.
    pub crl_dp_revocation_enabled: Option<bool>,
    /// An alias.
    pub alias: Option<String>,
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
    /// Whether revocation goes by the lists that certificates name.
    pub crl_dp_revocation_enabled: Option<bool>,
    /// A new alias; an empty one takes the old one away.
    pub alias: Option<String>,
}

/// The certificate that anchors of an authority trust; none of one that waits for it, or was deleted.
fn certificates_of(entry: &AuthorityEntry) -> Option<Result<AnchorCertificates, AnchorError>> {
    if entry.row.status == AuthorityStatus::Deleted {
        return None;
    }
    let certificate = entry.certificate.as_ref()?;
    Some(AnchorCertificates::from_der(vec![
        certificate.der().to_vec(),
    ]))
}

fn check_source(site: &Site, source: &AnchorSource) -> Result<AnchorCertificates, Refusal> {
    let pem = match source {
        AnchorSource::CertificateBundle(pem) => pem,
        AnchorSource::PrivateCa(arn) => return check_authority(site, arn),
    };
    if pem.contains('\0') {
        // PostgreSQL keeps none in a text, and no PEM needs one.
        return Err(Refusal::validation(
            "The certificate bundle must not contain a NUL character.",
        ));
    }
    let certificates = AnchorCertificates::parse_bundle(pem)
        .map_err(|error| Refusal::validation(error.to_string()))?;
    quotas::check(
        site.quotas.certificates_per_trust_anchor,
        certificates.certificates().len(),
        "certificates in a trust anchor",
    )?;
    Ok(certificates)
}

fn check_authority(site: &Site, arn: &str) -> Result<AnchorCertificates, Refusal> {
    let snapshot = site.directory.read();
    let found = snapshot.certificate_authority(arn);
    match found.and_then(|entry| certificates_of(entry)) {
        Some(certificates) => certificates.map_err(|error| Refusal::validation(error.to_string())),
        None => Err(Refusal::validation(format!(
            "There is no certificate authority `{}` with a certificate in this account.",
            printable(arn)
        ))),
    }
}

/// Whether a source could be an anchor's, without making one: asked by who may make one.
///
/// # Errors
/// What [`create_trust_anchor`] would refuse it for.
pub fn review_source(
    site: &Site,
    call: &Call,
    source: &AnchorSource,
) -> Result<AnchorCertificates, Refusal> {
    site.authorize(call, TrustAnchor::ACTIONS.create, Target::any())?;
    check_source(site, source)
}

/// Makes a trust anchor (API reference, CreateTrustAnchor).
pub async fn create_trust_anchor(
    site: &Site,
    call: &Call,
    input: CreateTrustAnchor,
) -> Result<Arc<TrustAnchor>, Refusal> {
    let new = NewResource {
        name: input.name,
        enabled: input.enabled,
        alias: input.alias,
        tags: input.tags,
    };
    let resource = resources::start::<TrustAnchor>(site, call, new)?;
    check_source(site, &input.source)?;
    let row = TrustAnchor {
        resource,
        source: input.source,
        notification_settings: notifications::settings_with(
            notifications::default_settings(),
            input.notification_settings,
            &call.caller.account,
        )?,
        crl_dp_revocation_enabled: input.crl_dp_revocation_enabled.unwrap_or(false),
    };
    resources::keep_new(site, row).await
}

/// Changes name, alias or certificates (API reference, UpdateTrustAnchor). Lists that are in force must stay the lists of
/// the anchor's certificates.
pub async fn update_trust_anchor(
    site: &Site,
    call: &Call,
    id: &ResourceId,
    input: UpdateTrustAnchor,
) -> Result<Updated<TrustAnchor>, Refusal> {
    let certificates = input
        .source
        .as_ref()
        .map(|source| check_source(site, source))
        .transpose()?;
    let common = (input.name, input.alias);
    resources::update(site, call, id, common, |row: &mut TrustAnchor, snapshot| {
        if let Some(certificates) = &certificates {
            crls::check_still_issued(snapshot, &row.resource.arn, certificates)?;
        }
        if let Some(source) = input.source {
            row.source = source;
        }
        if let Some(enabled) = input.crl_dp_revocation_enabled {
            row.crl_dp_revocation_enabled = enabled;
        }
        Ok(())
    })
    .await
}
