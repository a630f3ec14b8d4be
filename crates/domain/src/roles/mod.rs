//! Roles: who may assume them (trust policy), and what they may do (inline and attached policies).
//! One file for the role itself, one for its policies; called by `frontends/iam`.

mod lifecycle;
mod policies;

use std::collections::BTreeMap;
use std::sync::Arc;

use anyrole_policy::{ParseError, Policy, PolicyKind};
use jiff::Timestamp;

pub use self::lifecycle::{
    CreateRole, RolePageRequest, create_role, delete_role, list_roles, read_role,
    update_assume_role_policy,
};
pub use self::policies::{
    AttachedPolicy, attach_role_policy, delete_role_policy, detach_role_policy,
    list_attached_role_policies, list_instance_profiles_for_role, list_role_policies,
    put_role_policy, read_role_policy,
};
use crate::account::AccountId;
use crate::authorize::Target;
use crate::call::Call;
use crate::managed_policies;
use crate::refusal::{Kind, Refusal};
use crate::site::Site;
use crate::snapshot::{Change, Snapshot, UnusableRow};
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
    /// The trust policy, as it was given.
    pub assume_role_policy: String,
    /// Up to 1000 characters.
    pub description: Option<String>,
    /// The longest session of this role, in seconds: 3600 to 43200.
    pub max_session_duration: u32,
    /// Inline policies, by name.
    pub inline_policies: BTreeMap<String, String>,
    /// ARNs of attached managed policies, in the order of attachment.
    pub attached_policies: Vec<String>,
    /// Tags.
    pub tags: Vec<Tag>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A role with its policies ready for use.
#[derive(Debug)]
pub struct RoleEntry {
    /// The row.
    pub row: Arc<Role>,
    /// The trust policy.
    pub trust_policy: Policy,
    /// Inline and attached policies together.
    pub identity_policies: Vec<Arc<Policy>>,
}

impl RoleEntry {
    pub(crate) fn compile(row: Arc<Role>) -> Result<Self, UnusableRow> {
        let unusable = |detail: String| UnusableRow {
            kind: "role",
            name: row.arn.clone(),
            detail,
        };
        let trust_policy = Policy::parse(&row.assume_role_policy, PolicyKind::Trust)
            .map_err(|error| unusable(error.to_string()))?;
        let identity_policies =
            compile_identity_policies(&row.inline_policies, &row.attached_policies)
                .map_err(unusable)?;
        Ok(Self {
            row,
            trust_policy,
            identity_policies,
        })
    }
}

/// Inline and attached policies together, of a role, a user or a group; what is wrong with one that can't be used.
pub(crate) fn compile_identity_policies(
    inline: &BTreeMap<String, String>,
    attached: &[String],
) -> Result<Vec<Arc<Policy>>, String> {
    let mut policies = Vec::with_capacity(inline.len() + attached.len());
    for text in inline.values() {
        let policy =
            Policy::parse(text, PolicyKind::Identity).map_err(|error| error.to_string())?;
        policies.push(Arc::new(policy));
    }
    for arn in attached {
        let managed = managed_policies::find(arn)
            .ok_or_else(|| format!("the managed policy {arn} is gone"))?;
        policies.push(managed.policy.clone());
    }
    Ok(policies)
}

fn find<'a>(snapshot: &'a Snapshot, name: &str) -> Result<&'a Arc<RoleEntry>, Refusal> {
    snapshot.role_by_name(name).ok_or_else(|| {
        Refusal::not_found(format!(
            "The role with name {} cannot be found.",
            crate::names::printable(name)
        ))
    })
}

/// Authorises on the role of this name, whether or not it exists: who may not ask does not learn which it is.
fn authorize_on(
    site: &Site,
    call: &Call,
    action: &str,
    name: &str,
    row: Option<&Role>,
    keys: &[(&str, &str)],
) -> Result<(), Refusal> {
    let by_name;
    let (arn, tags) = match row {
        Some(row) => (row.arn.as_str(), row.tags.as_slice()),
        None => {
            by_name = site.account().role_arn("/", name);
            (by_name.as_str(), &[][..])
        }
    };
    site.authorize(
        call,
        action,
        Target::on(arn).with_resource_tags(tags).with_keys(keys),
    )
}

/// Changes one role: finds it, authorises, alters a copy, writes it.
async fn change<T>(
    site: &Site,
    call: &Call,
    action: &str,
    name: &str,
    keys: &[(&str, &str)],
    alter: impl FnOnce(&mut Role) -> Result<T, Refusal> + Clone,
) -> Result<T, Refusal> {
    site.directory
        .write(|snapshot| {
            let entry = find(snapshot, name);
            let row = entry.as_ref().ok().map(|entry| &*entry.row);
            authorize_on(site, call, action, name, row, keys)?;
            let mut row = Role::clone(&entry?.row);
            let answer = alter(&mut row)?;
            Ok((vec![Change::PutRole(Arc::new(row))], answer))
        })
        .await
}

fn malformed(error: &ParseError) -> Refusal {
    Refusal::new(Kind::MalformedPolicy, "malformed-policy", error.to_string())
}

fn limit_exceeded(text: String) -> Refusal {
    Refusal::new(Kind::LimitExceeded, "limit-exceeded", text)
}
