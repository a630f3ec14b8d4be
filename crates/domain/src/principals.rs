//! Users and roles that policies name: kept by their unique ids, so that who is deleted and made anew is somebody else, and
//! shown by their ARNs while they are there (IAM user guide, principals). Of trust policies and of resources' own.

use std::sync::Arc;

use anyrole_policy::{NamedKind, NamedPrincipal, rewrite_principals};

use crate::access_keys::unique_id as new_id;
use crate::account::Account;
use crate::directory::Directory;
use crate::policy_documents::malformed;
use crate::ports::Entropy;
use crate::refusal::{Kind, Refusal};
use crate::roles::Role;
use crate::snapshot::{Change, Snapshot};

/// The text to keep of a policy that parses. Refuses one that names a user or role of this account which isn't there;
/// who is of another account is taken as written.
pub fn keep(account: &Account, snapshot: &Snapshot, text: &str) -> Result<String, Refusal> {
    let mut missing = None;
    let kept = rewrite_principals(text, |named| match unique_id(account, snapshot, named) {
        Known::Id(id) => Some(id),
        Known::AsWritten => None,
        Known::Missing => {
            missing.get_or_insert_with(|| named.text.to_owned());
            None
        }
    })
    .map_err(|error| malformed(&error))?;
    match missing {
        None => Ok(kept),
        Some(name) => Err(Refusal::new(
            Kind::MalformedPolicy,
            "no-such-principal",
            format!("Invalid principal in policy: \"AWS\":\"{name}\""),
        )),
    }
}

/// The text to show of what `keep` has kept: ARNs in place of the ids of those who are there.
pub fn show(snapshot: &Snapshot, kept: &str) -> String {
    // What is kept has parsed.
    rewrite_principals(kept, |named| {
        (named.kind == NamedKind::UniqueId)
            .then(|| arn(snapshot, named.text))
            .flatten()
    })
    .unwrap_or_else(|_| kept.to_owned())
}

/// Keeps the users and roles in the trust policies of older rows by their unique ids, too; called at each start. Who isn't
/// there any more gets an id that nobody has: whoever takes the name later is somebody else.
pub async fn settle(
    directory: &Directory,
    account: &Account,
    entropy: &dyn Entropy,
) -> Result<(), Refusal> {
    directory
        .write(|snapshot| {
            let mut changes = Vec::new();
            for entry in snapshot.roles_after("") {
                let text = &entry.row.assume_role_policy;
                let settled = rewrite_principals(text, |named| {
                    if named.kind == NamedKind::UniqueId {
                        return None;
                    }
                    match unique_id(account, snapshot, named) {
                        Known::Id(id) => Some(id),
                        Known::AsWritten => None,
                        Known::Missing if named.kind == NamedKind::User => {
                            Some(new_id("AIDA", 17, entropy))
                        }
                        Known::Missing => Some(new_id("AROA", 17, entropy)),
                    }
                })
                .map_err(|error| malformed(&error))?;
                if settled != *text {
                    let mut row = Role::clone(&entry.row);
                    row.assume_role_policy = settled;
                    changes.push(Change::PutRole(Arc::new(row)));
                }
            }
            Ok((changes, ()))
        })
        .await
}

enum Known {
    Id(String),
    AsWritten,
    Missing,
}

fn unique_id(account: &Account, snapshot: &Snapshot, named: NamedPrincipal<'_>) -> Known {
    let NamedPrincipal { kind, text } = named;
    let name = text.rsplit('/').next().unwrap_or_default();
    let ours = text.split(':').nth(4) == Some(account.id.as_str());
    let found = match kind {
        NamedKind::Role if ours => snapshot.role(text).map(|entry| entry.row.id.clone()),
        NamedKind::User if ours => snapshot
            .user_by_name(name)
            .filter(|entry| entry.row.arn == text)
            .map(|entry| entry.row.id.clone()),
        // An id that was shown since its owner is gone can't be given back.
        NamedKind::UniqueId => arn(snapshot, text).map(|_| text.to_owned()),
        _ => return Known::AsWritten,
    };
    found.map_or(Known::Missing, Known::Id)
}

fn arn(snapshot: &Snapshot, unique_id: &str) -> Option<String> {
    let role = snapshot.role_by_id(unique_id).map(|entry| &entry.row.arn);
    let user = || snapshot.user(unique_id).map(|entry| &entry.row.arn);
    role.or_else(user).cloned()
}
