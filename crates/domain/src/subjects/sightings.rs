//! Who was seen, waiting to be written: CreateSession adds, the app's flusher writes in groups.
//! The audit trail has each sighting at once; what waits here is bounded, and beyond it sessions are refused.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use aws_lc_rs::digest;
use jiff::Timestamp;
use parking_lot::Mutex;

use crate::account::{Account, AccountId};
use crate::ports::{Store, StoreError};
use crate::refusal::{Kind, Refusal};
use crate::sessions::KnownChain;
use crate::trust_anchors::TrustAnchor;

/// The most memory that sightings may hold, waiting or being written, in bytes as `weight` counts them.
const MAX_WAITING_BYTES: usize = 128 * 1024 * 1024;
/// Sightings in one transaction; commits wait for no longer than that takes.
const GROUP: usize = 500;
/// What a property, and the set, takes besides its text, in bytes.
const PROPERTY_OVERHEAD: usize = 128;

/// A certificate whose key was proved, as a store is told of it.
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
    /// SHA-256 of it.
    pub certificate_sha256: [u8; 32],
    /// Last second of its validity.
    pub not_after: Timestamp,
    /// The trust anchor that it led to.
    pub trust_anchor_arn: String,
    /// When it was seen last.
    pub seen_at: Timestamp,
    /// Whether its last request was refused.
    pub failed: bool,
    /// The instance properties that came with it since the last write.
    pub properties: Vec<SeenProperties>,
}

/// A set of instance properties, as a store is told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenProperties {
    /// SHA-256 of keys and values, each with its length before it: the same for the same set.
    pub sha256: [u8; 32],
    /// The set.
    pub properties: Arc<BTreeMap<String, String>>,
    /// When it was seen last.
    pub seen_at: Timestamp,
    /// Whether the last request with it was refused.
    pub failed: bool,
}

/// One request of a certificate whose chain and signature held.
pub(crate) struct Seen<'a> {
    pub(crate) account: &'a Account,
    pub(crate) chain: &'a Arc<KnownChain>,
    pub(crate) anchor: &'a Arc<TrustAnchor>,
    pub(crate) at: Timestamp,
    pub(crate) failed: bool,
    pub(crate) properties: Option<&'a Arc<BTreeMap<String, String>>>,
}

/// A sighting that is copied only when it is written: until then it shares the chain with the cache.
#[derive(Debug)]
struct WaitingSighting {
    account: AccountId,
    chain: Arc<KnownChain>,
    anchor: Arc<TrustAnchor>,
    seen_at: Timestamp,
    failed: bool,
    properties: HashMap<[u8; 32], SeenProperties>,
}

/// A chain that waits may be held by nothing else: its DER, the names and tags made of it, and a fixed part.
fn weight(chain: &KnownChain) -> usize {
    chain.leaf_der.len().saturating_mul(5).saturating_add(2048)
}

impl WaitingSighting {
    fn weight(&self) -> usize {
        let properties = self.properties.values().map(SeenProperties::weight);
        weight(&self.chain) + properties.sum::<usize>()
    }

    fn to_sighting(&self, fingerprint: &[u8; 32]) -> Sighting {
        let chain = &self.chain;
        let leaf = chain.verified.leaf();
        Sighting {
            account: self.account.clone(),
            subject_id: chain.subject_id().to_owned(),
            x509_subject: chain.subject.clone(),
            issuer: chain.issuer.to_string(),
            serial: leaf.serial_hex.clone(),
            certificate: chain.leaf_der.to_vec(),
            certificate_sha256: *fingerprint,
            not_after: leaf.not_after,
            trust_anchor_arn: self.anchor.resource.arn.clone(),
            seen_at: self.seen_at,
            failed: self.failed,
            properties: self.properties.values().cloned().collect(),
        }
    }
}

impl SeenProperties {
    fn of(properties: &Arc<BTreeMap<String, String>>, seen: &Seen<'_>) -> Self {
        let mut hash = digest::Context::new(&digest::SHA256);
        for text in properties.iter().flat_map(|(key, value)| [key, value]) {
            hash.update(&text.len().to_be_bytes());
            hash.update(text.as_bytes());
        }
        let mut sha256 = [0; 32];
        sha256.copy_from_slice(hash.finish().as_ref());
        Self {
            sha256,
            properties: properties.clone(),
            seen_at: seen.at,
            failed: seen.failed,
        }
    }

    fn weight(&self) -> usize {
        let texts = self.properties.iter();
        let texts = texts.map(|(key, value)| key.len() + value.len() + PROPERTY_OVERHEAD);
        PROPERTY_OVERHEAD + texts.sum::<usize>()
    }
}

/// Sightings that wait to be written, one for each certificate.
#[derive(Debug)]
pub struct Sightings {
    waiting: Mutex<Waiting>,
    /// The most that may wait, in bytes.
    limit: usize,
}

impl Default for Sightings {
    fn default() -> Self {
        Self::with_limit(MAX_WAITING_BYTES)
    }
}

#[derive(Debug, Default)]
struct Waiting {
    by_fingerprint: HashMap<[u8; 32], WaitingSighting>,
    /// What waits and what is being written.
    bytes: usize,
}

impl Sightings {
    fn with_limit(limit: usize) -> Self {
        Self {
            waiting: Mutex::default(),
            limit,
        }
    }

    /// A certificate was seen. Nothing is allocated for one that waits already and brings no properties.
    pub(crate) fn add(&self, seen: &Seen<'_>) -> Result<(), Refusal> {
        let Some(fingerprint) = seen.chain.certificates().first() else {
            return Err(Refusal::internal("a verified chain without a leaf"));
        };
        let properties = seen.properties.filter(|map| !map.is_empty());
        let properties = properties.map(|map| SeenProperties::of(map, seen));
        let mut waiting = self.waiting.lock();
        let Waiting {
            by_fingerprint,
            bytes,
        } = &mut *waiting;
        let sighting = match by_fingerprint.get_mut(fingerprint) {
            Some(known) => {
                known.see_again(seen);
                known
            }
            None => {
                self.make_room(bytes, weight(seen.chain))?;
                by_fingerprint
                    .entry(*fingerprint)
                    .or_insert_with(|| WaitingSighting {
                        account: seen.account.id.clone(),
                        chain: seen.chain.clone(),
                        anchor: seen.anchor.clone(),
                        seen_at: seen.at,
                        failed: seen.failed,
                        properties: HashMap::new(),
                    })
            }
        };
        let Some(properties) = properties else {
            return Ok(());
        };
        if !sighting.properties.contains_key(&properties.sha256) {
            self.make_room(bytes, properties.weight())?;
        }
        sighting.put_properties(properties);
        Ok(())
    }

    /// Writes what waits, in groups; what can't be written waits on, also where this future is dropped half way.
    pub async fn flush(&self, store: &dyn Store) -> Result<usize, StoreError> {
        let mut group = self.take();
        let mut written = 0;
        while !group.left.is_empty() {
            let start = group.left.len().saturating_sub(GROUP);
            let next = group.left.get(start..).unwrap_or_default();
            let mut sightings: Vec<Sighting> = next
                .iter()
                .map(|(fingerprint, sighting)| sighting.to_sighting(fingerprint))
                .collect();
            // Several nodes may write the same rows: in one order none waits for another in a circle.
            sightings.sort_unstable_by(|one, other| {
                (&one.subject_id, &one.certificate_sha256)
                    .cmp(&(&other.subject_id, &other.certificate_sha256))
            });
            store.record_sightings(&sightings).await?;
            written += sightings.len();
            group.written(start);
        }
        Ok(written)
    }

    /// What is over the limit is refused rather than forgotten.
    fn make_room(&self, bytes: &mut usize, more: usize) -> Result<(), Refusal> {
        if bytes.saturating_add(more) > self.limit {
            return Err(Refusal::new(
                Kind::Unavailable,
                "subject-queue-full",
                "The service is too busy; try again.",
            ));
        }
        *bytes += more;
        Ok(())
    }

    fn take(&self) -> BeingWritten<'_> {
        let taken = std::mem::take(&mut self.waiting.lock().by_fingerprint);
        BeingWritten {
            sightings: self,
            left: taken.into_iter().collect(),
        }
    }
}

impl WaitingSighting {
    fn see_again(&mut self, seen: &Seen<'_>) {
        if seen.at < self.seen_at {
            return;
        }
        self.seen_at = seen.at;
        self.failed = seen.failed;
        if !Arc::ptr_eq(&self.anchor, seen.anchor) {
            self.anchor = seen.anchor.clone();
        }
    }

    fn put_properties(&mut self, seen: SeenProperties) {
        match self.properties.get_mut(&seen.sha256) {
            Some(known) if known.seen_at > seen.seen_at => {}
            Some(known) => *known = seen,
            None => {
                self.properties.insert(seen.sha256, seen);
            }
        }
    }
}

/// Sightings on their way to the store. What is left when this is dropped waits again.
struct BeingWritten<'a> {
    sightings: &'a Sightings,
    left: Vec<([u8; 32], WaitingSighting)>,
}

impl BeingWritten<'_> {
    /// All from `start` on are in the store.
    fn written(&mut self, start: usize) {
        let freed: usize = self
            .left
            .drain(start..)
            .map(|(_, sighting)| sighting.weight())
            .sum();
        self.sightings.waiting.lock().bytes -= freed;
    }
}

impl Drop for BeingWritten<'_> {
    fn drop(&mut self) {
        let mut waiting = self.sightings.waiting.lock();
        let Waiting {
            by_fingerprint,
            bytes,
        } = &mut *waiting;
        for (fingerprint, mut older) in self.left.drain(..) {
            let Some(newer) = by_fingerprint.get_mut(&fingerprint) else {
                by_fingerprint.insert(fingerprint, older);
                continue;
            };
            let both = older.weight() + newer.weight();
            for (_, properties) in older.properties.drain() {
                newer.put_properties(properties);
            }
            if older.seen_at > newer.seen_at {
                newer.seen_at = older.seen_at;
                newer.failed = older.failed;
                newer.anchor = older.anchor;
            }
            *bytes -= both - newer.weight();
        }
    }
}

#[cfg(test)]
mod tests;
