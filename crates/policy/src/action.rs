//! Action patterns: `*` or `service:Name`, with wildcards in the name; case doesn't matter.

use crate::document::PolicyKind;
use crate::refusal::Flaw;
use crate::wildcard::{Case, Pattern};

/// A compiled element of Action or NotAction with its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ActionPattern {
    pub written: Box<str>,
    pattern: Pattern,
}

/// What an index goes by.
pub(crate) enum ActionScope<'p> {
    Any,
    /// Up to and with the colon.
    Service(&'p str),
    Name(&'p str),
}

impl ActionPattern {
    /// What every action that matches has in common.
    pub fn scope(&self) -> ActionScope<'_> {
        match (&self.pattern, self.written.find(':')) {
            (Pattern::Literal(name), _) => ActionScope::Name(name),
            (Pattern::Prefix(_) | Pattern::Units(_), Some(colon)) => {
                match self.written.get(..=colon) {
                    Some(service) if !service.contains(['*', '?']) => ActionScope::Service(service),
                    _ => ActionScope::Any,
                }
            }
            _ => ActionScope::Any,
        }
    }

    pub fn parse(text: &str, kind: PolicyKind) -> Result<Self, Flaw> {
        if text != "*" && text != "*:*" {
            check(text)?;
        }
        let is_sts = text
            .split_once(':')
            .is_some_and(|(vendor, _)| vendor.eq_ignore_ascii_case("sts"));
        if kind == PolicyKind::Trust && !is_sts {
            return Err(Flaw::new(
                "AssumeRole policy may only specify STS AssumeRole actions",
                format!("replace `{text}` by actions of sts, e.g. `sts:AssumeRole`"),
            ));
        }
        Ok(Self {
            written: text.into(),
            pattern: Pattern::parse(text),
        })
    }

    pub fn matches(&self, action: &str) -> bool {
        self.pattern.matches(action, Case::Ignored)
    }
}

fn check(text: &str) -> Result<(), Flaw> {
    let Some((vendor, name)) = text.split_once(':') else {
        return Err(Flaw::new(
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
            format!("write `{text}` as `service:Action`"),
        ));
    };
    if vendor.is_empty()
        || !vendor
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-')
    {
        return Err(Flaw::new(
            format!("vendor `{vendor}` of action `{text}` is not valid"),
            "name one service before the colon, without wildcards",
        ));
    }
    let is_name_byte =
        |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'*' | b'?' | b'-' | b'_' | b'.');
    if name.is_empty() || !name.bytes().all(is_name_byte) {
        return Err(Flaw::new(
            format!("`{text}` is not an action"),
            "use letters, digits, `*` and `?` after the colon",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matching_ignores_case() {
        for (pattern, action, expected) in [
            ("*", "s3:GetObject", true),
            ("*:*", "s3:GetObject", true),
            ("s3:*", "s3:GetObject", true),
            ("s3:*", "s3-object-lambda:GetObject", false),
            ("S3:get*", "s3:GetObject", true),
            ("s3:Get?bject", "s3:GetObject", true),
            ("s3:Get", "s3:GetObject", false),
            ("s3:*Object", "s3:GetObjectAcl", false),
        ] {
            let compiled = ActionPattern::parse(pattern, PolicyKind::Identity).unwrap();
            assert_eq!(compiled.matches(action), expected, "{pattern} {action}");
        }
    }

    #[test]
    fn refused() {
        for text in [
            "",
            "s3",
            "s3*",
            "s*:Get",
            ":Get",
            "s3:",
            "s3:Get Object",
            "s3:${aws:username}",
            "**",
        ] {
            assert!(
                ActionPattern::parse(text, PolicyKind::Identity).is_err(),
                "{text}"
            );
        }
        for text in ["*", "*:*", "s3:GetObject"] {
            assert!(
                ActionPattern::parse(text, PolicyKind::Trust).is_err(),
                "{text}"
            );
        }
    }
}
