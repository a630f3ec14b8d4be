//! What a role's trust policy lacks for Roles Anywhere, whatever the certificate: a role comes in, for each action of a session
//! that no request can have, what is in the way goes out. For who picks roles for a profile.

use anyrole_policy::{Context, ContextValue, Principal, Request, Shut, shut_to};

use super::trust::{SERVICE, TRUST_ACTIONS};
use crate::account::Account;
use crate::roles::{Role, RoleEntry};
use crate::tags::find_tag;

/// An action that a session takes and that no certificate gets from the role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustGap {
    /// `sts:AssumeRole`, `sts:TagSession` or `sts:SetSourceIdentity`.
    pub action: &'static str,
    /// What is in the way.
    pub why: Shut,
}

/// What keeps every certificate from the role; nothing where some certificate may get in.
pub fn trust_gaps(account: &Account, role: &RoleEntry) -> Vec<TrustGap> {
    let context = Known {
        account,
        role: &role.row,
    };
    let gap = |action| {
        let request = Request {
            principal: Principal::Service(SERVICE),
            action,
            resource: &role.row.arn,
            resource_account: account.id.as_str(),
            context: &context,
        };
        shut_to(&request, &role.trust_policy, is_open).map(|why| TrustGap { action, why })
    };
    TRUST_ACTIONS.into_iter().filter_map(gap).collect()
}

/// What is the same for every certificate.
struct Known<'a> {
    account: &'a Account,
    role: &'a Role,
}

impl Context for Known<'_> {
    fn value(&self, key: &str) -> Option<ContextValue<'_>> {
        let of_role = key
            .strip_prefix("aws:resourcetag/")
            .or_else(|| key.strip_prefix("iam:resourcetag/"));
        if let Some(name) = of_role {
            return find_tag(&self.role.tags, name).map(ContextValue::One);
        }
        Some(ContextValue::One(match key {
            "aws:sourceaccount" | "aws:resourceaccount" => self.account.id.as_str(),
            "aws:principalservicename" => SERVICE,
            "aws:principalservicenameslist" => return Some(ContextValue::Many(&[SERVICE])),
            "aws:principalisawsservice" => "true",
            "aws:viaawsservice" => "false",
            "aws:requestedregion" => &self.account.region,
            _ => return None,
        }))
    }
}

/// Keys whose values come with the certificate or the request (`trust.rs` has them all).
fn is_open(key: &str) -> bool {
    key.starts_with("aws:principaltag/")
        || key.starts_with("aws:requesttag/")
        || matches!(
            key,
            "aws:tagkeys"
                | "aws:sourcearn"
                | "sts:sourceidentity"
                | "aws:sourceidentity"
                | "sts:rolesessionname"
                | "sts:durationseconds"
                | "aws:securetransport"
                | "aws:useragent"
                | "aws:currenttime"
                | "aws:epochtime"
                | "aws:sourceip"
        )
}
