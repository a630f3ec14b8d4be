//! Nonces (RFC 8555, 6.5): a time and random bits with a MAC, so that making one stores nothing; taken once. One server alone makes its
//! MAC key at its start and remembers in memory which nonces were taken; servers of one database share a key, sealed under the
//! master key, and ask the database.

use std::collections::HashSet;

use aws_lc_rs::hmac;
use base64_simd::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use tokio::sync::OnceCell;
use zeroize::Zeroizing;

use super::store::{AcmeKey, Kept, read, write};
use crate::ports::Entropy;
use crate::refusal::{AcmeKind, Kind, Refusal};
use crate::site::Site;

/// How long a nonce can be used.
const LIFE: SignedDuration = SignedDuration::from_mins(30);
/// Clocks of servers may differ by so much.
const SKEW: SignedDuration = SignedDuration::from_secs(60);
/// How long a nonce that was taken is remembered at least.
const WINDOW: SignedDuration = SignedDuration::from_secs(32 * 60);
/// The most that are remembered at once, some 40 MB; further ones are refused until older ones have ended.
const MOST: usize = 1_000_000;
/// The shared key's row, and what is sealed in it.
const SHARED: &str = "nonces";
const CONTEXT: &str = "acme nonces";
/// Random octets, and those of the MAC.
const RANDOM: usize = 16;
const MAC: usize = 16;

/// The nonces that this server has taken.
pub(crate) struct Nonces {
    /// Of this start of the server.
    own: hmac::Key,
    /// Of all servers of the database.
    shared: OnceCell<hmac::Key>,
    taken: Mutex<Taken>,
}

/// Two generations, each filled for longer than a nonce lives.
#[derive(Default)]
struct Taken {
    began: Timestamp,
    young: HashSet<[u8; 16]>,
    old: HashSet<[u8; 16]>,
}

impl Nonces {
    pub(crate) fn new(entropy: &dyn Entropy) -> Self {
        let mut secret = Zeroizing::new([0; 32]);
        entropy.fill(secret.as_mut_slice());
        Self {
            own: hmac::Key::new(hmac::HMAC_SHA256, secret.as_slice()),
            shared: OnceCell::new(),
            taken: Mutex::default(),
        }
    }

    async fn key(&self, site: &Site) -> Result<&hmac::Key, Refusal> {
        match site.directory.is_shared() {
            true => self.shared.get_or_try_init(|| shared_key(site)).await,
            false => Ok(&self.own),
        }
    }
}

/// The key in the database; whichever server comes first makes it.
async fn shared_key(site: &Site) -> Result<hmac::Key, Refusal> {
    let failed = |error: &dyn std::fmt::Display| Refusal::internal(error.to_string());
    let row: Option<Kept<String>> = read(site, AcmeKey::Secret, SHARED).await?;
    let row = match row {
        Some(row) => row,
        None => {
            let mut secret = Zeroizing::new([0; 32]);
            site.entropy.fill(secret.as_mut_slice());
            let sealed = site.secrets.seal(CONTEXT, secret.as_slice());
            let sealed = sealed.map_err(|error| failed(&error))?;
            let sealed = URL_SAFE_NO_PAD.encode_to_string(sealed);
            let made = Kept::new(AcmeKey::Secret, SHARED.to_owned(), "", None, sealed);
            // Another server may have been faster: its key counts.
            write(site, &[made.put()?]).await?;
            let row = read(site, AcmeKey::Secret, SHARED).await?;
            row.ok_or_else(|| failed(&"the key of nonces is gone"))?
        }
    };
    let sealed = URL_SAFE_NO_PAD.decode_to_vec(&row.value);
    let sealed = sealed.map_err(|error| failed(&error))?;
    let secret = site.secrets.open(CONTEXT, &sealed);
    let secret = secret.map_err(|error| failed(&error))?;
    Ok(hmac::Key::new(hmac::HMAC_SHA256, &secret))
}

fn mac(key: &hmac::Key, text: &[u8]) -> [u8; MAC] {
    let tag = hmac::sign(key, text);
    tag.as_ref().first_chunk().copied().unwrap_or_default()
}

/// A new nonce.
pub async fn new_nonce(site: &Site, now: Timestamp) -> Result<String, Refusal> {
    let key = site.acme.nonces.key(site).await?;
    let mut random = [0; RANDOM];
    site.entropy.fill(&mut random);
    let text = [&now.as_second().to_be_bytes()[..], &random].concat();
    let mac = mac(key, &text);
    Ok(URL_SAFE_NO_PAD.encode_to_string([&text[..], &mac].concat()))
}

/// Takes a nonce, which is good once.
pub(super) async fn take(site: &Site, presented: &str, now: Timestamp) -> Result<(), Refusal> {
    let nonces = &site.acme.nonces;
    let key = nonces.key(site).await?;
    let (made_at, id) = open(key, presented).ok_or_else(|| bad("it is none of this server's"))?;
    let age = now.duration_since(made_at);
    if !(-SKEW..LIFE).contains(&age) {
        return Err(bad("it is too old"));
    }
    let first = if site.directory.is_shared() {
        let id = URL_SAFE_NO_PAD.encode_to_string(id);
        let until = made_at
            .saturating_add(LIFE + LIFE)
            .unwrap_or(Timestamp::MAX);
        let store = site.directory.store();
        store.claim_nonce(&site.account().id, &id, until).await?
    } else {
        nonces.remember(id, now)?
    };
    if first {
        Ok(())
    } else {
        Err(bad("it was used before"))
    }
}

/// When it was made, and what makes it another than all others.
fn open(key: &hmac::Key, presented: &str) -> Option<(Timestamp, [u8; RANDOM])> {
    let nonce = URL_SAFE_NO_PAD.decode_to_vec(presented).ok()?;
    let (text, presented) = nonce.split_last_chunk::<MAC>()?;
    let (second, random) = text.split_first_chunk::<8>()?;
    let own = mac(key, text);
    aws_lc_rs::constant_time::verify_slices_are_equal(&own, presented).ok()?;
    let made_at = Timestamp::from_second(i64::from_be_bytes(*second)).ok()?;
    Some((made_at, random.try_into().ok()?))
}

impl Nonces {
    fn remember(&self, id: [u8; 16], now: Timestamp) -> Result<bool, Refusal> {
        let mut taken = self.taken.lock();
        let age = now.duration_since(taken.began);
        if age >= WINDOW {
            let young = std::mem::take(&mut taken.young);
            taken.old = if age < WINDOW * 2 {
                young
            } else {
                HashSet::new()
            };
            taken.began = now;
        }
        if taken.old.contains(&id) {
            return Ok(false);
        }
        if taken.young.len() + taken.old.len() >= MOST {
            return Err(Refusal::new(
                Kind::Acme(AcmeKind::RateLimited),
                "acme-nonces-full",
                "The service is too busy; try again later.",
            ));
        }
        Ok(taken.young.insert(id))
    }
}

fn bad(private: &'static str) -> Refusal {
    Refusal::new(
        Kind::Acme(AcmeKind::BadNonce),
        "acme-bad-nonce",
        "The nonce is not good (any more); use the one of this answer.",
    )
    .with_private(private)
}
