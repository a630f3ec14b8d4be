//! TagResource, UntagResource and ListTagsForResource, for every noun (API reference).

use super::{Noun, lifecycle};
use crate::authorize::Target;
use crate::call::Call;
use crate::names::ResourceId;
use crate::refusal::Refusal;
use crate::site::Site;
use crate::tags::{self, Tag};

/// Sets tags; a key that is there already gets the new value.
pub async fn tag<N: Noun>(
    site: &Site,
    call: &Call,
    id: &ResourceId,
    new: Vec<Tag>,
) -> Result<(), Refusal> {
    let target = Target::any().with_request_tags(&new);
    let action = "rolesanywhere:TagResource";
    lifecycle::rewrite(site, call, action, target, id, |row: &mut N, _| {
        tags::set(&mut row.resource_mut().tags, &new)
    })
    .await
    .map(drop)
}

/// Takes tags away; a key that is not there is passed over.
pub async fn untag<N: Noun>(
    site: &Site,
    call: &Call,
    id: &ResourceId,
    keys: Vec<String>,
) -> Result<(), Refusal> {
    let target = Target::any().with_tag_keys(&keys);
    let action = "rolesanywhere:UntagResource";
    lifecycle::rewrite(site, call, action, target, id, |row: &mut N, _| {
        tags::remove(&mut row.resource_mut().tags, &keys);
        Ok(())
    })
    .await
    .map(drop)
}

/// The tags of one.
pub fn list_tags<N: Noun>(site: &Site, call: &Call, id: &ResourceId) -> Result<Vec<Tag>, Refusal> {
    site.authorize(call, "rolesanywhere:ListTagsForResource", Target::any())?;
    let snapshot = site.directory.read();
    N::find(&snapshot, &id.arn(site.account(), N::KIND))
        .map(|row| row.resource().tags.clone())
        .ok_or_else(|| lifecycle::not_found::<N>())
}
