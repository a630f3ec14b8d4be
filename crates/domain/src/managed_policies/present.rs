//! The managed policies of a snapshot, with who uses each. Persistent maps; changed by `snapshot.rs` alone.

use std::ops::Bound;
use std::sync::Arc;

use imbl::{OrdMap, OrdSet};

use super::{ManagedPolicy, ManagedPolicyEntry, aws};
use crate::profiles::Profile;
use crate::roles::Role;
use crate::snapshot::UnusableRow;
use crate::users::{Group, User};

/// What a policy is to who uses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Usage {
    /// It is attached and grants.
    Permissions,
    /// It is the boundary and limits.
    Boundary,
    /// It limits the sessions of a profile.
    Session,
}

/// Who uses a policy: a role or a profile by ARN, a user or a group by unique id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Holder {
    Group(Arc<str>),
    Profile(Arc<str>),
    Role(Arc<str>),
    User(Arc<str>),
}

/// A row that names managed policies.
pub(crate) trait UsesPolicies {
    /// Itself.
    fn holder(&self) -> Holder;
    /// The ARNs of its policies, with what each is to it.
    fn uses(&self) -> Vec<(&str, Usage)>;
}

/// A policy, what it is to its holder, and the holder.
type Use = (Arc<str>, Usage, Holder);

/// The customer's policies and the uses of all.
#[derive(Debug, Clone, Default)]
pub(crate) struct ManagedPolicies {
    /// The account's: AWS's policies have other ARNs in other partitions.
    partition: Option<Arc<str>>,
    by_arn: OrdMap<Arc<str>, Arc<ManagedPolicyEntry>>,
    /// ARNs by lower-cased names: names are unique whatever their case and path (IAM user guide, IAM identifiers).
    arns: OrdMap<Arc<str>, Arc<str>>,
    uses: OrdSet<Use>,
}

impl ManagedPolicies {
    /// A policy by ARN, a customer's or AWS's.
    pub fn find(&self, arn: &str) -> Option<&Arc<ManagedPolicyEntry>> {
        let of_aws = || aws::find(self.partition.as_deref()?, arn);
        self.by_arn.get(arn).or_else(of_aws)
    }

    /// A customer's policy by name.
    pub fn by_name(&self, name: &str) -> Option<&Arc<ManagedPolicyEntry>> {
        self.by_arn.get(self.arns.get(&key(name))?)
    }

    /// The customer's policies whose lower-cased name is `first` or greater, in order of name.
    pub fn named_from(&self, first: &str) -> impl Iterator<Item = &Arc<ManagedPolicyEntry>> {
        let first: Arc<str> = first.into();
        let names = self.arns.range((Bound::Included(first), Bound::Unbounded));
        names.filter_map(|(_, arn)| self.by_arn.get(arn))
    }

    /// How many policies the customer has.
    pub fn count(&self) -> usize {
        self.by_arn.len()
    }

    /// How many versions of the customer's policies are used by anyone.
    pub fn version_count(&self) -> usize {
        let used = |arn: &&Arc<str>| self.uses_of(arn).next().is_some();
        self.by_arn.keys().filter(used).count()
    }

    /// Who uses a policy, and as what.
    pub fn uses_of<'a>(&'a self, arn: &'a str) -> impl Iterator<Item = (Usage, &'a Holder)> {
        // The least of all uses of this policy.
        let first = (arn.into(), Usage::Permissions, Holder::Group("".into()));
        self.uses
            .range((Bound::Included(first), Bound::Unbounded))
            .take_while(move |(of, ..)| **of == *arn)
            .map(|(_, usage, holder)| (*usage, holder))
    }

    /// The account is known from now on.
    pub fn set_partition(&mut self, partition: &str) {
        self.partition = Some(partition.into());
    }

    pub fn put(&mut self, row: &Arc<ManagedPolicy>) -> Result<(), UnusableRow> {
        let entry = ManagedPolicyEntry::compile(row.clone())?;
        let arn: Arc<str> = row.arn.as_str().into();
        self.arns.insert(key(&row.name), arn.clone());
        self.by_arn.insert(arn, Arc::new(entry));
        Ok(())
    }

    /// The document of a customer's policy that counts, if there is such a policy.
    pub fn text_in_force(&self, arn: &str) -> Option<&str> {
        let row = &self.by_arn.get(arn)?.row;
        row.versions
            .get(&row.default_version)
            .map(|version| &*version.document)
    }

    pub fn delete(&mut self, arn: &str) {
        let Some(entry) = self.by_arn.remove(arn) else {
            return;
        };
        let name = key(&entry.row.name);
        // Another row may have taken the name already.
        if self.arns.get(&name).is_some_and(|taken| **taken == *arn) {
            self.arns.remove(&name);
        }
    }

    /// A row of a holder takes the place of another, or of none.
    pub fn hold<T: UsesPolicies>(&mut self, before: Option<&T>, now: Option<&T>) {
        for each in before.iter().flat_map(|row| uses(*row)) {
            self.uses.remove(&each);
        }
        for each in now.iter().flat_map(|row| uses(*row)) {
            self.uses.insert(each);
        }
    }
}

fn uses(row: &impl UsesPolicies) -> Vec<Use> {
    let holder = row.holder();
    row.uses()
        .into_iter()
        .map(|(arn, usage)| (arn.into(), usage, holder.clone()))
        .collect()
}

fn key(name: &str) -> Arc<str> {
    name.to_ascii_lowercase().into()
}

fn attached<'a>(arns: &'a [String], boundary: Option<&'a String>) -> Vec<(&'a str, Usage)> {
    let permissions = arns.iter().map(|arn| (arn.as_str(), Usage::Permissions));
    let boundary = boundary.map(|arn| (arn.as_str(), Usage::Boundary));
    permissions.chain(boundary).collect()
}

impl UsesPolicies for Role {
    fn holder(&self) -> Holder {
        Holder::Role(self.arn.as_str().into())
    }

    fn uses(&self) -> Vec<(&str, Usage)> {
        attached(&self.attached_policies, self.boundary.as_ref())
    }
}

impl UsesPolicies for User {
    fn holder(&self) -> Holder {
        Holder::User(self.id.as_str().into())
    }

    fn uses(&self) -> Vec<(&str, Usage)> {
        attached(&self.attached_policies, self.boundary.as_ref())
    }
}

impl UsesPolicies for Group {
    fn holder(&self) -> Holder {
        Holder::Group(self.id.as_str().into())
    }

    fn uses(&self) -> Vec<(&str, Usage)> {
        attached(&self.attached_policies, None)
    }
}

impl UsesPolicies for Profile {
    fn holder(&self) -> Holder {
        Holder::Profile(self.resource.arn.as_str().into())
    }

    fn uses(&self) -> Vec<(&str, Usage)> {
        let arns = self.managed_policy_arns.iter();
        arns.map(|arn| (arn.as_str(), Usage::Session)).collect()
    }
}
