//! The versions of managed policies: one of them is in force, in every place where the policy is used.

use std::sync::Arc;

use super::lifecycle::change;
use super::{ManagedPolicy, PolicyVersion, Usage, readable};
use crate::authorize::Target;
use crate::call::Call;
use crate::names::printable;
use crate::page::{Page, PageRequest};
use crate::policy_documents::check_managed_policy;
use crate::profiles::session_policy_text;
use crate::refusal::{Kind, Refusal};
use crate::site::Site;
use crate::snapshot::{Change, Snapshot};

/// The most versions of a policy (IAM quotas; not one that can be raised).
const MAX_VERSIONS: usize = 5;

/// A version as it is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionView {
    /// Its number; `v1` on the wire.
    pub number: u32,
    /// The version.
    pub version: PolicyVersion,
    /// Whether it is in force.
    pub is_default: bool,
}

fn view(row: &ManagedPolicy, number: u32, version: &PolicyVersion) -> VersionView {
    VersionView {
        number,
        version: version.clone(),
        is_default: number == row.default_version,
    }
}

/// What a changed policy is stored as. Profiles that name it have their sessions carry the hash of its text.
pub(super) fn put(site: &Site, snapshot: &Snapshot, row: ManagedPolicy) -> Vec<Change> {
    let is_session = |(usage, _)| usage == Usage::Session;
    let for_sessions = snapshot.policies().uses_of(&row.arn).any(is_session);
    let text = row
        .versions
        .get(&row.default_version)
        .filter(|_| for_sessions)
        .map(|version| session_policy_text(&site.account().id, &version.document));
    let text = text.map(Change::PutSessionPolicy);
    let policy = Change::PutManagedPolicy(Arc::new(row));
    text.into_iter().chain([policy]).collect()
}

/// Adds a version, in force at once where that is asked for (IAM API reference, CreatePolicyVersion).
pub async fn create_policy_version(
    site: &Site,
    call: &Call,
    arn: &str,
    document: String,
    set_as_default: bool,
) -> Result<VersionView, Refusal> {
    let action = "iam:CreatePolicyVersion";
    change(site, call, action, arn, Target::any(), |row| {
        check_managed_policy(site, &document)?;
        if row.versions.len() >= MAX_VERSIONS {
            return Err(Refusal::new(
                Kind::LimitExceeded,
                "limit-exceeded",
                "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.",
            ));
        }
        let number = row.last_version.saturating_add(1);
        let version = PolicyVersion {
            document: document.into(),
            created_at: call.origin.now,
        };
        row.last_version = number;
        row.updated_at = call.origin.now;
        if set_as_default {
            row.default_version = number;
        }
        let answer = view(row, number, &version);
        row.versions.insert(number, version);
        Ok(answer)
    })
    .await
}

/// Reads a version (IAM API reference, GetPolicyVersion).
pub fn read_policy_version(
    site: &Site,
    call: &Call,
    arn: &str,
    version_id: &str,
) -> Result<VersionView, Refusal> {
    let entry = readable(site, call, "iam:GetPolicyVersion", arn)?;
    let number = find(&entry.row, version_id)?;
    let version = entry.row.versions.get(&number);
    version
        .map(|version| view(&entry.row, number, version))
        .ok_or_else(|| no_such_version(arn, version_id))
}

/// Lists the versions, the newest first (IAM API reference, ListPolicyVersions).
pub fn list_policy_versions(
    site: &Site,
    call: &Call,
    arn: &str,
    request: &PageRequest,
) -> Result<Page<VersionView>, Refusal> {
    let entry = readable(site, call, "iam:ListPolicyVersions", arn)?;
    let before = request.after.parse().unwrap_or(u32::MAX);
    let rows = entry.row.versions.range(..before).rev();
    let views = rows.map(|(number, version)| view(&entry.row, *number, version));
    Ok(Page::take(views, request.size, |view| {
        view.number.to_string()
    }))
}

/// Puts another version in force (IAM API reference, SetDefaultPolicyVersion).
pub async fn set_default_policy_version(
    site: &Site,
    call: &Call,
    arn: &str,
    version_id: &str,
) -> Result<(), Refusal> {
    let action = "iam:SetDefaultPolicyVersion";
    change(site, call, action, arn, Target::any(), |row| {
        row.default_version = find(row, version_id)?;
        Ok(())
    })
    .await
}

/// Deletes a version that is not in force (IAM API reference, DeletePolicyVersion).
pub async fn delete_policy_version(
    site: &Site,
    call: &Call,
    arn: &str,
    version_id: &str,
) -> Result<(), Refusal> {
    let action = "iam:DeletePolicyVersion";
    change(site, call, action, arn, Target::any(), |row| {
        let number = find(row, version_id)?;
        if number == row.default_version {
            return Err(Refusal::new(
                Kind::DeleteConflict,
                "delete-conflict",
                "Cannot delete the default version of a policy.",
            ));
        }
        row.versions.remove(&number);
        Ok(())
    })
    .await
}

/// The number of a version that is there, by its id.
fn find(row: &ManagedPolicy, version_id: &str) -> Result<u32, Refusal> {
    version_id
        .strip_prefix('v')
        .and_then(|number| number.parse().ok())
        .filter(|number| row.versions.contains_key(number))
        .ok_or_else(|| no_such_version(&row.arn, version_id))
}

fn no_such_version(arn: &str, version_id: &str) -> Refusal {
    Refusal::not_found(format!(
        "Policy {} version {} does not exist or is not attachable.",
        printable(arn),
        printable(version_id)
    ))
}
