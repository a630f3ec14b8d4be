//! Certificates and keys on tokens and in TPMs: what the flags name enters, where it is, and what is there, leaves.

use std::path::Path;
use std::sync::Arc;

#[cfg(feature = "pkcs11")]
use anyrole_keys::Pkcs11Source;
use anyrole_keys::{KeyUri, SigningKey};
#[cfg(feature = "tpm")]
use anyrole_keys::{TpmKeyName, TpmUri};
use anyrole_sdk::{
    CertificatePlace, DeviceSource, IdentityError, IdentityPart, IdentityProblem, IdentitySource,
    KeyPlace, Origin,
};
use anyrole_x509::Certificate;

use super::{IdentitySettings, unsupported};
use crate::HelperError;

impl IdentitySettings {
    /// Where an identity comes from whose certificate or key is on a device; `None`: both are in files.
    pub(super) fn of_devices(
        &self,
        certificate: &Path,
    ) -> Result<Option<Arc<dyn IdentitySource>>, HelperError> {
        let key_path = self.private_key.as_deref();
        let is_named = KeyUri::of(certificate).is_some() || key_path.and_then(KeyUri::of).is_some();
        if !is_named && !holds_tpm_key(key_path.unwrap_or(certificate)) {
            return Ok(None);
        }
        let certificate_place = self.certificate_place(certificate)?;
        let key_place = match (key_path, &certificate_place) {
            (Some(path), _) => self.key_place(path)?,
            (None, CertificatePlace::File(path)) => self.key_place(path)?,
            #[cfg(feature = "pkcs11")]
            (None, CertificatePlace::Token(source)) => KeyPlace::Token(source.clone()),
        };
        let mut source = DeviceSource::new(certificate_place, key_place);
        if let Some(path) = &self.intermediates {
            source = source.intermediates(path);
        }
        Ok(Some(Arc::new(source)))
    }

    /// A key without a certificate.
    pub(super) fn key_alone(&self, path: &Path) -> Result<Arc<dyn SigningKey>, HelperError> {
        Ok(self.key_place(path)?.open()?)
    }

    /// Each with the URI that names it alone.
    pub(super) fn certificates_of_device(
        &self,
        path: &Path,
    ) -> Result<Vec<(Certificate, Option<String>)>, HelperError> {
        Ok(self.certificate_place(path)?.certificates()?)
    }

    fn certificate_place(&self, path: &Path) -> Result<CertificatePlace, HelperError> {
        match KeyUri::of(path) {
            None => Ok(CertificatePlace::File(path.to_owned())),
            #[cfg(feature = "pkcs11")]
            Some(KeyUri::Token) => Ok(CertificatePlace::Token(
                self.token(IdentityPart::Certificate, path)?,
            )),
            Some(_) => Err(unsupported(IdentityPart::Certificate, path)),
        }
    }

    fn key_place(&self, path: &Path) -> Result<KeyPlace, HelperError> {
        match KeyUri::of(path) {
            #[cfg(feature = "tpm")]
            None if holds_tpm_key(path) => {
                Ok(KeyPlace::TpmFile(path.to_owned(), self.devices.tpm.clone()))
            }
            None => Ok(KeyPlace::File(path.to_owned(), self.key_password.clone())),
            #[cfg(feature = "pkcs11")]
            Some(KeyUri::Token) => Ok(KeyPlace::Token(self.token(IdentityPart::PrivateKey, path)?)),
            #[cfg(feature = "tpm")]
            Some(KeyUri::Tpm) => self.in_tpm(path),
            #[cfg(not(all(feature = "pkcs11", feature = "tpm")))]
            Some(_) => Err(unsupported(IdentityPart::PrivateKey, path)),
        }
    }

    #[cfg(feature = "tpm")]
    fn in_tpm(&self, path: &Path) -> Result<KeyPlace, HelperError> {
        let uri = TpmUri::parse(&path.to_string_lossy())
            .map_err(|cause| refused(IdentityPart::PrivateKey, path, cause))?;
        let settings = self.devices.tpm.clone().for_uri(&uri);
        Ok(match uri.key {
            TpmKeyName::Handle(handle) => KeyPlace::TpmHandle(handle, settings),
            TpmKeyName::File(file) => KeyPlace::TpmFile(file, settings),
        })
    }

    #[cfg(feature = "pkcs11")]
    fn token(&self, part: IdentityPart, path: &Path) -> Result<Pkcs11Source, HelperError> {
        let uri = path.to_string_lossy();
        Pkcs11Source::open(&uri, &self.devices.pkcs11).map_err(|cause| refused(part, path, cause))
    }
}

/// A URI that does not say where something is.
fn refused(
    part: IdentityPart,
    path: &Path,
    cause: impl std::error::Error + Send + Sync + 'static,
) -> HelperError {
    HelperError::from(IdentityError {
        part,
        origin: Origin::Named(KeyUri::shown(path)),
        problem: IdentityProblem::Other(Box::new(cause)),
    })
}

/// Looks into plain files only: what comes through a pipe is there once.
#[cfg(feature = "tpm")]
fn holds_tpm_key(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|file| file.is_file() && file.len() < LARGEST_TPM_KEY)
        && std::fs::read(path).is_ok_and(|pem| anyrole_keys::TpmKey::is_key_file(&pem))
}

/// Octets; a TPM takes a few thousand, and certificates may be in the same file.
#[cfg(feature = "tpm")]
const LARGEST_TPM_KEY: u64 = 1 << 20;

#[cfg(not(feature = "tpm"))]
fn holds_tpm_key(_path: &Path) -> bool {
    false
}
