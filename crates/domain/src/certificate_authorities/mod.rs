//! Certificate authorities that the server keeps: their rows, their keys' place, and the two functions that every way of
//! issuing goes by, [`issue`] and [`revoke`]. Called by `frontends/acm_pca` and by the other ways in (ACM, ACME, enrolment).
//!
//! Authorities and revocations are in the snapshot; issued certificates are in the store alone, written before they leave.

mod access;
mod change;
mod configuration;
mod create;
mod entry;
mod forget;
mod import;
mod issue;
mod issued;
mod list_issued;
mod opened;
mod passthrough;
mod read;
mod refusals;
mod request;
mod revocation_status;
mod revocation_urls;
mod revoke;
mod subject;
mod templates;
mod validity;

use std::sync::Arc;

use anyrole_x509::Certificate;
use jiff::Timestamp;

pub(crate) use self::access::check_uuid_arn;
pub use self::change::{
    create_permission, delete_authority, delete_permission, delete_policy, list_authority_tags,
    list_permissions, put_policy, read_policy, restore_authority, tag_authority, untag_authority,
    update_authority,
};
pub use self::configuration::{
    AuthorityConfiguration, AuthorityKeyAlgorithm, AuthoritySigningAlgorithm, CrlConfiguration,
    CrlExtension, OcspConfiguration, RevocationConfiguration,
};
pub use self::create::{CreateAuthority, create_authority};
pub(crate) use self::entry::Authorities;
pub use self::entry::{AuthorityEntry, Revocations, fixed_serial};
pub use self::forget::{Forgetting, forget_deleted_authorities};
pub use self::import::import_authority_certificate;
pub use self::issue::{Asked, IssueOrder, Issued, Repeatable, issue};
pub(crate) use self::issued::IssuingQueue;
pub use self::issued::{IssuedCertificate, IssuedPlace, Kept, NewCertificate, Repeat};
pub use self::list_issued::{CertificateView, describe_certificate, list_certificates};
pub(crate) use self::opened::OpenedAuthorities;
pub use self::opened::OpenedAuthority;
pub use self::passthrough::{ApiPassthrough, CsrExtensions};
pub use self::read::{
    CertificateWithChain, chain_of, describe_authority, list_authorities,
    read_authority_certificate, read_certificate, read_csr,
};
pub use self::refusals::PcaKind;
pub use self::request::{ISSUE_CERTIFICATE, IssueRequest, issue_certificate};
pub(crate) use self::revocation_status::PublishedLists;
pub use self::revocation_status::{OcspReply, PublishedList};
pub use self::revoke::{
    REVOKE_CERTIFICATE, RevocationReason, RevokedCertificate, revoke, revoke_certificate,
};
pub use self::subject::{CustomAttribute, DistinguishedName};
pub use self::validity::{Moment, MomentUnit};
use crate::account::{Account, AccountId};
use crate::tags::Tag;

/// Root or subordinate (Private CA API reference, CertificateAuthorityType).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthorityKind {
    /// Signs its own certificate.
    Root,
    /// Another authority signs its certificate.
    Subordinate,
}

impl AuthorityKind {
    /// As the API and the rows have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Root => "ROOT",
            Self::Subordinate => "SUBORDINATE",
        }
    }

    /// What `as_str` wrote.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Root, Self::Subordinate]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

/// Where an authority is in its life, as far as it is stored: `EXPIRED` follows from the time (API reference,
/// CertificateAuthorityStatus). Authorities are made at once, so that none is `CREATING`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthorityStatus {
    /// It has a key and a signing request, and waits for its certificate.
    PendingCertificate,
    /// It issues.
    Active,
    /// It was turned off.
    Disabled,
    /// It was deleted, and can be restored until its time is over.
    Deleted,
    /// Not stored: its certificate has expired.
    Expired,
}

impl AuthorityStatus {
    const ALL: [Self; 5] = [
        Self::PendingCertificate,
        Self::Active,
        Self::Disabled,
        Self::Deleted,
        Self::Expired,
    ];

    /// As the API and the rows have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PendingCertificate => "PENDING_CERTIFICATE",
            Self::Active => "ACTIVE",
            Self::Disabled => "DISABLED",
            Self::Deleted => "DELETED",
            Self::Expired => "EXPIRED",
        }
    }

    /// What `as_str` wrote.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

/// How long an authority's certificates may be valid (API reference, CertificateAuthorityUsageMode).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UsageMode {
    /// As long as the authority itself.
    GeneralPurpose,
    /// At most seven days.
    ShortLived,
}

impl UsageMode {
    /// As the API and the rows have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::GeneralPurpose => "GENERAL_PURPOSE",
            Self::ShortLived => "SHORT_LIVED_CERTIFICATE",
        }
    }

    /// What `as_str` wrote.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::GeneralPurpose, Self::ShortLived]
            .into_iter()
            .find(|mode| mode.as_str() == text)
    }
}

/// Where an authority's private key is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoredKey {
    /// PKCS#8, encrypted under the master key with the authority's ARN as context.
    Sealed(Vec<u8>),
    /// On a PKCS#11 token, by its URI, which says neither PIN nor module.
    Token(String),
}

impl StoredKey {
    /// What is kept of a key that was forgotten.
    pub(crate) const FORGOTTEN: Self = Self::Sealed(Vec::new());
}

/// Who else may use an authority (API reference, CreatePermission): services of AWS, of which ACM is the one.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Permission {
    /// `acm.amazonaws.com`.
    pub principal: String,
    /// The account that it acts for.
    pub source_account: String,
    /// `IssueCertificate`, `GetCertificate`, `ListPermissions`.
    pub actions: Vec<String>,
    /// When it was given.
    pub created_at: Timestamp,
}

/// A certificate authority as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateAuthority {
    /// The account that it belongs to.
    pub account: AccountId,
    /// A UUID.
    pub id: String,
    /// `arn:…:certificate-authority/{id}`.
    pub arn: String,
    /// Root or subordinate.
    pub kind: AuthorityKind,
    /// Where it is in its life.
    pub status: AuthorityStatus,
    /// What it was made with.
    pub configuration: AuthorityConfiguration,
    /// How long its certificates may be valid.
    pub usage_mode: UsageMode,
    /// As it was given; we make no promise of it (docs/aws-divergences.md).
    pub key_storage_standard: String,
    /// How revocations are published.
    pub revocation: RevocationConfiguration,
    /// Where its private key is.
    pub key: StoredKey,
    /// Its public key, DER `SubjectPublicKeyInfo`.
    pub public_key_der: Vec<u8>,
    /// Its signing request, PEM.
    pub csr: String,
    /// Its certificate, PEM; none while it waits for it.
    pub certificate: Option<String>,
    /// The certificates above its own, PEM; none for a root.
    pub certificate_chain: Option<String>,
    /// The token of the request that made it.
    pub idempotency_token: Option<String>,
    /// Who else may use it.
    pub permissions: Vec<Permission>,
    /// Its resource policy.
    pub policy: Option<String>,
    /// Tags.
    pub tags: Vec<Tag>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its status changed last.
    pub state_changed_at: Timestamp,
    /// Where it was deleted: until when it can be restored.
    pub restorable_until: Option<Timestamp>,
}

/// The ARN of a certificate that an authority has issued; its last part is the serial number in hex.
pub fn certificate_arn(authority_arn: &str, serial: &[u8; 16]) -> String {
    [authority_arn, "/certificate/", &hex(serial)].concat()
}

/// The authority's ARN and the serial number in a certificate's ARN.
pub fn parse_certificate_arn(arn: &str) -> Option<(&str, [u8; 16])> {
    let (authority, serial) = arn.rsplit_once("/certificate/")?;
    let number = u128::from_str_radix(serial, 16).ok()?;
    let canonical = serial.len() == 32 && !serial.bytes().any(|byte| byte.is_ascii_uppercase());
    canonical.then(|| (authority, number.to_be_bytes()))
}

/// Lower-case hex of a serial number, 32 digits.
pub fn hex(serial: &[u8; 16]) -> String {
    format!("{:032x}", u128::from_be_bytes(*serial))
}

impl Account {
    /// `arn:{partition}:acm-pca:{region}:{account}:certificate-authority/{id}`.
    pub fn certificate_authority_arn(&self, id: &str) -> String {
        format!(
            "arn:{}:acm-pca:{}:{}:certificate-authority/{id}",
            self.partition, self.region, self.id
        )
    }
}

impl CertificateAuthority {
    /// Whether a certificate is of the authority's own key.
    pub(crate) fn public_key_of(&self, certificate: &[u8]) -> bool {
        Certificate::parse_der(certificate.to_vec())
            .is_ok_and(|parsed| parsed.public_key_der() == self.public_key_der)
    }

    /// The ARN of a certificate that it has issued.
    pub fn certificate_arn(&self, serial: &[u8; 16]) -> String {
        certificate_arn(&self.arn, serial)
    }
}

/// An authority, shared.
pub type SharedAuthority = Arc<AuthorityEntry>;
