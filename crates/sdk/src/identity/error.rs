//! Why there is no identity: which part of it, where it is from, and what is wrong. A program that names the parts otherwise
//! (by flags of a command line) puts its own name before [`IdentityError::detail`].

use std::fmt;
use std::path::PathBuf;

use anyrole_keys::KeyError;
use anyrole_x509::CertificateError;
use jiff::Timestamp;

/// Why there is no identity. The text holds those of its causes, so there is no chain of sources to print as well.
#[derive(Debug)]
pub struct IdentityError {
    /// What of the identity.
    pub part: IdentityPart,
    /// Where that is from.
    pub origin: Origin,
    /// What is wrong with it.
    pub problem: IdentityProblem,
}

/// A part of an identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentityPart {
    /// The leaf certificate.
    Certificate,
    /// Its private key.
    PrivateKey,
    /// The certificates above it.
    Intermediates,
}

/// Where a part is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A file.
    File(PathBuf),
    /// The program's own memory.
    Memory,
    /// A token, an agent: its name, such as a URI without secrets.
    Named(String),
}

/// What is wrong with a part of an identity.
#[derive(Debug)]
#[non_exhaustive]
pub enum IdentityProblem {
    /// It can't be read.
    Unreadable(std::io::Error),
    /// It holds no readable certificate.
    Certificate(CertificateError),
    /// What it should hold certificates in is broken.
    CertificateFile(KeyError),
    /// The key is encrypted, and there is no password.
    PasswordNeeded,
    /// The PKCS#12 file is encrypted, and there is no password.
    Pkcs12PasswordNeeded,
    /// A PKCS#12 file holds the certificates above the leaf itself.
    IntermediatesBesidePkcs12,
    /// The key can't be used.
    Key(KeyError),
    /// The key is of another certificate.
    KeyOfAnotherCertificate {
        /// Where the certificates are from.
        certificate: Origin,
        /// How many were looked at.
        count: usize,
    },
    /// The certificate has ended.
    Expired {
        /// End of its validity.
        not_after: Timestamp,
        /// The clock.
        now: Timestamp,
    },
    /// The certificate has not begun.
    NotYetValid {
        /// Start of its validity.
        not_before: Timestamp,
        /// The clock.
        now: Timestamp,
    },
    /// More intermediates than the service takes.
    ChainTooLong {
        /// How many.
        count: usize,
    },
    /// What a source of one's own says.
    Other(Box<dyn std::error::Error + Send + Sync>),
}

impl From<KeyError> for IdentityProblem {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::PasswordNeeded => Self::PasswordNeeded,
            KeyError::Unreadable { source, .. } => Self::Unreadable(source),
            error => Self::Key(error),
        }
    }
}

impl IdentityError {
    /// What is wrong, without the name of the part.
    pub fn detail(&self) -> String {
        let origin = &self.origin;
        match &self.problem {
            IdentityProblem::Unreadable(cause) => format!("cannot read {origin}: {cause}"),
            IdentityProblem::Certificate(cause) => {
                format!("{origin} must hold certificates (PEM, DER, PKCS#7 or PKCS#12): {cause}")
            }
            IdentityProblem::CertificateFile(cause) => format!("cannot use {origin}: {cause}"),
            IdentityProblem::PasswordNeeded => {
                format!("the key in {origin} is encrypted, and there is no password for it")
            }
            IdentityProblem::Pkcs12PasswordNeeded => {
                format!("the PKCS#12 file {origin} is encrypted, and there is no password for it")
            }
            IdentityProblem::IntermediatesBesidePkcs12 => format!(
                "the certificates above the leaf are taken from the PKCS#12 file {origin} itself: leave them out here"
            ),
            IdentityProblem::Key(cause) => format!("cannot use the key in {origin}: {cause}"),
            IdentityProblem::KeyOfAnotherCertificate { certificate, count } => format!(
                "the key in {origin} belongs to none of the {count} certificate(s) in {certificate}: give the pair that was issued together"
            ),
            IdentityProblem::Expired { not_after, now } => {
                format!("the certificate in {origin} expired at {not_after} (now {now}): renew it")
            }
            IdentityProblem::NotYetValid { not_before, now } => format!(
                "the certificate in {origin} is valid from {not_before} on (now {now}): wait, or set this machine's clock right"
            ),
            IdentityProblem::ChainTooLong { count } => format!(
                "the way from the certificate up has {count} intermediate certificates, the service takes at most 5"
            ),
            IdentityProblem::Other(cause) => cause.to_string(),
        }
    }
}

impl fmt::Display for IdentityError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.part, self.detail())
    }
}

impl std::error::Error for IdentityError {}

impl fmt::Display for IdentityPart {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Certificate => "certificate",
            Self::PrivateKey => "private key",
            Self::Intermediates => "intermediates",
        })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(formatter, "`{}`", path.display()),
            Self::Memory => formatter.write_str("memory"),
            Self::Named(name) => write!(formatter, "`{name}`"),
        }
    }
}
