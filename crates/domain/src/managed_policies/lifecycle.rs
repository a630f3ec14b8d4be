//! Making, reading, listing, tagging and deleting managed policies.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{ManagedPolicy, ManagedPolicyEntry, PolicyVersion, Usage, aws, changeable, readable};
use crate::access_keys::unique_id;
use crate::authorize::Target;
use crate::call::Call;
use crate::names::{check_description, check_entity_name, check_path};
use crate::page::{Page, PageRequest};
use crate::policy_documents::check_managed_policy;
use crate::quotas;
use crate::refusal::{Kind, Refusal};
use crate::site::Site;
use crate::snapshot::{Change, Snapshot};
use crate::tags::{self, Tag, check_tags};

/// What CreatePolicy is given.
#[derive(Debug, Clone, Default)]
pub struct CreatePolicy {
    /// The name.
    pub name: String,
    /// `/` where it is left out.
    pub path: Option<String>,
    /// The first version.
    pub document: String,
    /// Up to 1000 characters.
    pub description: Option<String>,
    /// Tags.
    pub tags: Vec<Tag>,
}

/// A policy as it is answered.
#[derive(Debug, Clone)]
pub struct PolicyView {
    /// The row.
    pub row: Arc<ManagedPolicy>,
    /// How many roles, users and groups have it attached.
    pub attachments: usize,
    /// Of how many roles and users it is the boundary.
    pub boundaries: usize,
}

/// Whose policies are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// AWS's and the customer's.
    All,
    /// AWS's.
    Aws,
    /// The customer's.
    Local,
}

/// Which page of which policies is asked for.
#[derive(Debug, Clone)]
pub struct PolicyPageRequest {
    /// The page; its key is a lower-cased name and whose policy it is.
    pub page: PageRequest,
    /// Whose.
    pub scope: Scope,
    /// Only those that are used.
    pub only_attached: bool,
    /// Only those that are used as this.
    pub usage: Option<Usage>,
    /// Only those whose path begins so.
    pub path_prefix: String,
}

impl PolicyView {
    pub(crate) fn of(snapshot: &Snapshot, entry: &ManagedPolicyEntry) -> Self {
        let count = |asked| {
            let uses = snapshot.policies().uses_of(&entry.row.arn);
            uses.filter(|(usage, _)| *usage == asked).count()
        };
        Self {
            row: entry.row.clone(),
            attachments: count(Usage::Permissions),
            boundaries: count(Usage::Boundary),
        }
    }
}

/// Makes a policy with its first version (IAM API reference, CreatePolicy).
pub async fn create_policy(
    site: &Site,
    call: &Call,
    input: CreatePolicy,
) -> Result<PolicyView, Refusal> {
    let path = input.path.unwrap_or_else(|| "/".to_owned());
    check_entity_name("policyName", &input.name, 128)?;
    check_path(&path)?;
    check_description(input.description.as_deref())?;
    let arn = site.account().policy_arn(&path, &input.name);
    let target = Target::on(&arn).with_request_tags(&input.tags);
    site.authorize(call, "iam:CreatePolicy", target)?;
    site.authorize_tagging(call, "iam:TagPolicy", &arn, &input.tags)?;
    check_managed_policy(site, &input.document)?;
    check_tags(&input.tags)?;
    let now = call.origin.now;
    let version = PolicyVersion {
        document: input.document.into(),
        created_at: now,
    };
    let row = Arc::new(ManagedPolicy {
        id: unique_id("ANPA", 17, site.entropy.as_ref()),
        arn,
        name: input.name,
        path,
        description: input.description,
        versions: BTreeMap::from([(1, version)]),
        default_version: 1,
        last_version: 1,
        tags: input.tags,
        created_at: now,
        updated_at: now,
    });
    site.directory
        .write(|snapshot| {
            let policies = snapshot.policies();
            if policies.by_name(&row.name).is_some() {
                return Err(Refusal::new(
                    Kind::AlreadyExists,
                    "already-exists",
                    format!(
                        "A policy called {} already exists. Duplicate names are not allowed.",
                        row.name
                    ),
                ));
            }
            let quota = site.quotas.policies;
            quotas::check_iam(quota, policies.count() + 1, "PoliciesPerAccount")?;
            let view = PolicyView {
                row: row.clone(),
                attachments: 0,
                boundaries: 0,
            };
            Ok((vec![Change::PutManagedPolicy(row)], view))
        })
        .await
}

/// Reads a policy (IAM API reference, GetPolicy).
pub fn read_policy(site: &Site, call: &Call, arn: &str) -> Result<PolicyView, Refusal> {
    let entry = readable(site, call, "iam:GetPolicy", arn)?;
    Ok(PolicyView::of(&site.directory.read(), &entry))
}

/// Lists policies in order of their names, AWS's before the customer's of the same name (IAM API reference, ListPolicies).
pub fn list_policies(
    site: &Site,
    call: &Call,
    request: &PolicyPageRequest,
) -> Result<Page<PolicyView>, Refusal> {
    site.authorize(call, "iam:ListPolicies", Target::any())?;
    let snapshot = site.directory.read();
    let after = request.page.after.as_str();
    let name_after = after.rsplit_once('/').map_or("", |(name, _)| name);
    let of_aws = aws::all(&site.account().partition)
        .into_iter()
        .flatten()
        .map(|(_, entry)| entry);
    let in_scope = |scope| request.scope == Scope::All || request.scope == scope;
    let mut of_aws = of_aws
        .filter(|entry| in_scope(Scope::Aws) && key(entry).as_str() > after)
        .peekable();
    let mut local = snapshot
        .policies()
        .named_from(name_after)
        .filter(|entry| in_scope(Scope::Local) && key(entry).as_str() > after)
        .peekable();
    let merged = std::iter::from_fn(|| match (of_aws.peek(), local.peek()) {
        (Some(a), Some(b)) if key(a) > key(b) => local.next(),
        (None, _) => local.next(),
        _ => of_aws.next(),
    });
    let views = merged
        .filter(|entry| entry.row.path.starts_with(&request.path_prefix))
        .map(|entry| PolicyView::of(&snapshot, entry))
        .filter(|view| match request.usage {
            Some(Usage::Boundary) => view.boundaries > 0,
            Some(_) => view.attachments > 0,
            None => !request.only_attached || view.attachments + view.boundaries > 0,
        });
    Ok(Page::take(views, request.page.size, |view| {
        row_key(&view.row)
    }))
}

fn key(entry: &Arc<ManagedPolicyEntry>) -> String {
    row_key(&entry.row)
}

fn row_key(row: &ManagedPolicy) -> String {
    let whose = u8::from(!aws::is_of_aws(&row.arn));
    format!("{}/{whose}", row.name.to_ascii_lowercase())
}

/// Deletes a policy that nobody uses and that has no version but the one in force (IAM API reference, DeletePolicy).
pub async fn delete_policy(site: &Site, call: &Call, arn: &str) -> Result<(), Refusal> {
    site.directory
        .write(|snapshot| {
            let action = "iam:DeletePolicy";
            let entry = changeable(site, call, snapshot, action, arn, Target::any())?;
            let mut uses = snapshot.policies().uses_of(arn);
            let conflict = match uses.next() {
                Some((Usage::Session, _)) => {
                    Some("Cannot delete a policy that a Roles Anywhere profile names.")
                }
                Some(_) => Some("Cannot delete a policy attached to entities."),
                None if entry.row.versions.len() > 1 => Some(
                    "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
                ),
                None => None,
            };
            match conflict {
                Some(text) => Err(Refusal::new(Kind::DeleteConflict, "delete-conflict", text)),
                None => Ok((vec![Change::DeleteManagedPolicy(arn.to_owned())], ())),
            }
        })
        .await
}

/// Sets tags; a key that is there already gets the new value (IAM API reference, TagPolicy).
pub async fn tag_policy(site: &Site, call: &Call, arn: &str, new: Vec<Tag>) -> Result<(), Refusal> {
    let target = Target::any().with_request_tags(&new);
    change(site, call, "iam:TagPolicy", arn, target, |row| {
        tags::set(&mut row.tags, &new)
    })
    .await
}

/// Takes tags away; a key that is not there is passed over (IAM API reference, UntagPolicy).
pub async fn untag_policy(
    site: &Site,
    call: &Call,
    arn: &str,
    keys: Vec<String>,
) -> Result<(), Refusal> {
    let target = Target::any().with_tag_keys(&keys);
    change(site, call, "iam:UntagPolicy", arn, target, |row| {
        tags::remove(&mut row.tags, &keys);
        Ok(())
    })
    .await
}

/// The tags of a policy, in order of their keys (IAM API reference, ListPolicyTags).
pub fn list_policy_tags(
    site: &Site,
    call: &Call,
    arn: &str,
    request: &PageRequest,
) -> Result<Page<Tag>, Refusal> {
    let entry = readable(site, call, "iam:ListPolicyTags", arn)?;
    Ok(tags::page(&entry.row.tags, request))
}

/// Changes one policy: finds it, authorises, alters a copy, writes it.
pub(super) async fn change<T>(
    site: &Site,
    call: &Call,
    action: &str,
    arn: &str,
    target: Target<'_>,
    alter: impl FnOnce(&mut ManagedPolicy) -> Result<T, Refusal> + Clone,
) -> Result<T, Refusal> {
    site.directory
        .write(|snapshot| {
            let entry = changeable(site, call, snapshot, action, arn, target)?;
            let mut row = ManagedPolicy::clone(&entry.row);
            let answer = alter(&mut row)?;
            Ok((super::versions::put(site, snapshot, row), answer))
        })
        .await
}
