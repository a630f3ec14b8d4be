//! What a certificate's extensions shall say and how it is signed: a shape enters an order; `extensions.rs` writes it,
//! `lint.rs` reads it back. [`crate::CertificateProfile`] has the ready-made ones.

use std::ops::{BitOr, BitOrAssign};

use anyrole_keys::{KeyAlgorithm, SignatureScheme};
pub use der::asn1::ObjectIdentifier as Oid;

use crate::AlternativeName;

/// The extensions of a certificate and its signature. `Default` has key identifiers and nothing else: an end entity
/// without usages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateShape {
    /// Basic constraints (RFC 5280 section 4.2.1.9); without them the holder is no authority.
    pub basic_constraints: Option<BasicConstraints>,
    /// Key usage (section 4.2.1.3), critical. What does not fit the holder's key is refused: see [`KeyUsage::fitting`].
    pub key_usage: Option<KeyUsage>,
    /// Extended key usage (section 4.2.1.12), constants in [`purpose`]; empty leaves the extension out.
    pub purposes: Vec<Oid>,
    /// Whether the extended key usage is critical.
    pub purposes_critical: bool,
    /// Subject alternative names (section 4.2.1.6); critical where the subject is empty.
    pub alternative_names: Vec<AlternativeName>,
    /// Certificate policies (section 4.2.1.4).
    pub policies: Vec<CertificatePolicy>,
    /// Where the issuer's revocation lists are (section 4.2.1.13): URLs, each a point of its own.
    pub crl_urls: Vec<String>,
    /// Where the issuer's OCSP responders are (section 4.2.2.1).
    pub ocsp_urls: Vec<String>,
    /// Where the issuer's certificate is (section 4.2.2.1).
    pub issuer_urls: Vec<String>,
    /// Any others, as they are; name constraints belong here, too. One that is written above must not come again.
    pub extensions: Vec<CustomExtension>,
    /// The subject key identifier.
    pub subject_key_identifier: KeyIdentifierMethod,
    /// Whether the issuer's key identifier is there; only self-signed certificates may do without (section 4.2.1.1).
    pub authority_key_identifier: bool,
    /// How the issuer signs; `None` takes what goes with its key: the hash of the curve, PKCS #1 with SHA-256 for RSA.
    pub signature: Option<SignatureScheme>,
    /// Whether CreateSession must take it as an end-entity certificate: what it would refuse is not issued.
    pub opens_sessions: bool,
}

impl Default for CertificateShape {
    fn default() -> Self {
        Self {
            basic_constraints: None,
            key_usage: None,
            purposes: Vec::new(),
            purposes_critical: false,
            alternative_names: Vec::new(),
            policies: Vec::new(),
            crl_urls: Vec::new(),
            ocsp_urls: Vec::new(),
            issuer_urls: Vec::new(),
            extensions: Vec::new(),
            subject_key_identifier: KeyIdentifierMethod::Sha256,
            authority_key_identifier: true,
            signature: None,
            opens_sessions: false,
        }
    }
}

impl CertificateShape {
    /// Whether the holder may issue certificates.
    pub fn is_authority(&self) -> bool {
        self.basic_constraints
            .is_some_and(|constraints| constraints.is_authority)
    }
}

/// Basic constraints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BasicConstraints {
    /// `CA:TRUE`.
    pub is_authority: bool,
    /// For authorities: how many authorities may follow below; `None` sets no bound.
    pub path_length: Option<u8>,
    /// Authorities' constraints must be critical (RFC 5280 section 4.2.1.9).
    pub critical: bool,
}

impl BasicConstraints {
    /// An authority with at most so many below it.
    pub const fn authority(path_length: Option<u8>) -> Self {
        Self {
            is_authority: true,
            path_length,
            critical: true,
        }
    }

    /// `CA:FALSE`, critical.
    pub const END_ENTITY: Self = Self {
        is_authority: false,
        path_length: None,
        critical: true,
    };
}

/// What a key may be used for; combined with `|`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct KeyUsage(u16);

impl KeyUsage {
    /// digitalSignature.
    pub const DIGITAL_SIGNATURE: Self = Self(0x8000);
    /// nonRepudiation, called contentCommitment, too.
    pub const NON_REPUDIATION: Self = Self(0x4000);
    /// keyEncipherment.
    pub const KEY_ENCIPHERMENT: Self = Self(0x2000);
    /// dataEncipherment.
    pub const DATA_ENCIPHERMENT: Self = Self(0x1000);
    /// keyAgreement.
    pub const KEY_AGREEMENT: Self = Self(0x0800);
    /// keyCertSign.
    pub const CERT_SIGN: Self = Self(0x0400);
    /// cRLSign.
    pub const CRL_SIGN: Self = Self(0x0200);
    /// encipherOnly.
    pub const ENCIPHER_ONLY: Self = Self(0x0100);
    /// decipherOnly.
    pub const DECIPHER_ONLY: Self = Self(0x0080);

    /// Whether all of `other` is in it.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether it has anything in common with `other`.
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether nothing is set, which no certificate may say (RFC 5280 section 4.2.1.3).
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// What remains for a key of this kind: RSA does not agree on keys (RFC 3279 section 2.3.1), EC keys encipher nothing
    /// (RFC 8813 section 3), ML-DSA does neither (RFC 9881 section 5).
    pub const fn fitting(self, algorithm: KeyAlgorithm) -> Self {
        let foreign = match algorithm {
            KeyAlgorithm::Rsa { .. } => 0x0800 | 0x0100 | 0x0080,
            KeyAlgorithm::EcP256 | KeyAlgorithm::EcP384 | KeyAlgorithm::EcP521 => 0x2000 | 0x1000,
            KeyAlgorithm::MlDsa44 | KeyAlgorithm::MlDsa65 | KeyAlgorithm::MlDsa87 => {
                0x2000 | 0x1000 | 0x0800 | 0x0100 | 0x0080
            }
        };
        Self(self.0 & !foreign)
    }

    /// The bits as RFC 5280 names them, the first one highest.
    pub(crate) const fn bits(self) -> u16 {
        self.0
    }

    /// From the flags in the order of RFC 5280, the first one lowest.
    pub(crate) const fn from_reversed(flags: u16) -> Self {
        Self(flags.reverse_bits() & 0xff80)
    }
}

impl BitOr for KeyUsage {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for KeyUsage {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

/// Extended key usages by name (RFC 5280 section 4.2.1.12).
pub mod purpose {
    use super::Oid;

    /// serverAuth: TLS servers.
    pub const SERVER_AUTH: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.3.1");
    /// clientAuth: TLS clients; what CreateSession asks for.
    pub const CLIENT_AUTH: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.3.2");
    /// codeSigning.
    pub const CODE_SIGNING: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.3.3");
    /// emailProtection.
    pub const EMAIL_PROTECTION: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.3.4");
    /// timeStamping.
    pub const TIME_STAMPING: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.3.8");
    /// OCSPSigning.
    pub const OCSP_SIGNING: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.3.9");
    /// anyExtendedKeyUsage.
    pub const ANY: Oid = Oid::new_unwrap("2.5.29.37.0");
}

/// A policy under which a certificate was issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificatePolicy {
    /// Its identifier.
    pub oid: Oid,
    /// URLs of certification practice statements.
    pub practice_statements: Vec<String>,
}

/// An extension that goes in as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomExtension {
    /// Its identifier.
    pub oid: Oid,
    /// Whether who does not know it must refuse the certificate.
    pub critical: bool,
    /// What stands in its OCTET STRING: DER.
    pub value_der: Vec<u8>,
}

/// How the subject key identifier comes from the public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyIdentifierMethod {
    /// The leftmost 160 bits of the SHA-256 of the key's bits (RFC 7093 section 2, method 1).
    Sha256,
    /// The SHA-1 of the key's bits (RFC 5280 section 4.2.1.2, method 1), as older programs make it.
    Sha1,
    /// None; only end entities may do without.
    Absent,
}
