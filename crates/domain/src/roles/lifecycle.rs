//! Making, reading, listing and deleting roles.

use std::collections::BTreeMap;
use std::iter;
use std::sync::Arc;

use super::{Role, RoleView, add_last_uses, is_service_linked};
use crate::access_keys::unique_id;
use crate::authorize::Target;
use crate::call::Call;
use crate::identities::{
    Identity as _, already_exists, authorize_on, check_boundary, check_gone, check_name, find,
    readable,
};
use crate::names::{check_description, check_path};
use crate::page::{Page, PageRequest};
use crate::policy_documents::check_trust_policy;
use crate::principals;
use crate::quotas;
use crate::refusal::{Kind, Refusal};
use crate::site::Site;
use crate::snapshot::Change;
use crate::tags::{Tag, check_tags};

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
    /// The ARN of the managed policy that is the boundary.
    pub boundary: Option<String>,
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
pub async fn create_role(site: &Site, call: &Call, input: CreateRole) -> Result<RoleView, Refusal> {
    let path = input.path.unwrap_or_else(|| "/".to_owned());
    check_name::<Role>(&input.name)?;
    check_path(&path)?;
    check_description(input.description.as_deref())?;
    let arn = site.account().role_arn(&path, &input.name);
    let boundary = input.boundary.as_deref();
    let keys: Vec<_> = boundary
        .map(|arn| ("iam:permissionsboundary", arn))
        .into_iter()
        .collect();
    let target = Target::on(&arn)
        .with_request_tags(&input.tags)
        .with_keys(&keys);
    site.authorize(call, "iam:CreateRole", target)?;
    site.authorize_tagging(call, "iam:TagRole", &arn, &input.tags)?;
    if is_service_linked(&path) {
        return Err(Refusal::new(
            Kind::InvalidInput,
            "service-linked-path",
            "The path of a role can't begin with /aws-service-role/; use CreateServiceLinkedRole.",
        ));
    }
    check_trust_policy(site, &input.assume_role_policy)?;
    check_tags(&input.tags)?;
    let row = Role {
        account: call.caller.account.clone(),
        id: unique_id("AROA", 17, site.entropy.as_ref()),
        arn,
        name: input.name,
        path,
        assume_role_policy: input.assume_role_policy,
        description: input.description,
        max_session_duration: max_session_duration(input.max_session_duration.unwrap_or(3600))?,
        inline_policies: BTreeMap::new(),
        attached_policies: Vec::new(),
        boundary: input.boundary,
        tags: input.tags,
        created_at: call.origin.now,
    };
    keep_new(site, row).await
}

/// Stores a role that is new, if there is room for it and all that it names is there.
pub(super) async fn keep_new(site: &Site, mut row: Role) -> Result<RoleView, Refusal> {
    site.directory
        .write(|snapshot| {
            if snapshot.role_by_name(&row.name).is_some() {
                return Err(already_exists("Role", &row.name));
            }
            let wanted = snapshot.role_count() + 1;
            quotas::check_iam(site.quotas.roles, wanted, "RolesPerAccount")?;
            if let Some(arn) = &row.boundary {
                check_boundary(snapshot, arn)?;
            }
            let kept = principals::keep(site.account(), snapshot, &row.assume_role_policy)?;
            let trust_policy = std::mem::replace(&mut row.assume_role_policy, kept);
            let row = Arc::new(row);
            let view = RoleView {
                row: row.clone(),
                trust_policy,
                last_use: None,
            };
            Ok((vec![Change::PutRole(row)], view))
        })
        .await
}

/// Reads a role (IAM API reference, GetRole).
pub async fn read_role(site: &Site, call: &Call, name: &str) -> Result<RoleView, Refusal> {
    let row = readable(site, call, "iam:GetRole", name)?;
    let mut view = RoleView::of(&site.directory.read(), &row);
    add_last_uses(site, call.origin.now, iter::once(&mut view)).await?;
    Ok(view)
}

/// Lists roles in order of their names (IAM API reference, ListRoles).
pub fn list_roles(
    site: &Site,
    call: &Call,
    request: &RolePageRequest,
) -> Result<Page<RoleView>, Refusal> {
    let arn = site.account().role_arn(&request.path_prefix, "");
    site.authorize(call, "iam:ListRoles", Target::on(&arn))?;
    let snapshot = site.directory.read();
    let rows = snapshot
        .roles_after(&request.page.after)
        .filter(|entry| entry.row.path.starts_with(&request.path_prefix))
        .map(|entry| RoleView::of(&snapshot, &entry.row));
    Ok(Page::take(rows, request.page.size, |view| {
        view.row.name.to_ascii_lowercase()
    }))
}

/// Deletes a role that has no policies left and is in no instance profile (IAM API reference, DeleteRole).
pub async fn delete_role(site: &Site, call: &Call, name: &str) -> Result<(), Refusal> {
    let (action, target) = ("iam:DeleteRole", Target::any());
    site.directory
        .write(|snapshot| {
            let found = find::<Role>(snapshot, name);
            authorize_on(site, call, action, name, found.as_deref().ok(), target)?;
            let row = found?;
            row.check_own()?;
            let in_none = snapshot.instance_profiles_of(&row.id).next().is_none();
            check_gone(in_none, "remove roles from instance profile")?;
            check_gone(row.attached_policies.is_empty(), "detach all policies")?;
            check_gone(row.inline_policies.is_empty(), "delete policies")?;
            Ok((vec![Change::DeleteRole(row.arn.clone())], ()))
        })
        .await
}

/// Seconds within the model's bounds (IAM API reference, CreateRole).
pub(super) fn max_session_duration(seconds: i64) -> Result<u32, Refusal> {
    let seconds = u32::try_from(seconds).ok();
    let within = seconds.filter(|seconds| (3600..=43_200).contains(seconds));
    within.ok_or_else(|| {
        Refusal::validation("maxSessionDuration must be between 3600 and 43200 seconds.")
    })
}

/// Adds when each role was used last, where the caller may read it (GetRole); who may only list roles sees none.
pub async fn tell_last_uses(
    site: &Site,
    call: &Call,
    views: &mut [RoleView],
) -> Result<(), Refusal> {
    let readable = views.iter_mut().filter(|view| {
        let (action, name) = ("iam:GetRole", view.row.name.as_str());
        authorize_on(site, call, action, name, Some(&*view.row), Target::any()).is_ok()
    });
    add_last_uses(site, call.origin.now, readable).await
}
