//! An identity from files: paths enter, and each time that it is asked for, what the files hold then leaves.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyrole_keys::{
    KeyError, Password, Pkcs12, SigningKey, certificates_der, open_bytes, read_secret_file,
};
use anyrole_x509::{Certificate, CertificateError};
use zeroize::Zeroizing;

use super::{
    Identity, IdentityError, IdentityPart, IdentityParts, IdentityProblem, IdentitySource, Origin,
};

/// The files that an identity is read from, anew each time.
///
/// The leaf is the first certificate of the certificate file that the key belongs to; the others in that file serve as
/// intermediates when no file of intermediates is given. Without a key file the key is looked for in the certificate file.
/// Certificates are PEM, DER, PKCS#7 or PKCS#12; keys PEM, DER or PKCS#12.
#[derive(Clone, Debug)]
pub struct FileSource {
    certificate: PathBuf,
    private_key: Option<PathBuf>,
    intermediates: Option<PathBuf>,
    key_password: Option<Password>,
    certificate_password: Option<Password>,
}

impl FileSource {
    /// A file of certificates; may hold the key, too.
    pub fn new(certificate: impl Into<PathBuf>) -> Self {
        Self {
            certificate: certificate.into(),
            private_key: None,
            intermediates: None,
            key_password: None,
            certificate_password: None,
        }
    }

    /// The file of the private key.
    #[must_use]
    pub fn private_key(mut self, path: impl Into<PathBuf>) -> Self {
        self.private_key = Some(path.into());
        self
    }

    /// The file of the certificates above the leaf.
    #[must_use]
    pub fn intermediates(mut self, path: impl Into<PathBuf>) -> Self {
        self.intermediates = Some(path.into());
        self
    }

    /// Of the file that the private key is in, where it is encrypted.
    #[must_use]
    pub fn key_password(mut self, password: Password) -> Self {
        self.key_password = Some(password);
        self
    }

    /// Of the file of certificates, where that is PKCS#12.
    #[must_use]
    pub fn certificate_password(mut self, password: Password) -> Self {
        self.certificate_password = Some(password);
        self
    }

    /// Opened once, though key and certificates come out of it.
    fn of_pkcs12(&self, bytes: &[u8]) -> Result<Identity, IdentityError> {
        let origin = || Origin::File(self.certificate.clone());
        if self.intermediates.is_some() {
            return Err(IdentityError {
                part: IdentityPart::Intermediates,
                origin: origin(),
                problem: IdentityProblem::IntermediatesBesidePkcs12,
            });
        }
        let password = self.certificate_password.as_ref();
        let opened = open_pkcs12(IdentityPart::Certificate, &origin(), bytes, password)?;
        let certificates = parse_all(
            IdentityPart::Certificate,
            &origin(),
            opened.certificates_der().to_vec(),
        )?;
        let (key, key_origin) = match &self.private_key {
            Some(path) => (
                open_key_file(IdentityPart::PrivateKey, path, self.key_password.as_ref())?,
                Origin::File(path.clone()),
            ),
            None => (key_of_pkcs12(opened, &certificates, origin())?, origin()),
        };
        Identity::new(IdentityParts {
            certificates,
            certificate_origin: origin(),
            key,
            key_origin,
            intermediates: None,
        })
    }
}

impl IdentitySource for FileSource {
    fn identity(&self) -> Result<Identity, IdentityError> {
        let certificate_origin = Origin::File(self.certificate.clone());
        let bytes = read(IdentityPart::Certificate, &self.certificate)?;
        if Pkcs12::is_one(&bytes) {
            return self.of_pkcs12(&bytes);
        }
        let certificates = parse(IdentityPart::Certificate, &certificate_origin, &bytes, None)?;
        let password = self.key_password.as_ref();
        let (key, key_origin) = match &self.private_key {
            Some(path) => (
                open_key_file(IdentityPart::PrivateKey, path, password)?,
                Origin::File(path.clone()),
            ),
            None => (
                open_key(
                    IdentityPart::Certificate,
                    &certificate_origin,
                    &bytes,
                    password,
                )?,
                certificate_origin.clone(),
            ),
        };
        let intermediates = self
            .intermediates
            .as_deref()
            .map(read_intermediates)
            .transpose()?;
        Identity::new(IdentityParts {
            certificates,
            certificate_origin,
            key,
            key_origin,
            intermediates,
        })
    }

    fn revision(&self) -> Option<u64> {
        let others = [&self.private_key, &self.intermediates];
        let others = others.into_iter().flatten();
        Some(revision_of(
            std::iter::once(&self.certificate).chain(others),
        ))
    }

    fn mark(&self) -> Option<Zeroizing<Vec<u8>>> {
        let files = [
            Some(&self.certificate),
            self.private_key.as_ref(),
            self.intermediates.as_ref(),
        ];
        let parts = files.map(|path| path.map(|path| content_of(path)).transpose());
        let parts = parts.into_iter().collect::<Result<Vec<_>, _>>().ok()?;
        Some(joined(&parts))
    }
}

pub(super) fn content_of(path: &Path) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    read_secret_file(path)
}

/// A mark of several parts: each with its length, so that no two lists of parts look the same.
pub(super) fn joined(parts: &[Option<Zeroizing<Vec<u8>>>]) -> Zeroizing<Vec<u8>> {
    let present = || {
        parts
            .iter()
            .map(|part| part.as_ref().map(|part| part.as_slice()))
    };
    let length = present().map(|part| 8 + part.map_or(0, <[u8]>::len)).sum();
    let mut mark = Zeroizing::new(Vec::with_capacity(length));
    for part in present() {
        let length = part.map_or(u64::MAX, |part| part.len() as u64);
        mark.extend_from_slice(&length.to_be_bytes());
        mark.extend_from_slice(part.unwrap_or_default());
    }
    mark
}

/// Another number once one of the files has changed.
pub(super) fn revision_of<'a>(paths: impl Iterator<Item = &'a PathBuf>) -> u64 {
    let mut hasher = DefaultHasher::new();
    for path in paths {
        // A renewal may rename a file or a link to its folder, or write into the file.
        let found = std::fs::metadata(path).ok();
        let found = found.map(|found| {
            let at = (found.mtime(), found.mtime_nsec());
            (found.dev(), found.ino(), found.len(), at)
        });
        found.hash(&mut hasher);
    }
    hasher.finish()
}

/// All certificates of a file, in order; at least one. In PKCS#12 the one that a key there belongs to is the first.
/// `password` is that of a PKCS#12 file.
///
/// # Errors
/// The file can't be read, or holds something else.
pub fn read_certificate_file(
    part: IdentityPart,
    path: &Path,
    password: Option<&Password>,
) -> Result<Vec<Certificate>, IdentityError> {
    let origin = Origin::File(path.to_owned());
    parse(part, &origin, &read(part, path)?, password)
}

/// The certificates above a leaf. A blank file has none: an authority that signs by its root writes one.
pub(super) fn read_intermediates(path: &Path) -> Result<Vec<Certificate>, IdentityError> {
    let part = IdentityPart::Intermediates;
    let bytes = read(part, path)?;
    if bytes.trim_ascii().is_empty() {
        return Ok(Vec::new());
    }
    parse(part, &Origin::File(path.to_owned()), &bytes, None)
}

/// The first private key of a file. `part` is what the file is called in errors.
///
/// # Errors
/// The file can't be read, or its key can't be used.
pub fn open_key_file(
    part: IdentityPart,
    path: &Path,
    password: Option<&Password>,
) -> Result<Arc<dyn SigningKey>, IdentityError> {
    let origin = Origin::File(path.to_owned());
    open_key(part, &origin, &read(part, path)?, password)
}

pub(super) fn open_key(
    part: IdentityPart,
    origin: &Origin,
    bytes: &[u8],
    password: Option<&Password>,
) -> Result<Arc<dyn SigningKey>, IdentityError> {
    let opened = open_bytes(bytes, password).map(Arc::from);
    opened.map_err(|cause| {
        let problem = match cause {
            KeyError::PasswordNeeded if Pkcs12::is_one(bytes) => {
                IdentityProblem::Pkcs12PasswordNeeded
            }
            cause => cause.into(),
        };
        wrong(part, origin, problem)
    })
}

pub(super) fn parse(
    part: IdentityPart,
    origin: &Origin,
    bytes: &[u8],
    password: Option<&Password>,
) -> Result<Vec<Certificate>, IdentityError> {
    if Pkcs12::is_one(bytes) {
        let opened = open_pkcs12(part, origin, bytes, password)?;
        let mut certificates = parse_all(part, origin, opened.certificates_der().to_vec())?;
        let is_leaf = |certificate: &Certificate| {
            let mut keys = opened.keys().iter();
            keys.any(|key| key.public_key_der() == certificate.public_key_der())
        };
        certificates.sort_by_key(|certificate| !is_leaf(certificate));
        return Ok(certificates);
    }
    let found = certificates_der(bytes, None)
        .map_err(|cause| wrong(part, origin, IdentityProblem::CertificateFile(cause)))?;
    parse_all(part, origin, found)
}

pub(super) fn open_pkcs12(
    part: IdentityPart,
    origin: &Origin,
    bytes: &[u8],
    password: Option<&Password>,
) -> Result<Pkcs12, IdentityError> {
    Pkcs12::open(bytes, password).map_err(|cause| {
        let problem = match cause {
            KeyError::PasswordNeeded => IdentityProblem::Pkcs12PasswordNeeded,
            cause => IdentityProblem::CertificateFile(cause),
        };
        wrong(part, origin, problem)
    })
}

/// Of several keys that which one of the certificates belongs to.
pub(super) fn key_of_pkcs12(
    opened: Pkcs12,
    certificates: &[Certificate],
    origin: Origin,
) -> Result<Arc<dyn SigningKey>, IdentityError> {
    let key = opened.into_key(|key| {
        certificates
            .iter()
            .any(|certificate| certificate.public_key_der() == key.public_key_der())
    });
    match key {
        Ok(key) => Ok(Arc::new(key)),
        Err(cause) => Err(wrong(IdentityPart::Certificate, &origin, cause.into())),
    }
}

pub(super) fn parse_all(
    part: IdentityPart,
    origin: &Origin,
    found: Vec<Vec<u8>>,
) -> Result<Vec<Certificate>, IdentityError> {
    let refused = |cause| wrong(part, origin, IdentityProblem::Certificate(cause));
    if found.is_empty() {
        return Err(refused(CertificateError::Empty));
    }
    let parsed = found.into_iter().enumerate().map(|(at, der)| {
        Certificate::parse_der(der).map_err(|cause| match cause {
            CertificateError::Malformed { detail, .. } => refused(CertificateError::Malformed {
                position: at + 1,
                detail,
            }),
            cause => refused(cause),
        })
    });
    parsed.collect()
}

fn read(part: IdentityPart, path: &Path) -> Result<Zeroizing<Vec<u8>>, IdentityError> {
    read_secret_file(path)
        .map_err(|cause| wrong(part, &Origin::File(path.to_owned()), cause.into()))
}

fn wrong(part: IdentityPart, origin: &Origin, problem: IdentityProblem) -> IdentityError {
    IdentityError {
        part,
        origin: origin.clone(),
        problem,
    }
}
