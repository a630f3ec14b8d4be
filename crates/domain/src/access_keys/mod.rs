//! Long-term access keys (`AKIA…`) of the root user and of users. Their secrets are stored encrypted under the master key.

mod operations;

use std::sync::Arc;

use imbl::OrdMap;
use jiff::Timestamp;

pub use self::operations::{
    create_access_key, delete_access_key, list_access_keys, read_last_use, update_access_key,
};
use crate::account::AccountId;
use crate::ports::{Entropy, SecretAccessKey, SecretBox, SecretBoxError};

/// An access key as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessKey {
    /// The account that it belongs to.
    pub account: AccountId,
    /// `AKIA` and 16 characters.
    pub id: String,
    /// The unique id of the user that it belongs to; none is the root user.
    pub user_id: Option<String>,
    /// The secret, encrypted under the master key with the id as context.
    pub sealed_secret: Vec<u8>,
    /// Whether it may be used.
    pub active: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// A unique id as AWS makes them: `prefix` and `length` characters of base32 (IAM user guide, unique identifiers).
pub fn unique_id(prefix: &str, length: usize, entropy: &dyn Entropy) -> String {
    let mut random = vec![0; length];
    entropy.fill(&mut random);
    let mut id = String::with_capacity(prefix.len() + length);
    id.push_str(prefix);
    id.extend(
        random
            .iter()
            .filter_map(|byte| BASE32.get(usize::from(byte & 31)).copied().map(char::from)),
    );
    id
}

impl AccessKey {
    /// Makes a new active key; the secret is returned once and stored encrypted.
    pub fn generate(
        account: AccountId,
        user_id: Option<String>,
        now: Timestamp,
        entropy: &dyn Entropy,
        secrets: &dyn SecretBox,
    ) -> Result<(Self, SecretAccessKey), SecretBoxError> {
        let id = unique_id("AKIA", 16, entropy);
        let secret = SecretAccessKey::new(unique_id("", 40, entropy));
        let key = Self {
            account,
            sealed_secret: secrets.seal(&context(&id), secret.expose().as_bytes())?,
            id,
            user_id,
            active: true,
            created_at: now,
        };
        Ok((key, secret))
    }

    /// Decrypts the secret.
    pub fn secret(&self, secrets: &dyn SecretBox) -> Result<SecretAccessKey, SecretBoxError> {
        let plain = secrets.open(&context(&self.id), &self.sealed_secret)?;
        let text = std::str::from_utf8(&plain).map_err(|_| SecretBoxError)?;
        Ok(SecretAccessKey::new(text.to_owned()))
    }
}

/// The access keys of a snapshot, by id and by whose they are.
#[derive(Debug, Clone, Default)]
pub(crate) struct AccessKeys {
    keys: OrdMap<Arc<str>, Arc<AccessKey>>,
    /// The user's unique id (empty for root) and the key's.
    owned: OrdMap<(Arc<str>, Arc<str>), Arc<AccessKey>>,
}

fn place(key: &AccessKey) -> (Arc<str>, Arc<str>) {
    let owner = key.user_id.as_deref().unwrap_or_default();
    (owner.into(), key.id.as_str().into())
}

impl AccessKeys {
    pub fn find(&self, id: &str) -> Option<&Arc<AccessKey>> {
        self.keys.get(id)
    }

    /// The keys of a user, or of root, in order of id.
    pub fn of<'a>(&'a self, user_id: Option<&'a str>) -> impl Iterator<Item = &'a Arc<AccessKey>> {
        let owner = user_id.unwrap_or_default();
        let start: (Arc<str>, Arc<str>) = (owner.into(), "".into());
        self.owned
            .range(start..)
            .take_while(move |((of, _), _)| **of == *owner)
            .map(|(_, key)| key)
    }

    pub fn put(&mut self, key: &AccessKey) {
        let row = Arc::new(key.clone());
        if let Some(before) = self.keys.insert(key.id.as_str().into(), row.clone()) {
            self.owned.remove(&place(&before));
        }
        self.owned.insert(place(key), row);
    }

    pub fn delete(&mut self, id: &str) {
        if let Some(before) = self.keys.remove(id) {
            self.owned.remove(&place(&before));
        }
    }
}

fn context(id: &str) -> String {
    format!("access-key:{id}")
}
