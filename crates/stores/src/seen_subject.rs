//! What `record_sightings` leaves behind, as it is read back: a subject and its certificates.

use jiff::Timestamp;

/// A distinguished name that was granted sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenSubject {
    /// A UUID.
    pub id: String,
    /// `CN=…,O=…`.
    pub x509_subject: String,
    /// Whether it may be granted sessions.
    pub enabled: bool,
    /// When it was seen first.
    pub created_at: Timestamp,
    /// When the row was changed last.
    pub updated_at: Timestamp,
    /// When it was seen last.
    pub last_seen_at: Timestamp,
    /// Its certificates, in order of their issuers and serial numbers.
    pub credentials: Vec<SeenCredential>,
}

/// A certificate of a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenCredential {
    /// The issuer, `CN=…,O=…`.
    pub issuer: String,
    /// The serial number, lower-case hex.
    pub serial: String,
    /// The certificate, DER.
    pub certificate: Vec<u8>,
    /// Whether it may be used.
    pub enabled: bool,
    /// When it was seen last.
    pub seen_at: Timestamp,
}
