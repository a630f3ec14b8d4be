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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::Timestamp;

    use super::*;
    use crate::account::AccountId;
    use crate::managed_policies::{ManagedPolicy, PolicyVersion};
    use crate::snapshot::Change;

    const ACCOUNT: &str = "000000000000";

    fn policy(name: &str, actions: &[&str]) -> Arc<ManagedPolicy> {
        let document = |action: &&str| {
            format!(r#"{{"Statement":{{"Effect":"Allow","Action":"{action}","Resource":"*"}}}}"#)
        };
        let versions: BTreeMap<u32, PolicyVersion> = (1..)
            .zip(actions)
            .map(|(number, action)| {
                let version = PolicyVersion {
                    document: document(action).into(),
                    created_at: Timestamp::UNIX_EPOCH,
                };
                (number, version)
            })
            .collect();
        let newest = u32::try_from(actions.len()).unwrap();
        Arc::new(ManagedPolicy {
            id: format!("ANPA{name}"),
            arn: arn(name),
            name: name.to_owned(),
            path: "/".to_owned(),
            description: None,
            versions,
            default_version: newest,
            last_version: newest,
            tags: Vec::new(),
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
        })
    }

    fn arn(name: &str) -> String {
        format!("arn:aws:iam::{ACCOUNT}:policy/{name}")
    }

    fn role(attached: &[&str]) -> Arc<Role> {
        Arc::new(Role {
            account: AccountId::parse(ACCOUNT).unwrap(),
            id: "AROAone".to_owned(),
            arn: format!("arn:aws:iam::{ACCOUNT}:role/one"),
            name: "one".to_owned(),
            path: "/".to_owned(),
            assume_role_policy: r#"{"Statement":{"Effect":"Allow","Principal":{"Service":"rolesanywhere.amazonaws.com"},"Action":"sts:AssumeRole"}}"#.to_owned(),
            description: None,
            max_session_duration: 3600,
            inline_policies: BTreeMap::new(),
            attached_policies: attached.iter().map(|name| arn(name)).collect(),
            boundary: None,
            tags: Vec::new(),
            created_at: Timestamp::UNIX_EPOCH,
        })
    }

    /// As another server's writes arrive: deletions first, then policies, then who uses them.
    #[test]
    fn a_policy_that_was_detached_and_deleted_elsewhere_stops_nobody_from_following() {
        let made = [
            Change::PutManagedPolicy(policy("old", &["s3:GetObject"])),
            Change::PutManagedPolicy(policy("kept", &["s3:PutObject"])),
            Change::PutRole(role(&["old", "kept"])),
        ];
        let before = Snapshot::default().with(&made, 1).unwrap();
        let written = [
            Change::DeleteManagedPolicy(arn("old")),
            Change::PutManagedPolicy(policy("kept", &["s3:PutObject", "s3:ListBucket"])),
            Change::PutRole(role(&["kept"])),
        ];
        let after = before.with(&written, 4).unwrap();
        let attached = |snapshot: &Snapshot| {
            let entry = snapshot.role(&role(&[]).arn).unwrap();
            (
                entry.row.attached_policies.len(),
                entry.identity_policies.policies().len(),
            )
        };
        assert_eq!(attached(&before), (2, 2));
        assert_eq!(attached(&after), (1, 1));
        // A new version alone reaches the role, whose row is as it was.
        let newer = [Change::PutManagedPolicy(policy("kept", &["s3:PutObject"]))];
        let renewed = after.with(&newer, 5).unwrap();
        let policies = |snapshot: &Snapshot| {
            snapshot
                .role(&role(&[]).arn)
                .unwrap()
                .identity_policies
                .policies()
                .to_vec()
        };
        assert!(!Arc::ptr_eq(&policies(&after)[0], &policies(&renewed)[0]));
        // Tags alone change nothing about it.
        let mut tagged = policy("kept", &["s3:PutObject"]);
        Arc::make_mut(&mut tagged).description = Some("other".to_owned());
        let same = renewed
            .with(&[Change::PutManagedPolicy(tagged)], 6)
            .unwrap();
        assert!(Arc::ptr_eq(&policies(&renewed)[0], &policies(&same)[0]));
    }
}
