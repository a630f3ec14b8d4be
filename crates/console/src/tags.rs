//! Tags as forms have them, in two fields or a line each, come in; tags leave, also as the members that an API has and as flags of a
//! command. Called by every page that has tags.

use anyrole_domain::{Refusal, Tag};
use serde_json::{Value, json};

use crate::{Command, Fields};

/// How an API calls a tag's key and its value.
pub(crate) type Spelling = [&'static str; 2];
/// In Roles Anywhere, and in the constraints of IAM.
pub(crate) const SMALL: Spelling = ["key", "value"];
/// In Private CA, and in commands of IAM.
pub(crate) const CAPITAL: Spelling = ["Key", "Value"];

/// The tag that was typed.
pub(crate) fn typed(form: &Fields) -> Vec<Tag> {
    vec![Tag {
        key: form.text("tag-key").trim().to_owned().into(),
        value: form.text("tag-value").trim().to_owned(),
    }]
}

/// The key that is to go.
pub(crate) fn key_to_go(form: &Fields) -> Vec<String> {
    vec![form.text("key").to_owned()]
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

/// Tags as an API has them.
pub(crate) fn members(tags: &[Tag], spelling: Spelling) -> Value {
    tags.iter().map(|tag| member(tag, spelling)).collect()
}

fn member(tag: &Tag, [key, value]: Spelling) -> Value {
    json!({ key: tag.key, value: tag.value })
}

/// Adds the tags that lines hold to a command; nothing where there are none, or what is none.
pub(crate) fn with_lines(command: Command, text: &str, spelling: Spelling) -> Command {
    let tags = lines(text).unwrap_or_default();
    if tags.is_empty() {
        return command;
    }
    let words = tags.iter().map(|tag| member(tag, spelling).to_string());
    command.flags("--tags", words)
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

    #[test]
    fn a_command_has_the_tags_as_its_service_spells_them() {
        let text = |lines, spelling| with_lines(Command::anyrole("x"), lines, spelling).text();
        assert_eq!(
            text("a=b\nc=d", SMALL),
            "anyrole x \\\n  --tags '{\"key\":\"a\",\"value\":\"b\"}' '{\"key\":\"c\",\"value\":\"d\"}'"
        );
        assert_eq!(
            text("a=b", CAPITAL),
            "anyrole x \\\n  --tags '{\"Key\":\"a\",\"Value\":\"b\"}'"
        );
        assert_eq!(text("\n", SMALL), "anyrole x");
        assert_eq!(text("no tag", SMALL), "anyrole x");
    }
}
