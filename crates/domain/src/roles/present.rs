//! The roles of a snapshot, by ARN, by name and by unique id. Persistent maps; changed by `snapshot.rs` alone.

use std::sync::Arc;

use imbl::OrdMap;

use super::{Role, RoleEntry};
use crate::managed_policies::ManagedPolicies;
use crate::snapshot::{UnusableRow, following};

/// Roles. Names are unique whatever their case and path (IAM user guide, IAM identifiers).
#[derive(Debug, Clone, Default)]
pub(crate) struct Roles {
    by_arn: OrdMap<Arc<str>, Arc<RoleEntry>>,
    /// ARNs by lower-cased names.
    names: OrdMap<Arc<str>, Arc<str>>,
    /// ARNs by unique ids.
    ids: OrdMap<Arc<str>, Arc<str>>,
}

impl Roles {
    pub fn find(&self, arn: &str) -> Option<&Arc<RoleEntry>> {
        self.by_arn.get(arn)
    }

    pub fn by_name(&self, name: &str) -> Option<&Arc<RoleEntry>> {
        self.by_arn.get(self.names.get(&key(name))?)
    }

    pub fn by_id(&self, id: &str) -> Option<&Arc<RoleEntry>> {
        self.by_arn.get(self.ids.get(id)?)
    }

    /// Roles whose lower-cased name is greater than `after`, in order of name.
    pub fn following(&self, after: &str) -> impl Iterator<Item = &Arc<RoleEntry>> {
        following(&self.names, after).filter_map(|arn| self.by_arn.get(arn))
    }

    pub fn count(&self) -> usize {
        self.by_arn.len()
    }

    pub fn put(&mut self, row: &Arc<Role>, managed: &ManagedPolicies) -> Result<(), UnusableRow> {
        let entry = RoleEntry::compile(row.clone(), managed)?;
        let arn: Arc<str> = row.arn.as_str().into();
        self.names.insert(key(&row.name), arn.clone());
        self.ids.insert(row.id.as_str().into(), arn.clone());
        let before = self.by_arn.insert(arn, Arc::new(entry));
        // Deleted and made again between two looks at the store.
        if let Some(before) = before.filter(|before| before.row.id != row.id) {
            self.ids.remove(before.row.id.as_str());
        }
        Ok(())
    }

    pub fn delete(&mut self, arn: &str) {
        let Some(entry) = self.by_arn.remove(arn) else {
            return;
        };
        self.ids.remove(entry.row.id.as_str());
        let name = key(&entry.row.name);
        // One of the same name and another path may have taken it already.
        if self.names.get(&name).is_some_and(|taken| **taken == *arn) {
            self.names.remove(&name);
        }
    }
}

fn key(name: &str) -> Arc<str> {
    name.to_ascii_lowercase().into()
}
