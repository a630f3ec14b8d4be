//! A build without tokens and TPMs: what names one is refused by name, and all else is files.

use std::path::Path;
use std::sync::Arc;

use anyrole_keys::{KeyUri, SigningKey};
use anyrole_sdk::{IdentityPart, IdentitySource, open_key_file};
use anyrole_x509::Certificate;

use super::{IdentitySettings, unsupported};
use crate::HelperError;

impl IdentitySettings {
    /// None ever.
    pub(super) fn of_devices(
        &self,
        certificate: &Path,
    ) -> Result<Option<Arc<dyn IdentitySource>>, HelperError> {
        refuse_device(IdentityPart::Certificate, certificate)?;
        if let Some(path) = &self.private_key {
            refuse_device(IdentityPart::PrivateKey, path)?;
        }
        Ok(None)
    }

    /// A key without a certificate.
    pub(super) fn key_alone(&self, path: &Path) -> Result<Arc<dyn SigningKey>, HelperError> {
        let part = IdentityPart::PrivateKey;
        refuse_device(part, path)?;
        Ok(open_key_file(part, path, self.key_password.as_ref())?)
    }

    /// None ever.
    pub(super) fn certificates_of_device(
        &self,
        path: &Path,
    ) -> Result<Vec<(Certificate, Option<String>)>, HelperError> {
        Err(unsupported(IdentityPart::Certificate, path))
    }
}

fn refuse_device(part: IdentityPart, path: &Path) -> Result<(), HelperError> {
    match KeyUri::of(path) {
        None => Ok(()),
        Some(_) => Err(unsupported(part, path)),
    }
}
