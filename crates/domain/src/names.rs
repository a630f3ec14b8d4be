//! Names and ids that callers give: what is legal in them, and the ARN that they stand for.

use std::borrow::Cow;

use crate::account::Account;
use crate::refusal::Refusal;

/// A Roles Anywhere identifier from a path or a member: a UUID or an ARN (API reference). One that is neither names nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceId(String);

impl ResourceId {
    /// What a caller gave.
    pub fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The kind that an ARN of Roles Anywhere names, e.g. `trust-anchor`.
    pub fn kind(&self) -> Option<&str> {
        let mut parts = self.0.strip_prefix("arn:")?.splitn(5, ':').skip(1);
        let service = parts.next()?;
        let (kind, _) = parts.nth(2)?.split_once('/')?;
        (service == "rolesanywhere").then_some(kind)
    }

    /// The ARN of a thing of this kind in this account.
    pub fn arn(&self, account: &Account, kind: &str) -> String {
        if self.0.starts_with("arn:") {
            self.0.clone()
        } else {
            account.rolesanywhere_arn(kind, &self.0)
        }
    }
}

/// At most 256 characters of what a caller gave, fit to be shown back.
pub fn printable(text: &str) -> String {
    without_controls(text.chars().take(256))
}

/// The whole text with a space for each control character: fit for a line of a log, for a terminal, and for XML.
pub fn one_line(text: Cow<'static, str>) -> Cow<'static, str> {
    if text.contains(char::is_control) {
        Cow::Owned(without_controls(text.chars()))
    } else {
        text
    }
}

fn without_controls(text: impl Iterator<Item = char>) -> String {
    text.map(|character| {
        if character.is_control() {
            ' '
        } else {
            character
        }
    })
    .collect()
}

/// The beginning of a text, at most `longest` bytes.
pub fn start_of(text: &str, longest: usize) -> &str {
    text.get(..text.floor_char_boundary(longest))
        .unwrap_or(text)
}

/// Checks an IAM entity name: `[\w+=,.@-]`, 1 to `longest` characters (IAM API reference).
pub fn check_entity_name(member: &str, name: &str, longest: usize) -> Result<(), Refusal> {
    let legal = name
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '+' | '=' | ',' | '.' | '@' | '-'));
    if legal && (1..=longest).contains(&name.len()) {
        return Ok(());
    }
    let constraint = if legal {
        format!("Member must have length between 1 and {longest}")
    } else {
        "Member must satisfy regular expression pattern: [\\w+=,.@-]+".to_owned()
    };
    Err(Refusal::validation(format!(
        "1 validation error detected: Value '{}' at '{member}' failed to satisfy constraint: {constraint}",
        printable(name)
    )))
}

/// Checks what paths are to begin with: `/…` of printable ASCII, at most 512 characters (IAM API reference, ListRoles).
pub fn check_path_prefix(prefix: &str) -> Result<(), Refusal> {
    if prefix.starts_with('/')
        && prefix.len() <= 512
        && prefix.bytes().all(|byte| (0x21..=0x7e).contains(&byte))
    {
        return Ok(());
    }
    Err(Refusal::validation(
        "The specified value for pathPrefix is invalid. It must begin with / and have at most 512 printable characters.",
    ))
}

/// Checks an IAM path: `/`, or `/…/` of printable ASCII, at most 512 characters (IAM API reference).
pub fn check_path(path: &str) -> Result<(), Refusal> {
    let legal = path.starts_with('/')
        && path.ends_with('/')
        && path.len() <= 512
        && path.bytes().all(|byte| (0x21..=0x7e).contains(&byte));
    if legal {
        return Ok(());
    }
    Err(Refusal::validation(
        "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.",
    ))
}

/// Checks a description: at most 1000 characters (IAM API reference, CreateRole, CreatePolicy).
pub fn check_description(description: Option<&str>) -> Result<(), Refusal> {
    if description.is_none_or(|text| text.chars().count() <= 1000) {
        return Ok(());
    }
    Err(Refusal::validation(
        "The description has more than 1000 characters.",
    ))
}
