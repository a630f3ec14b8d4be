//! Users: people and programs with long-term access keys, and what they may do. Called by `frontends/iam`.

mod groups;
mod identity;
mod lifecycle;
mod present;

use std::collections::BTreeMap;
use std::sync::Arc;

use anyrole_policy::{Policy, PolicySet};
use jiff::Timestamp;

pub(crate) use self::groups::groups_of;
pub use self::groups::{
    add_user_to_group, create_group, delete_group, list_groups, list_groups_for_user, read_group,
    remove_user_from_group, update_group,
};
pub use self::lifecycle::{
    CreateUser, Person, create_user, delete_user, list_users, read_user, update_user,
};
pub(crate) use self::present::Users;
use crate::account::AccountId;
use crate::managed_policies::ManagedPolicies;
use crate::roles::{compile_boundary, compile_identity_policies};
use crate::snapshot::UnusableRow;
use crate::tags::Tag;

/// A user as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The account that it belongs to.
    pub account: AccountId,
    /// `AIDA…`; a user deleted and made again has another.
    pub id: String,
    /// `arn:…:user{path}{name}`.
    pub arn: String,
    /// 1 to 64 characters, unique whatever their case.
    pub name: String,
    /// `/`, or `/…/`.
    pub path: String,
    /// Inline policies, by name.
    pub inline_policies: BTreeMap<String, String>,
    /// ARNs of attached managed policies, in the order of attachment.
    pub attached_policies: Vec<String>,
    /// The ARN of the managed policy that is its permissions boundary.
    pub boundary: Option<String>,
    /// The unique ids of the groups that it is a member of.
    pub group_ids: Vec<String>,
    /// Tags.
    pub tags: Vec<Tag>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A user with its policies ready for use.
#[derive(Debug)]
pub struct UserEntry {
    /// The row.
    pub row: Arc<User>,
    /// Inline and attached policies together, without those of its groups.
    pub identity_policies: PolicySet,
    /// The permissions boundary.
    pub boundary: Option<Arc<Policy>>,
}

impl UserEntry {
    pub(crate) fn compile(row: Arc<User>, managed: &ManagedPolicies) -> Result<Self, UnusableRow> {
        let unusable = |detail: String| UnusableRow {
            kind: "user",
            name: row.arn.clone(),
            detail,
        };
        let identity_policies =
            compile_identity_policies(&row.inline_policies, &row.attached_policies, managed)
                .map_err(unusable)?
                .into();
        let boundary = compile_boundary(row.boundary.as_deref(), managed).map_err(unusable)?;
        Ok(Self {
            row,
            identity_policies,
            boundary,
        })
    }
}

/// A group of users as it is stored; who is a member stands in the users' rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The account that it belongs to.
    pub account: AccountId,
    /// `AGPA…`; a group deleted and made again has another.
    pub id: String,
    /// `arn:…:group{path}{name}`.
    pub arn: String,
    /// 1 to 128 characters, unique whatever their case.
    pub name: String,
    /// `/`, or `/…/`.
    pub path: String,
    /// Inline policies, by name.
    pub inline_policies: BTreeMap<String, String>,
    /// ARNs of attached managed policies, in the order of attachment.
    pub attached_policies: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A group with its policies ready for use.
#[derive(Debug)]
pub struct GroupEntry {
    /// The row.
    pub row: Arc<Group>,
    /// Inline and attached policies together.
    pub identity_policies: Vec<Arc<Policy>>,
}

impl GroupEntry {
    pub(crate) fn compile(row: Arc<Group>, managed: &ManagedPolicies) -> Result<Self, UnusableRow> {
        let identity_policies =
            compile_identity_policies(&row.inline_policies, &row.attached_policies, managed)
                .map_err(|detail| UnusableRow {
                    kind: "group",
                    name: row.arn.clone(),
                    detail,
                })?;
        Ok(Self {
            row,
            identity_policies,
        })
    }
}
