//! Making, listing, switching and deleting access keys, of a user or of the caller itself.

use std::sync::Arc;

use super::AccessKey;
use crate::authorize::Target;
use crate::call::Call;
use crate::identities::{ACCESS_KEYS_PER_USER, check_name, check_quota, find};
use crate::last_uses::{self, LastUse};
use crate::names::printable;
use crate::page::{Page, PageRequest};
use crate::ports::SecretAccessKey;
use crate::refusal::{Kind, Refusal};
use crate::site::Site;
use crate::snapshot::{Change, Snapshot};
use crate::users::{Person, User};

/// Finds the user of this name, or the caller itself, and asks whether the caller may.
fn owner(
    site: &Site,
    call: &Call,
    snapshot: &Snapshot,
    action: &str,
    name: Option<&str>,
) -> Result<Person, Refusal> {
    let by_name;
    let found = match name {
        Some(name) => {
            by_name = site.account().user_arn("/", name);
            find::<User>(snapshot, name).map(Person::User)
        }
        None => {
            by_name = site.account().root_arn();
            Ok(Person::calling(snapshot, call)?)
        }
    };
    let target = match &found {
        Ok(Person::User(user)) => Target::on(&user.arn).with_resource_tags(&user.tags),
        _ => Target::on(&by_name),
    };
    site.authorize(call, action, target)?;
    found
}

fn check_owner(name: Option<&str>) -> Result<(), Refusal> {
    name.map_or(Ok(()), check_name::<User>)
}

/// Makes a key; the secret is answered this once (IAM API reference, CreateAccessKey).
pub async fn create_access_key(
    site: &Site,
    call: &Call,
    name: Option<&str>,
) -> Result<(Person, AccessKey, SecretAccessKey), Refusal> {
    check_owner(name)?;
    site.directory
        .write(|snapshot| {
            let owner = owner(site, call, snapshot, "iam:CreateAccessKey", name)?;
            let wanted = snapshot.access_keys_of(owner.id()).count() + 1;
            check_quota("AccessKeysPerUser", ACCESS_KEYS_PER_USER, wanted)?;
            let (key, secret) = AccessKey::generate(
                call.caller.account.clone(),
                owner.id().map(str::to_owned),
                call.origin.now,
                site.entropy.as_ref(),
                site.secrets.as_ref(),
            )
            .map_err(|error| Refusal::internal(error.to_string()))?;
            let changes = vec![Change::PutAccessKey(key.clone())];
            Ok((changes, (owner, key, secret)))
        })
        .await
}

/// Lists keys, the oldest first (IAM API reference, ListAccessKeys).
pub fn list_access_keys(
    site: &Site,
    call: &Call,
    name: Option<&str>,
    request: &PageRequest,
) -> Result<(Person, Page<Arc<AccessKey>>), Refusal> {
    check_owner(name)?;
    let snapshot = site.directory.read();
    let owner = owner(site, call, &snapshot, "iam:ListAccessKeys", name)?;
    let place =
        |key: &Arc<AccessKey>| format!("{:020} {}", key.created_at.as_microsecond(), key.id);
    let mut keys: Vec<Arc<AccessKey>> = snapshot.access_keys_of(owner.id()).cloned().collect();
    keys.sort_by_cached_key(place);
    let rest = keys.into_iter().filter(|key| place(key) > request.after);
    let page = Page::take(rest, request.size, place);
    Ok((owner, page))
}

/// Lets a key be used, or not (IAM API reference, UpdateAccessKey).
pub async fn update_access_key(
    site: &Site,
    call: &Call,
    name: Option<&str>,
    id: &str,
    active: bool,
) -> Result<(), Refusal> {
    check_owner(name)?;
    site.directory
        .write(|snapshot| {
            let (owner, key) = owned(site, call, snapshot, "iam:UpdateAccessKey", name, id)?;
            if key.active == active {
                return Ok((Vec::new(), ()));
            }
            check_root_stays(snapshot, &owner, id)?;
            let mut key = AccessKey::clone(&key);
            key.active = active;
            Ok((vec![Change::PutAccessKey(key)], ()))
        })
        .await
}

/// Deletes a key (IAM API reference, DeleteAccessKey).
pub async fn delete_access_key(
    site: &Site,
    call: &Call,
    name: Option<&str>,
    id: &str,
) -> Result<(), Refusal> {
    check_owner(name)?;
    site.directory
        .write(|snapshot| {
            let (owner, key) = owned(site, call, snapshot, "iam:DeleteAccessKey", name, id)?;
            check_root_stays(snapshot, &owner, id)?;
            let (account, id) = (key.account.clone(), key.id.clone());
            Ok((vec![Change::DeleteAccessKey { account, id }], ()))
        })
        .await
}

fn owned(
    site: &Site,
    call: &Call,
    snapshot: &Snapshot,
    action: &str,
    name: Option<&str>,
    id: &str,
) -> Result<(Person, Arc<AccessKey>), Refusal> {
    let owner = owner(site, call, snapshot, action, name)?;
    let key = snapshot
        .access_key(id)
        .filter(|key| key.user_id.as_deref() == owner.id())
        .ok_or_else(|| no_such_key(id))?;
    Ok((owner, key.clone()))
}

/// Without a key of the root's there would be no way in any more: there is no console with a password.
fn check_root_stays(snapshot: &Snapshot, owner: &Person, id: &str) -> Result<(), Refusal> {
    let mut others = snapshot.access_keys_of(None).filter(|key| key.id != id);
    if matches!(owner, Person::User(_)) || others.any(|key| key.active) {
        return Ok(());
    }
    Err(Refusal::new(
        Kind::LimitExceeded,
        "last-root-key",
        "The root user's last active access key stays; make another one first.",
    ))
}

fn no_such_key(id: &str) -> Refusal {
    Refusal::not_found(format!(
        "The Access Key with id {} cannot be found.",
        printable(id)
    ))
}

/// When a key was used last (IAM API reference, GetAccessKeyLastUsed); none where it never was.
pub async fn read_last_use(
    site: &Site,
    call: &Call,
    id: &str,
) -> Result<(Option<String>, Option<LastUse>), Refusal> {
    let snapshot = site.directory.read_full();
    let key = snapshot.access_key(id);
    let user = key
        .and_then(|key| key.user_id.as_deref())
        .and_then(|user| snapshot.user(user));
    let target = match (user, key) {
        (Some(user), _) => Target::on(&user.row.arn).with_resource_tags(&user.row.tags),
        _ => Target::any(),
    };
    site.authorize(call, "iam:GetAccessKeyLastUsed", target)?;
    if key.is_none() {
        return Err(no_such_key(id));
    }
    let last = last_uses::read(site, &[id]).await?.remove(id);
    Ok((user.map(|user| user.row.name.clone()), last))
}
