//! The kinds of certificate, with the meanings of `step certificate create --profile`: a profile and a public key
//! enter, validity, constraints and usages leave.

use std::fmt;

use anyrole_keys::KeyAlgorithm;
use jiff::SignedDuration;

use crate::shape::purpose;
use crate::{BasicConstraints, CertificateShape, KeyUsage};

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

    /// The profile's extensions for a holder's key of this kind: constraints, usages and both key identifiers. RSA keys of
    /// end entities may also carry TLS key exchange.
    pub fn shape(self, holder: KeyAlgorithm) -> CertificateShape {
        let shape = CertificateShape {
            opens_sessions: !self.is_authority(),
            ..CertificateShape::default()
        };
        match self {
            Self::RootCa | Self::IntermediateCa => CertificateShape {
                basic_constraints: Some(BasicConstraints::authority(self.default_path_length())),
                key_usage: Some(KeyUsage::CERT_SIGN | KeyUsage::CRL_SIGN),
                ..shape
            },
            Self::Leaf | Self::SelfSigned => CertificateShape {
                basic_constraints: Some(BasicConstraints::END_ENTITY),
                key_usage: Some(match holder {
                    KeyAlgorithm::Rsa { .. } => {
                        KeyUsage::DIGITAL_SIGNATURE | KeyUsage::KEY_ENCIPHERMENT
                    }
                    _ => KeyUsage::DIGITAL_SIGNATURE,
                }),
                purposes: vec![purpose::SERVER_AUTH, purpose::CLIENT_AUTH],
                ..shape
            },
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
