//! Who asks for credentials: certificates and a key enter, an [`Identity`] leaves, checked to belong together. Where they
//! come from is an [`IdentitySource`]'s to know.

mod chain;
#[cfg(any(feature = "pkcs11", feature = "tpm"))]
mod devices;
mod error;
mod files;
mod lasting;
#[cfg(feature = "spiffe")]
mod spiffe;

use std::fmt;
use std::sync::Arc;

use anyrole_keys::{KeyAlgorithm, Password, SignatureScheme, SigningKey};
use anyrole_signing::X509Algorithm;
use anyrole_x509::Certificate;
use jiff::Timestamp;
use zeroize::Zeroizing;

use self::chain::intermediates_above;
#[cfg(any(feature = "pkcs11", feature = "tpm"))]
pub use self::devices::{CertificatePlace, DeviceSource, KeyPlace};
pub use self::error::{IdentityError, IdentityPart, IdentityProblem, Origin};
pub use self::files::{FileSource, open_key_file, read_certificate_file};
pub use self::lasting::{IdentityWatch, LastingSource};
#[cfg(feature = "spiffe")]
pub use self::spiffe::{SpiffeError, SpiffeSource};

/// Where an identity comes from: files, a token, an agent. Asked anew for each session, so that a renewed certificate
/// counts; what it gives belongs together.
///
/// An [`Identity`] is a source, too: of itself.
pub trait IdentitySource: fmt::Debug + Send + Sync {
    /// The identity as it is at this moment. Blocks for as long as its place takes.
    ///
    /// # Errors
    /// What can't be read or used, and parts that don't belong together.
    fn identity(&self) -> Result<Identity, IdentityError>;

    /// Another number once what it is read from has changed, as far as that can be seen without reading it; `None`: it can't.
    fn revision(&self) -> Option<u64> {
        None
    }

    /// What the identity is made of, told without opening its key, so that nobody is asked for a password or a PIN: equal marks are
    /// of the same certificate and key. A secret, as a key may be in it. `None`: it can't be told so.
    fn mark(&self) -> Option<Zeroizing<Vec<u8>>> {
        None
    }
}

impl IdentitySource for Identity {
    fn identity(&self) -> Result<Identity, IdentityError> {
        Ok(self.clone())
    }
}

/// A leaf certificate, the intermediates above it, and the leaf's private key.
#[derive(Clone)]
pub struct Identity {
    leaf: Certificate,
    certificate_origin: Origin,
    intermediates_der: Vec<Vec<u8>>,
    key: Arc<dyn SigningKey>,
}

/// What an identity is put together from.
pub struct IdentityParts {
    /// Among them the leaf: of those that the key belongs to the one that ends last, so that a renewed one counts.
    pub certificates: Vec<Certificate>,
    /// Where they are from.
    pub certificate_origin: Origin,
    /// The private key.
    pub key: Arc<dyn SigningKey>,
    /// Where it is from.
    pub key_origin: Origin,
    /// Where the intermediates are looked for, in any order and with strangers among them; `None`: among the certificates.
    pub intermediates: Option<Vec<Certificate>>,
}

impl Identity {
    /// Finds the leaf by its key, and the intermediates that lead up from it.
    ///
    /// # Errors
    /// [`IdentityProblem::KeyOfAnotherCertificate`], [`IdentityProblem::ChainTooLong`].
    pub fn new(parts: IdentityParts) -> Result<Self, IdentityError> {
        let belongs =
            |candidate: &&Certificate| candidate.public_key_der() == parts.key.public_key_der();
        let of_key = parts.certificates.iter().filter(belongs);
        let Some(leaf) = of_key
            .rev()
            .max_by_key(|one| one.summary().not_after)
            .cloned()
        else {
            return Err(IdentityError {
                part: IdentityPart::PrivateKey,
                origin: parts.key_origin,
                problem: IdentityProblem::KeyOfAnotherCertificate {
                    certificate: parts.certificate_origin,
                    count: parts.certificates.len(),
                },
            });
        };
        let candidates = parts.intermediates.as_ref().unwrap_or(&parts.certificates);
        Ok(Self {
            intermediates_der: intermediates_above(&leaf, candidates)?,
            leaf,
            certificate_origin: parts.certificate_origin,
            key: parts.key,
        })
    }

    /// An identity from memory: the certificate, with or without its intermediates, and the key (encrypted or not), each as
    /// PEM or DER.
    ///
    /// # Errors
    /// As [`IdentitySource::identity`].
    pub fn from_pem(
        certificates: impl AsRef<[u8]>,
        key: &[u8],
        key_password: Option<&Password>,
    ) -> Result<Self, IdentityError> {
        let origin = Origin::Memory;
        let certificates = files::parse(
            IdentityPart::Certificate,
            &origin,
            certificates.as_ref(),
            None,
        )?;
        let key = files::open_key(IdentityPart::PrivateKey, &origin, key, key_password)?;
        Self::in_memory(certificates, key)
    }

    /// An identity from a PKCS#12 file in memory: leaf, key and intermediates; the leaf is found by the key.
    ///
    /// # Errors
    /// As [`IdentitySource::identity`].
    pub fn from_pkcs12(bytes: &[u8], password: Option<&Password>) -> Result<Self, IdentityError> {
        let (part, origin) = (IdentityPart::Certificate, Origin::Memory);
        let opened = files::open_pkcs12(part, &origin, bytes, password)?;
        let found = opened.certificates_der().to_vec();
        let certificates = files::parse_all(part, &origin, found)?;
        let key = files::key_of_pkcs12(opened, &certificates, origin)?;
        Self::in_memory(certificates, key)
    }

    fn in_memory(
        certificates: Vec<Certificate>,
        key: Arc<dyn SigningKey>,
    ) -> Result<Self, IdentityError> {
        Self::new(IdentityParts {
            certificates,
            certificate_origin: Origin::Memory,
            key,
            key_origin: Origin::Memory,
            intermediates: None,
        })
    }

    /// Refuses a certificate outside its validity. The service's own clock decides in the end.
    ///
    /// # Errors
    /// [`IdentityProblem::NotYetValid`], [`IdentityProblem::Expired`].
    pub fn check_validity(&self, now: Timestamp) -> Result<(), IdentityError> {
        let summary = self.leaf.summary();
        let (not_before, not_after) = (summary.not_before, summary.not_after);
        let problem = if now < not_before {
            IdentityProblem::NotYetValid { not_before, now }
        } else if now > not_after {
            IdentityProblem::Expired { not_after, now }
        } else {
            return Ok(());
        };
        Err(IdentityError {
            part: IdentityPart::Certificate,
            origin: self.certificate_origin.clone(),
            problem,
        })
    }

    /// The certificate that requests are signed for.
    pub fn leaf(&self) -> &Certificate {
        &self.leaf
    }

    /// DER of the intermediates to send, nearest first, at most 5, without leaf and root.
    pub fn intermediates_der(&self) -> &[Vec<u8>] {
        &self.intermediates_der
    }

    /// The leaf's private key.
    pub fn key(&self) -> &Arc<dyn SigningKey> {
        &self.key
    }

    /// The algorithm word and the key operation behind it: SHA-256 whatever the size of the key, ML-DSA over the text.
    pub(crate) fn algorithm(&self) -> (X509Algorithm, SignatureScheme) {
        request_scheme(self.key.algorithm())
    }
}

/// How a key of this kind signs requests.
pub(crate) fn request_scheme(key: KeyAlgorithm) -> (X509Algorithm, SignatureScheme) {
    match key {
        KeyAlgorithm::Rsa { .. } => (X509Algorithm::RsaSha256, SignatureScheme::RsaPkcs1Sha256),
        KeyAlgorithm::EcP256 | KeyAlgorithm::EcP384 | KeyAlgorithm::EcP521 => {
            (X509Algorithm::EcdsaSha256, SignatureScheme::EcdsaSha256)
        }
        KeyAlgorithm::MlDsa44 | KeyAlgorithm::MlDsa65 | KeyAlgorithm::MlDsa87 => {
            (X509Algorithm::MlDsa, SignatureScheme::MlDsa)
        }
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Identity")
            .field("certificate_origin", &self.certificate_origin)
            .field("serial", &self.leaf.summary().serial_decimal)
            .finish_non_exhaustive()
    }
}
