//! Roles as identities: their words, bounds and fields.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Role, is_service_linked};
use crate::account::Account;
use crate::identities::{Bounded, Identity, Most, Tagged, Words};
use crate::refusal::{Kind, Refusal};
use crate::site::Site;
use crate::snapshot::{Change, Snapshot};
use crate::tags::Tag;

impl Identity for Role {
    const WORDS: &'static Words = &Words {
        noun: "role",
        member: "roleName",
        element: "RoleName",
        longest_name: 64,
        attached_quota: "PoliciesPerRole",
        read: "iam:GetRole",
        put_policy: "iam:PutRolePolicy",
        read_policy: "iam:GetRolePolicy",
        list_policies: "iam:ListRolePolicies",
        delete_policy: "iam:DeleteRolePolicy",
        attach: "iam:AttachRolePolicy",
        detach: "iam:DetachRolePolicy",
        list_attached: "iam:ListAttachedRolePolicies",
    };

    fn find(snapshot: &Snapshot, name: &str) -> Option<Arc<Self>> {
        snapshot.role_by_name(name).map(|entry| entry.row.clone())
    }
    fn arn_by_name(account: &Account, name: &str) -> String {
        account.role_arn("/", name)
    }
    fn arn(&self) -> &str {
        &self.arn
    }
    fn name(&self) -> &str {
        &self.name
    }
    fn tags(&self) -> &[Tag] {
        &self.tags
    }
    fn boundary(&self) -> Option<&str> {
        self.boundary.as_deref()
    }
    fn inline_policies(&self) -> &BTreeMap<String, String> {
        &self.inline_policies
    }
    fn inline_policies_mut(&mut self) -> &mut BTreeMap<String, String> {
        &mut self.inline_policies
    }
    fn attached_policies(&self) -> &[String] {
        &self.attached_policies
    }
    fn attached_policies_mut(&mut self) -> &mut Vec<String> {
        &mut self.attached_policies
    }
    fn put(row: Arc<Self>) -> Change {
        Change::PutRole(row)
    }

    fn most(site: &Site) -> Most {
        Most {
            inline: site.quotas.role_inline_policies_length,
            attached: site.quotas.policies_per_role,
        }
    }

    fn check_own(&self) -> Result<(), Refusal> {
        if !is_service_linked(&self.path) {
            return Ok(());
        }
        Err(Refusal::new(
            Kind::Unmodifiable,
            "service-linked-role",
            format!(
                "Cannot perform the operation on the protected role '{}' - this role is only modifiable by AWS",
                self.name
            ),
        ))
    }
}

impl Tagged for Role {
    const TAG: &'static str = "iam:TagRole";
    const UNTAG: &'static str = "iam:UntagRole";
    const LIST_TAGS: &'static str = "iam:ListRoleTags";
    fn tags_mut(&mut self) -> &mut Vec<Tag> {
        &mut self.tags
    }
}

impl Bounded for Role {
    const PUT_BOUNDARY: &'static str = "iam:PutRolePermissionsBoundary";
    const DELETE_BOUNDARY: &'static str = "iam:DeleteRolePermissionsBoundary";
    fn boundary_mut(&mut self) -> &mut Option<String> {
        &mut self.boundary
    }
}
