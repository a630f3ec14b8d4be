//! What a role may do: its inline policies and the managed policies attached to it.

use anyrole_policy::{Policy, PolicyKind};

use super::{authorize_on, change, find, limit_exceeded, malformed};
use crate::call::Call;
use crate::managed_policies;
use crate::names::{check_entity_name, printable};
use crate::page::{Page, PageRequest};
use crate::refusal::Refusal;
use crate::site::Site;

/// The most that a role's inline policies may hold together, white space not counted (IAM quotas).
const MAX_INLINE_LENGTH: usize = 10_240;
/// The most managed policies that a role may have attached (IAM quotas).
const MAX_ATTACHED: usize = 10;

/// One attached managed policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttachedPolicy {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
}

/// Makes or replaces an inline policy (IAM API reference, PutRolePolicy).
pub async fn put_role_policy(
    site: &Site,
    call: &Call,
    role: &str,
    name: &str,
    document: String,
) -> Result<(), Refusal> {
    check_entity_name("roleName", role, 64)?;
    check_entity_name("policyName", name, 128)?;
    let length = inline_length(&document)?;
    change(site, call, "iam:PutRolePolicy", role, &[], |row| {
        let mut total = length;
        for (other, text) in &row.inline_policies {
            total += if other == name {
                0
            } else {
                inline_length(text)?
            };
        }
        if total > MAX_INLINE_LENGTH {
            return Err(limit_exceeded(format!(
                "Maximum policy size of {MAX_INLINE_LENGTH} bytes exceeded for role {}",
                row.name
            )));
        }
        row.inline_policies.insert(name.to_owned(), document);
        Ok(())
    })
    .await
}

fn inline_length(text: &str) -> Result<usize, Refusal> {
    Policy::parse(text, PolicyKind::Identity)
        .map(|policy| policy.minified_len())
        .map_err(|error| malformed(&error))
}

/// Reads an inline policy's document (IAM API reference, GetRolePolicy).
pub fn read_role_policy(
    site: &Site,
    call: &Call,
    role: &str,
    name: &str,
) -> Result<String, Refusal> {
    let row = readable(site, call, "iam:GetRolePolicy", role)?;
    row.inline_policies
        .get(name)
        .cloned()
        .ok_or_else(|| no_such_inline_policy(name))
}

/// Lists the names of inline policies (IAM API reference, ListRolePolicies).
pub fn list_role_policies(
    site: &Site,
    call: &Call,
    role: &str,
    request: &PageRequest,
) -> Result<Page<String>, Refusal> {
    let row = readable(site, call, "iam:ListRolePolicies", role)?;
    let names = row
        .inline_policies
        .keys()
        .filter(|name| **name > request.after)
        .cloned();
    Ok(Page::take(names, request.size, String::clone))
}

/// Lists the instance profiles that hold a role (IAM API reference, ListInstanceProfilesForRole). There are no machines to
/// put one on, so a role that is there has none; Terraform asks before it deletes one.
pub fn list_instance_profiles_for_role(
    site: &Site,
    call: &Call,
    role: &str,
) -> Result<(), Refusal> {
    readable(site, call, "iam:ListInstanceProfilesForRole", role).map(|_| ())
}

/// Deletes an inline policy (IAM API reference, DeleteRolePolicy).
pub async fn delete_role_policy(
    site: &Site,
    call: &Call,
    role: &str,
    name: &str,
) -> Result<(), Refusal> {
    check_entity_name("roleName", role, 64)?;
    change(site, call, "iam:DeleteRolePolicy", role, &[], |row| {
        row.inline_policies
            .remove(name)
            .map(|_| ())
            .ok_or_else(|| no_such_inline_policy(name))
    })
    .await
}

/// Attaches a managed policy; attached already is fine (IAM API reference, AttachRolePolicy).
pub async fn attach_role_policy(
    site: &Site,
    call: &Call,
    role: &str,
    arn: &str,
) -> Result<(), Refusal> {
    check_entity_name("roleName", role, 64)?;
    let keys = [("iam:policyarn", arn)];
    change(site, call, "iam:AttachRolePolicy", role, &keys, |row| {
        if managed_policies::find(arn).is_none() {
            return Err(no_such_policy(arn));
        }
        if row.attached_policies.iter().any(|attached| attached == arn) {
            return Ok(());
        }
        if row.attached_policies.len() >= MAX_ATTACHED {
            return Err(limit_exceeded(format!(
                "Cannot exceed quota for PoliciesPerRole: {MAX_ATTACHED}"
            )));
        }
        row.attached_policies.push(arn.to_owned());
        Ok(())
    })
    .await
}

/// Detaches a managed policy (IAM API reference, DetachRolePolicy).
pub async fn detach_role_policy(
    site: &Site,
    call: &Call,
    role: &str,
    arn: &str,
) -> Result<(), Refusal> {
    check_entity_name("roleName", role, 64)?;
    let keys = [("iam:policyarn", arn)];
    change(site, call, "iam:DetachRolePolicy", role, &keys, |row| {
        let before = row.attached_policies.len();
        row.attached_policies.retain(|attached| attached != arn);
        if row.attached_policies.len() == before {
            return Err(Refusal::not_found(format!(
                "Policy {} was not found.",
                printable(arn)
            )));
        }
        Ok(())
    })
    .await
}

/// Lists attached managed policies in order of ARN (IAM API reference, ListAttachedRolePolicies).
pub fn list_attached_role_policies(
    site: &Site,
    call: &Call,
    role: &str,
    path_prefix: &str,
    request: &PageRequest,
) -> Result<Page<AttachedPolicy>, Refusal> {
    let row = readable(site, call, "iam:ListAttachedRolePolicies", role)?;
    let mut attached: Vec<AttachedPolicy> = row
        .attached_policies
        .iter()
        .filter(|arn| **arn > request.after)
        .filter_map(|arn| {
            let policy = managed_policies::find(arn).filter(|_| "/".starts_with(path_prefix))?;
            Some(AttachedPolicy {
                name: policy.name.to_owned(),
                arn: arn.clone(),
            })
        })
        .collect();
    attached.sort_by(|a, b| a.arn.cmp(&b.arn));
    Ok(Page::take(attached.into_iter(), request.size, |policy| {
        policy.arn.clone()
    }))
}

fn readable(
    site: &Site,
    call: &Call,
    action: &str,
    role: &str,
) -> Result<std::sync::Arc<super::Role>, Refusal> {
    check_entity_name("roleName", role, 64)?;
    let snapshot = site.directory.read();
    let entry = find(&snapshot, role);
    let row = entry.as_ref().ok().map(|entry| &*entry.row);
    authorize_on(site, call, action, role, row, &[])?;
    entry.map(|entry| entry.row.clone())
}

fn no_such_inline_policy(name: &str) -> Refusal {
    Refusal::not_found(format!(
        "The role policy with name {} cannot be found.",
        printable(name)
    ))
}

fn no_such_policy(arn: &str) -> Refusal {
    Refusal::not_found(format!(
        "Policy {} does not exist or is not attachable.",
        printable(arn)
    ))
}
