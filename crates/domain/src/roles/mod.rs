//! Roles: who may assume them (trust policy), and what they may do (inline and attached policies, within a boundary).
//! One file for each thing that is done to one; what roles, users and groups have in common is `identities/`. Called by
//! `frontends/iam`.

mod identity;
mod lifecycle;
mod offered;
mod present;
mod service_linked;
mod update;

use std::collections::BTreeMap;
use std::sync::Arc;

use anyrole_policy::{Policy, PolicyKind, PolicySet};
use jiff::{SignedDuration, Timestamp};

pub use self::lifecycle::{
    CreateRole, RolePageRequest, create_role, delete_role, list_roles, read_role, tell_last_uses,
};
pub use self::offered::{
    OfferedRole, OfferedRoles, RoleSearch, any_role_is_offered, judged_roles, offered_roles,
};
pub(crate) use self::present::Roles;
pub(crate) use self::service_linked::is_service_linked;
pub use self::service_linked::{
    DeletionStatus, create_service_linked_role, delete_service_linked_role, deletion_status,
};
pub use self::update::{update_assume_role_policy, update_role, update_role_description};
use crate::account::AccountId;
use crate::last_uses::{self, LastUse};
use crate::managed_policies::ManagedPolicies;
use crate::principals;
use crate::refusal::Refusal;
use crate::site::Site;
use crate::snapshot::{Snapshot, UnusableRow};
use crate::tags::Tag;

/// A role as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// The account that it belongs to.
    pub account: AccountId,
    /// `AROA…`; a role deleted and made again has another.
    pub id: String,
    /// `arn:…:role{path}{name}`.
    pub arn: String,
    /// 1 to 64 characters, unique whatever their case.
    pub name: String,
    /// `/`, or `/…/`.
    pub path: String,
    /// The trust policy, as it was given but for unique ids in place of this account's users and roles.
    pub assume_role_policy: String,
    /// Up to 1000 characters.
    pub description: Option<String>,
    /// The longest session of this role, in seconds: 3600 to 43200.
    pub max_session_duration: u32,
    /// Inline policies, by name.
    pub inline_policies: BTreeMap<String, String>,
    /// ARNs of attached managed policies, in the order of attachment.
    pub attached_policies: Vec<String>,
    /// The ARN of the managed policy that is its permissions boundary.
    pub boundary: Option<String>,
    /// Tags.
    pub tags: Vec<Tag>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A role as it is answered.
#[derive(Debug, Clone)]
pub struct RoleView {
    /// The row.
    pub row: Arc<Role>,
    /// The trust policy with ARNs in place of the unique ids of users and roles who are there.
    pub trust_policy: String,
    /// When a session of it made a request last, where that was asked for.
    pub last_use: Option<LastUse>,
}

impl RoleView {
    pub(crate) fn of(snapshot: &Snapshot, row: &Arc<Role>) -> Self {
        Self {
            row: row.clone(),
            trust_policy: principals::show(snapshot, &row.assume_role_policy),
            last_use: None,
        }
    }
}

/// How far back the last use of a role is told (IAM API reference, RoleLastUsed).
const USE_IS_TOLD: SignedDuration = SignedDuration::from_hours(400 * 24);

/// Adds to each view when its role was used last.
pub(crate) async fn add_last_uses<'a>(
    site: &Site,
    now: Timestamp,
    views: impl Iterator<Item = &'a mut RoleView>,
) -> Result<(), Refusal> {
    let views: Vec<&mut RoleView> = views.collect();
    let rows: Vec<Arc<Role>> = views.iter().map(|view| view.row.clone()).collect();
    let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    let mut uses = last_uses::read(site, &ids).await?;
    for view in views {
        let last = uses.remove(&view.row.id);
        view.last_use = last.filter(|last| now.duration_since(last.used_at) <= USE_IS_TOLD);
    }
    Ok(())
}

/// A role with its policies ready for use.
#[derive(Debug)]
pub struct RoleEntry {
    /// The row.
    pub row: Arc<Role>,
    /// The row's, to be shared with sessions.
    pub arn: Arc<str>,
    /// The row's, to be shared with sessions.
    pub id: Arc<str>,
    /// The trust policy.
    pub trust_policy: Policy,
    /// Inline and attached policies together.
    pub identity_policies: PolicySet,
    /// The permissions boundary.
    pub boundary: Option<Arc<Policy>>,
}

impl RoleEntry {
    pub(crate) fn compile(row: Arc<Role>, managed: &ManagedPolicies) -> Result<Self, UnusableRow> {
        let unusable = |detail: String| UnusableRow {
            kind: "role",
            name: row.arn.clone(),
            detail,
        };
        let trust_policy = Policy::parse(&row.assume_role_policy, PolicyKind::Trust)
            .map_err(|error| unusable(error.to_string()))?;
        let identity_policies =
            compile_identity_policies(&row.inline_policies, &row.attached_policies, managed)
                .map_err(unusable)?
                .into();
        let boundary = compile_boundary(row.boundary.as_deref(), managed).map_err(unusable)?;
        Ok(Self {
            arn: row.arn.as_str().into(),
            id: row.id.as_str().into(),
            row,
            trust_policy,
            identity_policies,
            boundary,
        })
    }
}

/// Inline and attached policies together, of a role, a user or a group; what is wrong with one that can't be used.
pub(crate) fn compile_identity_policies(
    inline: &BTreeMap<String, String>,
    attached: &[String],
    managed: &ManagedPolicies,
) -> Result<Vec<Arc<Policy>>, String> {
    let mut policies = Vec::with_capacity(inline.len() + attached.len());
    for text in inline.values() {
        let policy =
            Policy::parse(text, PolicyKind::Identity).map_err(|error| error.to_string())?;
        policies.push(Arc::new(policy));
    }
    for arn in attached {
        policies.push(in_force(arn, managed)?);
    }
    Ok(policies)
}

/// The boundary of a role or a user; what is wrong with one that can't be used.
pub(crate) fn compile_boundary(
    arn: Option<&str>,
    managed: &ManagedPolicies,
) -> Result<Option<Arc<Policy>>, String> {
    arn.map(|arn| in_force(arn, managed)).transpose()
}

fn in_force(arn: &str, managed: &ManagedPolicies) -> Result<Arc<Policy>, String> {
    managed
        .find(arn)
        .map(|entry| entry.policy.clone())
        .ok_or_else(|| format!("the managed policy {arn} is gone"))
}
