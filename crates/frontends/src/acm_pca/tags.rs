//! Tags on the wire, which have other names here than in Roles Anywhere.

use anyrole_domain::certificate_authorities as domain;
use anyrole_domain::{Call, Site, Tag};
use serde::Deserialize;
use serde_json::{Value, json};

use super::authorities::without_nulls;
use super::routes::{AUTHORITY, no_token};
use crate::given::Given;
use crate::page_token;
use crate::rpc_route::{Answer, page};

const LIST: &str = "acm-pca:ListTags";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct WireTag {
    key: String,
    value: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tagging {
    certificate_authority_arn: String,
    tags: Vec<WireTag>,
}

pub(super) fn domain_tags(tags: Option<Vec<WireTag>>) -> Vec<Tag> {
    let tags = tags.into_iter().flatten();
    tags.map(|tag| Tag {
        key: tag.key.into(),
        value: tag.value.unwrap_or_default(),
    })
    .collect()
}

pub(super) async fn tag(site: &Site, call: &Call, given: Given) -> Answer {
    let request: Tagging = given.decode()?;
    let tags = domain_tags(Some(request.tags));
    domain::tag_authority(site, call, &request.certificate_authority_arn, tags).await?;
    Ok(Value::Null)
}

pub(super) async fn untag(site: &Site, call: &Call, given: Given) -> Answer {
    let request: Tagging = given.decode()?;
    let tags = request.tags.into_iter().map(|tag| (tag.key, tag.value));
    let arn = &request.certificate_authority_arn;
    domain::untag_authority(site, call, arn, tags.collect()).await?;
    Ok(Value::Null)
}

pub(super) async fn list(site: &Site, call: &Call, given: Given) -> Answer {
    let request = page(site, LIST, &given, 1000, no_token)?;
    let page = domain::list_authority_tags(site, call, given.text(AUTHORITY), &request)?;
    let tags: Vec<Value> = page
        .items
        .iter()
        .map(|tag| json!({ "Key": tag.key, "Value": tag.value }))
        .collect();
    let token = page_token::seal(site, LIST, page.next)?;
    Ok(without_nulls(json!({ "Tags": tags, "NextToken": token })))
}
