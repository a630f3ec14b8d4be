//! What roles, users and groups have in common, written once: finding one by name, asking whether the caller may, changing
//! it, and its policies (one file each for inline policies, attached policies and the permissions boundary).
//! A kind of identity enters as a type parameter; `frontends/iam` calls it.

mod attached;
mod boundary;
mod defaults;
mod inline;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use self::attached::{
    AttachedPolicy, attach_policy, attached_page, detach_policy, list_attached_policies,
};
pub(crate) use self::boundary::check_boundary;
pub use self::boundary::{Bounded, delete_boundary, put_boundary};
pub(crate) use self::defaults::*;
pub use self::inline::{
    delete_inline_policy, list_inline_policies, put_inline_policy, read_inline_policy,
};
use crate::account::Account;
use crate::authorize::Target;
use crate::call::Call;
use crate::names::{check_entity_name, printable};
use crate::page::{Page, PageRequest};
use crate::quotas;
use crate::refusal::{Kind, Refusal};
use crate::site::Site;
use crate::snapshot::{Change, Snapshot};
use crate::tags::{self, Tag};

/// The words and actions of a kind of identity (IAM API reference; IAM quotas).
#[derive(Debug)]
pub struct Words {
    /// `role`, `user` or `group`.
    pub noun: &'static str,
    /// The member of requests that names one, `userName` say.
    pub member: &'static str,
    /// The element of answers that names one, `UserName` say.
    pub element: &'static str,
    /// The longest name, in characters.
    pub longest_name: usize,
    /// The quota of attached policies, as errors call it.
    pub attached_quota: &'static str,
    /// The action that reads one.
    pub read: &'static str,
    /// The action that makes or replaces an inline policy.
    pub put_policy: &'static str,
    /// The action that reads an inline policy.
    pub read_policy: &'static str,
    /// The action that lists inline policies.
    pub list_policies: &'static str,
    /// The action that deletes an inline policy.
    pub delete_policy: &'static str,
    /// The action that attaches a managed policy.
    pub attach: &'static str,
    /// The action that detaches a managed policy.
    pub detach: &'static str,
    /// The action that lists attached policies.
    pub list_attached: &'static str,
}

/// A role, a user or a group.
pub trait Identity: Clone + PartialEq + Send + Sync + 'static {
    /// What it is called.
    const WORDS: &'static Words;

    /// The one of this name.
    fn find(snapshot: &Snapshot, name: &str) -> Option<Arc<Self>>;
    /// The ARN of one of this name whose path is `/`: who may not ask does not learn whether it is there.
    fn arn_by_name(account: &Account, name: &str) -> String;
    /// Its ARN.
    fn arn(&self) -> &str;
    /// Its name, in the case that it was given.
    fn name(&self) -> &str;
    /// Its tags.
    fn tags(&self) -> &[Tag];
    /// The ARN of its permissions boundary.
    fn boundary(&self) -> Option<&str>;
    /// Inline policies, by name.
    fn inline_policies(&self) -> &BTreeMap<String, String>;
    /// Inline policies, to be changed.
    fn inline_policies_mut(&mut self) -> &mut BTreeMap<String, String>;
    /// ARNs of attached managed policies, in the order of attachment.
    fn attached_policies(&self) -> &[String];
    /// Attached managed policies, to be changed.
    fn attached_policies_mut(&mut self) -> &mut Vec<String>;
    /// What stores it.
    fn put(row: Arc<Self>) -> Change;

    /// How much of each it may have on a site.
    fn most(site: &Site) -> Most;

    /// Refuses where it is not the customer's to change.
    fn check_own(&self) -> Result<(), Refusal> {
        Ok(())
    }
}

/// How much an identity may have; `None` is no limit.
#[derive(Debug, Clone, Copy)]
pub struct Most {
    /// Characters of inline policies together, white space not counted.
    pub inline: Option<usize>,
    /// Attached managed policies.
    pub attached: Option<usize>,
}

/// An identity that has tags.
pub trait Tagged: Identity {
    /// The action that sets tags.
    const TAG: &'static str;
    /// The action that takes tags away.
    const UNTAG: &'static str;
    /// The action that lists tags.
    const LIST_TAGS: &'static str;
    /// Tags, to be changed.
    fn tags_mut(&mut self) -> &mut Vec<Tag>;
}

/// Actions that are asked with the key `iam:PermissionsBoundary`, the boundary that the identity has (service authorization
/// reference, AWS IAM).
const ASKED_WITH_BOUNDARY: &[&str] = &[
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteRolePolicy",
    "iam:DeleteUserPermissionsBoundary",
    "iam:DeleteUserPolicy",
    "iam:DetachRolePolicy",
    "iam:DetachUserPolicy",
    "iam:PutRolePolicy",
    "iam:PutUserPolicy",
];

pub(crate) fn check_name<I: Identity>(name: &str) -> Result<(), Refusal> {
    check_entity_name(I::WORDS.member, name, I::WORDS.longest_name)
}

/// The one of this name, or that there is none.
pub(crate) fn find<I: Identity>(snapshot: &Snapshot, name: &str) -> Result<Arc<I>, Refusal> {
    I::find(snapshot, name).ok_or_else(|| {
        Refusal::not_found(format!(
            "The {} with name {} cannot be found.",
            I::WORDS.noun,
            printable(name)
        ))
    })
}

/// Authorises on the one of this name, whether or not it exists: who may not ask does not learn which it is.
pub(crate) fn authorize_on<I: Identity>(
    site: &Site,
    call: &Call,
    action: &str,
    name: &str,
    row: Option<&I>,
    target: Target<'_>,
) -> Result<(), Refusal> {
    let by_name;
    let (arn, tags) = match row {
        Some(row) => (row.arn(), row.tags()),
        None => {
            by_name = I::arn_by_name(site.account(), name);
            (by_name.as_str(), &[][..])
        }
    };
    let boundary = row
        .and_then(I::boundary)
        .filter(|_| ASKED_WITH_BOUNDARY.contains(&action));
    let mut keys = target.keys().to_vec();
    keys.extend(boundary.map(|arn| ("iam:permissionsboundary", arn)));
    let target = target.to(arn).with_resource_tags(tags).with_keys(&keys);
    site.authorize(call, action, target)
}

/// The one of this name, for who may do `action` to it.
pub(crate) fn readable<I: Identity>(
    site: &Site,
    call: &Call,
    action: &str,
    name: &str,
) -> Result<Arc<I>, Refusal> {
    check_name::<I>(name)?;
    let found = find::<I>(&site.directory.read(), name);
    authorize_on(
        site,
        call,
        action,
        name,
        found.as_deref().ok(),
        Target::any(),
    )?;
    found
}

/// Changes one: finds it, authorises, alters a copy, writes it where it is another then.
pub(crate) async fn change<I: Identity, T>(
    site: &Site,
    call: &Call,
    action: &str,
    name: &str,
    target: Target<'_>,
    alter: impl FnOnce(&Snapshot, &mut I) -> Result<T, Refusal> + Clone,
) -> Result<T, Refusal> {
    check_name::<I>(name)?;
    site.directory
        .write(|snapshot| {
            let found = find::<I>(snapshot, name);
            authorize_on(site, call, action, name, found.as_deref().ok(), target)?;
            let before = found?;
            let mut row = I::clone(&before);
            let answer = alter(snapshot, &mut row)?;
            let changes = if row == *before {
                Vec::new()
            } else {
                vec![I::put(Arc::new(row))]
            };
            Ok((changes, answer))
        })
        .await
}

/// Changes one that is the customer's own: a service-linked role is its service's.
pub(crate) async fn change_own<I: Identity, T>(
    site: &Site,
    call: &Call,
    action: &str,
    name: &str,
    target: Target<'_>,
    alter: impl FnOnce(&Snapshot, &mut I) -> Result<T, Refusal> + Clone,
) -> Result<T, Refusal> {
    change::<I, _>(site, call, action, name, target, |snapshot, row| {
        row.check_own()?;
        alter(snapshot, row)
    })
    .await
}

/// Sets tags; a key that is there already gets the new value (IAM API reference, TagUser and its like).
pub async fn tag<I: Tagged>(
    site: &Site,
    call: &Call,
    name: &str,
    new: &[Tag],
) -> Result<(), Refusal> {
    let target = Target::any().with_request_tags(new);
    change::<I, _>(site, call, I::TAG, name, target, |_, row| {
        tags::set(row.tags_mut(), new)
    })
    .await
}

/// Takes tags away; a key that is not there is passed over (IAM API reference, UntagUser and its like).
pub async fn untag<I: Tagged>(
    site: &Site,
    call: &Call,
    name: &str,
    keys: &[String],
) -> Result<(), Refusal> {
    let target = Target::any().with_tag_keys(keys);
    change::<I, _>(site, call, I::UNTAG, name, target, |_, row| {
        tags::remove(row.tags_mut(), keys);
        Ok(())
    })
    .await
}

/// Lists tags in order of their keys (IAM API reference, ListUserTags and its like).
pub fn list_tags<I: Tagged>(
    site: &Site,
    call: &Call,
    name: &str,
    request: &PageRequest,
) -> Result<Page<Tag>, Refusal> {
    let row = readable::<I>(site, call, I::LIST_TAGS, name)?;
    Ok(tags::page(row.tags(), request))
}

/// Refuses what would make more than the quota, in AWS's words.
pub(crate) fn check_quota(quota: &str, most: usize, wanted: usize) -> Result<(), Refusal> {
    quotas::check_iam(Some(most), wanted, quota)
}

pub(crate) fn already_exists(noun: &str, name: &str) -> Refusal {
    Refusal::new(
        Kind::AlreadyExists,
        "already-exists",
        format!("{noun} with name {name} already exists."),
    )
}

/// Refuses to delete what still has `what`, the rest of AWS's sentence.
pub(crate) fn check_gone(gone: bool, what: &str) -> Result<(), Refusal> {
    if gone {
        return Ok(());
    }
    Err(Refusal::new(
        Kind::DeleteConflict,
        "delete-conflict",
        format!("Cannot delete entity, must {what} first."),
    ))
}
