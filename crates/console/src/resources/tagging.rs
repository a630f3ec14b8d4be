//! Tags: one key with its value is set, one key is taken away; and the lines of tags that a form of something new has.

use anyrole_domain::{Refusal, Tag};
use anyrole_wire::rolesanywhere::inputs;
use serde_json::{Value, json};

use super::{here, posted};
use crate::limits::keep;
use crate::reply::Done;
use crate::{Command, Outcome, Reply, Visit};

/// The tag that was typed.
///
/// # Errors
/// The API would refuse it.
pub(crate) fn typed(visit: &Visit<'_>, arn: &str) -> Result<Vec<Tag>, Refusal> {
    let tag = Tag {
        key: visit.form.text("key").trim().to_owned().into(),
        value: visit.form.text("value").trim().to_owned(),
    };
    let tags = vec![tag];
    let members = json!({ "resourceArn": arn, "tags": as_members(&tags) });
    keep(inputs::TAG_RESOURCE, &members)?;
    Ok(tags)
}

/// The key that is to go.
pub(crate) fn key_to_go(visit: &Visit<'_>) -> Vec<String> {
    vec![visit.form.text("key").to_owned()]
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

/// Tags of a form: a line each, `key=value`; blank lines are none.
///
/// # Errors
/// A line without `=`.
pub(crate) fn lines(text: &str) -> Result<Vec<Tag>, Refusal> {
    let lines = (1..).zip(text.lines());
    lines
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(number, line)| match line.split_once('=') {
            Some((key, value)) => Ok(Tag {
                key: key.trim().to_owned().into(),
                value: value.trim().to_owned(),
            }),
            None => Err(Refusal::validation(format!(
                "Line {number} of the tags is not of the form `key=value`."
            ))),
        })
        .collect()
}

/// Tags as the API has them.
pub(crate) fn as_members(tags: &[Tag]) -> Value {
    let members = tags.iter();
    members
        .map(|tag| json!({ "key": tag.key, "value": tag.value }))
        .collect()
}

/// Adds the tags to a command; nothing where there are none.
pub(crate) fn with_tags(command: Command, tags: &[Tag]) -> Command {
    if tags.is_empty() {
        return command;
    }
    let words = tags.iter();
    command.flags(
        "--tags",
        words.map(|tag| json!({ "key": tag.key, "value": tag.value }).to_string()),
    )
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_is_a_tag() {
        let tags = lines("team = red \n\nurl=a=b\nempty=").unwrap();
        let read: Vec<_> = tags.iter().map(|tag| (&*tag.key, &*tag.value)).collect();
        assert_eq!(read, [("team", "red"), ("url", "a=b"), ("empty", "")]);
        let refusal = lines("team=red\nteam").unwrap_err();
        assert!(refusal.public.contains("Line 2"), "{refusal}");
    }
}
