//! Tags on the wire, and the three calls that take any resource's ARN.

use anyrole_domain::crls::Crl;
use anyrole_domain::profiles::Profile;
use anyrole_domain::resources::{self, Noun};
use anyrole_domain::subjects;
use anyrole_domain::trust_anchors::TrustAnchor;
use anyrole_domain::{Call, Refusal, ResourceId, Site, Tag};
use anyrole_wire::rolesanywhere as wire;
use http::StatusCode;
use serde_json::json;

use super::given::Given;
use super::routes::Answer;

pub(super) fn tags(given: Option<Vec<wire::Tag>>) -> Vec<Tag> {
    given
        .unwrap_or_default()
        .into_iter()
        .map(|tag| Tag {
            key: tag.key.into(),
            value: tag.value,
        })
        .collect()
}

/// The kinds that have tags.
enum Taggable {
    TrustAnchor,
    Profile,
    Crl,
    Subject,
}

/// The kind that an ARN names; aliases name none here (API reference, aliasName).
fn kind(id: &ResourceId) -> Result<Taggable, Refusal> {
    match id.kind() {
        Some(TrustAnchor::KIND) => Ok(Taggable::TrustAnchor),
        Some(Profile::KIND) => Ok(Taggable::Profile),
        Some(Crl::KIND) => Ok(Taggable::Crl),
        Some(subjects::KIND) => Ok(Taggable::Subject),
        _ => Err(Refusal::not_found("Resource not found.")),
    }
}

pub(super) async fn tag(site: &Site, call: &Call, given: Given) -> Result<Answer, Refusal> {
    let id = given.id("resourceArn");
    let request: wire::TagResourceRequest = given.decode()?;
    let tags = tags(Some(request.tags));
    match kind(&id)? {
        Taggable::TrustAnchor => resources::tag::<TrustAnchor>(site, call, &id, tags).await?,
        Taggable::Profile => resources::tag::<Profile>(site, call, &id, tags).await?,
        Taggable::Crl => resources::tag::<Crl>(site, call, &id, tags).await?,
        Taggable::Subject => subjects::tag_subject(site, call, &id, tags).await?,
    }
    Answer::whole(StatusCode::CREATED, &json!({}))
}

pub(super) async fn untag(site: &Site, call: &Call, given: Given) -> Result<Answer, Refusal> {
    let id = given.id("resourceArn");
    let request: wire::UntagResourceRequest = given.decode()?;
    let keys = request.tag_keys;
    match kind(&id)? {
        Taggable::TrustAnchor => resources::untag::<TrustAnchor>(site, call, &id, keys).await?,
        Taggable::Profile => resources::untag::<Profile>(site, call, &id, keys).await?,
        Taggable::Crl => resources::untag::<Crl>(site, call, &id, keys).await?,
        Taggable::Subject => subjects::untag_subject(site, call, &id, keys).await?,
    }
    Answer::whole(StatusCode::OK, &json!({}))
}

pub(super) async fn list(site: &Site, call: &Call, given: &Given) -> Result<Answer, Refusal> {
    let id = given.id("resourceArn");
    let tags = match kind(&id)? {
        Taggable::TrustAnchor => resources::list_tags::<TrustAnchor>(site, call, &id)?,
        Taggable::Profile => resources::list_tags::<Profile>(site, call, &id)?,
        Taggable::Crl => resources::list_tags::<Crl>(site, call, &id)?,
        Taggable::Subject => subjects::list_subject_tags(site, call, &id).await?,
    };
    let tags: Vec<wire::Tag> = tags
        .into_iter()
        .map(|tag| wire::Tag {
            key: tag.key.into_owned(),
            value: tag.value,
        })
        .collect();
    Answer::with(StatusCode::OK, "tags", tags)
}
