//! Everything that decisions need, in memory: persistent maps, so that a write costs the same however much is stored.
//! Made from the store's rows at start; each committed write swaps in the next one (`directory/`).

use std::sync::Arc;

use anyrole_policy::{Policy, PolicyKind};
use imbl::OrdMap;

use crate::access_keys::AccessKey;
use crate::account::{Account, AccountId};
use crate::profiles::{Profile, ProfileEntry, session_policy_texts};
use crate::roles::{Role, RoleEntry};
use crate::seal_keys::SealKey;
use crate::trust_anchors::{TrustAnchor, TrustAnchorEntry};

/// One change to what is stored. A write is a list of them, kept in one transaction.
#[derive(Debug, Clone)]
pub enum Change {
    /// Makes the account.
    PutAccount(Account),
    /// Makes or replaces an access key.
    PutAccessKey(AccessKey),
    /// Makes a seal key.
    PutSealKey(SealKey),
    /// Makes or replaces a trust anchor.
    PutTrustAnchor(Arc<TrustAnchor>),
    /// Deletes a trust anchor, by ARN.
    DeleteTrustAnchor(String),
    /// Makes or replaces a profile.
    PutProfile(Arc<Profile>),
    /// Deletes a profile, by ARN.
    DeleteProfile(String),
    /// Makes or replaces a role with its inline and attached policies.
    PutRole(Arc<Role>),
    /// Deletes a role, by ARN.
    DeleteRole(String),
    /// Keeps a session policy's text under its SHA-256, so that tokens can carry the hash alone.
    PutSessionPolicy(SessionPolicyText),
}

/// The text of a session policy, kept by content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionPolicyText {
    /// The account whose profiles use it.
    pub account: AccountId,
    /// SHA-256 of the text.
    pub sha256: [u8; 32],
    /// The document as it was given.
    pub text: Arc<str>,
}

/// A stored row does not compile: the store was changed by hand, or by a newer version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the stored {kind} `{name}` can't be used: {detail}")]
pub struct UnusableRow {
    /// What the row is.
    pub kind: &'static str,
    /// Its name or ARN.
    pub name: String,
    /// What is wrong with it.
    pub detail: String,
}

/// One consistent state of everything that decisions need. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// The store's version that this is.
    pub version: u64,
    account: Option<Arc<Account>>,
    access_keys: OrdMap<Arc<str>, Arc<AccessKey>>,
    seal_keys: OrdMap<u32, Arc<SealKey>>,
    trust_anchors: OrdMap<Arc<str>, Arc<TrustAnchorEntry>>,
    profiles: OrdMap<Arc<str>, Arc<ProfileEntry>>,
    roles: OrdMap<Arc<str>, Arc<RoleEntry>>,
    role_arns: OrdMap<Arc<str>, Arc<str>>,
    session_policies: OrdMap<[u8; 32], Arc<Policy>>,
}

impl Snapshot {
    /// The account, once the first start has made it.
    pub fn account(&self) -> Option<&Arc<Account>> {
        self.account.as_ref()
    }

    /// An access key by its id.
    pub fn access_key(&self, id: &str) -> Option<&Arc<AccessKey>> {
        self.access_keys.get(id)
    }

    /// A seal key by its 20-bit id.
    pub fn seal_key(&self, id: u32) -> Option<&Arc<SealKey>> {
        self.seal_keys.get(&id)
    }

    /// Every seal key, in order of its id.
    pub fn seal_keys(&self) -> impl Iterator<Item = &Arc<SealKey>> {
        self.seal_keys.values()
    }

    /// A trust anchor by ARN.
    pub fn trust_anchor(&self, arn: &str) -> Option<&Arc<TrustAnchorEntry>> {
        self.trust_anchors.get(arn)
    }

    /// Trust anchors whose ARN is greater than `after`, in order of ARN.
    pub fn trust_anchors_after(&self, after: &str) -> impl Iterator<Item = &Arc<TrustAnchorEntry>> {
        following(&self.trust_anchors, after)
    }

    /// A profile by ARN.
    pub fn profile(&self, arn: &str) -> Option<&Arc<ProfileEntry>> {
        self.profiles.get(arn)
    }

    /// Profiles whose ARN is greater than `after`, in order of ARN.
    pub fn profiles_after(&self, after: &str) -> impl Iterator<Item = &Arc<ProfileEntry>> {
        following(&self.profiles, after)
    }

    /// A role by ARN.
    pub fn role(&self, arn: &str) -> Option<&Arc<RoleEntry>> {
        self.roles.get(arn)
    }

    /// A role by name; names are unique whatever their case and path (IAM user guide, IAM identifiers).
    pub fn role_by_name(&self, name: &str) -> Option<&Arc<RoleEntry>> {
        let arn = self.role_arns.get(name.to_ascii_lowercase().as_str())?;
        self.roles.get(arn)
    }

    /// Roles whose lower-cased name is greater than `after`, in order of name.
    pub fn roles_after(&self, after: &str) -> impl Iterator<Item = &Arc<RoleEntry>> {
        following(&self.role_arns, after).filter_map(|arn| self.roles.get(arn))
    }

    /// A session policy by the SHA-256 of its text.
    pub fn session_policy(&self, sha256: &[u8; 32]) -> Option<&Arc<Policy>> {
        self.session_policies.get(sha256)
    }

    /// The snapshot after `changes`; nothing is changed where one of them can't be used.
    pub fn with(&self, changes: &[Change], version: u64) -> Result<Self, UnusableRow> {
        let mut next = self.clone();
        for change in changes {
            next.apply(change)?;
        }
        next.version = version;
        Ok(next)
    }

    fn apply(&mut self, change: &Change) -> Result<(), UnusableRow> {
        match change {
            Change::PutAccount(account) => self.account = Some(Arc::new(account.clone())),
            Change::PutAccessKey(key) => {
                self.access_keys
                    .insert(key.id.as_str().into(), Arc::new(key.clone()));
            }
            Change::PutSealKey(key) => {
                self.seal_keys.insert(key.id, Arc::new(key.clone()));
            }
            Change::PutTrustAnchor(row) => {
                let entry = TrustAnchorEntry::compile(row.clone())?;
                self.trust_anchors
                    .insert(row.resource.arn.as_str().into(), Arc::new(entry));
            }
            Change::DeleteTrustAnchor(arn) => {
                self.trust_anchors.remove(arn.as_str());
            }
            Change::PutProfile(row) => {
                let entry = ProfileEntry::compile(row.clone())?;
                // A managed policy's text may have changed with the version: sessions will name the new one.
                for document in session_policy_texts(row)? {
                    self.keep_session_policy(&document)?;
                }
                self.profiles
                    .insert(row.resource.arn.as_str().into(), Arc::new(entry));
            }
            Change::DeleteProfile(arn) => {
                self.profiles.remove(arn.as_str());
            }
            Change::PutRole(row) => self.put_role(row)?,
            Change::DeleteRole(arn) => {
                if let Some(entry) = self.roles.remove(arn.as_str()) {
                    self.role_arns
                        .remove(entry.row.name.to_ascii_lowercase().as_str());
                }
            }
            Change::PutSessionPolicy(document) => self.keep_session_policy(document)?,
        }
        Ok(())
    }

    fn keep_session_policy(&mut self, document: &SessionPolicyText) -> Result<(), UnusableRow> {
        if self.session_policies.contains_key(&document.sha256) {
            return Ok(());
        }
        let policy =
            Policy::parse(&document.text, PolicyKind::Session).map_err(|error| UnusableRow {
                kind: "session policy",
                name: format!("{} bytes", document.text.len()),
                detail: error.to_string(),
            })?;
        self.session_policies
            .insert(document.sha256, Arc::new(policy));
        Ok(())
    }

    fn put_role(&mut self, row: &Arc<Role>) -> Result<(), UnusableRow> {
        let entry = RoleEntry::compile(row.clone())?;
        let arn: Arc<str> = row.arn.as_str().into();
        self.role_arns
            .insert(row.name.to_ascii_lowercase().into(), arn.clone());
        self.roles.insert(arn, Arc::new(entry));
        Ok(())
    }
}

fn following<'a, V>(
    map: &'a OrdMap<Arc<str>, V>,
    after: &str,
) -> impl Iterator<Item = &'a V> + use<'a, V>
where
    V: Clone,
{
    use std::ops::Bound;
    let start: Arc<str> = after.into();
    map.range((Bound::Excluded(start), Bound::Unbounded))
        .map(|(_, value)| value)
}
