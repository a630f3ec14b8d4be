//! The changes to what is stored: what a write is made of, what a store keeps, and what the next snapshot is made with.

use std::sync::Arc;

use crate::access_keys::AccessKey;
use crate::account::{Account, AccountId};
use crate::acm::ManagedCertificate;
use crate::bucket_policies::BucketPolicy;
use crate::certificate_authorities::{CertificateAuthority, RevokedCertificate};
use crate::crls::Crl;
use crate::instance_profiles::InstanceProfile;
use crate::managed_policies::ManagedPolicy;
use crate::oidc_providers::OidcProvider;
use crate::profiles::Profile;
use crate::roles::Role;
use crate::seal_keys::SealKey;
use crate::subjects::SubjectTags;
use crate::trust_anchors::TrustAnchor;
use crate::users::{Group, User};

/// One change to what is stored. A write is a list of them, kept in one transaction.
#[derive(Debug, Clone)]
pub enum Change {
    /// Makes the account.
    PutAccount(Account),
    /// Makes or replaces an access key.
    PutAccessKey(AccessKey),
    /// Deletes an access key.
    DeleteAccessKey {
        /// The account that it belonged to.
        account: AccountId,
        /// `AKIA…`.
        id: String,
    },
    /// Makes a seal key.
    PutSealKey(SealKey),
    /// Forgets a seal key: its sessions are not known any more.
    DeleteSealKey {
        /// The account whose sessions it sealed.
        account: AccountId,
        /// Its 20-bit id.
        id: u32,
    },
    /// Makes or replaces a trust anchor.
    PutTrustAnchor(Arc<TrustAnchor>),
    /// Deletes a trust anchor, by ARN.
    DeleteTrustAnchor(String),
    /// Makes or replaces a CRL; its trust anchor comes before it.
    PutCrl(Arc<Crl>),
    /// Deletes a CRL, by ARN.
    DeleteCrl(String),
    /// Makes or replaces a profile.
    PutProfile(Arc<Profile>),
    /// Deletes a profile, by ARN.
    DeleteProfile(String),
    /// Makes or replaces a customer's managed policy; who uses it comes after it.
    PutManagedPolicy(Arc<ManagedPolicy>),
    /// Deletes a customer's managed policy, by ARN.
    DeleteManagedPolicy(String),
    /// Makes or replaces an instance profile.
    PutInstanceProfile(Arc<InstanceProfile>),
    /// Deletes an instance profile, by ARN.
    DeleteInstanceProfile(String),
    /// Makes or replaces a role with its inline and attached policies.
    PutRole(Arc<Role>),
    /// Deletes a role, by ARN.
    DeleteRole(String),
    /// Makes or replaces a group with its inline and attached policies.
    PutGroup(Arc<Group>),
    /// Deletes a group.
    DeleteGroup {
        /// The account that it belonged to.
        account: AccountId,
        /// `AGPA…`.
        id: String,
    },
    /// Makes or replaces a user with its inline and attached policies.
    PutUser(Arc<User>),
    /// Deletes a user; its access keys are deleted before it.
    DeleteUser {
        /// The account that it belonged to.
        account: AccountId,
        /// `AIDA…`.
        id: String,
    },
    /// Gives the account an alias.
    PutAccountAlias {
        /// The account.
        account: AccountId,
        /// 3 to 63 characters.
        alias: String,
    },
    /// Takes the account's alias away.
    DeleteAccountAlias(AccountId),
    /// Makes or replaces an OpenID Connect provider.
    PutOidcProvider(Arc<OidcProvider>),
    /// Deletes an OpenID Connect provider, by ARN.
    DeleteOidcProvider(String),
    /// Makes or replaces a subject's tags.
    PutSubjectTags(Arc<SubjectTags>),
    /// Deletes a subject's tags, by the subject's ARN.
    DeleteSubjectTags(String),
    /// Makes or replaces a bucket's policy.
    PutBucketPolicy(Arc<BucketPolicy>),
    /// Deletes a bucket's policy.
    DeleteBucketPolicy {
        /// The account that owned the bucket.
        account: AccountId,
        /// The bucket's name.
        bucket: String,
        /// When it was made.
        bucket_created_at: jiff::Timestamp,
    },
    /// Makes or replaces a certificate authority.
    PutCertificateAuthority(Arc<CertificateAuthority>),
    /// Deletes a certificate authority for good, by ARN.
    DeleteCertificateAuthority(String),
    /// Revokes a certificate of an authority.
    PutRevocation(Arc<RevokedCertificate>),
    /// Forgets a revocation, by the certificate's ARN.
    DeleteRevocation(String),
    /// Makes or replaces a certificate that is kept with its key.
    PutManagedCertificate(Arc<ManagedCertificate>),
    /// Deletes a certificate that is kept with its key, by ARN.
    DeleteManagedCertificate(String),
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
