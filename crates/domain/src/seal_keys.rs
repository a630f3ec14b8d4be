//! Seal keys: what sessions are sealed with. Stored encrypted under the master key, used by the issuer. They follow each
//! other without refusing a session: a new one is known to every server before it is used, an old one outlives its sessions.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use zeroize::Zeroizing;

use crate::account::AccountId;
use crate::directory::Directory;
use crate::ports::{Entropy, SecretBox, SecretBoxError};
use crate::refusal::Refusal;
use crate::snapshot::{Change, Snapshot};

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
    /// From when on sessions are sealed with it, until a newer key takes its place. It opens sessions at once.
    pub usable_from: Timestamp,
}

impl SealKey {
    /// Makes a new key with this 20-bit id.
    fn generate(
        account: AccountId,
        id: u32,
        now: Timestamp,
        usable_from: Timestamp,
        entropy: &dyn Entropy,
        secrets: &dyn SecretBox,
    ) -> Result<Self, SecretBoxError> {
        let mut secret = Zeroizing::new([0; 32]);
        entropy.fill(secret.as_mut_slice());
        Ok(Self {
            account,
            id,
            sealed_secret: secrets.seal(&context(id), secret.as_slice())?,
            created_at: now,
            usable_from,
        })
    }

    /// Makes the first key of an account, usable at once.
    pub(crate) fn first(
        account: AccountId,
        now: Timestamp,
        entropy: &dyn Entropy,
        secrets: &dyn SecretBox,
    ) -> Result<Self, SecretBoxError> {
        Self::generate(account, random_id(entropy), now, now, entropy, secrets)
    }

    /// Decrypts the 32 bytes.
    pub fn secret(&self, secrets: &dyn SecretBox) -> Result<Zeroizing<Vec<u8>>, SecretBoxError> {
        secrets.open(&context(self.id), &self.sealed_secret)
    }
}

/// When keys follow each other.
#[derive(Debug, Clone, Copy)]
pub struct Rotation {
    /// A new key is made when the newest is older than this.
    pub age: SignedDuration,
    /// How long a new key is known before it is used: no less than a server may go without reading the store, and than
    /// clocks may differ.
    pub lead: SignedDuration,
}

/// The longest life of a session (Roles Anywhere user guide, CreateSession), and an hour for clocks that differ.
const LAST_SESSION: SignedDuration = SignedDuration::from_hours(12 + 1);

/// Makes a new key, whatever the age of the newest, and returns it.
pub async fn rotate_seal_key(
    directory: &Directory,
    now: Timestamp,
    lead: SignedDuration,
    entropy: &dyn Entropy,
    secrets: &dyn SecretBox,
) -> Result<SealKey, Refusal> {
    directory
        .write(|snapshot| {
            let key = next(snapshot, now, lead, entropy, secrets)?;
            Ok((vec![Change::PutSealKey(key.clone())], key))
        })
        .await
}

/// Makes a new key where the newest is too old, and forgets those that can't open a living session any more. Returns the
/// ids of the keys that were made and forgotten. Of several servers, one does it.
pub async fn tend_seal_keys(
    directory: &Directory,
    now: Timestamp,
    rotation: Rotation,
    entropy: &dyn Entropy,
    secrets: &dyn SecretBox,
) -> Result<(Option<u32>, Vec<u32>), Refusal> {
    let due = |snapshot: &Snapshot| {
        let newest = snapshot.seal_keys().map(|key| key.created_at).max();
        newest.is_some_and(|newest| newest + rotation.age <= now)
    };
    {
        let snapshot = directory.read();
        if !due(&snapshot) && outlived(&snapshot, now).is_empty() {
            return Ok((None, Vec::new()));
        }
    }
    directory
        .write(|snapshot| {
            let forgotten = outlived(snapshot, now);
            let mut changes: Vec<Change> = forgotten
                .iter()
                .map(|key| Change::DeleteSealKey {
                    account: key.account.clone(),
                    id: key.id,
                })
                .collect();
            let mut made = None;
            if due(snapshot) {
                let key = next(snapshot, now, rotation.lead, entropy, secrets)?;
                made = Some(key.id);
                changes.push(Change::PutSealKey(key));
            }
            let ids = forgotten.iter().map(|key| key.id).collect();
            Ok((changes, (made, ids)))
        })
        .await
}

fn next(
    snapshot: &Snapshot,
    now: Timestamp,
    lead: SignedDuration,
    entropy: &dyn Entropy,
    secrets: &dyn SecretBox,
) -> Result<SealKey, Refusal> {
    let account = snapshot
        .account()
        .ok_or_else(|| Refusal::internal("the store has no account"))?;
    let id = std::iter::repeat_with(|| random_id(entropy))
        .take(64)
        .find(|id| snapshot.seal_key(*id).is_none())
        .ok_or_else(|| Refusal::internal("no seal key id is free"))?;
    SealKey::generate(account.id.clone(), id, now, now + lead, entropy, secrets)
        .map_err(|_| Refusal::internal("the master key can't encrypt"))
}

/// The keys whose successor was in use for so long that none of their sessions lives.
fn outlived(snapshot: &Snapshot, now: Timestamp) -> Vec<Arc<SealKey>> {
    let mut keys: Vec<&Arc<SealKey>> = snapshot.seal_keys().collect();
    keys.sort_by_key(|key| (key.usable_from, key.id));
    keys.iter()
        .zip(keys.iter().skip(1))
        .filter(|(_, successor)| successor.usable_from + LAST_SESSION <= now)
        .map(|(key, _)| Arc::clone(key))
        .collect()
}

fn random_id(entropy: &dyn Entropy) -> u32 {
    let mut id = [0; 4];
    entropy.fill(&mut id);
    u32::from_le_bytes(id) & 0x000F_FFFF
}

fn context(id: u32) -> String {
    format!("seal-key:{id}")
}
