//! All users, groups, roles and managed policies with what each may do, page by page (IAM API reference,
//! GetAccountAuthorizationDetails). Called by `frontends/iam`.

use std::sync::Arc;

use crate::authorize::Target;
use crate::call::Call;
use crate::identities::AttachedPolicy;
use crate::instance_profiles::InstanceProfileView;
use crate::managed_policies::{self, ManagedPolicyEntry, PolicyView};
use crate::page::{Page, PageRequest};
use crate::refusal::Refusal;
use crate::roles::{RoleView, add_last_uses};
use crate::site::Site;
use crate::snapshot::Snapshot;
use crate::users::{Group, User, groups_of};

/// The kinds of details, in the order in which they are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DetailKind {
    /// Users.
    User,
    /// Groups.
    Group,
    /// Roles.
    Role,
    /// Managed policies of AWS's.
    AwsManagedPolicy,
    /// Managed policies of the customer's.
    LocalManagedPolicy,
}

/// One of them.
#[derive(Debug, Clone)]
pub enum Detail {
    /// A user, with its attached policies and the names of its groups.
    User(Arc<User>, Vec<AttachedPolicy>, Vec<String>),
    /// A group, with its attached policies.
    Group(Arc<Group>, Vec<AttachedPolicy>),
    /// A role, with its attached policies and the instance profiles that hold it.
    Role(RoleView, Vec<AttachedPolicy>, Vec<InstanceProfileView>),
    /// A managed policy.
    Policy(PolicyView),
}

/// One page of the details of these kinds; of all, where none is named.
pub async fn read_account_authorization_details(
    site: &Site,
    call: &Call,
    kinds: &[DetailKind],
    request: &PageRequest,
) -> Result<Page<Detail>, Refusal> {
    site.authorize(call, "iam:GetAccountAuthorizationDetails", Target::any())?;
    let snapshot = site.directory.read_full();
    let asked = |kind| kinds.is_empty() || kinds.contains(&kind);
    let all = all(&snapshot, &site.account().partition);
    let rows = all
        .filter(|row| asked(row.kind) && row.key() > request.after)
        .map(|row| (row.key(), row));
    let page = Page::take(rows, request.size, |(key, _)| key.clone());
    let rows = page.items.into_iter();
    let mut items: Vec<Detail> = rows.filter_map(|(_, row)| row.detail(&snapshot)).collect();
    let roles = items.iter_mut().filter_map(|detail| match detail {
        Detail::Role(view, ..) => Some(view),
        _ => None,
    });
    add_last_uses(site, call.origin.now, roles).await?;
    Ok(Page {
        items,
        next: page.next,
    })
}

/// Attached policies in the order of attachment.
fn attached(snapshot: &Snapshot, arns: &[String]) -> Vec<AttachedPolicy> {
    let found = arns.iter().filter_map(|arn| snapshot.policies().find(arn));
    found
        .map(|entry| AttachedPolicy {
            name: entry.row.name.clone(),
            arn: entry.row.arn.clone(),
        })
        .collect()
}

/// What a detail is made of once it is known to be on the page.
struct Row {
    kind: DetailKind,
    /// A lower-cased name; for policies their ARN.
    name: String,
}

/// In order of their keys.
fn all<'a>(snapshot: &'a Snapshot, partition: &'a str) -> impl Iterator<Item = Row> + 'a {
    let row = |kind, name: &str| Row {
        kind,
        name: name.to_ascii_lowercase(),
    };
    let users = snapshot.users_after("");
    let users = users.map(move |entry| row(DetailKind::User, &entry.row.name));
    let groups = snapshot.groups_after("");
    let groups = groups.map(move |entry| row(DetailKind::Group, &entry.row.name));
    let roles = snapshot.roles_after("");
    let roles = roles.map(move |entry| row(DetailKind::Role, &entry.row.name));
    let of_aws = managed_policies::of_aws(partition);
    let of_aws = policies(DetailKind::AwsManagedPolicy, of_aws);
    let local = snapshot.policies().named_from("");
    let local = policies(DetailKind::LocalManagedPolicy, local);
    users.chain(groups).chain(roles).chain(of_aws).chain(local)
}

/// In order of ARN.
fn policies<'a>(
    kind: DetailKind,
    entries: impl Iterator<Item = &'a Arc<ManagedPolicyEntry>>,
) -> Vec<Row> {
    let mut arns: Vec<String> = entries.map(|entry| entry.row.arn.clone()).collect();
    arns.sort_unstable();
    arns.into_iter().map(|name| Row { kind, name }).collect()
}

impl Row {
    fn key(&self) -> String {
        let place = match self.kind {
            DetailKind::User => 1,
            DetailKind::Group => 2,
            DetailKind::Role => 3,
            DetailKind::AwsManagedPolicy => 4,
            DetailKind::LocalManagedPolicy => 5,
        };
        format!("{place}{}", self.name)
    }

    fn detail(&self, snapshot: &Snapshot) -> Option<Detail> {
        Some(match self.kind {
            DetailKind::User => {
                let row = snapshot.user_by_name(&self.name)?.row.clone();
                let groups = groups_of(snapshot, &row);
                let groups = groups.iter().map(|group| group.name.clone()).collect();
                let attached = attached(snapshot, &row.attached_policies);
                Detail::User(row, attached, groups)
            }
            DetailKind::Group => {
                let row = snapshot.group_by_name(&self.name)?.row.clone();
                let attached = attached(snapshot, &row.attached_policies);
                Detail::Group(row, attached)
            }
            DetailKind::Role => {
                let row = &snapshot.role_by_name(&self.name)?.row;
                let profiles = snapshot
                    .instance_profiles_of(&row.id)
                    .map(|profile| InstanceProfileView::of(snapshot, profile))
                    .collect();
                let attached = attached(snapshot, &row.attached_policies);
                Detail::Role(RoleView::of(snapshot, row), attached, profiles)
            }
            DetailKind::AwsManagedPolicy | DetailKind::LocalManagedPolicy => {
                let entry = snapshot.policies().find(&self.name)?;
                Detail::Policy(PolicyView::of(snapshot, entry))
            }
        })
    }
}
