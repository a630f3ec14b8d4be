//! Seal keys: what sessions are sealed with. Stored encrypted under the master key, used by the issuer.

use jiff::Timestamp;
use zeroize::Zeroizing;

use crate::account::AccountId;
use crate::ports::{Entropy, SecretBox, SecretBoxError};

/// A seal key as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealKey {
    /// The account whose sessions it seals.
    pub account: AccountId,
    /// 20 bits; part of every access key id that was made with it.
    pub id: u32,
    /// 32 random bytes, encrypted under the master key with the id as context.
    pub sealed_secret: Vec<u8>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl SealKey {
    /// Makes a new key.
    pub fn generate(
        account: AccountId,
        now: Timestamp,
        entropy: &dyn Entropy,
        secrets: &dyn SecretBox,
    ) -> Result<Self, SecretBoxError> {
        let mut id = [0; 4];
        entropy.fill(&mut id);
        let id = u32::from_le_bytes(id) & 0x000F_FFFF;
        let mut secret = Zeroizing::new([0; 32]);
        entropy.fill(secret.as_mut_slice());
        Ok(Self {
            account,
            id,
            sealed_secret: secrets.seal(&context(id), secret.as_slice())?,
            created_at: now,
        })
    }

    /// Decrypts the 32 bytes.
    pub fn secret(&self, secrets: &dyn SecretBox) -> Result<Zeroizing<Vec<u8>>, SecretBoxError> {
        secrets.open(&context(self.id), &self.sealed_secret)
    }
}

fn context(id: u32) -> String {
    format!("seal-key:{id}")
}
