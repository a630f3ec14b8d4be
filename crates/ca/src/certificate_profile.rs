//! The kinds of certificate, with the meanings of `step certificate create --profile`: a profile and a public key
//! enter, validity, constraints and usages leave.

use std::fmt;

use der::flagset::FlagSet;
use jiff::SignedDuration;
use x509_cert::ext::pkix::KeyUsages;

/// A kind of certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateProfile {
    /// A self-signed authority: path length 1, ten years.
    RootCa,
    /// An authority below a root: path length 0, ten years.
    IntermediateCa,
    /// An end-entity certificate for clients and servers: one day.
    Leaf,
    /// As [`CertificateProfile::Leaf`], signed with its own key.
    SelfSigned,
}

impl CertificateProfile {
    /// Whether certificates of this profile may issue others.
    pub fn is_authority(self) -> bool {
        matches!(self, Self::RootCa | Self::IntermediateCa)
    }

    /// Whether certificates of this profile are signed with their own key.
    pub fn is_self_signed(self) -> bool {
        matches!(self, Self::RootCa | Self::SelfSigned)
    }

    /// How long a certificate holds where nothing is said.
    pub fn default_lifetime(self) -> SignedDuration {
        match self {
            Self::RootCa | Self::IntermediateCa => SignedDuration::from_hours(10 * 365 * 24),
            Self::Leaf | Self::SelfSigned => SignedDuration::from_hours(24),
        }
    }

    /// How many authorities may follow below, where nothing is said; `None` for end entities.
    pub fn default_path_length(self) -> Option<u8> {
        match self {
            Self::RootCa => Some(1),
            Self::IntermediateCa => Some(0),
            Self::Leaf | Self::SelfSigned => None,
        }
    }

    /// Key usage (RFC 5280 section 4.2.1.3). RSA keys of end entities may also carry TLS key exchange.
    pub(crate) fn key_usage(self, rsa: bool) -> FlagSet<KeyUsages> {
        match self {
            Self::RootCa | Self::IntermediateCa => KeyUsages::KeyCertSign | KeyUsages::CRLSign,
            Self::Leaf | Self::SelfSigned if rsa => {
                KeyUsages::DigitalSignature | KeyUsages::KeyEncipherment
            }
            Self::Leaf | Self::SelfSigned => KeyUsages::DigitalSignature.into(),
        }
    }
}

impl fmt::Display for CertificateProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RootCa => "root-ca",
            Self::IntermediateCa => "intermediate-ca",
            Self::Leaf => "leaf",
            Self::SelfSigned => "self-signed",
        })
    }
}
