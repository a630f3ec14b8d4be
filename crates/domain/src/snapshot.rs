//! Everything that decisions need, in memory: persistent maps, so that a write costs the same however much is stored.
//! Made from the store's rows at start; each committed write swaps in the next one (`directory/`).

mod change;
mod holders;

use std::sync::Arc;

use anyrole_policy::{Policy, PolicyKind};
use anyrole_x509::VerifiedRevocationList;
use imbl::OrdMap;

pub use self::change::{Change, SessionPolicyText};
use crate::access_keys::{AccessKey, AccessKeys};
use crate::account::Account;
use crate::acm::{ManagedCertificates, ManagedEntry};
use crate::bucket_policies::BucketPolicies;
use crate::certificate_authorities::{Authorities, AuthorityEntry, Revocations};
use crate::crls::{CrlEntry, Crls};
use crate::instance_profiles::InstanceProfile;
use crate::managed_policies::ManagedPolicies;
use crate::oidc_providers::OidcProvider;
use crate::profiles::ProfileEntry;
use crate::resources::Resource;
use crate::roles::{RoleEntry, Roles};
use crate::seal_keys::SealKey;
use crate::subjects::SubjectTags;
use crate::tags::Tag;
use crate::trust_anchors::{AnchorSource, TrustAnchor, TrustAnchorEntry};
use crate::users::{GroupEntry, User, UserEntry, Users};

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
    account_alias: Option<Arc<str>>,
    access_keys: AccessKeys,
    seal_keys: OrdMap<u32, Arc<SealKey>>,
    trust_anchors: OrdMap<Arc<str>, Arc<TrustAnchorEntry>>,
    profiles: OrdMap<Arc<str>, Arc<ProfileEntry>>,
    crls: Crls,
    oidc_providers: OrdMap<Arc<str>, Arc<OidcProvider>>,
    subject_tags: OrdMap<Arc<str>, Arc<SubjectTags>>,
    /// Alias ARNs, each with the ARN that it stands for.
    aliases: OrdMap<Arc<str>, Arc<str>>,
    policies: ManagedPolicies,
    /// By lower-cased name.
    instance_profiles: OrdMap<Arc<str>, Arc<InstanceProfile>>,
    roles: Roles,
    users: Users,
    session_policies: OrdMap<[u8; 32], Arc<Policy>>,
    bucket_policies: OrdMap<Arc<str>, BucketPolicies>,
    authorities: Authorities,
    managed_certificates: ManagedCertificates,
}

impl Snapshot {
    /// The account, once the first start has made it.
    pub fn account(&self) -> Option<&Arc<Account>> {
        self.account.as_ref()
    }

    /// An access key by its id.
    pub fn access_key(&self, id: &str) -> Option<&Arc<AccessKey>> {
        self.access_keys.find(id)
    }

    /// The access keys of a user by its unique id, or of root, in order of id.
    pub fn access_keys_of<'a>(
        &'a self,
        user_id: Option<&'a str>,
    ) -> impl Iterator<Item = &'a Arc<AccessKey>> {
        self.access_keys.of(user_id)
    }

    /// The account's alias.
    pub fn account_alias(&self) -> Option<&str> {
        self.account_alias.as_deref()
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

    /// How many trust anchors there are.
    pub fn trust_anchor_count(&self) -> usize {
        self.trust_anchors.len()
    }

    /// How many profiles there are.
    pub fn profile_count(&self) -> usize {
        self.profiles.len()
    }

    /// A CRL by ARN.
    pub fn crl(&self, arn: &str) -> Option<&Arc<CrlEntry>> {
        self.crls.by_arn().get(arn)
    }

    /// CRLs whose ARN is greater than `after`, in order of ARN.
    pub fn crls_after(&self, after: &str) -> impl Iterator<Item = &Arc<CrlEntry>> + use<'_> {
        following(self.crls.by_arn(), after)
    }

    /// The CRLs of a trust anchor that are on, ready for use: what CreateSession asks.
    pub fn crls_of(&self, trust_anchor_arn: &str) -> &[Arc<VerifiedRevocationList>] {
        self.crls.in_force(trust_anchor_arn)
    }

    /// Every CRL of a trust anchor, on or off.
    pub fn crl_entries_of(&self, trust_anchor_arn: &str) -> impl Iterator<Item = &Arc<CrlEntry>> {
        self.crls.of(trust_anchor_arn)
    }

    /// How many CRLs a trust anchor has, on or off.
    pub fn crl_count(&self, trust_anchor_arn: &str) -> usize {
        self.crls.count(trust_anchor_arn)
    }

    /// An OpenID Connect provider by ARN.
    pub fn oidc_provider(&self, arn: &str) -> Option<&Arc<OidcProvider>> {
        self.oidc_providers.get(arn)
    }

    /// Every OpenID Connect provider, in order of ARN.
    pub fn oidc_providers(&self) -> impl Iterator<Item = &Arc<OidcProvider>> {
        self.oidc_providers.values()
    }

    /// The tags of a subject, by its ARN.
    pub fn subject_tags(&self, arn: &str) -> &[Tag] {
        self.subject_tags.get(arn).map_or(&[][..], |row| &row.tags)
    }

    /// The ARN that an alias ARN stands for; any other ARN stands for itself, and an alias that nobody has, too.
    pub fn resolve<'a>(&'a self, arn: &'a str) -> &'a str {
        if !arn.contains(":alias/") {
            return arn;
        }
        self.aliases.get(arn).map_or(arn, |owner| owner)
    }

    /// A role by ARN.
    pub fn role(&self, arn: &str) -> Option<&Arc<RoleEntry>> {
        self.roles.find(arn)
    }

    /// A role by name; names are unique whatever their case and path (IAM user guide, IAM identifiers).
    pub fn role_by_name(&self, name: &str) -> Option<&Arc<RoleEntry>> {
        self.roles.by_name(name)
    }

    /// A role by its unique id.
    pub fn role_by_id(&self, id: &str) -> Option<&Arc<RoleEntry>> {
        self.roles.by_id(id)
    }

    /// How many roles there are.
    pub fn role_count(&self) -> usize {
        self.roles.count()
    }

    /// The customer's managed policies, and who uses which.
    pub(crate) fn policies(&self) -> &ManagedPolicies {
        &self.policies
    }

    /// An instance profile by name.
    pub fn instance_profile(&self, name: &str) -> Option<&Arc<InstanceProfile>> {
        self.instance_profiles
            .get(name.to_ascii_lowercase().as_str())
    }

    /// Instance profiles whose lower-cased name is greater than `after`, in order of name.
    pub fn instance_profiles_after(
        &self,
        after: &str,
    ) -> impl Iterator<Item = &Arc<InstanceProfile>> {
        following(&self.instance_profiles, after)
    }

    /// The instance profiles that hold a role, by its unique id, in order of name.
    pub fn instance_profiles_of(
        &self,
        role_id: &str,
    ) -> impl Iterator<Item = &Arc<InstanceProfile>> {
        let profiles = self.instance_profiles.values();
        profiles.filter(move |row| row.role_id.as_deref() == Some(role_id))
    }

    /// How many instance profiles there are.
    pub fn instance_profile_count(&self) -> usize {
        self.instance_profiles.len()
    }

    /// Roles whose lower-cased name is greater than `after`, in order of name.
    pub fn roles_after(&self, after: &str) -> impl Iterator<Item = &Arc<RoleEntry>> {
        self.roles.following(after)
    }

    /// A user by its unique id.
    pub fn user(&self, id: &str) -> Option<&Arc<UserEntry>> {
        self.users.user(id)
    }

    /// A user by name; names are unique whatever their case and path.
    pub fn user_by_name(&self, name: &str) -> Option<&Arc<UserEntry>> {
        self.users.user_by_name(name)
    }

    /// Users whose lower-cased name is greater than `after`, in order of name.
    pub fn users_after(&self, after: &str) -> impl Iterator<Item = &Arc<UserEntry>> {
        self.users.users_after(after)
    }

    /// A group by its unique id.
    pub fn group(&self, id: &str) -> Option<&Arc<GroupEntry>> {
        self.users.group(id)
    }

    /// A group by name; names are unique whatever their case and path.
    pub fn group_by_name(&self, name: &str) -> Option<&Arc<GroupEntry>> {
        self.users.group_by_name(name)
    }

    /// Groups whose lower-cased name is greater than `after`, in order of name.
    pub fn groups_after(&self, after: &str) -> impl Iterator<Item = &Arc<GroupEntry>> {
        self.users.groups_after(after)
    }

    /// How many users and groups there are.
    pub fn user_and_group_counts(&self) -> (usize, usize) {
        (self.users.user_count(), self.users.group_count())
    }

    /// What the groups of a user let it do.
    pub fn policies_of_groups<'a>(
        &'a self,
        user: &'a User,
    ) -> impl Iterator<Item = &'a Arc<Policy>> {
        self.users.policies_of_groups(user)
    }

    /// The policies of the buckets of a name; nearly all have none.
    pub fn bucket_policies(&self, bucket: &str) -> Option<&BucketPolicies> {
        self.bucket_policies.get(bucket)
    }

    /// A certificate authority by ARN.
    pub fn certificate_authority(&self, arn: &str) -> Option<&Arc<AuthorityEntry>> {
        self.authorities.find(arn)
    }

    /// Certificate authorities whose ARN is greater than `after`, in order of ARN.
    pub fn certificate_authorities_after(
        &self,
        after: &str,
    ) -> impl Iterator<Item = &Arc<AuthorityEntry>> {
        self.authorities.following(after)
    }

    /// How many certificate authorities there are, deleted ones that can be restored included.
    pub fn certificate_authority_count(&self) -> usize {
        self.authorities.len()
    }

    /// What the authority of this ARN has revoked.
    pub fn revocations_of(&self, authority_arn: &str) -> Revocations {
        self.authorities.revocations(authority_arn)
    }

    /// The authority with this UUID.
    pub fn certificate_authority_by_id(&self, id: &str) -> Option<&Arc<AuthorityEntry>> {
        self.authorities.by_id(id)
    }

    /// What all authorities have revoked, for CreateSession: by who issued a certificate, whatever the trust anchor is.
    pub fn revoked_by_issuer(&self) -> &dyn anyrole_x509::RevokedByIssuer {
        &self.authorities
    }

    /// Whether one of these certificates, by the SHA-256 of their DER, was revoked by an authority of this server.
    pub fn is_any_revoked(&self, certificates: &[[u8; 32]]) -> bool {
        self.authorities.is_any_revoked(certificates)
    }

    /// A certificate that is kept with its key, by ARN.
    pub fn managed_certificate(&self, arn: &str) -> Option<&Arc<ManagedEntry>> {
        self.managed_certificates.find(arn)
    }

    /// Certificates that are kept with their keys, whose ARN is greater than `after`, in order of ARN.
    pub fn managed_certificates_after(
        &self,
        after: &str,
    ) -> impl Iterator<Item = &Arc<ManagedEntry>> {
        self.managed_certificates.following(after)
    }

    /// How many certificates are kept with their keys.
    pub fn managed_certificate_count(&self) -> usize {
        self.managed_certificates.len()
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
        // What another server wrote arrives in no order of its own: who uses a changed policy, and lists, are judged when
        // all of it is there.
        for change in changes {
            if let Change::PutManagedPolicy(row) = change
                && self.policies.text_in_force(&row.arn) != next.policies.text_in_force(&row.arn)
            {
                next.renew_holders(&row.arn)?;
            }
        }
        let anchors = &next.trust_anchors;
        next.crls.settle(|arn| anchors.get(arn).map(Arc::as_ref))?;
        next.version = version;
        Ok(next)
    }

    fn apply(&mut self, change: &Change) -> Result<(), UnusableRow> {
        match change {
            Change::PutAccount(account) => {
                self.account = Some(Arc::new(account.clone()));
                self.policies.set_partition(&account.partition);
            }
            Change::PutAccessKey(key) => self.access_keys.put(key),
            Change::DeleteAccessKey { id, .. } => self.access_keys.delete(id),
            Change::PutAccountAlias { alias, .. } => {
                self.account_alias = Some(alias.as_str().into());
            }
            Change::DeleteAccountAlias(_) => self.account_alias = None,
            Change::PutManagedPolicy(row) => self.policies.put(row)?,
            Change::DeleteManagedPolicy(arn) => self.policies.delete(arn),
            Change::PutInstanceProfile(row) => self.put_instance_profile(row),
            Change::DeleteInstanceProfile(arn) => self.delete_instance_profile(arn),
            Change::PutUser(row) => self.put_user(row)?,
            Change::DeleteUser { id, .. } => self.delete_user(id),
            Change::PutGroup(row) => self.put_group(row)?,
            Change::DeleteGroup { id, .. } => self.delete_group(id),
            Change::PutSealKey(key) => {
                self.seal_keys.insert(key.id, Arc::new(key.clone()));
            }
            Change::DeleteSealKey { id, .. } => {
                self.seal_keys.remove(id);
            }
            Change::PutTrustAnchor(row) => self.put_trust_anchor(row)?,
            Change::DeleteTrustAnchor(arn) => {
                if let Some(entry) = self.trust_anchors.remove(arn.as_str()) {
                    self.forget_alias(&entry.row.resource);
                }
                self.crls.anchor_changed(arn);
            }
            Change::PutCrl(row) => {
                let before = self.crl(&row.resource.arn).cloned();
                let before = before.as_ref().map(|entry| &entry.row.resource);
                self.move_alias(before, &row.resource);
                self.crls.put(row);
            }
            Change::DeleteCrl(arn) => {
                if let Some(entry) = self.crls.remove(arn) {
                    self.forget_alias(&entry.row.resource);
                }
            }
            Change::PutProfile(row) => {
                let before = self.profiles.get(row.resource.arn.as_str()).cloned();
                let before = before.as_ref().map(|entry| &*entry.row);
                self.policies.hold(before, Some(&**row));
                self.move_alias(before.map(|row| &row.resource), &row.resource);
                self.put_profile(row)?;
            }
            Change::DeleteProfile(arn) => {
                if let Some(entry) = self.profiles.remove(arn.as_str()) {
                    self.policies.hold(Some(&*entry.row), None);
                    self.forget_alias(&entry.row.resource);
                }
            }
            Change::PutRole(row) => self.put_role(row)?,
            Change::DeleteRole(arn) => self.delete_role(arn),
            Change::PutOidcProvider(row) => {
                self.oidc_providers
                    .insert(row.arn.as_str().into(), row.clone());
            }
            Change::DeleteOidcProvider(arn) => {
                self.oidc_providers.remove(arn.as_str());
            }
            Change::PutSubjectTags(row) => {
                self.subject_tags
                    .insert(row.arn.as_str().into(), row.clone());
            }
            Change::DeleteSubjectTags(arn) => {
                self.subject_tags.remove(arn.as_str());
            }
            Change::PutBucketPolicy(row) => {
                let name: Arc<str> = row.bucket.as_str().into();
                self.bucket_policies.entry(name).or_default().put(row)?;
            }
            Change::DeleteBucketPolicy {
                bucket,
                bucket_created_at,
                ..
            } => self.delete_bucket_policy(bucket, *bucket_created_at),
            Change::PutCertificateAuthority(row) => {
                self.authorities.put(row)?;
                self.renew_anchors_of(&row.arn)?;
            }
            Change::DeleteCertificateAuthority(arn) => {
                self.authorities.delete(arn);
                self.renew_anchors_of(arn)?;
            }
            Change::PutRevocation(row) => self.authorities.revoke(row)?,
            Change::DeleteRevocation(arn) => self.authorities.forget_revocation(arn)?,
            Change::PutManagedCertificate(row) => self.managed_certificates.put(row)?,
            Change::DeleteManagedCertificate(arn) => self.managed_certificates.delete(arn),
            Change::PutSessionPolicy(document) => self.keep_session_policy(document)?,
        }
        Ok(())
    }

    fn put_trust_anchor(&mut self, row: &Arc<TrustAnchor>) -> Result<(), UnusableRow> {
        let entry = TrustAnchorEntry::compile(row.clone(), &self.authorities)?;
        let arn = row.resource.arn.as_str();
        let before = self.trust_anchors.insert(arn.into(), Arc::new(entry));
        let before = before.as_ref().map(|entry| &entry.row.resource);
        self.move_alias(before, &row.resource);
        self.crls.anchor_changed(arn);
        Ok(())
    }

    /// Anchors follow the certificate of their authority.
    fn renew_anchors_of(&mut self, authority_arn: &str) -> Result<(), UnusableRow> {
        let is_of = |row: &TrustAnchor| matches!(&row.source, AnchorSource::PrivateCa(arn) if arn == authority_arn);
        let entries = self.trust_anchors.values();
        let rows: Vec<Arc<TrustAnchor>> = entries
            .filter(|entry| is_of(&entry.row))
            .map(|entry| entry.row.clone())
            .collect();
        rows.iter().try_for_each(|row| self.put_trust_anchor(row))
    }

    fn delete_bucket_policy(&mut self, bucket: &str, bucket_created_at: jiff::Timestamp) {
        if let Some(policies) = self.bucket_policies.get_mut(bucket)
            && !policies.remove(bucket_created_at)
        {
            self.bucket_policies.remove(bucket);
        }
    }

    fn move_alias(&mut self, before: Option<&Resource>, now: &Resource) {
        if let Some(before) = before {
            self.forget_alias(before);
        }
        if let Some(alias) = now.alias_arn() {
            self.aliases.insert(alias.into(), now.arn.as_str().into());
        }
    }

    /// Another row may have taken the alias already.
    fn forget_alias(&mut self, row: &Resource) {
        if let Some(alias) = row.alias_arn()
            && self.resolve(&alias) == row.arn
        {
            self.aliases.remove(alias.as_str());
        }
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
}

pub(crate) fn following<'a, V>(
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
