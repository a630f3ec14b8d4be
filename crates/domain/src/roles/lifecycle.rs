//! Making, reading, listing and deleting roles, and changing who may assume them.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyrole_policy::{Policy, PolicyKind};

use super::{Role, authorize_on, change, find, limit_exceeded, malformed};
use crate::access_keys::unique_id;
use crate::authorize::Target;
use crate::call::Call;
use crate::names::{check_entity_name, check_path, check_path_prefix};
use crate::page::{Page, PageRequest};
use crate::refusal::{Kind, Refusal};
use crate::site::Site;
use crate::snapshot::Change;
use crate::tags::{Tag, check_tags};

/// The longest trust policy, white space not counted (IAM quotas).
const MAX_TRUST_POLICY_LENGTH: usize = 2048;

/// What CreateRole is given.
#[derive(Debug, Clone, Default)]
pub struct CreateRole {
    /// The name.
    pub name: String,
    /// `/` where it is left out.
    pub path: Option<String>,
    /// The trust policy.
    pub assume_role_policy: String,
    /// Up to 1000 characters.
    pub description: Option<String>,
    /// Seconds, 3600 to 43200.
    pub max_session_duration: Option<i64>,
    /// Tags.
    pub tags: Vec<Tag>,
}

/// Which page of which roles is asked for.
#[derive(Debug, Clone)]
pub struct RolePageRequest {
    /// The page; its key is a lower-cased role name.
    pub page: PageRequest,
    /// Only roles whose path begins so.
    pub path_prefix: String,
}

/// Makes a role (IAM API reference, CreateRole).
pub async fn create_role(
    site: &Site,
    call: &Call,
    input: CreateRole,
) -> Result<Arc<Role>, Refusal> {
    let path = input.path.unwrap_or_else(|| "/".to_owned());
    // Before the ARN that they make is shown to anyone.
    check_entity_name("roleName", &input.name, 64)?;
    check_path(&path)?;
    let arn = site.account().role_arn(&path, &input.name);
    let target = Target::on(&arn).with_request_tags(&input.tags);
    site.authorize(call, "iam:CreateRole", target)?;
    if !input.tags.is_empty() {
        site.authorize(call, "iam:TagRole", target)?;
    }
    check_trust_policy(&input.assume_role_policy)?;
    check_description(input.description.as_deref())?;
    check_tags(&input.tags)?;
    let max_session_duration =
        check_max_session_duration(input.max_session_duration.unwrap_or(3600))?;
    let row = Arc::new(Role {
        account: call.caller.account.clone(),
        id: unique_id("AROA", 17, site.entropy.as_ref()),
        arn,
        name: input.name,
        path,
        assume_role_policy: input.assume_role_policy,
        description: input.description,
        max_session_duration,
        inline_policies: BTreeMap::new(),
        attached_policies: Vec::new(),
        tags: input.tags,
        created_at: call.origin.now,
    });
    site.directory
        .write(|snapshot| {
            if snapshot.role_by_name(&row.name).is_some() {
                return Err(Refusal::new(
                    Kind::AlreadyExists,
                    "already-exists",
                    format!("Role with name {} already exists.", row.name),
                ));
            }
            Ok((vec![Change::PutRole(row.clone())], row.clone()))
        })
        .await
}

/// Reads a role (IAM API reference, GetRole).
pub fn read_role(site: &Site, call: &Call, name: &str) -> Result<Arc<Role>, Refusal> {
    check_entity_name("roleName", name, 64)?;
    let snapshot = site.directory.read();
    let entry = find(&snapshot, name);
    let row = entry.as_ref().ok().map(|entry| &*entry.row);
    authorize_on(site, call, "iam:GetRole", name, row, &[])?;
    entry.map(|entry| entry.row.clone())
}

/// Lists roles in order of their names (IAM API reference, ListRoles).
pub fn list_roles(
    site: &Site,
    call: &Call,
    request: &RolePageRequest,
) -> Result<Page<Arc<Role>>, Refusal> {
    check_path_prefix(&request.path_prefix)?;
    let arn = site.account().role_arn(&request.path_prefix, "");
    site.authorize(call, "iam:ListRoles", Target::on(&arn))?;
    let snapshot = site.directory.read();
    let rows = snapshot
        .roles_after(&request.page.after)
        .map(|entry| entry.row.clone())
        .filter(|row| row.path.starts_with(&request.path_prefix));
    Ok(Page::take(rows, request.page.size, |row| {
        row.name.to_ascii_lowercase()
    }))
}

/// Deletes a role that has no policies left (IAM API reference, DeleteRole).
pub async fn delete_role(site: &Site, call: &Call, name: &str) -> Result<(), Refusal> {
    check_entity_name("roleName", name, 64)?;
    site.directory
        .write(|snapshot| {
            let entry = find(snapshot, name);
            let row = entry.as_ref().ok().map(|entry| &*entry.row);
            authorize_on(site, call, "iam:DeleteRole", name, row, &[])?;
            let row = &entry?.row;
            let conflict = if !row.attached_policies.is_empty() {
                Some("Cannot delete entity, must detach all policies first.")
            } else if !row.inline_policies.is_empty() {
                Some("Cannot delete entity, must delete policies first.")
            } else {
                None
            };
            match conflict {
                Some(text) => Err(Refusal::new(Kind::DeleteConflict, "delete-conflict", text)),
                None => Ok((vec![Change::DeleteRole(row.arn.clone())], ())),
            }
        })
        .await
}

/// Replaces the trust policy (IAM API reference, UpdateAssumeRolePolicy).
pub async fn update_assume_role_policy(
    site: &Site,
    call: &Call,
    name: &str,
    document: String,
) -> Result<(), Refusal> {
    check_entity_name("roleName", name, 64)?;
    check_trust_policy(&document)?;
    change(site, call, "iam:UpdateAssumeRolePolicy", name, &[], |row| {
        row.assume_role_policy = document;
        Ok(())
    })
    .await
}

fn check_trust_policy(text: &str) -> Result<(), Refusal> {
    let policy = Policy::parse(text, PolicyKind::Trust).map_err(|error| malformed(&error))?;
    if policy.minified_len() > MAX_TRUST_POLICY_LENGTH {
        return Err(limit_exceeded(format!(
            "Cannot exceed quota for ACLSizePerRole: {MAX_TRUST_POLICY_LENGTH}"
        )));
    }
    Ok(())
}

fn check_description(description: Option<&str>) -> Result<(), Refusal> {
    if description.is_some_and(|text| text.chars().count() > 1000) {
        return Err(Refusal::validation(
            "1 validation error detected: Value at 'description' failed to satisfy constraint: Member must have length less than or equal to 1000",
        ));
    }
    Ok(())
}

fn check_max_session_duration(seconds: i64) -> Result<u32, Refusal> {
    let constraint = match seconds {
        ..3600 => "greater than or equal to 3600",
        43_201.. => "less than or equal to 43200",
        _ => return u32::try_from(seconds).map_err(|error| Refusal::internal(error.to_string())),
    };
    Err(Refusal::validation(format!(
        "1 validation error detected: Value '{seconds}' at 'maxSessionDuration' failed to satisfy constraint: Member must have value {constraint}"
    )))
}
