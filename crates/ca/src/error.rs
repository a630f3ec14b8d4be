//! Why no certificate was made. Messages name the value and the cure; the commands add flag and file.

use anyrole_keys::KeyError;
use anyrole_x509::Refusal;
use jiff::Timestamp;

use crate::LintFailure;

/// Why no certificate was made, or none could be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CaError {
    /// The subject is not a name.
    #[error("subject `{text}` is not valid: {detail}")]
    Subject {
        /// As given.
        text: String,
        /// What is wrong, and the cure.
        detail: String,
    },
    /// An alternative name is none of the four kinds.
    #[error("`{0}` is neither a DNS name, an IP address, a URI nor an e-mail address")]
    AlternativeName(String),
    /// A URL that no certificate can carry.
    #[error("`{0}` is no URL of visible ASCII characters")]
    Url(String),
    /// A time or duration can't be read.
    #[error(
        "`{0}` is neither a time (RFC 3339, as `2030-01-31T00:00:00Z`) nor a duration (as `24h`, `90m` or `-5m`)"
    )]
    Moment(String),
    /// A time lies outside of what a certificate can say.
    #[error("the time {0} can't be written into a certificate")]
    TimeOutOfRange(Timestamp),
    /// The end does not come after the start.
    #[error(
        "the certificate would end at {not_after}, which is not after its start at {not_before}"
    )]
    EmptyValidity {
        /// Start.
        not_before: Timestamp,
        /// End.
        not_after: Timestamp,
    },
    /// The text holds no certificate.
    #[error("no certificate found; expected PEM with `-----BEGIN CERTIFICATE-----`")]
    NoCertificate,
    /// A PEM block or the DER in it is broken.
    #[error("the certificate is broken: {0}")]
    BrokenCertificate(String),
    /// The signing request is broken.
    #[error("the certificate signing request is broken: {0}")]
    BrokenRequest(String),
    /// The signing request is not signed by the key that it asks a certificate for.
    #[error("the signature of the certificate signing request does not fit its public key")]
    RequestSignature,
    /// The OCSP request is broken.
    #[error("the OCSP request is broken: {0}")]
    BrokenOcspRequest(String),
    /// The issuer's certificate may not issue.
    #[error("certificate `{subject}` can't issue certificates: {detail}")]
    NotAnAuthority {
        /// Its subject.
        subject: String,
        /// Which right it lacks.
        detail: &'static str,
    },
    /// The issuer's certificate does not cover the wanted start.
    #[error(
        "certificate `{subject}` can't issue: it is valid from {not_before} to {not_after} only"
    )]
    AuthorityNotValid {
        /// Its subject.
        subject: String,
        /// Its start.
        not_before: Timestamp,
        /// Its end.
        not_after: Timestamp,
    },
    /// The issuer's certificate may not sign revocation lists.
    #[error("certificate `{subject}` can't issue revocation lists: its key usage lacks cRLSign")]
    NoCrlSign {
        /// Its subject.
        subject: String,
    },
    /// nextUpdate does not come after thisUpdate.
    #[error("the revocation list would be due at {next_update}, which is not after {this_update}")]
    EmptyUpdate {
        /// When the list was made.
        this_update: Timestamp,
        /// When the next one is due.
        next_update: Timestamp,
    },
    /// A serial number that no certificate has.
    #[error("a serial number has {0} octets; 1 to 20 are possible")]
    SerialLength(usize),
    /// The issuer's path length forbids another authority below it.
    #[error("certificate `{subject}` allows no certificate authority below it (path length 0)")]
    PathLength {
        /// Its subject.
        subject: String,
    },
    /// Certificate and private key of the issuer are no pair.
    #[error("the private key does not belong to certificate `{subject}`")]
    ForeignKey {
        /// Its subject.
        subject: String,
    },
    /// What would be signed breaks a rule of its profile.
    #[error("the certificate was not issued: {0}")]
    Lint(#[from] LintFailure),
    /// Roles Anywhere would refuse the certificate.
    #[error("the certificate was not issued, since CreateSession would refuse it: {0}")]
    Refused(#[from] Refusal),
    /// The key failed.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A public key that the authority does not certify.
    #[error("the public key is not accepted: {0}")]
    PublicKey(String),
    /// The encoder refused a value.
    #[error("the certificate can't be encoded: {0}")]
    Encode(#[from] der::Error),
}
