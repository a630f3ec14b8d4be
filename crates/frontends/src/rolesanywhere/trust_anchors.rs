//! Trust anchors on the wire: members decoded into the domain's input, its rows encoded.

use anyrole_domain::trust_anchors::{self as domain, AnchorSource, TrustAnchor};
use anyrole_domain::{Call, Kind, Refusal, Site};
use anyrole_wire::rolesanywhere as wire;

use super::given::Given;
use super::notification_settings;
use super::resources::{OnWire, alias, created, updated};
use super::routes::Answer;
use super::tags::tags;

const CERTIFICATE_BUNDLE: &str = "CERTIFICATE_BUNDLE";
const AWS_ACM_PCA: &str = "AWS_ACM_PCA";

fn source(source: wire::Source) -> Result<AnchorSource, Refusal> {
    let data = source.source_data;
    let needs = |kind: &str, member: &str| {
        Err(Refusal::validation(format!(
            "A source of type {kind} needs `sourceData.{member}`, and nothing else."
        )))
    };
    match (
        source.source_type.as_str(),
        data.x509_certificate_data,
        data.acm_pca_arn,
    ) {
        (CERTIFICATE_BUNDLE, Some(pem), None) => Ok(AnchorSource::CertificateBundle(pem)),
        (CERTIFICATE_BUNDLE, ..) => needs(CERTIFICATE_BUNDLE, "x509CertificateData"),
        (AWS_ACM_PCA, None, Some(arn)) => Ok(AnchorSource::PrivateCa(arn)),
        (AWS_ACM_PCA, ..) => needs(AWS_ACM_PCA, "acmPcaArn"),
        (kind, ..) => Err(Refusal::new(
            Kind::Validation,
            "source-not-served",
            format!(
                "Trust anchors of source type {kind} are not served; use {CERTIFICATE_BUNDLE} or {AWS_ACM_PCA}."
            ),
        )),
    }
}

fn source_detail(source: &AnchorSource) -> wire::Source {
    let (source_type, x509_certificate_data, acm_pca_arn) = match source {
        AnchorSource::CertificateBundle(pem) => (CERTIFICATE_BUNDLE, Some(pem.clone()), None),
        AnchorSource::PrivateCa(arn) => (AWS_ACM_PCA, None, Some(arn.clone())),
    };
    wire::Source {
        source_type: source_type.to_owned(),
        source_data: wire::SourceData {
            x509_certificate_data,
            acm_pca_arn,
        },
    }
}

impl OnWire for TrustAnchor {
    const ONE: &'static str = "trustAnchor";
    const ID: &'static str = "trustAnchorId";
    const MANY: &'static str = "trustAnchors";
    type Detail<'a> = wire::TrustAnchorDetail<'a>;

    fn detail<'a>(&'a self, previous_alias: Option<&'a str>) -> wire::TrustAnchorDetail<'a> {
        let row = &self.resource;
        wire::TrustAnchorDetail {
            trust_anchor_id: &row.id,
            trust_anchor_arn: &row.arn,
            name: &row.name,
            source: source_detail(&self.source),
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
            crl_dp_revocation_enabled: self.crl_dp_revocation_enabled,
            alias: alias(row, previous_alias),
        }
    }
}

pub(super) async fn create(site: &Site, call: &Call, given: Given) -> Result<Answer, Refusal> {
    let request: wire::CreateTrustAnchorRequest = given.decode()?;
    let input = domain::CreateTrustAnchor {
        name: request.name,
        source: source(request.source)?,
        enabled: request.enabled,
        notification_settings: request
            .notification_settings
            .unwrap_or_default()
            .into_iter()
            .map(notification_settings::given)
            .collect(),
        crl_dp_revocation_enabled: request.crl_dp_revocation_enabled,
        alias: request.alias_name,
        tags: tags(request.tags),
    };
    let row = domain::create_trust_anchor(site, call, input).await?;
    created(&*row)
}

pub(super) async fn update(site: &Site, call: &Call, given: Given) -> Result<Answer, Refusal> {
    let id = given.id(TrustAnchor::ID);
    let request: wire::UpdateTrustAnchorRequest = given.decode()?;
    let input = domain::UpdateTrustAnchor {
        name: request.name,
        source: request.source.map(source).transpose()?,
        crl_dp_revocation_enabled: request.crl_dp_revocation_enabled,
        alias: request.alias_name,
    };
    let row = domain::update_trust_anchor(site, call, &id, input).await?;
    updated(&row)
}
