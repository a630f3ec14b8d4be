//! Rows that have managed policies, put into a snapshot and taken out of it; who uses a policy is compiled again when it
//! changes.

use std::sync::Arc;

use super::{Snapshot, UnusableRow};
use crate::instance_profiles::InstanceProfile;
use crate::managed_policies::Holder;
use crate::profiles::{Profile, ProfileEntry, session_policy_texts};
use crate::roles::Role;
use crate::users::{Group, User};

impl Snapshot {
    pub(super) fn put_instance_profile(&mut self, row: &Arc<InstanceProfile>) {
        let name = row.name.to_ascii_lowercase();
        self.instance_profiles.insert(name.into(), row.clone());
    }

    pub(super) fn delete_instance_profile(&mut self, arn: &str) {
        let name = arn.rsplit('/').next().unwrap_or_default();
        let name = name.to_ascii_lowercase();
        self.instance_profiles.remove(name.as_str());
    }

    pub(super) fn put_role(&mut self, row: &Arc<Role>) -> Result<(), UnusableRow> {
        let before = self.roles.find(&row.arn).map(|entry| &*entry.row);
        self.policies.hold(before, Some(&**row));
        self.roles.put(row, &self.policies)
    }

    pub(super) fn delete_role(&mut self, arn: &str) {
        let before = self.roles.find(arn).map(|entry| &*entry.row);
        self.policies.hold(before, None);
        self.roles.delete(arn);
    }

    pub(super) fn put_user(&mut self, row: &Arc<User>) -> Result<(), UnusableRow> {
        let before = self.users.user(&row.id).map(|entry| &*entry.row);
        self.policies.hold(before, Some(&**row));
        self.users.put_user(row, &self.policies)
    }

    pub(super) fn delete_user(&mut self, id: &str) {
        let before = self.users.user(id).map(|entry| &*entry.row);
        self.policies.hold(before, None);
        self.users.delete_user(id);
    }

    pub(super) fn put_group(&mut self, row: &Arc<Group>) -> Result<(), UnusableRow> {
        let before = self.users.group(&row.id).map(|entry| &*entry.row);
        self.policies.hold(before, Some(&**row));
        self.users.put_group(row, &self.policies)
    }

    pub(super) fn delete_group(&mut self, id: &str) {
        let before = self.users.group(id).map(|entry| &*entry.row);
        self.policies.hold(before, None);
        self.users.delete_group(id);
    }

    pub(super) fn put_profile(&mut self, row: &Arc<Profile>) -> Result<(), UnusableRow> {
        let entry = ProfileEntry::compile(row.clone(), &self.policies)?;
        // A managed policy's text may have changed with the version: sessions will name the new one.
        for document in session_policy_texts(row, &self.policies)? {
            self.keep_session_policy(&document)?;
        }
        let arn = row.resource.arn.as_str();
        self.profiles.insert(arn.into(), Arc::new(entry));
        Ok(())
    }

    /// Whoever uses a managed policy goes by the version in force from now on.
    pub(super) fn renew_holders(&mut self, policy_arn: &str) -> Result<(), UnusableRow> {
        let mut holders: Vec<Holder> = self
            .policies
            .uses_of(policy_arn)
            .map(|(_, holder)| holder.clone())
            .collect();
        holders.dedup();
        for holder in holders {
            match holder {
                Holder::Role(arn) => {
                    if let Some(row) = self.roles.find(&arn).map(|entry| entry.row.clone()) {
                        self.roles.put(&row, &self.policies)?;
                    }
                }
                Holder::User(id) => {
                    if let Some(row) = self.users.user(&id).map(|entry| entry.row.clone()) {
                        self.users.put_user(&row, &self.policies)?;
                    }
                }
                Holder::Group(id) => {
                    if let Some(row) = self.users.group(&id).map(|entry| entry.row.clone()) {
                        self.users.put_group(&row, &self.policies)?;
                    }
                }
                Holder::Profile(arn) => {
                    if let Some(row) = self.profiles.get(&arn).map(|entry| entry.row.clone()) {
                        self.put_profile(&row)?;
                    }
                }
            }
        }
        Ok(())
    }
}
