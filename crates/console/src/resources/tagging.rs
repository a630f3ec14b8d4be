//! Tags of the resources of Roles Anywhere: one key with its value is set, one key is taken away.

use anyrole_domain::{Refusal, Tag};
use anyrole_wire::rolesanywhere::inputs;
use serde_json::json;

use super::{here, posted};
use crate::limits::keep;
use crate::reply::Done;
use crate::tags::{self, SMALL};
use crate::{Command, Outcome, Reply, Visit};

/// The tag that was typed.
///
/// # Errors
/// The API would refuse it.
pub(crate) fn typed(visit: &Visit<'_>, arn: &str) -> Result<Vec<Tag>, Refusal> {
    let tags = tags::typed(&visit.form);
    let members = json!({ "resourceArn": arn, "tags": tags::members(&tags, SMALL) });
    keep(inputs::TAG_RESOURCE, &members)?;
    Ok(tags)
}

/// Sets tags as `work` does it.
///
/// # Errors
/// None: a refusal becomes a reply.
pub(crate) async fn tag(
    visit: &Visit<'_>,
    work: impl Future<Output = Result<(), Refusal>>,
) -> Outcome {
    posted(visit, "rolesanywhere:TagResource", after(visit, work)).await
}

/// Takes tags away as `work` does it.
///
/// # Errors
/// None: a refusal becomes a reply.
pub(crate) async fn untag(
    visit: &Visit<'_>,
    work: impl Future<Output = Result<(), Refusal>>,
) -> Outcome {
    posted(visit, "rolesanywhere:UntagResource", after(visit, work)).await
}

async fn after(visit: &Visit<'_>, work: impl Future<Output = Result<(), Refusal>>) -> Outcome {
    work.await?;
    Reply::see_other(here(visit), Done::Tagged)
}

/// The commands that set and take away tags of one resource.
pub(crate) fn commands(visit: &Visit<'_>, arn: &str) -> [Command; 2] {
    [
        super::command(visit, "tag-resource")
            .flag("--resource-arn", arn)
            .flag("--tags", "key=KEY,value=VALUE"),
        super::command(visit, "untag-resource")
            .flag("--resource-arn", arn)
            .flag("--tag-keys", "KEY"),
    ]
}
