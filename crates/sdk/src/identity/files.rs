//! An identity from files: paths enter, and each time that it is asked for, what the files hold then leaves.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyrole_keys::{Password, SigningKey, open_file};
use anyrole_x509::Certificate;

use super::{
    Identity, IdentityError, IdentityPart, IdentityParts, IdentityProblem, IdentitySource, Origin,
};

/// The files that an identity is read from, anew each time.
///
/// The leaf is the first certificate of the certificate file that the key belongs to; the others in that file serve as
/// intermediates when no file of intermediates is given. Without a key file the key is looked for in the certificate file.
#[derive(Clone, Debug)]
pub struct FileSource {
    certificate: PathBuf,
    private_key: Option<PathBuf>,
    intermediates: Option<PathBuf>,
    key_password: Option<Password>,
}

impl FileSource {
    /// A file of certificates; may hold the key, too.
    pub fn new(certificate: impl Into<PathBuf>) -> Self {
        Self {
            certificate: certificate.into(),
            private_key: None,
            intermediates: None,
            key_password: None,
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

    /// Of the private key, where it is encrypted.
    #[must_use]
    pub fn key_password(mut self, password: Password) -> Self {
        self.key_password = Some(password);
        self
    }
}

impl IdentitySource for FileSource {
    fn identity(&self) -> Result<Identity, IdentityError> {
        let certificates = read_certificate_file(IdentityPart::Certificate, &self.certificate)?;
        let (part, key_path) = match &self.private_key {
            Some(path) => (IdentityPart::PrivateKey, path),
            None => (IdentityPart::Certificate, &self.certificate),
        };
        let key = open_key_file(part, key_path, self.key_password.as_ref())?;
        let intermediates = self
            .intermediates
            .as_deref()
            .map(|path| read_certificate_file(IdentityPart::Intermediates, path))
            .transpose()?;
        Identity::new(IdentityParts {
            certificates,
            certificate_origin: Origin::File(self.certificate.clone()),
            key,
            key_origin: Origin::File(key_path.clone()),
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

/// All certificates of a file, in order; at least one.
///
/// # Errors
/// The file can't be read, or holds something else.
pub fn read_certificate_file(
    part: IdentityPart,
    path: &Path,
) -> Result<Vec<Certificate>, IdentityError> {
    let wrong = |problem| IdentityError {
        part,
        origin: Origin::File(path.to_owned()),
        problem,
    };
    let bytes = std::fs::read(path).map_err(|cause| wrong(IdentityProblem::Unreadable(cause)))?;
    // not UTF-8 is DER or worse, and then there is no PEM block in it
    let text = String::from_utf8_lossy(&bytes);
    Certificate::parse_pem_bundle(&text).map_err(|cause| wrong(IdentityProblem::Certificate(cause)))
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
    match open_file(path, password) {
        Ok(key) => Ok(Arc::from(key)),
        Err(error) => Err(IdentityError {
            part,
            origin: Origin::File(path.to_owned()),
            problem: error.into(),
        }),
    }
}
