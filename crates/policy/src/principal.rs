//! Principal patterns of trust and resource policies, and how far an Allow that names a principal reaches.

use crate::refusal::Flaw;
use crate::request::Principal;

/// Whom a statement names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PrincipalPattern {
    /// `"Principal": "*"`: everyone, services and unsigned requests too.
    Everyone,
    /// `{"AWS": "*"}`.
    AnyAws,
    Service(Box<str>),
    /// An account id or the ARN of its root.
    Account {
        id: Box<str>,
        written: Box<str>,
    },
    /// A user, role or session.
    Arn(Box<str>),
}

/// How far an Allow in a resource policy reaches by itself (IAM user guide, "Policy evaluation logic").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reach {
    /// The account: identity policies must allow as well.
    Account,
    /// The role of a session, or everyone: boundary and session policies must allow as well.
    Limited,
    /// Just this principal: final.
    Direct,
}

impl PrincipalPattern {
    /// Compiles one value of one kind, e.g. `Service` and `rolesanywhere.amazonaws.com`.
    pub fn parse(kind: &str, text: &str) -> Result<Self, Flaw> {
        let invalid = |cure: &str| {
            Flaw::new(
                format!("Invalid principal in policy: \"{kind}\":\"{text}\""),
                cure,
            )
        };
        match kind {
            "AWS" => parse_aws(text).map_err(invalid),
            "Service" => match text {
                _ if is_service_name(text) => Ok(Self::Service(text.into())),
                _ => Err(invalid(
                    "name a service, e.g. `rolesanywhere.amazonaws.com`",
                )),
            },
            "Federated" | "CanonicalUser" => Err(Flaw::new(
                format!("principals of kind `{kind}` are not supported yet"),
                "use `AWS` or `Service`",
            )),
            _ => Err(Flaw::new(
                format!("`{kind}` is not a kind of principal"),
                "use `AWS` or `Service`, in this spelling",
            )),
        }
    }

    /// Whether the principal is one of those named here, and how far an Allow reaches then.
    pub fn reach(&self, principal: &Principal<'_>) -> Option<Reach> {
        match (self, principal) {
            (Self::Everyone, _) | (Self::AnyAws, Principal::Aws { .. } | Principal::Anonymous) => {
                Some(Reach::Limited)
            }
            (Self::Service(name), Principal::Service(asking)) => {
                (**name == **asking).then_some(Reach::Direct)
            }
            (Self::Account { id, .. }, Principal::Aws { account, .. }) => {
                (**id == **account).then_some(Reach::Account)
            }
            (
                Self::Arn(named),
                Principal::Aws {
                    arn, session_arn, ..
                },
            ) => match session_arn {
                Some(session) if **named == **session => Some(Reach::Direct),
                Some(_) => (**named == **arn).then_some(Reach::Limited),
                None => (**named == **arn).then_some(Reach::Direct),
            },
            _ => None,
        }
    }

    /// As the policy wrote it.
    pub fn written(&self) -> &str {
        match self {
            Self::Everyone | Self::AnyAws => "*",
            Self::Service(text) | Self::Arn(text) | Self::Account { written: text, .. } => text,
        }
    }
}

fn parse_aws(text: &str) -> Result<PrincipalPattern, &'static str> {
    if text == "*" {
        return Ok(PrincipalPattern::AnyAws);
    }
    if is_account(text) {
        return Ok(PrincipalPattern::Account {
            id: text.into(),
            written: text.into(),
        });
    }
    if text.contains(['*', '?', '$']) {
        return Err("name a principal in full: wildcards and variables can't be a part of it");
    }
    let mut parts = text.splitn(6, ':');
    let mut part = || parts.next().unwrap_or_default();
    let (prefix, partition, service, region, account, resource) =
        (part(), part(), part(), part(), part(), part());
    let named = |kind: &str| {
        resource
            .strip_prefix(kind)
            .is_some_and(|name| !name.is_empty())
    };
    let is_arn =
        prefix == "arn" && !partition.is_empty() && region.is_empty() && is_account(account);
    match service {
        "iam" if is_arn && resource == "root" => Ok(PrincipalPattern::Account {
            id: account.into(),
            written: text.into(),
        }),
        "iam" if is_arn && (named("user/") || named("role/")) => {
            Ok(PrincipalPattern::Arn(text.into()))
        }
        "sts" if is_arn && (named("assumed-role/") || named("federated-user/")) => {
            Ok(PrincipalPattern::Arn(text.into()))
        }
        _ => Err("write an account id, or the ARN of a root, user, role or session"),
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_service_name(text: &str) -> bool {
    text.contains('.')
        && text.split('.').all(|label| !label.is_empty())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROLE: &str = "arn:aws:iam::000000000000:role/path/app";
    const SESSION: &str = "arn:aws:sts::000000000000:assumed-role/app/s1";
    const USER: &str = "arn:aws:iam::000000000000:user/ann";

    #[test]
    fn reaches() {
        let session = Principal::Aws {
            account: "000000000000",
            arn: ROLE,
            session_arn: Some(SESSION),
        };
        let user = Principal::Aws {
            account: "000000000000",
            arn: USER,
            session_arn: None,
        };
        let service = Principal::Service("rolesanywhere.amazonaws.com");
        for (kind, named, principal, expected) in [
            ("AWS", "*", session, Some(Reach::Limited)),
            ("AWS", "*", Principal::Anonymous, Some(Reach::Limited)),
            ("AWS", "*", service, None),
            ("AWS", "000000000000", session, Some(Reach::Account)),
            (
                "AWS",
                "arn:aws:iam::000000000000:root",
                user,
                Some(Reach::Account),
            ),
            ("AWS", "111111111111", session, None),
            ("AWS", ROLE, session, Some(Reach::Limited)),
            ("AWS", SESSION, session, Some(Reach::Direct)),
            ("AWS", USER, user, Some(Reach::Direct)),
            ("AWS", ROLE, user, None),
            ("AWS", ROLE, Principal::Anonymous, None),
            (
                "Service",
                "rolesanywhere.amazonaws.com",
                service,
                Some(Reach::Direct),
            ),
            ("Service", "ec2.amazonaws.com", service, None),
            ("Service", "rolesanywhere.amazonaws.com", session, None),
        ] {
            let pattern = PrincipalPattern::parse(kind, named).unwrap();
            assert_eq!(pattern.reach(&principal), expected, "{named} {principal:?}");
        }
        for principal in [session, user, service, Principal::Anonymous] {
            assert_eq!(
                PrincipalPattern::Everyone.reach(&principal),
                Some(Reach::Limited)
            );
        }
    }

    #[test]
    fn refused() {
        for (kind, named) in [
            ("AWS", ""),
            ("AWS", "00000000000"),
            ("AWS", "arn:aws:iam::000000000000:role/*"),
            ("AWS", "arn:aws:iam::000000000000:user/${aws:username}"),
            ("AWS", "arn:aws:iam::000000000000:role/"),
            ("AWS", "arn:aws:iam::*:root"),
            ("AWS", "arn:aws:s3:::bucket"),
            ("AWS", "AROA0123456789ABCDEFG"),
            ("Service", "*"),
            ("Service", "rolesanywhere"),
            ("Service", "rolesanywhere..com"),
            ("Federated", "accounts.google.com"),
            (
                "CanonicalUser",
                "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be",
            ),
            ("aws", "*"),
        ] {
            assert!(PrincipalPattern::parse(kind, named).is_err(), "{named}");
        }
    }
}
