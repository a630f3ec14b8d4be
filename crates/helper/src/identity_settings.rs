//! Who asks: what the flags name enters, a source of identities leaves, or a key or certificates alone. The list of sources:
//! what the value of a flag begins with says which one it is.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyrole_keys::{Password, SigningKey};
use anyrole_sdk::{
    CertificateSelector, FileSource, FolderStore, IdentityPart, IdentitySource, StoreSource,
    open_key_file, read_certificate_file,
};
use anyrole_x509::Certificate;

use crate::HelperError;

/// What the command line says of certificate and key.
#[derive(Clone, Debug, Default)]
pub struct IdentitySettings {
    /// `--certificate`; may hold the others, too.
    pub certificate: Option<PathBuf>,
    /// `--private-key`.
    pub private_key: Option<PathBuf>,
    /// `--intermediates`.
    pub intermediates: Option<PathBuf>,
    /// Of the private key, where it is encrypted.
    pub key_password: Option<Password>,
    /// A store, where no certificate is named.
    pub store: StoreSettings,
}

/// What the command line says of a certificate store.
#[derive(Clone, Debug, Default)]
pub struct StoreSettings {
    /// `--cert-selector`.
    selector: Option<CertificateSelector>,
    /// `--store-folder`.
    folder: Option<PathBuf>,
    /// `--use-latest-expiring-certificate`.
    pub latest: bool,
}

impl StoreSettings {
    /// Reads the selector, or the file that it names.
    ///
    /// # Errors
    /// [`HelperError::Selector`].
    pub fn new(selector: Option<&str>, folder: Option<PathBuf>) -> Result<Self, HelperError> {
        let selector = selector.map(CertificateSelector::read).transpose();
        Ok(Self {
            selector: selector.map_err(|cause| HelperError::Selector { cause })?,
            folder,
            latest: false,
        })
    }

    fn is_meant(&self) -> bool {
        self.selector.is_some() || self.folder.is_some() || self.latest
    }

    fn source(&self, key_password: Option<&Password>) -> Result<StoreSource, HelperError> {
        let folder = self.folder.clone().ok_or(HelperError::NoStore)?;
        let store = FolderStore::new(folder, key_password.cloned());
        let selector = self.selector.clone().unwrap_or_default();
        Ok(StoreSource::new(Arc::new(store), selector, self.latest))
    }
}

impl IdentitySettings {
    /// Where certificate, chain and key come from. Nothing is read yet.
    ///
    /// # Errors
    /// No certificate is named, or a source that isn't there.
    pub fn source(&self) -> Result<Arc<dyn IdentitySource>, HelperError> {
        if self.certificate.is_none() && self.store.is_meant() {
            return Ok(Arc::new(self.store.source(self.key_password.as_ref())?));
        }
        let certificate = self
            .certificate
            .as_deref()
            .ok_or(HelperError::NoCertificate)?;
        check_is_file(IdentityPart::Certificate, certificate)?;
        let mut source = FileSource::new(certificate);
        if let Some(path) = &self.private_key {
            check_is_file(IdentityPart::PrivateKey, path)?;
            source = source.private_key(path);
        }
        if let Some(path) = &self.intermediates {
            check_is_file(IdentityPart::Intermediates, path)?;
            source = source.intermediates(path);
        }
        if let Some(password) = &self.key_password {
            source = source.key_password(password.clone());
        }
        Ok(Arc::new(source))
    }

    /// The key: with a certificate the one that belongs to it, else alone.
    ///
    /// # Errors
    /// Neither is named, or what is wrong with them.
    pub fn key(&self) -> Result<Arc<dyn SigningKey>, HelperError> {
        if self.certificate.is_some() || self.store.is_meant() {
            return Ok(self.source()?.identity()?.key().clone());
        }
        let path = self.private_key.as_deref().ok_or(HelperError::NoKey)?;
        check_is_file(IdentityPart::PrivateKey, path)?;
        let password = self.key_password.as_ref();
        Ok(open_key_file(IdentityPart::PrivateKey, path, password)?)
    }

    /// The certificates of the store that the selector means, in the store's order.
    ///
    /// # Errors
    /// There is no store, or it can't be read.
    pub fn stored(&self) -> Result<Vec<Certificate>, HelperError> {
        Ok(self.store.source(None)?.matching()?)
    }

    /// The certificates, in order, without a key; at least one.
    ///
    /// # Errors
    /// None is named, or what is wrong with them.
    pub fn certificates(&self) -> Result<Vec<Certificate>, HelperError> {
        let path = self
            .certificate
            .as_deref()
            .ok_or(HelperError::NoCertificate)?;
        check_is_file(IdentityPart::Certificate, path)?;
        Ok(read_certificate_file(IdentityPart::Certificate, path)?)
    }
}

/// The official helper takes URIs and handles in the same flags.
fn check_is_file(part: IdentityPart, path: &Path) -> Result<(), HelperError> {
    let text = path.to_string_lossy();
    if ["pkcs11:", "handle:"]
        .iter()
        .any(|scheme| text.starts_with(scheme))
    {
        return Err(HelperError::UnsupportedSource {
            flag: flag(part),
            path: path.to_owned(),
        });
    }
    Ok(())
}

/// The flag that names a part.
pub(crate) fn flag(part: IdentityPart) -> &'static str {
    match part {
        IdentityPart::Certificate => "--certificate",
        IdentityPart::PrivateKey => "--private-key",
        IdentityPart::Intermediates => "--intermediates",
    }
}
