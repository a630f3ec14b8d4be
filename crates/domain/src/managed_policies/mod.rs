//! Managed policies: documents of their own, with up to five versions, that roles, users and groups have attached or as
//! their boundary. AWS's own are data (`aws.rs`), the customer's are rows. Called by `frontends/iam`.

mod aws;
mod holders;
mod lifecycle;
mod present;
mod versions;

use std::collections::BTreeMap;
use std::sync::Arc;

use anyrole_policy::{Policy, PolicyKind};
use jiff::Timestamp;

pub use self::holders::{EntitiesPageRequest, Entity, EntityKind, list_entities_for_policy};
pub use self::lifecycle::{
    CreatePolicy, PolicyPageRequest, PolicyView, Scope, create_policy, delete_policy,
    list_policies, list_policy_tags, read_policy, tag_policy, untag_policy,
};
pub use self::present::Usage;
pub(crate) use self::present::{Holder, ManagedPolicies};
pub use self::versions::{
    VersionView, create_policy_version, delete_policy_version, list_policy_versions,
    read_policy_version, set_default_policy_version,
};
use crate::authorize::Target;
use crate::call::Call;
use crate::names::printable;
use crate::refusal::{Kind, Refusal};
use crate::site::Site;
use crate::snapshot::{Snapshot, UnusableRow};
use crate::tags::Tag;

/// A managed policy: a customer's as it is stored, or one of AWS's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManagedPolicy {
    /// `ANPA…`; a policy deleted and made again has another.
    pub id: String,
    /// `arn:…:policy{path}{name}`; AWS's own have `aws` in the account's place.
    pub arn: String,
    /// 1 to 128 characters, unique whatever their case.
    pub name: String,
    /// `/`, or `/…/`.
    pub path: String,
    /// Up to 1000 characters.
    pub description: Option<String>,
    /// The versions by their numbers.
    pub versions: BTreeMap<u32, PolicyVersion>,
    /// The number of the version in force.
    pub default_version: u32,
    /// The greatest number that was ever given; a deleted version's is not given again.
    pub last_version: u32,
    /// Tags.
    pub tags: Vec<Tag>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its newest version was made.
    pub updated_at: Timestamp,
}

/// One version of a managed policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyVersion {
    /// The document, byte for byte as it was given.
    pub document: Arc<str>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A managed policy whose version in force is ready for use.
#[derive(Debug)]
pub struct ManagedPolicyEntry {
    /// The row.
    pub row: Arc<ManagedPolicy>,
    /// The version in force.
    pub policy: Arc<Policy>,
    /// Its text.
    pub document: Arc<str>,
}

impl ManagedPolicyEntry {
    pub(crate) fn compile(row: Arc<ManagedPolicy>) -> Result<Self, UnusableRow> {
        let unusable = |detail: String| UnusableRow {
            kind: "managed policy",
            name: row.arn.clone(),
            detail,
        };
        let version = row.versions.get(&row.default_version).ok_or_else(|| {
            unusable(format!("its version v{} is not there", row.default_version))
        })?;
        let document = version.document.clone();
        let policy = Policy::parse(&document, PolicyKind::Identity)
            .map_err(|error| unusable(error.to_string()))?;
        Ok(Self {
            row,
            policy: Arc::new(policy),
            document,
        })
    }
}

/// Authorises on the policy of this ARN, whether or not it exists.
fn authorize_on(
    site: &Site,
    call: &Call,
    action: &str,
    arn: &str,
    entry: Option<&Arc<ManagedPolicyEntry>>,
    target: Target<'_>,
) -> Result<(), Refusal> {
    let tags = entry.map_or(&[][..], |entry| &entry.row.tags);
    site.authorize(call, action, target.to(arn).with_resource_tags(tags))
}

/// The policy of this ARN, a customer's or AWS's, if the caller may.
fn readable(
    site: &Site,
    call: &Call,
    action: &str,
    arn: &str,
) -> Result<Arc<ManagedPolicyEntry>, Refusal> {
    let snapshot = site.directory.read();
    let entry = snapshot.policies().find(arn);
    authorize_on(site, call, action, arn, entry, Target::any())?;
    entry.cloned().ok_or_else(|| not_found(arn))
}

/// The customer's policy of this ARN, if the caller may; AWS's own are nobody's to change.
fn changeable<'a>(
    site: &Site,
    call: &Call,
    snapshot: &'a Snapshot,
    action: &str,
    arn: &str,
    target: Target<'_>,
) -> Result<&'a Arc<ManagedPolicyEntry>, Refusal> {
    let entry = snapshot.policies().find(arn);
    authorize_on(site, call, action, arn, entry, target)?;
    if aws::is_of_aws(arn) {
        return Err(Refusal::new(
            Kind::AccessDenied,
            "policy-of-aws",
            "Policy is outside your own account.",
        ));
    }
    entry.ok_or_else(|| not_found(arn))
}

fn not_found(arn: &str) -> Refusal {
    Refusal::not_found(format!("Policy {} was not found.", printable(arn)))
}

/// AWS's own policies in a partition.
pub(crate) fn of_aws(partition: &str) -> impl Iterator<Item = &'static Arc<ManagedPolicyEntry>> {
    aws::all(partition).into_iter().flat_map(|all| all.values())
}

/// A policy that is to be attached, and isn't there.
pub(crate) fn not_attachable(arn: &str) -> Refusal {
    Refusal::not_found(format!(
        "Policy {} does not exist or is not attachable.",
        printable(arn)
    ))
}
