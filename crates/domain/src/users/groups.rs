//! Groups of users: making, reading, listing, renaming and deleting them, and who is a member.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Group, User};
use crate::access_keys::unique_id;
use crate::authorize::Target;
use crate::call::Call;
use crate::identities::{
    GROUPS, GROUPS_PER_USER, already_exists, authorize_on, change, check_gone, check_name,
    check_quota, find, readable,
};
use crate::names::{check_path, check_path_prefix};
use crate::page::{Page, PageRequest};
use crate::refusal::Refusal;
use crate::site::Site;
use crate::snapshot::{Change, Snapshot};

/// Makes a group (IAM API reference, CreateGroup); the path is `/` where it is left out.
pub async fn create_group(
    site: &Site,
    call: &Call,
    name: String,
    path: Option<String>,
) -> Result<Arc<Group>, Refusal> {
    let path = path.unwrap_or_else(|| "/".to_owned());
    check_name::<Group>(&name)?;
    check_path(&path)?;
    let arn = site.account().group_arn(&path, &name);
    site.authorize(call, "iam:CreateGroup", Target::on(&arn))?;
    let row = Arc::new(Group {
        account: call.caller.account.clone(),
        id: unique_id("AGPA", 17, site.entropy.as_ref()),
        arn,
        name,
        path,
        inline_policies: BTreeMap::new(),
        attached_policies: Vec::new(),
        created_at: call.origin.now,
    });
    site.directory
        .write(|snapshot| {
            check_free(snapshot, &row)?;
            let (_, groups) = snapshot.user_and_group_counts();
            check_quota("GroupsPerAccount", GROUPS, groups + 1)?;
            Ok((vec![Change::PutGroup(row.clone())], row.clone()))
        })
        .await
}

/// Refuses a name that another group has.
fn check_free(snapshot: &Snapshot, row: &Group) -> Result<(), Refusal> {
    match snapshot.group_by_name(&row.name) {
        Some(taken) if taken.row.id != row.id => Err(already_exists("Group", &row.name)),
        _ => Ok(()),
    }
}

/// Reads a group and a page of its members, in order of their names (IAM API reference, GetGroup).
pub fn read_group(
    site: &Site,
    call: &Call,
    name: &str,
    request: &PageRequest,
) -> Result<(Arc<Group>, Page<Arc<User>>), Refusal> {
    let group = readable::<Group>(site, call, "iam:GetGroup", name)?;
    let snapshot = site.directory.read();
    let members = snapshot
        .users_after(&request.after)
        .map(|entry| entry.row.clone())
        .filter(|user| user.group_ids.contains(&group.id));
    let members = Page::take(members, request.size, |row| row.name.to_ascii_lowercase());
    Ok((group, members))
}

/// Lists groups in order of their names, whose path begins so (IAM API reference, ListGroups).
pub fn list_groups(
    site: &Site,
    call: &Call,
    path_prefix: &str,
    request: &PageRequest,
) -> Result<Page<Arc<Group>>, Refusal> {
    check_path_prefix(path_prefix)?;
    let arn = site.account().group_arn(path_prefix, "");
    site.authorize(call, "iam:ListGroups", Target::on(&arn))?;
    let snapshot = site.directory.read();
    let rows = snapshot
        .groups_after(&request.after)
        .map(|entry| entry.row.clone())
        .filter(|row| row.path.starts_with(path_prefix));
    Ok(Page::take(rows, request.size, |row| {
        row.name.to_ascii_lowercase()
    }))
}

/// Lists the groups of a user in order of their names (IAM API reference, ListGroupsForUser).
pub fn list_groups_for_user(
    site: &Site,
    call: &Call,
    user: &str,
    request: &PageRequest,
) -> Result<Page<Arc<Group>>, Refusal> {
    let user = readable::<User>(site, call, "iam:ListGroupsForUser", user)?;
    let groups = groups_of(&site.directory.read(), &user);
    let key = |group: &Arc<Group>| group.name.to_ascii_lowercase();
    let rows = groups
        .into_iter()
        .filter(|group| key(group) > request.after);
    Ok(Page::take(rows, request.size, key))
}

/// The groups of a user, in order of their names.
pub(crate) fn groups_of(snapshot: &Snapshot, user: &User) -> Vec<Arc<Group>> {
    let mut groups: Vec<Arc<Group>> = user
        .group_ids
        .iter()
        .filter_map(|id| snapshot.group(id))
        .map(|entry| entry.row.clone())
        .collect();
    groups.sort_by_key(|group| group.name.to_ascii_lowercase());
    groups
}

/// Gives a group another name or path (IAM API reference, UpdateGroup).
pub async fn update_group(
    site: &Site,
    call: &Call,
    name: &str,
    new_name: Option<String>,
    new_path: Option<String>,
) -> Result<(), Refusal> {
    if let Some(name) = &new_name {
        check_name::<Group>(name)?;
    }
    if let Some(path) = &new_path {
        check_path(path)?;
    }
    let action = "iam:UpdateGroup";
    let alter = |snapshot: &Snapshot, row: &mut Group| {
        row.name = new_name.unwrap_or_else(|| row.name.clone());
        row.path = new_path.unwrap_or_else(|| row.path.clone());
        row.arn = site.account().group_arn(&row.path, &row.name);
        // Both ends of a move are asked for.
        site.authorize(call, action, Target::on(&row.arn))?;
        check_free(snapshot, row)
    };
    change::<Group, _>(site, call, action, name, Target::any(), alter).await
}

/// Deletes a group that has neither members nor policies (IAM API reference, DeleteGroup).
pub async fn delete_group(site: &Site, call: &Call, name: &str) -> Result<(), Refusal> {
    check_name::<Group>(name)?;
    site.directory
        .write(|snapshot| {
            let found = find::<Group>(snapshot, name);
            let row = found.as_deref().ok();
            authorize_on(site, call, "iam:DeleteGroup", name, row, Target::any())?;
            let row = found?;
            let mut users = snapshot.users_after("");
            let empty = !users.any(|user| user.row.group_ids.contains(&row.id));
            check_gone(empty, "remove users from group")?;
            check_gone(row.attached_policies.is_empty(), "detach all policies")?;
            check_gone(row.inline_policies.is_empty(), "delete policies")?;
            let (account, id) = (row.account.clone(), row.id.clone());
            Ok((vec![Change::DeleteGroup { account, id }], ()))
        })
        .await
}

/// Makes a user a member; a member already is fine (IAM API reference, AddUserToGroup).
pub async fn add_user_to_group(
    site: &Site,
    call: &Call,
    group: &str,
    user: &str,
) -> Result<(), Refusal> {
    let action = "iam:AddUserToGroup";
    change_member(site, call, action, group, user, |group, user| {
        if !user.group_ids.contains(&group.id) {
            check_quota("GroupsPerUser", GROUPS_PER_USER, user.group_ids.len() + 1)?;
            user.group_ids.push(group.id.clone());
        }
        Ok(())
    })
    .await
}

/// Ends a membership (IAM API reference, RemoveUserFromGroup).
pub async fn remove_user_from_group(
    site: &Site,
    call: &Call,
    group: &str,
    user: &str,
) -> Result<(), Refusal> {
    let action = "iam:RemoveUserFromGroup";
    change_member(site, call, action, group, user, |group, user| {
        let before = user.group_ids.len();
        user.group_ids.retain(|id| *id != group.id);
        if user.group_ids.len() == before {
            return Err(Refusal::not_found(format!(
                "User {} not in group {}",
                user.name, group.name
            )));
        }
        Ok(())
    })
    .await
}

/// Both are asked for by the group, as AWS does.
async fn change_member(
    site: &Site,
    call: &Call,
    action: &str,
    group: &str,
    user: &str,
    alter: impl FnOnce(&Group, &mut User) -> Result<(), Refusal> + Clone,
) -> Result<(), Refusal> {
    check_name::<Group>(group)?;
    check_name::<User>(user)?;
    site.directory
        .write(|snapshot| {
            let found = find::<Group>(snapshot, group);
            let row = found.as_deref().ok();
            authorize_on(site, call, action, group, row, Target::any())?;
            let group = found?;
            let before = find::<User>(snapshot, user)?;
            let mut user = User::clone(&before);
            alter(&group, &mut user)?;
            let changes = if user == *before {
                Vec::new()
            } else {
                vec![Change::PutUser(Arc::new(user))]
            };
            Ok((changes, ()))
        })
        .await
}
