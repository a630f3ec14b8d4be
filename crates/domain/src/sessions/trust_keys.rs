//! The condition keys of a request to take on a role by Roles Anywhere (Roles Anywhere user guide, trust model): those that are the
//! same for every certificate, with their values, and the names of the others. For CreateSession (`trust`) and for what is known
//! of a trust policy before there is a certificate (`trust_gaps`, `reach`).

use anyrole_policy::ContextValue;

use super::trust::SERVICE;
use crate::account::Account;
use crate::tags::{Tag, find_tag};

/// What every request has alike: a key comes in as `Context` hands it over, in lower case.
pub(super) fn fixed_value<'a>(
    account: &'a Account,
    role_tags: &'a [Tag],
    lower_case_key: &str,
) -> Option<ContextValue<'a>> {
    let of_role = lower_case_key
        .strip_prefix("aws:resourcetag/")
        .or_else(|| lower_case_key.strip_prefix("iam:resourcetag/"));
    if let Some(name) = of_role {
        return find_tag(role_tags, name).map(ContextValue::One);
    }
    Some(ContextValue::One(match lower_case_key {
        "aws:sourceaccount" | "aws:resourceaccount" => account.id.as_str(),
        "aws:principalservicename" => SERVICE,
        "aws:principalservicenameslist" => return Some(ContextValue::Many(&[SERVICE])),
        "aws:principalisawsservice" => "true",
        "aws:viaawsservice" => "false",
        "aws:requestedregion" => &account.region,
        _ => return None,
    }))
}

/// A key whose value comes with the certificate or with the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OpenKey<'k> {
    /// A tag that an attribute of the certificate becomes, by its name; as a principal's and as a request's.
    Tag(&'k str),
    /// The names of all tags.
    TagKeys,
    /// The trust anchor.
    SourceArn,
    /// What the subject's common name becomes.
    SourceIdentity,
    /// The session's name.
    SessionName,
    /// How long the session is to live.
    Duration,
    /// Whether the request came over TLS.
    SecureTransport,
    /// The program that asks.
    UserAgent,
    /// When it asks, RFC 3339.
    CurrentTime,
    /// When it asks, in seconds.
    EpochTime,
    /// From where it asks.
    SourceIp,
}

impl<'k> OpenKey<'k> {
    /// The key of this name, in lower case; none for those that no request has or that all have alike.
    pub(super) fn of(lower_case_key: &'k str) -> Option<Self> {
        let tag = lower_case_key
            .strip_prefix("aws:principaltag/")
            .or_else(|| lower_case_key.strip_prefix("aws:requesttag/"));
        if let Some(name) = tag {
            return Some(Self::Tag(name));
        }
        Some(match lower_case_key {
            "aws:tagkeys" => Self::TagKeys,
            "aws:sourcearn" => Self::SourceArn,
            "sts:sourceidentity" | "aws:sourceidentity" => Self::SourceIdentity,
            "sts:rolesessionname" => Self::SessionName,
            "sts:durationseconds" => Self::Duration,
            "aws:securetransport" => Self::SecureTransport,
            "aws:useragent" => Self::UserAgent,
            "aws:currenttime" => Self::CurrentTime,
            "aws:epochtime" => Self::EpochTime,
            "aws:sourceip" => Self::SourceIp,
            _ => return None,
        })
    }
}
