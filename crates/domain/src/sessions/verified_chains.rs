//! Chains that were verified before, so that the same certificate need not be verified at each request.
//! Keyed by what a client can't choose: the whole leaf, and the anchor as it is. Only who proved the leaf's key has a
//! chain remembered: who merely has the certificate could present it with the worse of two ways up.

use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use anyrole_x509::{
    AnchorCertificates, Leaf, PresentedChain, Reason, Refusal, Revocation, UnmappedAttributes,
    VerifiedChain,
};
use aws_lc_rs::digest;
use jiff::Timestamp;
use parking_lot::Mutex;
use quick_cache::Weighter;
use quick_cache::sync::{Cache, DefaultLifecycle};
use uuid::Uuid;

use crate::account::{Account, AccountId};
use crate::distribution_points::ChainPoints;
use crate::profiles::Profile;
use crate::tags::Tag;
use crate::trust_anchors::{AnchorDigest, TrustAnchorEntry};

/// How much memory remembered chains may take, in bytes as `ByLength` counts them.
const CAPACITY: u64 = 128 * 1024 * 1024;
/// How many chains are known to have been seen once.
const SEEN_ONCE: u64 = 16_384;
/// How many chains of ordinary size fit.
const USUAL_COUNT: usize = 16_384;

/// A chain weighs its leaf some times over (DER, names, tags) and a fixed part.
#[derive(Debug, Clone)]
struct ByLength;

impl Weighter<ChainKey, Arc<KnownChain>> for ByLength {
    fn weight(&self, _key: &ChainKey, chain: &Arc<KnownChain>) -> u64 {
        u64::try_from(chain.leaf_der.len())
            .unwrap_or(u64::MAX)
            .saturating_mul(5)
            .saturating_add(2048)
            .saturating_add(
                chain
                    .distribution_points
                    .iter()
                    .map(ChainPoints::weight)
                    .sum(),
            )
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct ChainKey {
    leaf_sha256: [u8; 32],
    anchor: AnchorDigest,
}

impl ChainKey {
    fn of(presented: &PresentedChain, anchor: &TrustAnchorEntry) -> Self {
        Self {
            leaf_sha256: *presented.leaf_fingerprint(),
            anchor: anchor.digest,
        }
    }

    /// Eight octets of a SHA-256 are a hash already, and only who has certificates of the anchor's can choose among them.
    fn hash(&self) -> u64 {
        let leaf = self.leaf_sha256.first_chunk().copied().unwrap_or_default();
        u64::from_le_bytes(leaf) ^ self.anchor.0
    }
}

impl Hash for ChainKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash());
    }
}

/// Takes the one number that a `ChainKey` gives for the hash.
#[derive(Debug, Clone, Copy, Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

/// A verified chain with what is derived from it alone.
#[derive(Debug)]
pub struct KnownChain {
    /// The chain.
    pub verified: VerifiedChain,
    /// `arn:…:subject/{uuid}`; the UUID is version 5 of account and subject DER.
    pub subject_arn: String,
    /// The subject as text, `CN=…,O=…`.
    pub subject: String,
    /// The issuer as text.
    pub issuer: Arc<str>,
    /// The leaf, DER.
    pub leaf_der: Arc<Vec<u8>>,
    /// `CN=…` or `ID=…` (IAM Roles Anywhere user guide, source identity).
    pub source_identity: Arc<str>,
    /// Where its revocation lists are out; empty unless the anchor goes by that.
    pub(crate) distribution_points: Box<[ChainPoints]>,
    verified_at: Timestamp,
    key: ChainKey,
    kept: AtomicBool,
    mapped: Mutex<Option<Arc<MappedTags>>>,
}

/// Session tags made of a chain by one profile's mappings.
#[derive(Debug)]
pub struct MappedTags {
    profile: Arc<Profile>,
    /// The tags.
    pub tags: Arc<[Tag]>,
    /// What could not be mapped.
    pub unmapped: UnmappedAttributes,
}

/// `Uuid::new_v5` (RFC 9562, section 5.5) with the crypto library's SHA-1, which costs a fifth of the `uuid` crate's.
fn uuid_v5(namespace: &Uuid, name: &[u8]) -> Uuid {
    let mut hash = digest::Context::new(&digest::SHA1_FOR_LEGACY_USE_ONLY);
    hash.update(namespace.as_bytes());
    hash.update(name);
    let hash = hash.finish();
    let bytes = hash.as_ref().first_chunk().copied().unwrap_or_default();
    uuid::Builder::from_sha1_bytes(bytes).into_uuid()
}

/// The text is there already where the anchor itself issued the leaf.
fn issuer_text(leaf: &Leaf, anchor: &AnchorCertificates) -> Arc<str> {
    let of_anchor = anchor
        .certificates()
        .iter()
        .find(|certificate| certificate.subject == leaf.issuer);
    of_anchor.map_or_else(
        || leaf.issuer.text().into(),
        |certificate| certificate.subject_text.clone(),
    )
}

impl KnownChain {
    fn new(
        account: &Account,
        namespace: &Uuid,
        presented: &PresentedChain,
        anchor: &TrustAnchorEntry,
        verified: VerifiedChain,
        verified_at: Timestamp,
    ) -> Self {
        let leaf = verified.leaf();
        let subject_id = uuid_v5(namespace, leaf.subject.der());
        let mut buffer = Uuid::encode_buffer();
        let subject_id = subject_id.hyphenated().encode_lower(&mut buffer);
        Self {
            subject_arn: account.rolesanywhere_arn("subject", subject_id),
            source_identity: anyrole_x509::source_identity(leaf).into(),
            subject: leaf.subject.text(),
            issuer: issuer_text(leaf, &anchor.certificates),
            leaf_der: presented.shared_leaf_der(),
            distribution_points: Box::default(),
            verified,
            verified_at,
            key: ChainKey::of(presented, anchor),
            kept: AtomicBool::new(false),
            mapped: Mutex::default(),
        }
    }

    /// The subject's UUID.
    pub fn subject_id(&self) -> &str {
        self.subject_arn
            .rsplit_once('/')
            .map_or("", |(_, subject_id)| subject_id)
    }

    /// The session's name where the caller gives none.
    pub fn default_session_name(&self) -> &str {
        anyrole_x509::default_session_name(self.verified.leaf())
    }

    /// SHA-256 of each certificate on the path.
    pub fn certificates(&self) -> &Arc<[[u8; 32]]> {
        self.verified.path_fingerprints()
    }

    /// The tags that the profile's mappings make; kept until the profile changes.
    pub fn tags(&self, profile: &Arc<Profile>) -> Arc<MappedTags> {
        let mut mapped = self.mapped.lock();
        if let Some(known) = mapped
            .as_ref()
            .filter(|known| Arc::ptr_eq(&known.profile, profile))
        {
            return known.clone();
        }
        let attributes =
            anyrole_x509::map_attributes(self.verified.leaf(), &profile.attribute_mappings);
        let tags = attributes.tags.into_iter();
        let made = Arc::new(MappedTags {
            profile: profile.clone(),
            tags: tags.map(|(key, value)| Tag { key, value }).collect(),
            unmapped: attributes.unmapped,
        });
        *mapped = Some(made.clone());
        made
    }
}

/// The chains that are remembered, each from the second time on that it is verified: most certificates ask once in the
/// time that a chain would stay, and a chain that is not kept dirties no memory and drives out no other.
#[derive(Debug)]
pub struct VerifiedChains {
    chains: Cache<ChainKey, Arc<KnownChain>, ByLength, BuildHasherDefault<AsItIs>>,
    /// Hashes of chains that were verified once, each in the place that it names.
    seen_once: Box<[AtomicU64]>,
    /// The namespace of the subject ids of the account that was asked for first: a site has one.
    namespace: OnceLock<(AccountId, Uuid)>,
}

impl Default for VerifiedChains {
    fn default() -> Self {
        Self {
            chains: Cache::with(
                USUAL_COUNT,
                CAPACITY,
                ByLength,
                BuildHasherDefault::default(),
                DefaultLifecycle::default(),
            ),
            seen_once: (0..SEEN_ONCE).map(|_| AtomicU64::new(0)).collect(),
            namespace: OnceLock::new(),
        }
    }
}

/// The namespace of an account's subject ids.
fn subject_namespace(account: &AccountId) -> Uuid {
    uuid_v5(&Uuid::NAMESPACE_OID, account.as_str().as_bytes())
}

impl VerifiedChains {
    /// The verified chain: remembered, or verified now; [`Self::keep`] remembers it.
    pub fn verify(
        &self,
        account: &Account,
        presented: &PresentedChain,
        anchor: &TrustAnchorEntry,
        revocation: &Revocation<'_>,
        now: Timestamp,
    ) -> Result<Arc<KnownChain>, Refusal> {
        let key = ChainKey::of(presented, anchor);
        if let Some(known) = self.chains.get(&key)
            && known.verified_at <= now
            && known.verified.is_valid_at(now)
        {
            // Asked at each use, so that a list counts for the next request.
            match known.verified.check_revocation(revocation, now) {
                Ok(_) => return Ok(known),
                Err(refusal) if refusal.reason == Reason::LeafRevoked => return Err(refusal),
                // There may be a path around what is revoked.
                Err(_) => {}
            }
        }
        let verified =
            anyrole_x509::verify_chain(presented, &anchor.certificates, revocation, now)?;
        let (first, namespace) = self
            .namespace
            .get_or_init(|| (account.id.clone(), subject_namespace(&account.id)));
        let namespace = match *first == account.id {
            true => *namespace,
            false => subject_namespace(&account.id),
        };
        let mut known = KnownChain::new(account, &namespace, presented, anchor, verified, now);
        if anchor.row.crl_dp_revocation_enabled {
            let points = known
                .verified
                .distribution_points(presented, &anchor.certificates);
            known.distribution_points = points.into_iter().map(ChainPoints::of).collect();
        }
        Ok(Arc::new(known))
    }

    /// Remembers a chain whose leaf's key was proved, if that is not the first time.
    pub(super) fn keep(&self, chain: &Arc<KnownChain>) {
        if !chain.kept.load(Ordering::Relaxed) && self.was_seen(&chain.key) {
            chain.kept.store(true, Ordering::Relaxed);
            self.chains.insert(chain.key, chain.clone());
        }
    }

    /// Whether the chain was verified before, as far as is known; a chance equal only keeps a chain a request early.
    fn was_seen(&self, key: &ChainKey) -> bool {
        let hash = key.hash();
        let place = usize::try_from(hash % SEEN_ONCE).ok();
        let place = place.and_then(|place| self.seen_once.get(place));
        place.is_some_and(|place| place.swap(hash, Ordering::Relaxed) == hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_is_kept_from_the_second_time_on() {
        let chains = VerifiedChains::default();
        let key = |leaf: u8, anchor| ChainKey {
            leaf_sha256: [leaf; 32],
            anchor: AnchorDigest(anchor, 1),
        };
        assert!(!chains.was_seen(&key(1, 0)));
        assert!(!chains.was_seen(&key(2, 0)));
        assert!(chains.was_seen(&key(1, 0)));
        assert!(chains.was_seen(&key(1, 0)));
        // The anchor was changed.
        assert!(!chains.was_seen(&key(1, 1)));
    }

    #[test]
    fn subject_ids_are_uuids_of_version_5() {
        for name in [&b""[..], b"000000000000", &[0x30; 200]] {
            let namespace = Uuid::NAMESPACE_OID;
            assert_eq!(uuid_v5(&namespace, name), Uuid::new_v5(&namespace, name));
        }
    }
}
