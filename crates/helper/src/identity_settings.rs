//! Who asks: what the flags name enters, a source of identities leaves, or a key or certificates alone. The list of sources:
//! what the value of a flag begins with says which one it is. `devices.rs` has those that are no file; a build without
//! tokens and TPMs has `no_devices.rs` in its place.

#[cfg(any(feature = "pkcs11", feature = "tpm"))]
mod devices;
#[cfg(not(any(feature = "pkcs11", feature = "tpm")))]
mod no_devices;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[cfg(feature = "pkcs11")]
use anyrole_keys::Pkcs11Settings;
#[cfg(feature = "tpm")]
use anyrole_keys::TpmSettings;
use anyrole_keys::{KeyUri, Password, SigningKey};
use anyrole_sdk::{
    CertificateSelector, FileSource, FolderStore, IdentityPart, IdentitySource, StoreSource,
    read_certificate_file,
};
use anyrole_x509::Certificate;

use crate::HelperError;

/// What the command line says of certificate and key.
#[derive(Clone, Default)]
pub struct IdentitySettings {
    /// `--certificate`; may hold the others, too.
    pub certificate: Option<PathBuf>,
    /// `--private-key`.
    pub private_key: Option<PathBuf>,
    /// `--intermediates`.
    pub intermediates: Option<PathBuf>,
    /// Of the file that the private key is in, where it is encrypted.
    pub key_password: Option<Password>,
    /// Of the file of certificates, where that is PKCS#12.
    pub certificate_password: Option<Password>,
    /// A store, where no certificate is named.
    pub store: StoreSettings,
    /// How tokens and TPMs are reached.
    pub devices: DeviceSettings,
    /// `--spiffe-socket`: the address of an agent, where no certificate is named.
    pub spiffe: Option<String>,
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

/// A URI may hold a PIN behind its `?`.
impl fmt::Debug for IdentitySettings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |path: &Option<PathBuf>| path.as_deref().map(KeyUri::shown);
        formatter
            .debug_struct("IdentitySettings")
            .field("certificate", &shown(&self.certificate))
            .field("private_key", &shown(&self.private_key))
            .field("intermediates", &self.intermediates)
            .finish_non_exhaustive()
    }
}

/// How tokens and TPMs are reached.
#[derive(Clone, Debug, Default)]
pub struct DeviceSettings {
    /// PKCS#11 tokens.
    #[cfg(feature = "pkcs11")]
    pub pkcs11: Pkcs11Settings,
    /// TPMs.
    #[cfg(feature = "tpm")]
    pub tpm: TpmSettings,
}

impl IdentitySettings {
    /// Where certificate, chain and key come from. Nothing is read yet, but for the start of a key file.
    ///
    /// # Errors
    /// No certificate is named, or a source that isn't there.
    pub fn source(&self) -> Result<Arc<dyn IdentitySource>, HelperError> {
        if self.certificate.is_none() && self.store.is_meant() {
            return Ok(Arc::new(self.store.source(self.key_password.as_ref())?));
        }
        if let Some(address) = &self.spiffe {
            return spiffe(address);
        }
        let certificate = self
            .certificate
            .as_deref()
            .ok_or(HelperError::NoCertificate)?;
        match self.of_devices(certificate)? {
            Some(source) => Ok(source),
            None => Ok(Arc::new(self.files(certificate))),
        }
    }

    fn files(&self, certificate: &Path) -> FileSource {
        let mut source = FileSource::new(certificate);
        if let Some(path) = &self.private_key {
            source = source.private_key(path);
        }
        if let Some(path) = &self.intermediates {
            source = source.intermediates(path);
        }
        if let Some(password) = &self.key_password {
            source = source.key_password(password.clone());
        }
        if let Some(password) = &self.certificate_password {
            source = source.certificate_password(password.clone());
        }
        source
    }

    /// The key: with a certificate the one that belongs to it, else alone.
    ///
    /// # Errors
    /// Neither is named, or what is wrong with them.
    pub fn key(&self) -> Result<Arc<dyn SigningKey>, HelperError> {
        if self.certificate.is_some() || self.store.is_meant() || self.spiffe.is_some() {
            return Ok(self.source()?.identity()?.key().clone());
        }
        let path = self.private_key.as_deref().ok_or(HelperError::NoKey)?;
        self.key_alone(path)
    }

    /// The certificates of the store that the selector means, in the store's order.
    ///
    /// # Errors
    /// There is no store, or it can't be read.
    pub fn stored(&self) -> Result<Vec<Certificate>, HelperError> {
        Ok(self.store.source(None)?.matching()?)
    }

    /// The certificates, in order, without a key: of a file at least one; of a token those that the URI names, perhaps none, each
    /// with its own URI.
    ///
    /// # Errors
    /// None is named, or what is wrong with them.
    pub fn certificates(&self) -> Result<Vec<(Certificate, Option<String>)>, HelperError> {
        let path = self
            .certificate
            .as_deref()
            .ok_or(HelperError::NoCertificate)?;
        if KeyUri::of(path).is_none() {
            let password = self.certificate_password.as_ref();
            let found = read_certificate_file(IdentityPart::Certificate, path, password)?;
            return Ok(found.into_iter().map(|one| (one, None)).collect());
        }
        self.certificates_of_device(path)
    }
}

#[cfg(feature = "spiffe")]
fn spiffe(address: &str) -> Result<Arc<dyn IdentitySource>, HelperError> {
    let source = anyrole_sdk::SpiffeSource::new(address).map_err(|cause| HelperError::Spiffe {
        detail: cause.to_string(),
    })?;
    Ok(Arc::new(source))
}

#[cfg(not(feature = "spiffe"))]
fn spiffe(_address: &str) -> Result<Arc<dyn IdentitySource>, HelperError> {
    Err(HelperError::Spiffe {
        detail: "it was left out of this build (feature `spiffe`)".to_owned(),
    })
}

fn unsupported(part: IdentityPart, path: &Path) -> HelperError {
    HelperError::UnsupportedSource {
        flag: flag(part),
        shown: KeyUri::shown(path),
    }
}

/// The flag that names a part.
pub(crate) fn flag(part: IdentityPart) -> &'static str {
    match part {
        IdentityPart::Certificate => "--certificate",
        IdentityPart::PrivateKey => "--private-key",
        IdentityPart::Intermediates => "--intermediates",
    }
}
