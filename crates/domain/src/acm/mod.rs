//! Certificates that the server keeps with their private keys: private ones, which an authority of ours issues, and imported ones
//! (AWS Certificate Manager). Rows and what is done to them; called by `frontends/acm`.

mod change;
mod entry;
mod export;
mod import;
mod key;
mod names;
mod read;
mod request;

use jiff::Timestamp;

pub use self::change::{delete_certificate, tag_certificate, untag_certificate};
pub(crate) use self::entry::ManagedCertificates;
pub use self::entry::{CertificateState, ManagedEntry};
pub use self::export::{Exported, export_certificate};
pub use self::import::{ImportCertificate, import_certificate};
pub use self::key::CertificateKeyAlgorithm;
pub use self::read::{
    CertificateFilter, describe_certificate, list_certificate_tags, list_certificates,
    read_certificate,
};
pub use self::request::{RequestCertificate, renew_certificate, request_certificate};
use crate::account::{Account, AccountId};
use crate::refusal::{Kind, Refusal};
use crate::tags::Tag;

/// Where a certificate comes from (Certificate Manager API reference, CertificateType). Public ones are not served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CertificateOrigin {
    /// An authority of ours, by ARN.
    Private(String),
    /// Somebody else's.
    Imported,
}

impl CertificateOrigin {
    /// As the API has it.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Private(_) => "PRIVATE",
            Self::Imported => "IMPORTED",
        }
    }

    /// The authority that issued it, where that is one of ours.
    pub fn authority(&self) -> Option<&str> {
        match self {
            Self::Private(arn) => Some(arn),
            Self::Imported => None,
        }
    }
}

/// A certificate as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManagedCertificate {
    /// The account that it belongs to.
    pub account: AccountId,
    /// `arn:…:certificate/{uuid}`.
    pub arn: String,
    /// Where it comes from.
    pub origin: CertificateOrigin,
    /// The name that it was asked for with; an imported one's first name.
    pub domain_name: String,
    /// All its names, `domain_name` first.
    pub names: Vec<String>,
    /// The kind of its key.
    pub key_algorithm: CertificateKeyAlgorithm,
    /// The private key, PKCS#8, encrypted under the master key with the ARN as context.
    pub sealed_key: Vec<u8>,
    /// The certificate, PEM.
    pub certificate: String,
    /// Those above it, its issuer first, PEM.
    pub chain: Option<String>,
    /// Whether the key has ever left.
    pub is_exported: bool,
    /// The token of the request that made it.
    pub idempotency_token: Option<String>,
    /// Tags.
    pub tags: Vec<Tag>,
    /// When the row was made.
    pub created_at: Timestamp,
    /// When the present certificate was issued or imported.
    pub issued_at: Timestamp,
    /// When it was renewed last.
    pub renewed_at: Option<Timestamp>,
}

impl Account {
    /// `arn:{partition}:acm:{region}:{account}:certificate/{id}`.
    pub fn managed_certificate_arn(&self, id: &str) -> String {
        format!(
            "arn:{}:acm:{}:{}:certificate/{id}",
            self.partition, self.region, self.id
        )
    }
}

/// What the key of a certificate is encrypted with as context.
fn key_context(arn: &str) -> String {
    format!("managed-certificate:{arn}")
}

/// Members that don't fit each other, or what is there.
fn invalid(reason: &'static str, public: impl Into<String>) -> Refusal {
    Refusal::new(Kind::InvalidInput, reason, public.into())
}

fn internal(error: impl std::fmt::Display) -> Refusal {
    Refusal::internal(error.to_string())
}
