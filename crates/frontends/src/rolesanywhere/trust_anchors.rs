//! Trust anchors on the wire: members decoded into the domain's input, its rows encoded.

use anyrole_domain::trust_anchors::{
    self as domain, AnchorSource, NotificationSetting, TrustAnchor,
};
use anyrole_domain::{Call, Kind, Refusal, Site, Tag};
use anyrole_wire::rolesanywhere as wire;

use super::given::Given;
use super::resources::{OnWire, created, ok};
use super::routes::Answer;

fn source(source: wire::Source) -> Result<AnchorSource, Refusal> {
    match (
        source.source_type.as_str(),
        source.source_data.x509_certificate_data,
    ) {
        ("CERTIFICATE_BUNDLE", Some(pem)) => Ok(AnchorSource::CertificateBundle(pem)),
        ("CERTIFICATE_BUNDLE", None) => Err(Refusal::validation(
            "A source of type CERTIFICATE_BUNDLE needs `sourceData.x509CertificateData`.",
        )),
        (kind @ ("AWS_ACM_PCA" | "SELF_SIGNED_REPOSITORY"), _) => Err(Refusal::new(
            Kind::Validation,
            "source-not-served",
            format!(
                "Trust anchors of source type {kind} are not served yet; use CERTIFICATE_BUNDLE."
            ),
        )),
        _ => Err(Refusal::validation(
            "1 validation error detected: Value at 'source.sourceType' failed to satisfy constraint: Member must satisfy enum value set: [AWS_ACM_PCA, CERTIFICATE_BUNDLE, SELF_SIGNED_REPOSITORY]",
        )),
    }
}

pub(super) fn tags(given: Option<Vec<wire::Tag>>) -> Vec<Tag> {
    given
        .unwrap_or_default()
        .into_iter()
        .map(|tag| Tag {
            key: tag.key,
            value: tag.value,
        })
        .collect()
}

/// A member dropped in silence would be a promise that is not kept: of a revocation check, say.
pub(super) fn refuse_unserved(members: &wire::UnservedMembers) -> Result<(), Refusal> {
    match members.asked_for() {
        Some(member) => Err(Refusal::new(
            Kind::Validation,
            "member-not-served",
            format!("`{member}` is not served yet; leave it out."),
        )),
        None => Ok(()),
    }
}

fn setting(given: wire::NotificationSetting) -> NotificationSetting {
    NotificationSetting {
        enabled: given.enabled,
        event: given.event,
        threshold: given.threshold.unwrap_or(45),
        channel: given.channel.unwrap_or_else(|| "ALL".to_owned()),
        configured_by: String::new(),
    }
}

impl OnWire for TrustAnchor {
    const ONE: &'static str = "trustAnchor";
    const ID: &'static str = "trustAnchorId";
    const MANY: &'static str = "trustAnchors";
    type Detail<'a> = wire::TrustAnchorDetail<'a>;

    fn detail(&self) -> wire::TrustAnchorDetail<'_> {
        let AnchorSource::CertificateBundle(pem) = &self.source;
        let row = &self.resource;
        wire::TrustAnchorDetail {
            trust_anchor_id: &row.id,
            trust_anchor_arn: &row.arn,
            name: &row.name,
            source: wire::Source {
                source_type: "CERTIFICATE_BUNDLE".to_owned(),
                source_data: wire::SourceData {
                    x509_certificate_data: Some(pem.clone()),
                    acm_pca_arn: None,
                },
            },
            enabled: row.enabled,
            created_at: row.created_at,
            updated_at: row.updated_at,
            notification_settings: self
                .notification_settings
                .iter()
                .map(|setting| wire::NotificationSettingDetail {
                    enabled: setting.enabled,
                    event: &setting.event,
                    threshold: setting.threshold,
                    channel: &setting.channel,
                    configured_by: &setting.configured_by,
                })
                .collect(),
        }
    }
}

pub(super) async fn create(site: &Site, call: &Call, given: Given) -> Result<Answer, Refusal> {
    let request: wire::CreateTrustAnchorRequest = given.decode()?;
    refuse_unserved(&request.unserved)?;
    let input = domain::CreateTrustAnchor {
        name: request.name,
        source: source(request.source)?,
        enabled: request.enabled,
        notification_settings: request
            .notification_settings
            .unwrap_or_default()
            .into_iter()
            .map(setting)
            .collect(),
        tags: tags(request.tags),
    };
    let row = domain::create_trust_anchor(site, call, input).await?;
    created(&*row)
}

pub(super) async fn update(site: &Site, call: &Call, given: Given) -> Result<Answer, Refusal> {
    let id = given.id(TrustAnchor::ID);
    let request: wire::UpdateTrustAnchorRequest = given.decode()?;
    refuse_unserved(&request.unserved)?;
    let input = domain::UpdateTrustAnchor {
        name: request.name,
        source: request.source.map(source).transpose()?,
    };
    let row = domain::update_trust_anchor(site, call, &id, input).await?;
    ok(&*row)
}
