//! Users and groups as identities: their words, bounds and fields.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Group, User};
use crate::account::Account;
use crate::identities::{
    ATTACHED_POLICIES, Bounded, GROUP_POLICY_SIZE, Identity, Most, Tagged, USER_POLICY_SIZE, Words,
};
use crate::site::Site;
use crate::snapshot::{Change, Snapshot};
use crate::tags::Tag;

impl Identity for User {
    const WORDS: &'static Words = &Words {
        noun: "user",
        member: "userName",
        element: "UserName",
        longest_name: 64,
        attached_quota: "PoliciesPerUser",
        read: "iam:GetUser",
        put_policy: "iam:PutUserPolicy",
        read_policy: "iam:GetUserPolicy",
        list_policies: "iam:ListUserPolicies",
        delete_policy: "iam:DeleteUserPolicy",
        attach: "iam:AttachUserPolicy",
        detach: "iam:DetachUserPolicy",
        list_attached: "iam:ListAttachedUserPolicies",
    };

    fn find(snapshot: &Snapshot, name: &str) -> Option<Arc<Self>> {
        snapshot.user_by_name(name).map(|entry| entry.row.clone())
    }
    fn arn_by_name(account: &Account, name: &str) -> String {
        account.user_arn("/", name)
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
        Change::PutUser(row)
    }

    fn most(_: &Site) -> Most {
        Most {
            inline: Some(USER_POLICY_SIZE),
            attached: Some(ATTACHED_POLICIES),
        }
    }
}

impl Tagged for User {
    const TAG: &'static str = "iam:TagUser";
    const UNTAG: &'static str = "iam:UntagUser";
    const LIST_TAGS: &'static str = "iam:ListUserTags";
    fn tags_mut(&mut self) -> &mut Vec<Tag> {
        &mut self.tags
    }
}

impl Bounded for User {
    const PUT_BOUNDARY: &'static str = "iam:PutUserPermissionsBoundary";
    const DELETE_BOUNDARY: &'static str = "iam:DeleteUserPermissionsBoundary";
    fn boundary_mut(&mut self) -> &mut Option<String> {
        &mut self.boundary
    }
}

impl Identity for Group {
    const WORDS: &'static Words = &Words {
        noun: "group",
        member: "groupName",
        element: "GroupName",
        longest_name: 128,
        attached_quota: "PoliciesPerGroup",
        read: "iam:GetGroup",
        put_policy: "iam:PutGroupPolicy",
        read_policy: "iam:GetGroupPolicy",
        list_policies: "iam:ListGroupPolicies",
        delete_policy: "iam:DeleteGroupPolicy",
        attach: "iam:AttachGroupPolicy",
        detach: "iam:DetachGroupPolicy",
        list_attached: "iam:ListAttachedGroupPolicies",
    };

    fn find(snapshot: &Snapshot, name: &str) -> Option<Arc<Self>> {
        snapshot.group_by_name(name).map(|entry| entry.row.clone())
    }
    fn arn_by_name(account: &Account, name: &str) -> String {
        account.group_arn("/", name)
    }
    fn arn(&self) -> &str {
        &self.arn
    }
    fn name(&self) -> &str {
        &self.name
    }
    fn tags(&self) -> &[Tag] {
        &[]
    }
    fn boundary(&self) -> Option<&str> {
        None
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
        Change::PutGroup(row)
    }

    fn most(_: &Site) -> Most {
        Most {
            inline: Some(GROUP_POLICY_SIZE),
            attached: Some(ATTACHED_POLICIES),
        }
    }
}
