//! Documents that callers give for roles, users, groups and managed policies: that they parse as their kind, and are not
//! larger than the quota (white space not counted).

use anyrole_policy::{ParseError, Policy, PolicyKind, Version};

use crate::quotas;
use crate::refusal::{Kind, Refusal};
use crate::site::Site;

/// A document that does not parse, in the parser's words: behind AWS's own where they are none of AWS's, which begin with a
/// capital letter.
pub(crate) fn malformed(error: &ParseError) -> Refusal {
    let text = if error.message.starts_with(char::is_uppercase) {
        error.to_string()
    } else {
        format!("Syntax errors in policy. {error}")
    };
    Refusal::new(Kind::MalformedPolicy, "malformed-policy", text)
}

/// A role's trust policy.
pub(crate) fn check_trust_policy(site: &Site, text: &str) -> Result<(), Refusal> {
    let policy = Policy::parse(text, PolicyKind::Trust).map_err(|error| malformed(&error))?;
    let quota = site.quotas.trust_policy_length;
    quotas::check_iam(quota, policy.minified_len(), "ACLSizePerRole")
}

/// A version of a managed policy; those must say which version of the language they are in.
pub(crate) fn check_managed_policy(site: &Site, text: &str) -> Result<(), Refusal> {
    let policy = identity_policy(text)?;
    if policy.version() != Version::V2012 {
        return Err(Refusal::new(
            Kind::MalformedPolicy,
            "old-policy-version",
            "Policy document must be version 2012-10-17 or greater.",
        ));
    }
    let quota = site.quotas.managed_policy_length;
    quotas::check_iam(quota, policy.minified_len(), "PolicySize")
}

/// The length of an inline policy.
pub(crate) fn identity_policy_length(text: &str) -> Result<usize, Refusal> {
    identity_policy(text).map(|policy| policy.minified_len())
}

fn identity_policy(text: &str) -> Result<Policy, Refusal> {
    Policy::parse(text, PolicyKind::Identity).map_err(|error| malformed(&error))
}

/// What a holder's inline policies may come to together; `kind` and `name` are the holder's.
pub(crate) fn check_inline_length(
    quota: Option<usize>,
    total: usize,
    (kind, name): (&str, &str),
) -> Result<(), Refusal> {
    match quota {
        Some(most) if total > most => Err(Refusal::new(
            Kind::LimitExceeded,
            "limit-exceeded",
            format!("Maximum policy size of {most} bytes exceeded for {kind} {name}"),
        )),
        _ => Ok(()),
    }
}
