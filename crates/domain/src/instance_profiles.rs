//! Instance profiles: what puts a role on a machine. There are no machines here; tools make them beside a role, and ask for
//! them before they delete one. Called by `frontends/iam`.

use std::sync::Arc;

use jiff::Timestamp;

use crate::access_keys::unique_id;
use crate::account::AccountId;
use crate::authorize::Target;
use crate::call::Call;
use crate::identities::{Identity as _, check_gone, find, readable};
use crate::names::printable;
use crate::page::{Page, PageRequest};
use crate::quotas;
use crate::refusal::{Kind, Refusal};
use crate::roles::{Role, RoleView};
use crate::site::Site;
use crate::snapshot::{Change, Snapshot};
use crate::tags::{Tag, check_tags};

/// An instance profile as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstanceProfile {
    /// The account that it belongs to.
    pub account: AccountId,
    /// `AIPA…`; one deleted and made again has another.
    pub id: String,
    /// `arn:…:instance-profile{path}{name}`.
    pub arn: String,
    /// 1 to 128 characters, unique whatever their case.
    pub name: String,
    /// `/`, or `/…/`.
    pub path: String,
    /// The unique id of the role that it holds; one at most.
    pub role_id: Option<String>,
    /// Tags.
    pub tags: Vec<Tag>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// An instance profile as it is answered.
#[derive(Debug, Clone)]
pub struct InstanceProfileView {
    /// The row.
    pub row: Arc<InstanceProfile>,
    /// Its role.
    pub role: Option<RoleView>,
}

impl InstanceProfileView {
    pub(crate) fn of(snapshot: &Snapshot, row: &Arc<InstanceProfile>) -> Self {
        let role = row
            .role_id
            .as_deref()
            .and_then(|id| snapshot.role_by_id(id));
        Self {
            row: row.clone(),
            role: role.map(|entry| RoleView::of(snapshot, &entry.row)),
        }
    }
}

/// Makes an instance profile without a role (IAM API reference, CreateInstanceProfile).
pub async fn create_instance_profile(
    site: &Site,
    call: &Call,
    name: String,
    path: Option<String>,
    tags: Vec<Tag>,
) -> Result<InstanceProfileView, Refusal> {
    let path = path.unwrap_or_else(|| "/".to_owned());
    let arn = site.account().instance_profile_arn(&path, &name);
    let target = Target::on(&arn).with_request_tags(&tags);
    site.authorize(call, "iam:CreateInstanceProfile", target)?;
    site.authorize_tagging(call, "iam:TagInstanceProfile", &arn, &tags)?;
    check_tags(&tags)?;
    let row = Arc::new(InstanceProfile {
        account: call.caller.account.clone(),
        id: unique_id("AIPA", 17, site.entropy.as_ref()),
        arn,
        name,
        path,
        role_id: None,
        tags,
        created_at: call.origin.now,
    });
    site.directory
        .write(|snapshot| {
            if snapshot.instance_profile(&row.name).is_some() {
                return Err(Refusal::new(
                    Kind::AlreadyExists,
                    "already-exists",
                    format!("Instance Profile {} already exists.", row.name),
                ));
            }
            let quota = site.quotas.instance_profiles;
            let wanted = snapshot.instance_profile_count() + 1;
            quotas::check_iam(quota, wanted, "InstanceProfilesPerAccount")?;
            let view = InstanceProfileView::of(snapshot, &row);
            Ok((vec![Change::PutInstanceProfile(row)], view))
        })
        .await
}

/// Reads an instance profile (IAM API reference, GetInstanceProfile).
pub fn read_instance_profile(
    site: &Site,
    call: &Call,
    name: &str,
) -> Result<InstanceProfileView, Refusal> {
    let snapshot = site.directory.read();
    let row = authorized(site, call, &snapshot, "iam:GetInstanceProfile", name)?;
    Ok(InstanceProfileView::of(&snapshot, row))
}

/// Lists instance profiles in order of their names (IAM API reference, ListInstanceProfiles).
pub fn list_instance_profiles(
    site: &Site,
    call: &Call,
    path_prefix: &str,
    request: &PageRequest,
) -> Result<Page<InstanceProfileView>, Refusal> {
    let arn = site.account().instance_profile_arn(path_prefix, "");
    site.authorize(call, "iam:ListInstanceProfiles", Target::on(&arn))?;
    let snapshot = site.directory.read();
    let rows = snapshot
        .instance_profiles_after(&request.after)
        .filter(|row| row.path.starts_with(path_prefix))
        .map(|row| InstanceProfileView::of(&snapshot, row));
    Ok(Page::take(rows, request.size, key))
}

/// Lists the instance profiles that hold a role (IAM API reference, ListInstanceProfilesForRole).
pub fn list_instance_profiles_for_role(
    site: &Site,
    call: &Call,
    role: &str,
    request: &PageRequest,
) -> Result<Page<InstanceProfileView>, Refusal> {
    let row = readable::<Role>(site, call, "iam:ListInstanceProfilesForRole", role)?;
    let snapshot = site.directory.read();
    let views = snapshot
        .instance_profiles_of(&row.id)
        .map(|row| InstanceProfileView::of(&snapshot, row))
        .filter(|view| key(view) > request.after);
    Ok(Page::take(views, request.size, key))
}

fn key(view: &InstanceProfileView) -> String {
    view.row.name.to_ascii_lowercase()
}

/// Deletes an instance profile that holds no role (IAM API reference, DeleteInstanceProfile).
pub async fn delete_instance_profile(site: &Site, call: &Call, name: &str) -> Result<(), Refusal> {
    site.directory
        .write(|snapshot| {
            let row = authorized(site, call, snapshot, "iam:DeleteInstanceProfile", name)?;
            check_gone(row.role_id.is_none(), "remove roles from instance profile")?;
            Ok((vec![Change::DeleteInstanceProfile(row.arn.clone())], ()))
        })
        .await
}

/// Puts a role into an instance profile that holds none (IAM API reference, AddRoleToInstanceProfile). Needs iam:PassRole.
pub async fn add_role_to_instance_profile(
    site: &Site,
    call: &Call,
    name: &str,
    role: &str,
) -> Result<(), Refusal> {
    let action = "iam:AddRoleToInstanceProfile";
    change(site, call, action, name, |row, snapshot| {
        let found = find::<Role>(snapshot, role);
        let role_arn = match &found {
            Ok(role) => role.arn.clone(),
            Err(_) => site.account().role_arn("/", role),
        };
        let keys = [("iam:passedtoservice", "ec2.amazonaws.com")];
        let target = Target::on(&role_arn).with_keys(&keys);
        site.authorize(call, "iam:PassRole", target)?;
        let found = found?;
        found.check_own()?;
        let wanted = 1 + usize::from(row.role_id.is_some());
        quotas::check_iam(Some(1), wanted, "InstanceSessionsPerInstanceProfile")?;
        row.role_id = Some(found.id.clone());
        Ok(())
    })
    .await
}

/// Takes the role out of an instance profile (IAM API reference, RemoveRoleFromInstanceProfile).
pub async fn remove_role_from_instance_profile(
    site: &Site,
    call: &Call,
    name: &str,
    role: &str,
) -> Result<(), Refusal> {
    let action = "iam:RemoveRoleFromInstanceProfile";
    change(site, call, action, name, |row, snapshot| {
        let found = find::<Role>(snapshot, role)?;
        if row.role_id.as_ref() != Some(&found.id) {
            return Err(Refusal::not_found(format!(
                "The role {} is not in the instance profile {}.",
                found.name, row.name
            )));
        }
        row.role_id = None;
        Ok(())
    })
    .await
}

async fn change(
    site: &Site,
    call: &Call,
    action: &str,
    name: &str,
    alter: impl FnOnce(&mut InstanceProfile, &Snapshot) -> Result<(), Refusal> + Clone,
) -> Result<(), Refusal> {
    site.directory
        .write(|snapshot| {
            let row = authorized(site, call, snapshot, action, name)?;
            let mut row = InstanceProfile::clone(row);
            alter(&mut row, snapshot)?;
            Ok((vec![Change::PutInstanceProfile(Arc::new(row))], ()))
        })
        .await
}

/// The instance profile of this name, if the caller may.
fn authorized<'a>(
    site: &Site,
    call: &Call,
    snapshot: &'a Snapshot,
    action: &str,
    name: &str,
) -> Result<&'a Arc<InstanceProfile>, Refusal> {
    let row = snapshot.instance_profile(name);
    let arn = match row {
        Some(row) => row.arn.clone(),
        None => site.account().instance_profile_arn("/", name),
    };
    let tags = row.map_or(&[][..], |row| &row.tags);
    site.authorize(call, action, Target::on(&arn).with_resource_tags(tags))?;
    row.ok_or_else(|| {
        Refusal::not_found(format!(
            "Instance Profile {} cannot be found.",
            printable(name)
        ))
    })
}
