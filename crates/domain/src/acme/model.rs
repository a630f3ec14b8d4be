//! What ACME's rows say (`store.rs`): JSON in the store, these structures here.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::identifier::{Identifier, NamePattern};
use crate::refusal::AcmeKind;

/// How ACME is open for a certificate authority: what an operator has decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcmeService {
    /// The authority.
    pub ca_arn: String,
    /// Which names may be asked for.
    pub names: Vec<NamePattern>,
    /// Whether `*.` names may be asked for.
    pub wildcards: bool,
    /// What a certificate's subject says besides the CN, as `OU=…,O=…`; may be empty.
    pub subject: String,
    /// URIs that each certificate gets; `{name}` stands for its first name.
    pub uris: Vec<String>,
    /// How long certificates hold, in seconds: where nothing is asked, and at most.
    pub lifetime_seconds: i64,
    /// Whether certificates are for TLS servers, besides clients.
    pub server_auth: bool,
    /// Whether an account needs a key of the operator's.
    pub external_account_required: bool,
    /// What accounts must agree to.
    pub terms_of_service: Option<String>,
    /// When it was opened.
    pub created_at: Timestamp,
}

/// What binds accounts to the operator's word, and what such accounts may ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExternalKey {
    /// Which CA's service it is of, by UUID.
    pub service: String,
    /// What the operator calls it.
    pub label: String,
    /// The MAC key, sealed under the master key, base64url.
    pub sealed_secret: String,
    /// Which of the service's names may be asked for; none means all of them.
    pub names: Vec<NamePattern>,
    /// The subject instead of the service's.
    pub subject: Option<String>,
    /// A shorter lifetime than the service's, in seconds.
    pub lifetime_seconds: Option<i64>,
    /// How many accounts may still be made with it.
    pub accounts_left: u32,
    /// No account is made with it after this; those that were live on.
    pub usable_until: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// States of accounts, authorizations and challenges (RFC 8555, 7.1.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Waits for the client.
    Pending,
    /// The server is at it.
    Processing,
    /// All is proved; the order waits for its request.
    Ready,
    /// Good.
    Valid,
    /// Failed.
    Invalid,
    /// Given up by the client.
    Deactivated,
    /// Too old.
    Expired,
    /// Taken away by the operator.
    Revoked,
}

/// A client's account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcmeAccount {
    /// `Valid`, `Deactivated` or `Revoked`.
    pub status: Status,
    /// The public key, in its canonical form (RFC 7638).
    pub key: String,
    /// `mailto:` URLs.
    pub contact: Vec<String>,
    /// Whether the terms were agreed to.
    pub terms_agreed: bool,
    /// The operator's key that it is bound to.
    pub external_key: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Kinds of proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ChallengeKind {
    /// RFC 8555, 8.3.
    #[serde(rename = "http-01")]
    Http,
    /// RFC 8555, 8.4.
    #[serde(rename = "dns-01")]
    Dns,
    /// RFC 8737.
    #[serde(rename = "tls-alpn-01")]
    TlsAlpn,
}

impl ChallengeKind {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http-01",
            Self::Dns => "dns-01",
            Self::TlsAlpn => "tls-alpn-01",
        }
    }

    /// Of its name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Http, Self::Dns, Self::TlsAlpn]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

/// Why a proof failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// The type of the problem.
    pub kind: AcmeKind,
    /// What the client is told.
    pub detail: String,
}

/// One way to prove a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge {
    /// Which way.
    pub kind: ChallengeKind,
    /// `Pending`, `Processing`, `Valid` or `Invalid`.
    pub status: Status,
    /// 128 random bits or more, base64url.
    pub token: String,
    /// When it was found good.
    pub validated_at: Option<Timestamp>,
    /// Why it failed.
    pub fault: Option<Fault>,
}

/// The proof that an account holds a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authorization {
    /// The name, without `*.`.
    pub identifier: Identifier,
    /// Whether it is of all names below it.
    pub wildcard: bool,
    /// `Pending`, `Valid`, `Invalid` or `Deactivated`.
    pub status: Status,
    /// Until when it counts.
    pub expires_at: Timestamp,
    /// The ways to prove it.
    pub challenges: Vec<Challenge>,
}

impl Authorization {
    /// The state at an instant.
    pub fn status_at(&self, now: Timestamp) -> Status {
        match self.status {
            Status::Pending | Status::Valid if now >= self.expires_at => Status::Expired,
            status => status,
        }
    }
}

/// What an account wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// `Pending` while it is open, whatever its authorizations say; `Valid` or `Invalid` at its end.
    pub status: Status,
    /// The names.
    pub identifiers: Vec<Identifier>,
    /// From when the certificate shall hold.
    pub not_before: Option<Timestamp>,
    /// Until when.
    pub not_after: Option<Timestamp>,
    /// The authorizations, one for each name, by id.
    pub authorizations: Vec<String>,
    /// Until when it can be finished.
    pub expires_at: Timestamp,
    /// The certificate that it is to replace (RFC 9773), by id.
    pub replaces: Option<String>,
    /// The same as the client has named it: orders show it so (RFC 9773, 5).
    pub replaces_as_asked: Option<String>,
    /// The certificate, by id.
    pub certificate: Option<String>,
    /// Why it failed.
    pub fault: Option<Fault>,
}

/// What an account got.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcmeCertificate {
    /// The serial number, lower-case hex.
    pub serial: String,
    /// The names that it is of.
    pub identifiers: Vec<Identifier>,
    /// From when it holds.
    pub not_before: Timestamp,
    /// Until when.
    pub not_after: Timestamp,
    /// The certificate in DER, base64.
    pub certificate: String,
    /// The issuer, and those that lead from it to the root, each in DER, base64.
    pub chain: Vec<String>,
    /// The certificate that has taken its place.
    pub replaced_by: Option<String>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}
