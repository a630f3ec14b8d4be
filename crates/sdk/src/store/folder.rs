//! A folder of files as a certificate store, for systems that have none: a path enters, certificates and keys leave. Each
//! file may hold certificates, keys or both; which belong together is found by the public key.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyrole_keys::{KeyError, Password, SigningKey};
use anyrole_x509::Certificate;

use super::CertificateStore;
use crate::identity::{
    IdentityError, IdentityPart, IdentityProblem, Origin, open_key_file, read_certificate_file,
};

/// Who puts more files into it than this has named the wrong folder.
const MOST_FILES: usize = 4096;

/// A folder of files; those in folders below it don't count, nor those whose name begins with a dot.
#[derive(Clone, Debug)]
pub struct FolderStore {
    path: PathBuf,
    key_password: Option<Password>,
}

impl FolderStore {
    /// Nothing is read yet. The password is that of encrypted keys.
    pub fn new(path: impl Into<PathBuf>, key_password: Option<Password>) -> Self {
        Self {
            path: path.into(),
            key_password,
        }
    }

    fn wrong(&self, part: IdentityPart, problem: IdentityProblem) -> IdentityError {
        IdentityError {
            part,
            origin: self.origin(),
            problem,
        }
    }

    /// In the order of their names.
    fn files(&self) -> Result<Vec<PathBuf>, IdentityError> {
        let unreadable = |cause| {
            self.wrong(
                IdentityPart::Certificate,
                IdentityProblem::Unreadable(cause),
            )
        };
        let mut files = Vec::new();
        for entry in std::fs::read_dir(&self.path).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let is_hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
            // Followed, since tools that renew certificates put links there.
            if !is_hidden && entry.path().is_file() {
                files.push(entry.path());
            }
            if files.len() > MOST_FILES {
                let many = std::io::Error::other(format!("it has more than {MOST_FILES} files"));
                return Err(unreadable(many));
            }
        }
        files.sort();
        Ok(files)
    }

    /// All certificates that are there, each once; a file that holds none is passed over.
    fn all(&self) -> Result<Vec<Certificate>, IdentityError> {
        let mut found: Vec<Certificate> = Vec::new();
        for file in self.files()? {
            let certificates = match read_certificate_file(IdentityPart::Certificate, &file, None) {
                Ok(certificates) => certificates,
                Err(error) if matches!(error.problem, IdentityProblem::Unreadable(_)) => {
                    return Err(error);
                }
                Err(_) => continue,
            };
            for certificate in certificates {
                if !found.iter().any(|known| known.der() == certificate.der()) {
                    found.push(certificate);
                }
            }
        }
        Ok(found)
    }
}

fn is_authority(certificate: &Certificate) -> bool {
    let constraints = certificate.summary().basic_constraints;
    constraints.is_some_and(|constraints| constraints.ca)
}

impl CertificateStore for FolderStore {
    fn certificates(&self) -> Result<Vec<Certificate>, IdentityError> {
        let mut certificates = self.all()?;
        certificates.retain(|certificate| !is_authority(certificate));
        Ok(certificates)
    }

    fn authorities(&self) -> Result<Vec<Certificate>, IdentityError> {
        let mut certificates = self.all()?;
        certificates.retain(is_authority);
        Ok(certificates)
    }

    fn key(&self, certificate: &Certificate) -> Result<Arc<dyn SigningKey>, IdentityError> {
        let mut locked: Vec<String> = Vec::new();
        for file in self.files()? {
            match open_key_file(IdentityPart::PrivateKey, &file, self.key_password.as_ref()) {
                Ok(key) if key.public_key_der() == certificate.public_key_der() => return Ok(key),
                Err(error) if matches!(error.problem, IdentityProblem::Unreadable(_)) => {
                    return Err(error);
                }
                Err(error) if is_locked(&error) => locked.push(shown(&file)),
                Ok(_) | Err(_) => {}
            }
        }
        let serial = certificate.summary().serial_hex.to_uppercase();
        let missing = MissingKey { serial, locked };
        Err(self.wrong(
            IdentityPart::PrivateKey,
            IdentityProblem::Other(Box::new(missing)),
        ))
    }

    fn origin(&self) -> Origin {
        Origin::File(self.path.clone())
    }
}

/// Its password is missing or another.
fn is_locked(error: &IdentityError) -> bool {
    matches!(
        error.problem,
        IdentityProblem::PasswordNeeded | IdentityProblem::Key(KeyError::WrongPassword)
    )
}

fn shown(file: &Path) -> String {
    format!("`{}`", file.display())
}

#[derive(Debug)]
struct MissingKey {
    serial: String,
    locked: Vec<String>,
}

impl std::fmt::Display for MissingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let serial = &self.serial;
        write!(
            f,
            "no private key in the folder belongs to the certificate with serial number {serial}"
        )?;
        if !self.locked.is_empty() {
            let locked = self.locked.join(", ");
            write!(f, "; {locked} cannot be opened: give the key's password")?;
        }
        Ok(())
    }
}

impl std::error::Error for MissingKey {}
