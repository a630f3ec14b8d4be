//! An identity from files: the flags' paths enter, a certificate with its chain and its key leave, checked to belong
//! together and to be valid now.

use std::fmt;
use std::path::{Path, PathBuf};

use anyrole_keys::{KeyError, Password, SigningKey, open_file};
use anyrole_sdk::Identity;
use anyrole_x509::Certificate;
use jiff::Timestamp;

use crate::HelperError;
use crate::certificate_chain::intermediates_above;

const CERTIFICATE: &str = "--certificate";
const PRIVATE_KEY: &str = "--private-key";
const INTERMEDIATES: &str = "--intermediates";

/// The files that an identity is read from.
#[derive(Clone, Copy, Debug)]
pub struct IdentityFiles<'a> {
    /// `--certificate`; may hold the others, too.
    pub certificate: &'a Path,
    /// `--private-key`.
    pub private_key: Option<&'a Path>,
    /// `--intermediates`.
    pub intermediates: Option<&'a Path>,
    /// Of the key, where it is encrypted.
    pub key_password: Option<&'a Password>,
}

/// A leaf, the intermediates above it and its key, read from files.
pub struct FileIdentity {
    leaf: Certificate,
    intermediates_der: Vec<Vec<u8>>,
    key: Box<dyn SigningKey>,
    certificate_path: PathBuf,
}

impl FileIdentity {
    /// Reads the files. The leaf is the first certificate of the certificate file that the key belongs to; the others
    /// in that file serve as intermediates when no file of intermediates is given. Without a key file the key is
    /// looked for in the certificate file.
    ///
    /// # Errors
    /// A file that can't be read or used, and files that don't belong together.
    pub fn read(files: IdentityFiles<'_>) -> Result<Self, HelperError> {
        let IdentityFiles {
            certificate,
            private_key,
            intermediates,
            key_password,
        } = files;
        let certificates = read_certificates(CERTIFICATE, certificate)?;
        let key = match private_key {
            Some(path) => open_key(PRIVATE_KEY, path, key_password)?,
            None => open_key(CERTIFICATE, certificate, key_password)?,
        };
        let leaf = certificates
            .iter()
            .find(|candidate| candidate.public_key_der() == key.public_key_der())
            .cloned()
            .ok_or_else(|| HelperError::KeyOfAnotherCertificate {
                key: private_key.unwrap_or(certificate).to_owned(),
                certificate: certificate.to_owned(),
                count: certificates.len(),
            })?;
        let candidates = match intermediates {
            Some(path) => read_certificates(INTERMEDIATES, path)?,
            None => certificates,
        };
        Ok(Self {
            intermediates_der: intermediates_above(&leaf, &candidates)?,
            leaf,
            key,
            certificate_path: certificate.to_owned(),
        })
    }

    /// Refuses a certificate outside its validity. The service's own clock decides in the end.
    pub fn check_validity(&self, now: Timestamp) -> Result<(), HelperError> {
        let summary = self.leaf.summary();
        let path = self.certificate_path.clone();
        if now < summary.not_before {
            let not_before = summary.not_before;
            return Err(HelperError::NotYetValid {
                path,
                not_before,
                now,
            });
        }
        if now > summary.not_after {
            let not_after = summary.not_after;
            return Err(HelperError::Expired {
                path,
                not_after,
                now,
            });
        }
        Ok(())
    }

    /// What the SDK signs with.
    pub fn identity(&self) -> Identity<'_> {
        Identity {
            certificate_der: self.leaf.der(),
            serial_decimal: &self.leaf.summary().serial_decimal,
            intermediates_der: &self.intermediates_der,
            key: &*self.key,
        }
    }
}

impl fmt::Debug for FileIdentity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("FileIdentity")
            .field("certificate_path", &self.certificate_path)
            .field("serial", &self.leaf.summary().serial_decimal)
            .finish_non_exhaustive()
    }
}

/// The official helper takes URIs and handles in the same flags.
fn check_is_file(flag: &'static str, path: &Path) -> Result<(), HelperError> {
    let text = path.to_string_lossy();
    if ["pkcs11:", "handle:"]
        .iter()
        .any(|scheme| text.starts_with(scheme))
    {
        return Err(HelperError::UnsupportedSource {
            flag,
            path: path.to_owned(),
        });
    }
    Ok(())
}

pub(crate) fn read_certificates(
    flag: &'static str,
    path: &Path,
) -> Result<Vec<Certificate>, HelperError> {
    check_is_file(flag, path)?;
    let bytes = std::fs::read(path).map_err(|cause| HelperError::UnreadableFile {
        flag,
        path: path.to_owned(),
        cause,
    })?;
    // not UTF-8 is DER or worse, and then there is no PEM block in it
    let text = String::from_utf8_lossy(&bytes);
    Certificate::parse_pem_bundle(&text).map_err(|cause| HelperError::Certificate {
        flag,
        path: path.to_owned(),
        cause,
    })
}

pub(crate) fn open_key(
    flag: &'static str,
    path: &Path,
    password: Option<&Password>,
) -> Result<Box<dyn SigningKey>, HelperError> {
    check_is_file(flag, path)?;
    let path = path.to_owned();
    open_file(&path, password).map_err(|error| match error {
        KeyError::PasswordNeeded => HelperError::EncryptedKey { flag, path },
        KeyError::Unreadable {
            path,
            source: cause,
        } => HelperError::UnreadableFile { flag, path, cause },
        cause => HelperError::Key { flag, path, cause },
    })
}
