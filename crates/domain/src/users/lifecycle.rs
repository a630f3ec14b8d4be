//! Making, reading, listing, renaming and deleting users.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::User;
use crate::access_keys::unique_id;
use crate::authorize::Target;
use crate::call::{Call, Principal};
use crate::identities::{
    USERS, already_exists, authorize_on, change, check_boundary, check_gone, check_name,
    check_quota, find, readable,
};
use crate::names::{check_path, check_path_prefix};
use crate::page::{Page, PageRequest};
use crate::refusal::Refusal;
use crate::site::Site;
use crate::snapshot::{Change, Snapshot};
use crate::tags::{Tag, check_tags};

/// What CreateUser is given.
#[derive(Debug, Clone, Default)]
pub struct CreateUser {
    /// The name.
    pub name: String,
    /// `/` where it is left out.
    pub path: Option<String>,
    /// The ARN of the managed policy that is its permissions boundary.
    pub boundary: Option<String>,
    /// Tags.
    pub tags: Vec<Tag>,
}

/// Makes a user (IAM API reference, CreateUser).
pub async fn create_user(
    site: &Site,
    call: &Call,
    input: CreateUser,
) -> Result<Arc<User>, Refusal> {
    let path = input.path.unwrap_or_else(|| "/".to_owned());
    // Before the ARN that they make is shown to anyone.
    check_name::<User>(&input.name)?;
    check_path(&path)?;
    let arn = site.account().user_arn(&path, &input.name);
    let boundary = input.boundary.as_deref();
    let keys: Vec<_> = boundary
        .map(|arn| ("iam:permissionsboundary", arn))
        .into_iter()
        .collect();
    let target = Target::on(&arn).with_request_tags(&input.tags);
    site.authorize(call, "iam:CreateUser", target.with_keys(&keys))?;
    site.authorize_tagging(call, "iam:TagUser", &arn, &input.tags)?;
    check_tags(&input.tags)?;
    let row = Arc::new(User {
        account: call.caller.account.clone(),
        id: unique_id("AIDA", 17, site.entropy.as_ref()),
        arn,
        name: input.name,
        path,
        inline_policies: BTreeMap::new(),
        attached_policies: Vec::new(),
        boundary: input.boundary,
        group_ids: Vec::new(),
        tags: input.tags,
        created_at: call.origin.now,
    });
    site.directory
        .write(|snapshot| {
            check_free(snapshot, &row)?;
            let (users, _) = snapshot.user_and_group_counts();
            check_quota("UsersPerAccount", USERS, users + 1)?;
            if let Some(arn) = &row.boundary {
                check_boundary(snapshot, arn)?;
            }
            Ok((vec![Change::PutUser(row.clone())], row.clone()))
        })
        .await
}

/// Refuses a name that another user has.
fn check_free(snapshot: &Snapshot, row: &User) -> Result<(), Refusal> {
    match snapshot.user_by_name(&row.name) {
        Some(taken) if taken.row.id != row.id => Err(already_exists("User", &row.name)),
        _ => Ok(()),
    }
}

/// Who has long-term keys: root is no user, and yet GetUser answers for it.
#[derive(Debug, Clone)]
pub enum Person {
    /// The account's root, which has no name.
    Root,
    /// A user.
    User(Arc<User>),
}

impl Person {
    /// The caller itself, by a key of its own or by a session of GetSessionToken.
    pub(crate) fn calling(snapshot: &Snapshot, call: &Call) -> Result<Self, Refusal> {
        let id = match &call.caller.principal {
            Principal::Root => return Ok(Self::Root),
            Principal::User(user) => user.id.as_str(),
            Principal::UserSession(session) if session.federated.is_none() => {
                if session.is_of_root(&call.caller.account) {
                    return Ok(Self::Root);
                }
                session.owner_id.as_str()
            }
            _ => {
                return Err(Refusal::validation(
                    "Must specify userName when calling with non-User credentials",
                ));
            }
        };
        let entry = snapshot.user(id);
        let gone = || Refusal::not_found("The user that calls cannot be found.");
        entry
            .map(|entry| Self::User(entry.row.clone()))
            .ok_or_else(gone)
    }

    /// The unique id; none for root.
    pub(crate) fn id(&self) -> Option<&str> {
        match self {
            Self::Root => None,
            Self::User(user) => Some(&user.id),
        }
    }

    /// The user's name; none for root.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Root => None,
            Self::User(user) => Some(&user.name),
        }
    }
}

/// Reads a user, or the caller itself where no name is given (IAM API reference, GetUser).
pub fn read_user(site: &Site, call: &Call, name: Option<&str>) -> Result<Person, Refusal> {
    let own;
    let name = match name {
        Some(name) => name,
        None => match Person::calling(&site.directory.read(), call)? {
            Person::Root => return Ok(Person::Root),
            Person::User(user) => {
                own = user.name.clone();
                own.as_str()
            }
        },
    };
    readable::<User>(site, call, "iam:GetUser", name).map(Person::User)
}

/// Lists users in order of their names, whose path begins so (IAM API reference, ListUsers).
pub fn list_users(
    site: &Site,
    call: &Call,
    path_prefix: &str,
    request: &PageRequest,
) -> Result<Page<Arc<User>>, Refusal> {
    check_path_prefix(path_prefix)?;
    let arn = site.account().user_arn(path_prefix, "");
    site.authorize(call, "iam:ListUsers", Target::on(&arn))?;
    let snapshot = site.directory.read();
    let rows = snapshot
        .users_after(&request.after)
        .map(|entry| entry.row.clone())
        .filter(|row| row.path.starts_with(path_prefix));
    Ok(Page::take(rows, request.size, |row| {
        row.name.to_ascii_lowercase()
    }))
}

/// Gives a user another name or path; its unique id, keys and memberships stay (IAM API reference, UpdateUser).
pub async fn update_user(
    site: &Site,
    call: &Call,
    name: &str,
    new_name: Option<String>,
    new_path: Option<String>,
) -> Result<(), Refusal> {
    if let Some(name) = &new_name {
        check_name::<User>(name)?;
    }
    if let Some(path) = &new_path {
        check_path(path)?;
    }
    let action = "iam:UpdateUser";
    let alter = |snapshot: &Snapshot, row: &mut User| {
        row.name = new_name.unwrap_or_else(|| row.name.clone());
        row.path = new_path.unwrap_or_else(|| row.path.clone());
        row.arn = site.account().user_arn(&row.path, &row.name);
        // Both ends of a move are asked for.
        site.authorize(
            call,
            action,
            Target::on(&row.arn).with_resource_tags(&row.tags),
        )?;
        check_free(snapshot, row)
    };
    change::<User, _>(site, call, action, name, Target::any(), alter).await
}

/// Deletes a user that nothing hangs on any more (IAM API reference, DeleteUser).
pub async fn delete_user(site: &Site, call: &Call, name: &str) -> Result<(), Refusal> {
    check_name::<User>(name)?;
    site.directory
        .write(|snapshot| {
            let found = find::<User>(snapshot, name);
            let row = found.as_deref().ok();
            authorize_on(site, call, "iam:DeleteUser", name, row, Target::any())?;
            let row = found?;
            let keyless = snapshot.access_keys_of(Some(&row.id)).next().is_none();
            check_gone(keyless, "delete access keys")?;
            check_gone(row.group_ids.is_empty(), "remove users from group")?;
            check_gone(row.attached_policies.is_empty(), "detach all policies")?;
            check_gone(row.inline_policies.is_empty(), "delete policies")?;
            let (account, id) = (row.account.clone(), row.id.clone());
            Ok((vec![Change::DeleteUser { account, id }], ()))
        })
        .await
}
