//! Identities whose key never leaves its place: a certificate on a PKCS#11 token or in a file, and a key on a token, in a
//! TPM or in a file, enter; identities leave. What was opened stays open, so that a PIN is asked for once.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use anyrole_keys::{KeyError, Password, SigningKey};
#[cfg(feature = "pkcs11")]
use anyrole_keys::{Pkcs11Error, Pkcs11Source, TokenCertificate};
#[cfg(feature = "tpm")]
use anyrole_keys::{TpmKey, TpmSettings};
use anyrole_x509::Certificate;
use zeroize::Zeroizing;

use super::files::{content_of, joined, read_intermediates, revision_of};
use super::{
    Identity, IdentityError, IdentityPart, IdentityParts, IdentityProblem, IdentitySource, Origin,
    open_key_file, read_certificate_file,
};

/// Where a certificate is.
#[derive(Clone, Debug)]
pub enum CertificatePlace {
    /// A file; the intermediates may be in it, too.
    File(PathBuf),
    /// A token, whose other certificates serve as intermediates.
    #[cfg(feature = "pkcs11")]
    Token(Pkcs11Source),
}

/// Where a private key is.
#[derive(Clone, Debug)]
pub enum KeyPlace {
    /// A file, with the password of its key.
    File(PathBuf, Option<Password>),
    /// A token. The same source as the certificate's finds the key by the certificate.
    #[cfg(feature = "pkcs11")]
    Token(Pkcs11Source),
    /// A TPM's persistent handle, `handle:0x81000101`.
    #[cfg(feature = "tpm")]
    TpmHandle(String, TpmSettings),
    /// A file that a TPM loads (`TSS2 PRIVATE KEY`).
    #[cfg(feature = "tpm")]
    TpmFile(PathBuf, TpmSettings),
}

impl CertificatePlace {
    /// The certificates there, in order: of a file at least one; of a token those that its URI names, perhaps none, each with a
    /// URI that names it and no other.
    ///
    /// # Errors
    /// What can't be read.
    pub fn certificates(&self) -> Result<Vec<(Certificate, Option<String>)>, IdentityError> {
        match self {
            Self::File(path) => {
                let certificates = read_certificate_file(IdentityPart::Certificate, path, None)?;
                Ok(certificates.into_iter().map(|one| (one, None)).collect())
            }
            #[cfg(feature = "pkcs11")]
            Self::Token(source) => {
                let wrong = |problem| IdentityError {
                    part: IdentityPart::Certificate,
                    origin: Origin::Named(source.uri().to_string()),
                    problem,
                };
                let found = match source.certificates() {
                    Ok(found) => found.matching,
                    Err(Pkcs11Error::NoCertificate { .. }) => Vec::new(),
                    Err(cause) => return Err(wrong(device_problem(cause.into()))),
                };
                let parse = |one: TokenCertificate| {
                    let certificate = Certificate::parse_der(one.der)
                        .map_err(|cause| wrong(IdentityProblem::Certificate(cause)))?;
                    Ok((certificate, Some(one.uri)))
                };
                found.into_iter().map(parse).collect()
            }
        }
    }
}

impl KeyPlace {
    /// The key there, whatever certificate it belongs to.
    ///
    /// # Errors
    /// What can't be read or used; more than one key.
    pub fn open(&self) -> Result<Arc<dyn SigningKey>, IdentityError> {
        let wrong = |problem| IdentityError {
            part: IdentityPart::PrivateKey,
            origin: self.origin(),
            problem,
        };
        match self {
            Self::File(path, password) => {
                open_key_file(IdentityPart::PrivateKey, path, password.as_ref())
            }
            #[cfg(feature = "pkcs11")]
            Self::Token(source) => match source.key(None, None) {
                Ok(key) => Ok(Arc::new(key)),
                Err(cause) => Err(wrong(device_problem(cause))),
            },
            #[cfg(feature = "tpm")]
            Self::TpmHandle(handle, settings) => {
                match TpmKey::at_handle(handle, settings.clone()) {
                    Ok(key) => Ok(Arc::new(key)),
                    Err(cause) => Err(wrong(device_problem(cause))),
                }
            }
            #[cfg(feature = "tpm")]
            Self::TpmFile(path, settings) => {
                let pem = std::fs::read(path)
                    .map_err(|cause| wrong(IdentityProblem::Unreadable(cause)))?;
                let name = path.display().to_string();
                match TpmKey::from_pem(&pem, &name, settings.clone()) {
                    Ok(key) => Ok(Arc::new(key)),
                    Err(cause) => Err(wrong(device_problem(cause))),
                }
            }
        }
    }

    fn origin(&self) -> Origin {
        match self {
            Self::File(path, _) => Origin::File(path.clone()),
            #[cfg(feature = "pkcs11")]
            Self::Token(source) => Origin::Named(source.uri().to_string()),
            #[cfg(feature = "tpm")]
            Self::TpmHandle(handle, _) => Origin::Named(handle.clone()),
            #[cfg(feature = "tpm")]
            Self::TpmFile(path, _) => Origin::File(path.clone()),
        }
    }
}

/// An identity of a token or a TPM, or half of one.
pub struct DeviceSource {
    certificate: CertificatePlace,
    key: KeyPlace,
    intermediates: Option<PathBuf>,
    opened: Mutex<Option<Opened>>,
}

impl fmt::Debug for DeviceSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("DeviceSource")
            .field("certificate", &self.certificate)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

/// A key, with what it was opened for: the certificate's public key, or the key file.
type Opened = (Vec<u8>, Arc<dyn SigningKey>);

/// Certificates as they were found.
struct Found {
    /// That of the key, as far as it can be told without the key.
    leaf: Certificate,
    /// Those that the key may belong to.
    candidates: Vec<Certificate>,
    all: Vec<Certificate>,
    #[cfg(feature = "pkcs11")]
    on_token: Option<TokenCertificate>,
}

impl DeviceSource {
    /// Nothing is opened yet.
    pub fn new(certificate: CertificatePlace, key: KeyPlace) -> Self {
        Self {
            certificate,
            key,
            intermediates: None,
            opened: Mutex::default(),
        }
    }

    /// The file of the certificates above the leaf.
    #[must_use]
    pub fn intermediates(mut self, path: impl Into<PathBuf>) -> Self {
        self.intermediates = Some(path.into());
        self
    }

    fn find(&self) -> Result<Found, IdentityError> {
        match &self.certificate {
            CertificatePlace::File(path) => {
                let all = read_certificate_file(IdentityPart::Certificate, path, None)?;
                // Of several the first, as the official helper takes it, where the leaf can't be told.
                let leaf = only_leaf(&all).or_else(|| all.first()).cloned();
                Ok(Found {
                    leaf: leaf.ok_or_else(|| self.no_leaf())?,
                    candidates: all.clone(),
                    all,
                    #[cfg(feature = "pkcs11")]
                    on_token: None,
                })
            }
            #[cfg(feature = "pkcs11")]
            CertificatePlace::Token(source) => self.find_on_token(source),
        }
    }

    #[cfg(feature = "pkcs11")]
    fn find_on_token(&self, source: &Pkcs11Source) -> Result<Found, IdentityError> {
        let found = source
            .certificates()
            .map_err(|cause| self.wrong_certificate(device_problem(cause.into())))?;
        let readable = |der: &Vec<u8>| Certificate::parse_der(der.clone()).ok();
        let named: Vec<(Certificate, &TokenCertificate)> = found
            .matching
            .iter()
            .filter_map(|one| Some((readable(&one.der)?, one)))
            .collect();
        let certificates: Vec<Certificate> = named.iter().map(|(one, _)| one.clone()).collect();
        let Some(leaf) = only_leaf(&certificates) else {
            let cause = found.ambiguous(&source.uri().to_string());
            return Err(self.wrong_certificate(device_problem(cause.into())));
        };
        let on_token = named.iter().find(|(one, _)| one.der() == leaf.der());
        Ok(Found {
            leaf: leaf.clone(),
            candidates: vec![leaf.clone()],
            all: found.on_token.iter().filter_map(readable).collect(),
            on_token: on_token.map(|(_, one)| (*one).clone()),
        })
    }

    /// Opened once, and again when the certificate's key or the key file is another.
    fn key(&self, found: &Found) -> Result<Arc<dyn SigningKey>, IdentityError> {
        let purpose = match &self.key {
            KeyPlace::File(..) => return self.key.open(),
            #[cfg(feature = "tpm")]
            KeyPlace::TpmFile(path, _) => std::fs::read(path).unwrap_or_default(),
            _ => found.leaf.public_key_der().to_vec(),
        };
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((earlier, key)) = &*opened
            && *earlier == purpose
        {
            return Ok(key.clone());
        }
        let key = self.open(found)?;
        *opened = Some((purpose, key.clone()));
        Ok(key)
    }

    #[cfg(feature = "pkcs11")]
    fn open(&self, found: &Found) -> Result<Arc<dyn SigningKey>, IdentityError> {
        let KeyPlace::Token(source) = &self.key else {
            return self.key.open();
        };
        match source.key(found.on_token.as_ref(), Some(found.leaf.public_key_der())) {
            Ok(key) => Ok(Arc::new(key)),
            Err(cause) => Err(IdentityError {
                part: IdentityPart::PrivateKey,
                origin: self.key.origin(),
                problem: device_problem(cause),
            }),
        }
    }

    #[cfg(not(feature = "pkcs11"))]
    fn open(&self, _found: &Found) -> Result<Arc<dyn SigningKey>, IdentityError> {
        self.key.open()
    }

    fn certificate_origin(&self) -> Origin {
        match &self.certificate {
            CertificatePlace::File(path) => Origin::File(path.clone()),
            #[cfg(feature = "pkcs11")]
            CertificatePlace::Token(source) => Origin::Named(source.uri().to_string()),
        }
    }

    fn wrong_certificate(&self, problem: IdentityProblem) -> IdentityError {
        IdentityError {
            part: IdentityPart::Certificate,
            origin: self.certificate_origin(),
            problem,
        }
    }

    fn no_leaf(&self) -> IdentityError {
        self.wrong_certificate(IdentityProblem::Other("there is no certificate".into()))
    }
}

impl IdentitySource for DeviceSource {
    fn identity(&self) -> Result<Identity, IdentityError> {
        let found = self.find()?;
        let key = self.key(&found)?;
        let is_of =
            |certificate: &Certificate| certificate.public_key_der() == key.public_key_der();
        if !found.candidates.iter().any(is_of) {
            // It may have been changed in its place: looked at anew the next time.
            *self.opened.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
        let intermediates = match &self.intermediates {
            Some(path) => read_intermediates(path)?,
            None => found.all,
        };
        Identity::new(IdentityParts {
            certificates: found.candidates,
            certificate_origin: self.certificate_origin(),
            key,
            key_origin: self.key.origin(),
            intermediates: Some(intermediates),
        })
    }

    /// Of the files among its places; a token is read with each session.
    fn revision(&self) -> Option<u64> {
        let certificate = match &self.certificate {
            CertificatePlace::File(path) => Some(path),
            #[cfg(feature = "pkcs11")]
            CertificatePlace::Token(_) => None,
        };
        let key = match &self.key {
            KeyPlace::File(path, _) => Some(path),
            #[cfg(feature = "tpm")]
            KeyPlace::TpmFile(path, _) => Some(path),
            _ => None,
        };
        let paths = [certificate, key, self.intermediates.as_ref()];
        Some(revision_of(paths.into_iter().flatten()))
    }

    /// Certificates of tokens are read, which takes no PIN for those that everybody may see.
    fn mark(&self) -> Option<Zeroizing<Vec<u8>>> {
        let named = |name: String| Some(Zeroizing::new(name.into_bytes()));
        let read = |path: &PathBuf| content_of(path).ok();
        let certificate = match &self.certificate {
            CertificatePlace::File(path) => read(path)?,
            #[cfg(feature = "pkcs11")]
            CertificatePlace::Token(_) => Zeroizing::new(self.find().ok()?.leaf.der().to_vec()),
        };
        let key = match &self.key {
            KeyPlace::File(path, _) => read(path),
            #[cfg(feature = "pkcs11")]
            KeyPlace::Token(source) => named(source.uri().to_string()),
            #[cfg(feature = "tpm")]
            KeyPlace::TpmHandle(handle, _) => named(handle.clone()),
            #[cfg(feature = "tpm")]
            KeyPlace::TpmFile(path, _) => read(path),
        };
        let intermediates = match &self.intermediates {
            Some(path) => Some(read(path)?),
            None => None,
        };
        Some(joined(&[Some(certificate), Some(key?), intermediates]))
    }
}

/// Tokens and TPMs say by themselves what they are about.
fn device_problem(cause: KeyError) -> IdentityProblem {
    match cause {
        #[cfg(feature = "pkcs11")]
        cause @ KeyError::Pkcs11(_) => IdentityProblem::Other(Box::new(cause)),
        #[cfg(feature = "tpm")]
        cause @ KeyError::Tpm(_) => IdentityProblem::Other(Box::new(cause)),
        cause => cause.into(),
    }
}

/// The one that issued none of the others, if there is one and no more; copies count once.
fn only_leaf(certificates: &[Certificate]) -> Option<&Certificate> {
    let issued_none = |candidate: &&Certificate| {
        !certificates.iter().any(|other| {
            other.der() != candidate.der() && other.summary().issuer == candidate.summary().subject
        })
    };
    let mut leaves = certificates.iter().filter(issued_none);
    let leaf = leaves.next()?;
    leaves
        .all(|other| other.der() == leaf.der())
        .then_some(leaf)
}
