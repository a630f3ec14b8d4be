//! What a role's trust policy lacks for Roles Anywhere, whatever the certificate: a role comes in, for each action of a session
//! that no request can have, what is in the way goes out. For who picks roles for a profile.

use anyrole_policy::{Context, ContextValue, Principal, Request, Shut, shut_to};

use super::trust::{SERVICE, TRUST_ACTIONS};
use super::trust_keys::{OpenKey, fixed_value};
use crate::account::Account;
use crate::roles::{Role, RoleEntry};

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
    fn value(&self, lower_case_key: &str) -> Option<ContextValue<'_>> {
        fixed_value(self.account, &self.role.tags, lower_case_key)
    }
}

/// Keys whose values come with the certificate or the request.
fn is_open(lower_case_key: &str) -> bool {
    OpenKey::of(lower_case_key).is_some()
}
