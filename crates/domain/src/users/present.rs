//! The users and groups of a snapshot, by unique id and by name. Persistent maps; changed by `snapshot.rs` alone.

use std::sync::Arc;

use anyrole_policy::Policy;
use imbl::OrdMap;

use super::{Group, GroupEntry, User, UserEntry};
use crate::managed_policies::ManagedPolicies;
use crate::snapshot::{UnusableRow, following};

/// Users and groups. Names are unique whatever their case and path (IAM user guide, IAM identifiers).
#[derive(Debug, Clone, Default)]
pub(crate) struct Users {
    users: OrdMap<Arc<str>, Arc<UserEntry>>,
    user_ids: OrdMap<Arc<str>, Arc<str>>,
    groups: OrdMap<Arc<str>, Arc<GroupEntry>>,
    group_ids: OrdMap<Arc<str>, Arc<str>>,
}

fn key(name: &str) -> Arc<str> {
    name.to_ascii_lowercase().into()
}

impl Users {
    pub fn user(&self, id: &str) -> Option<&Arc<UserEntry>> {
        self.users.get(id)
    }

    pub fn user_by_name(&self, name: &str) -> Option<&Arc<UserEntry>> {
        self.users.get(self.user_ids.get(&key(name))?)
    }

    /// Users whose lower-cased name is greater than `after`, in order of name.
    pub fn users_after(&self, after: &str) -> impl Iterator<Item = &Arc<UserEntry>> {
        following(&self.user_ids, after).filter_map(|id| self.users.get(id))
    }

    pub fn user_count(&self) -> usize {
        self.users.len()
    }

    pub fn group(&self, id: &str) -> Option<&Arc<GroupEntry>> {
        self.groups.get(id)
    }

    pub fn group_by_name(&self, name: &str) -> Option<&Arc<GroupEntry>> {
        self.groups.get(self.group_ids.get(&key(name))?)
    }

    /// Groups whose lower-cased name is greater than `after`, in order of name.
    pub fn groups_after(&self, after: &str) -> impl Iterator<Item = &Arc<GroupEntry>> {
        following(&self.group_ids, after).filter_map(|id| self.groups.get(id))
    }

    pub fn group_count(&self) -> usize {
        self.groups.len()
    }

    /// What the groups of a user let it do. A group that is gone grants nothing.
    pub fn policies_of_groups<'a>(
        &'a self,
        user: &'a User,
    ) -> impl Iterator<Item = &'a Arc<Policy>> {
        user.group_ids
            .iter()
            .filter_map(|id| self.groups.get(id.as_str()))
            .flat_map(|group| &group.identity_policies)
    }

    pub fn put_user(
        &mut self,
        row: &Arc<User>,
        managed: &ManagedPolicies,
    ) -> Result<(), UnusableRow> {
        let entry = UserEntry::compile(row.clone(), managed)?;
        let id: Arc<str> = row.id.as_str().into();
        if let Some(before) = self.users.insert(id.clone(), Arc::new(entry)) {
            forget(&mut self.user_ids, &before.row.name, &id);
        }
        self.user_ids.insert(key(&row.name), id);
        Ok(())
    }

    pub fn delete_user(&mut self, id: &str) {
        if let Some(entry) = self.users.remove(id) {
            forget(&mut self.user_ids, &entry.row.name, id);
        }
    }

    pub fn put_group(
        &mut self,
        row: &Arc<Group>,
        managed: &ManagedPolicies,
    ) -> Result<(), UnusableRow> {
        let entry = GroupEntry::compile(row.clone(), managed)?;
        let id: Arc<str> = row.id.as_str().into();
        if let Some(before) = self.groups.insert(id.clone(), Arc::new(entry)) {
            forget(&mut self.group_ids, &before.row.name, &id);
        }
        self.group_ids.insert(key(&row.name), id);
        Ok(())
    }

    pub fn delete_group(&mut self, id: &str) {
        if let Some(entry) = self.groups.remove(id) {
            forget(&mut self.group_ids, &entry.row.name, id);
        }
    }
}

/// Another row may have taken the name already.
fn forget(ids: &mut OrdMap<Arc<str>, Arc<str>>, name: &str, id: &str) {
    let name = key(name);
    if ids.get(&name).is_some_and(|taken| **taken == *id) {
        ids.remove(&name);
    }
}
