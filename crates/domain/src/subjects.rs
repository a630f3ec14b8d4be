//! Who was seen: one subject for each distinguished name that was granted a session.
//! Sightings are collected here and written to the store in groups; the audit trail has each of them at once.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use parking_lot::Mutex;

use crate::account::{Account, AccountId};
use crate::ports::{Store, StoreError};
use crate::refusal::{Kind, Refusal};
use crate::sessions::KnownChain;

/// The most bytes of certificates that may wait to be written; beyond it sessions are refused rather than forgotten.
const MAX_WAITING_BYTES: usize = 64 * 1024 * 1024;

/// A certificate that was granted a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// The account.
    pub account: AccountId,
    /// The subject's UUID.
    pub subject_id: String,
    /// The subject, `CN=…,O=…`.
    pub x509_subject: String,
    /// The certificate's issuer.
    pub issuer: String,
    /// The certificate's serial number, lower-case hex.
    pub serial: String,
    /// The certificate, DER.
    pub certificate: Vec<u8>,
    /// When it was seen last.
    pub seen_at: Timestamp,
}

impl Sighting {
    fn of(waiting: &WaitingSighting) -> Self {
        let chain = &waiting.chain;
        Self {
            account: waiting.account.clone(),
            subject_id: chain.subject_id().to_owned(),
            x509_subject: chain.subject.clone(),
            issuer: chain.issuer.clone(),
            serial: chain.verified.leaf().serial_hex.clone(),
            certificate: chain.leaf_der.to_vec(),
            seen_at: waiting.seen_at,
        }
    }
}

/// A sighting that is copied only when it is written: until then it shares the chain with the cache.
#[derive(Debug)]
struct WaitingSighting {
    account: AccountId,
    chain: Arc<KnownChain>,
    seen_at: Timestamp,
}

/// Sightings that wait to be written, one for each certificate.
#[derive(Debug, Default)]
pub struct Sightings(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    by_fingerprint: HashMap<[u8; 32], WaitingSighting>,
    bytes: usize,
}

impl Waiting {
    fn put(&mut self, fingerprint: [u8; 32], sighting: WaitingSighting) {
        self.bytes += sighting.chain.leaf_der.len();
        if let Some(replaced) = self.by_fingerprint.insert(fingerprint, sighting) {
            self.bytes -= replaced.chain.leaf_der.len();
        }
    }
}

impl Sightings {
    /// The chain was granted a session.
    pub(crate) fn add(
        &self,
        account: &Account,
        chain: &Arc<KnownChain>,
        seen_at: Timestamp,
    ) -> Result<(), Refusal> {
        let Some(fingerprint) = chain.certificates().first() else {
            return Err(Refusal::internal("a verified chain without a leaf"));
        };
        let mut waiting = self.0.lock();
        if let Some(known) = waiting.by_fingerprint.get_mut(fingerprint) {
            known.seen_at = known.seen_at.max(seen_at);
            return Ok(());
        }
        if waiting.bytes >= MAX_WAITING_BYTES {
            return Err(Refusal::new(
                Kind::Unavailable,
                "subject-queue-full",
                "The service is too busy; try again.",
            ));
        }
        let sighting = WaitingSighting {
            account: account.id.clone(),
            chain: chain.clone(),
            seen_at,
        };
        waiting.put(*fingerprint, sighting);
        Ok(())
    }

    /// Writes what waits; what can't be written waits on.
    pub async fn flush(&self, store: &dyn Store) -> Result<usize, StoreError> {
        let group = std::mem::take(&mut *self.0.lock()).by_fingerprint;
        if group.is_empty() {
            return Ok(0);
        }
        let sightings: Vec<Sighting> = group.values().map(Sighting::of).collect();
        let outcome = store.record_sightings(&sightings).await;
        if outcome.is_err() {
            let mut waiting = self.0.lock();
            for (fingerprint, sighting) in group {
                if !waiting.by_fingerprint.contains_key(&fingerprint) {
                    waiting.put(fingerprint, sighting);
                }
            }
        }
        outcome.map(|()| sightings.len())
    }
}
