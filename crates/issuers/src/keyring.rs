//! The seal keys, decrypted, with what is derived from each prepared once.
//! Made from the snapshot's rows at start and after a rotation; `local.rs` looks keys up in it.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyrole_domain::ports::{SecretBox, SecretBoxError};
use anyrole_domain::{AccountId, SealKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};
use aws_lc_rs::hmac;
use jiff::Timestamp;
use zeroize::Zeroizing;

/// Why the seal keys can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyringError {
    /// The row was encrypted under another master key, or damaged.
    #[error("seal key {id}: {source}")]
    Sealed {
        /// The key's 20-bit id.
        id: u32,
        /// What the secret box said.
        source: SecretBoxError,
    },
    /// What was decrypted is no key.
    #[error("seal key {0} does not have 32 bytes")]
    Length(u32),
}

/// The subkeys of one seal key. aws-lc wipes them when they are dropped.
pub(crate) struct SealSubkeys {
    pub(crate) id: u32,
    pub(crate) account: AccountId,
    usable_from: Timestamp,
    /// Secret access keys are HMACs under this key.
    pub(crate) secrets: hmac::Key,
    /// The pseudorandom key from which each token's own key is expanded.
    pub(crate) tokens: hmac::Key,
    /// The pseudorandom key from which each message's own key is expanded.
    pub(crate) messages: hmac::Key,
}

/// Every seal key, by its 20-bit id.
#[derive(Clone, Default)]
pub struct Keyring(BTreeMap<u32, Arc<SealSubkeys>>);

impl Keyring {
    /// Decrypts every key; one that can't be decrypted is an error, since its sessions would be refused.
    pub fn unlock<'a>(
        rows: impl IntoIterator<Item = &'a SealKey>,
        secrets: &dyn SecretBox,
    ) -> Result<Self, KeyringError> {
        let mut keys = BTreeMap::new();
        for row in rows {
            let secret = row
                .secret(secrets)
                .map_err(|source| KeyringError::Sealed { id: row.id, source })?;
            keys.insert(row.id, Arc::new(SealSubkeys::derive(row, &secret)?));
        }
        Ok(Self(keys))
    }

    /// The key of this 20-bit id.
    pub(crate) fn key(&self, id: u32) -> Option<&Arc<SealSubkeys>> {
        self.0.get(&id)
    }

    /// The key that sessions of this account are sealed with at `now`: the last that is usable. Where this clock is
    /// behind that of the server which made the first key, that one.
    pub(crate) fn sealing(&self, account: &str, now: Timestamp) -> Option<&Arc<SealSubkeys>> {
        let of_account = || {
            self.0
                .values()
                .filter(|key| key.account.as_str() == account)
        };
        of_account()
            .filter(|key| key.usable_from <= now)
            .max_by_key(|key| (key.usable_from, key.id))
            .or_else(|| of_account().min_by_key(|key| (key.usable_from, key.id)))
    }
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl SealSubkeys {
    fn derive(row: &SealKey, secret: &[u8]) -> Result<Self, KeyringError> {
        if secret.len() != 32 {
            return Err(KeyringError::Length(row.id));
        }
        let root = Salt::new(HKDF_SHA256, b"anyrole seal key").extract(secret);
        let subkey = |label: &[u8]| subkey(&root, label).ok_or(KeyringError::Length(row.id));
        Ok(Self {
            id: row.id,
            account: row.account.clone(),
            usable_from: row.usable_from,
            secrets: subkey(b"secret access keys, version 1")?,
            tokens: subkey(b"session tokens, version 1")?,
            messages: subkey(b"authorization messages, version 1")?,
        })
    }
}

struct SubkeyLength;

impl KeyType for SubkeyLength {
    fn len(&self) -> usize {
        32
    }
}

fn subkey(root: &Prk, label: &[u8]) -> Option<hmac::Key> {
    let mut bytes = Zeroizing::new([0; 32]);
    root.expand(&[label], SubkeyLength)
        .and_then(|okm| okm.fill(bytes.as_mut_slice()))
        .ok()?;
    Some(hmac::Key::new(hmac::HMAC_SHA256, bytes.as_slice()))
}
