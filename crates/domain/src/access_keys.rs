//! Long-term access keys (`AKIA…`). Their secrets are stored encrypted under the master key.

use jiff::Timestamp;

use crate::account::AccountId;
use crate::ports::{Entropy, SecretAccessKey, SecretBox, SecretBoxError};

/// An access key as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessKey {
    /// The account that it belongs to.
    pub account: AccountId,
    /// `AKIA` and 16 characters.
    pub id: String,
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

fn context(id: &str) -> String {
    format!("access-key:{id}")
}
