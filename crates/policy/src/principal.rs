//! Principal patterns of trust and resource policies, and how far an Allow that names a principal reaches.

use crate::refusal::Flaw;
use crate::request::{AwsPrincipal, Principal};

/// Whom a statement names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PrincipalPattern {
    /// `"Principal": "*"`: everyone, services and unsigned requests too.
    Everyone,
    /// `{"AWS": "*"}`.
    AnyAws,
    Service(Box<str>),
    /// A provider's ARN or host.
    Federated(Box<str>),
    /// An account by its canonical user id.
    CanonicalUser(Box<str>),
    /// An account id or the ARN of its root.
    Account {
        id: Box<str>,
        written: Box<str>,
    },
    /// A user, role or session by ARN.
    Arn {
        written: Box<str>,
        kind: NamedKind,
    },
    /// A user or role by unique id: what IAM keeps in place of an ARN, so that who is made anew is somebody else.
    UniqueId(Box<str>),
}

/// What a name in the `AWS` principals of a policy is the name of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NamedKind {
    /// A user's ARN.
    User,
    /// A role's ARN.
    Role,
    /// The ARN of a role session.
    RoleSession,
    /// The ARN of a federated user.
    FederatedUser,
    /// The unique id (`AIDA…`, `AROA…`) of a user or role.
    UniqueId,
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
            "Service" if is_service_name(text) => Ok(Self::Service(text.into())),
            "Service" => Err(invalid(
                "name a service, e.g. `rolesanywhere.amazonaws.com`",
            )),
            "Federated" if is_provider(text) => Ok(Self::Federated(text.into())),
            "Federated" => Err(invalid(
                "write the ARN of an identity provider (`arn:aws:iam::account:oidc-provider/host`, \
                 `…:saml-provider/name`), or the host of one that AWS knows, e.g. `accounts.google.com`",
            )),
            "CanonicalUser" if is_canonical(text) => Ok(Self::CanonicalUser(text.into())),
            "CanonicalUser" => Err(invalid(
                "write the account's canonical user id, 64 hexadecimal digits in lower case",
            )),
            _ => Err(Flaw::new(
                format!("`{kind}` is not a kind of principal"),
                "use `AWS`, `Service`, `Federated` or `CanonicalUser`, in this spelling",
            )),
        }
    }

    /// Whether the principal is one of those named here, and how far an Allow reaches then.
    pub fn reach(&self, principal: &Principal<'_>) -> Option<Reach> {
        match (self, principal) {
            (Self::Everyone, _) | (Self::AnyAws, Principal::Aws(_) | Principal::Anonymous) => {
                Some(Reach::Limited)
            }
            (Self::Service(name), Principal::Service(asking))
            | (Self::Federated(name), Principal::Federated(asking)) => {
                (**name == **asking).then_some(Reach::Direct)
            }
            (_, Principal::Aws(aws)) => self.reach_aws(aws),
            _ => None,
        }
    }

    fn reach_aws(&self, aws: &AwsPrincipal<'_>) -> Option<Reach> {
        let base = || match aws.session_arn {
            Some(_) => Reach::Limited,
            None => Reach::Direct,
        };
        match self {
            Self::Account { id, .. } => (**id == *aws.account).then_some(Reach::Account),
            Self::CanonicalUser(id) => {
                (Some(&**id) == aws.canonical_user).then_some(Reach::Account)
            }
            Self::UniqueId(id) => (**id == *aws.unique_id).then(base),
            Self::Arn { written, .. } if Some(&**written) == aws.session_arn => Some(Reach::Direct),
            Self::Arn { written, .. } => (**written == *aws.arn).then(base),
            Self::Everyone | Self::AnyAws | Self::Service(_) | Self::Federated(_) => None,
        }
    }

    /// As the policy wrote it.
    pub fn written(&self) -> &str {
        match self {
            Self::Everyone | Self::AnyAws => "*",
            Self::Service(text)
            | Self::Federated(text)
            | Self::CanonicalUser(text)
            | Self::UniqueId(text)
            | Self::Arn { written: text, .. }
            | Self::Account { written: text, .. } => text,
        }
    }

    /// The user, role or session named here, if it is one.
    pub fn named(&self) -> Option<(NamedKind, &str)> {
        match self {
            Self::Arn { written, kind } => Some((*kind, written)),
            Self::UniqueId(id) => Some((NamedKind::UniqueId, id)),
            _ => None,
        }
    }
}

/// Whether a NotPrincipal of a Deny spares a principal. AWS looks at the account first, then at the user or role, then
/// at the session, and spares whom it finds at each step; so each must be named. Who has a permissions boundary is never
/// spared, whatever is named (IAM user guide, "NotPrincipal").
pub(crate) fn spares(
    patterns: &[PrincipalPattern],
    principal: &Principal<'_>,
    has_boundary: bool,
) -> bool {
    let Principal::Aws(aws) = principal else {
        return patterns
            .iter()
            .any(|pattern| pattern.reach(principal).is_some());
    };
    if has_boundary {
        return false;
    }
    let mut found = [false, aws.has_root_permissions(), aws.session_arn.is_none()];
    for pattern in patterns {
        let step = match pattern {
            PrincipalPattern::Everyone | PrincipalPattern::AnyAws => return true,
            PrincipalPattern::Account { .. } | PrincipalPattern::CanonicalUser(_) => 0,
            PrincipalPattern::Arn { written, .. } if Some(&**written) == aws.session_arn => 2,
            _ => 1,
        };
        if let Some(found) = found.get_mut(step) {
            *found |= pattern.reach_aws(aws).is_some();
        }
    }
    found == [true; 3]
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
    if is_unique_id(text) {
        return Ok(PrincipalPattern::UniqueId(text.into()));
    }
    if text.contains(['*', '?', '$']) {
        return Err("name a principal in full: wildcards and variables can't be a part of it");
    }
    let mut parts = text.splitn(6, ':');
    let mut part = || parts.next().unwrap_or_default();
    let (prefix, partition, service, region, account, resource) =
        (part(), part(), part(), part(), part(), part());
    let is_arn =
        prefix == "arn" && !partition.is_empty() && region.is_empty() && is_account(account);
    if is_arn && service == "iam" && resource == "root" {
        return Ok(PrincipalPattern::Account {
            id: account.into(),
            written: text.into(),
        });
    }
    let kind = match resource.split_once('/') {
        Some((kind, name)) if is_arn && !name.is_empty() => match (service, kind) {
            ("iam", "user") => Some(NamedKind::User),
            ("iam", "role") => Some(NamedKind::Role),
            ("sts", "assumed-role") if name.contains('/') => Some(NamedKind::RoleSession),
            ("sts", "federated-user") => Some(NamedKind::FederatedUser),
            _ => None,
        },
        _ => None,
    };
    let written = text.into();
    kind.map(|kind| PrincipalPattern::Arn { written, kind })
        .ok_or("write an account id, or the ARN of a root, user, role or session")
}

pub(crate) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// Prefix and 17 characters (IAM user guide, "IAM identifiers"); older ones are shorter.
fn is_unique_id(text: &str) -> bool {
    (16..=128).contains(&text.len())
        && (text.starts_with("AROA") || text.starts_with("AIDA"))
        && text
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

pub(crate) fn is_service_name(text: &str) -> bool {
    text.contains('.') && is_host(text)
}

fn is_host(text: &str) -> bool {
    !text.is_empty()
        && text.split('.').all(|label| !label.is_empty())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
}

/// The ARN of a provider that IAM stores, or the host of one that it knows by itself.
fn is_provider(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("arn:") else {
        return is_service_name(text);
    };
    let mut parts = rest.splitn(5, ':');
    let mut part = || parts.next().unwrap_or_default();
    let (partition, service, region, account, resource) = (part(), part(), part(), part(), part());
    let name = resource
        .strip_prefix("oidc-provider/")
        .or_else(|| resource.strip_prefix("saml-provider/"));
    !partition.is_empty()
        && service == "iam"
        && region.is_empty()
        && is_account(account)
        && name.is_some_and(|name| !name.is_empty() && !name.contains(['*', '?', '$']))
}

fn is_canonical(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
#[path = "principal_tests.rs"]
mod tests;
