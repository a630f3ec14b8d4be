//! Tags of subjects. What was seen of a subject is in the store alone; its tags are needed to decide, so the snapshot has them.

use std::sync::Arc;

use crate::account::AccountId;
use crate::authorize::Target;
use crate::call::Call;
use crate::names::ResourceId;
use crate::refusal::Refusal;
use crate::site::Site;
use crate::snapshot::Change;
use crate::tags::{self, Tag};

/// The tags of a subject that has any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectTags {
    /// The account that it belongs to.
    pub account: AccountId,
    /// The subject.
    pub arn: String,
    /// Its tags.
    pub tags: Vec<Tag>,
}

/// Sets tags; a key that is there already gets the new value (API reference, TagResource).
pub async fn tag_subject(
    site: &Site,
    call: &Call,
    id: &ResourceId,
    new: Vec<Tag>,
) -> Result<(), Refusal> {
    let target = Target::any().with_request_tags(&new);
    let alter = |kept: &mut Vec<Tag>| tags::set(kept, &new);
    rewrite(site, call, "rolesanywhere:TagResource", target, id, alter).await
}

/// Takes tags away; a key that is not there is passed over (API reference, UntagResource).
pub async fn untag_subject(
    site: &Site,
    call: &Call,
    id: &ResourceId,
    keys: Vec<String>,
) -> Result<(), Refusal> {
    let target = Target::any().with_tag_keys(&keys);
    let alter = |kept: &mut Vec<Tag>| {
        tags::remove(kept, &keys);
        Ok(())
    };
    rewrite(site, call, "rolesanywhere:UntagResource", target, id, alter).await
}

/// The tags of one (API reference, ListTagsForResource).
pub async fn list_subject_tags(
    site: &Site,
    call: &Call,
    id: &ResourceId,
) -> Result<Vec<Tag>, Refusal> {
    site.authorize(call, "rolesanywhere:ListTagsForResource", Target::any())?;
    let arn = existing(site, id).await?;
    Ok(site.directory.read().subject_tags(&arn).to_vec())
}

async fn rewrite(
    site: &Site,
    call: &Call,
    action: &'static str,
    target: Target<'_>,
    id: &ResourceId,
    alter: impl FnOnce(&mut Vec<Tag>) -> Result<(), Refusal> + Clone,
) -> Result<(), Refusal> {
    let asked = id.arn(site.account(), super::KIND);
    let authorize = |tags: &[Tag]| {
        let target = target.to(&asked).with_resource_tags(tags);
        site.authorize(call, action, target)
    };
    // Who may not, learns nothing of whether it is there.
    authorize(site.directory.read().subject_tags(&asked))?;
    let arn = existing(site, id).await?;
    site.directory
        .write(|snapshot| {
            let mut tags = snapshot.subject_tags(&arn).to_vec();
            authorize(&tags)?;
            alter(&mut tags)?;
            let change = if tags.is_empty() {
                Change::DeleteSubjectTags(arn)
            } else {
                let account = call.caller.account.clone();
                Change::PutSubjectTags(Arc::new(SubjectTags { account, arn, tags }))
            };
            Ok((vec![change], ()))
        })
        .await
}

/// The ARN of a subject that is there.
async fn existing(site: &Site, id: &ResourceId) -> Result<String, Refusal> {
    let arn = id.arn(site.account(), super::KIND);
    let prefix = site.account().rolesanywhere_arn(super::KIND, "");
    match arn.strip_prefix(&prefix) {
        Some(uuid) => super::stored(site, uuid).await.map(|_| arn.clone()),
        None => Err(super::not_found()),
    }
}
