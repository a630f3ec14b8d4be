//! Authorities ready to sign: the key is opened once and kept for as long as the row stays as it is.

use std::collections::HashMap;
use std::sync::Arc;

use anyrole_ca::Authority;
use anyrole_keys::SigningKey;
use parking_lot::Mutex;

use super::{AuthorityEntry, AuthorityStatus, CertificateAuthority, PcaKind, StoredKey};
use crate::ports::AuthorityKeyError;
use crate::refusal::{Kind, Refusal};
use crate::site::Site;

/// An authority with its certificate and its opened key.
pub struct OpenedAuthority {
    row: Arc<CertificateAuthority>,
    /// What signs.
    pub authority: Authority,
    /// Its subject, as audit records have it.
    pub subject: String,
}

impl std::fmt::Debug for OpenedAuthority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("OpenedAuthority")
            .field(&self.row.arn)
            .finish()
    }
}

impl OpenedAuthority {
    /// Whether it signs so fast that no thread of its own is worth it.
    pub fn signs_fast(&self) -> bool {
        signs_fast(&self.row)
    }
}

pub(super) fn signs_fast(row: &CertificateAuthority) -> bool {
    matches!(row.key, StoredKey::Sealed(_)) && row.configuration.key_algorithm.signs_fast()
}

/// The opened authorities of a server, by ARN.
#[derive(Debug, Default)]
pub(crate) struct OpenedAuthorities(Mutex<HashMap<String, Arc<OpenedAuthority>>>);

impl Site {
    /// The authority, ready to sign; it must have its certificate. Its status is the caller's to check.
    pub async fn open_authority(
        &self,
        entry: &Arc<AuthorityEntry>,
    ) -> Result<Arc<OpenedAuthority>, Refusal> {
        let row = &entry.row;
        if let Some(opened) = self.opened_authorities.0.lock().get(&row.arn)
            && Arc::ptr_eq(&opened.row, row)
        {
            return Ok(opened.clone());
        }
        let Some(certificate) = &entry.certificate else {
            return Err(super::refusals::wrong_state(
                "The certificate authority has no certificate.",
            ));
        };
        let key = self.open_authority_key(row).await?;
        let der = certificate.der().to_vec();
        let opened = Arc::new(OpenedAuthority {
            authority: Authority::new(der, key)
                .map_err(|error| Refusal::internal(error.to_string()))?,
            subject: certificate.summary().subject.to_string(),
            row: row.clone(),
        });
        self.close_authorities();
        let mut all = self.opened_authorities.0.lock();
        all.insert(row.arn.clone(), opened.clone());
        Ok(opened)
    }

    /// Closes the keys of authorities that were changed since, or deleted.
    pub fn close_authorities(&self) {
        let snapshot = self.directory.read();
        let is_open = |opened: &OpenedAuthority| {
            let present = snapshot.certificate_authority(&opened.row.arn);
            present.is_some_and(|entry| {
                Arc::ptr_eq(&entry.row, &opened.row) && entry.row.status != AuthorityStatus::Deleted
            })
        };
        let mut all = self.opened_authorities.0.lock();
        all.retain(|_, opened| is_open(opened));
    }

    /// The key of an authority, opened anew; a token may take its time.
    pub(crate) async fn open_authority_key(
        &self,
        row: &Arc<CertificateAuthority>,
    ) -> Result<Box<dyn SigningKey>, Refusal> {
        let (keys, row) = (self.authority_keys()?.clone(), row.clone());
        match row.key {
            StoredKey::Sealed(_) => keys.open(&row.arn, &row.key).map_err(key_refused),
            StoredKey::Token(_) => {
                tokio::task::spawn_blocking(move || keys.open(&row.arn, &row.key))
                    .await
                    .map_err(|error| Refusal::internal(error.to_string()))?
                    .map_err(key_refused)
            }
        }
    }
}

pub(crate) fn key_refused(error: AuthorityKeyError) -> Refusal {
    if let AuthorityKeyError::NotOfThisKind(sentence) = error {
        return PcaKind::InvalidArgs.refusal("authority-key-kind", sentence);
    }
    Refusal::new(
        Kind::Unavailable,
        "authority-key-failed",
        "The key of the certificate authority can't be used; try again.",
    )
    .with_private(error.to_string())
}
