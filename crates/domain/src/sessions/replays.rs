//! Signatures that were accepted, so that a captured request can't be sent again inside the date window. A setting, off by
//! default; kept in memory, for each server by itself.

use std::collections::HashSet;

use anyrole_x509::LeafSignatureAlgorithm;
use aws_lc_rs::digest;
use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;

use super::create_session::PresentedSignature;
use super::match_profile::denied;
use crate::refusal::{Kind, Refusal};

/// How long a signature can be sent: a date may be 5 minutes ahead and 5 minutes behind (docs/aws-divergences.md).
const WINDOW: SignedDuration = SignedDuration::from_secs(10 * 60 + 10);

/// The accepted signatures of the last window, at least.
#[derive(Debug)]
pub(crate) struct Replays {
    most: usize,
    seen: Mutex<Seen>,
}

/// Two generations, each filled for a window: what is in neither was sent longer ago than any date allows.
#[derive(Debug, Default)]
struct Seen {
    began: Timestamp,
    young: HashSet<[u8; 16]>,
    old: HashSet<[u8; 16]>,
}

impl Replays {
    /// Remembers at most so many signatures.
    pub(crate) fn new(most: usize) -> Self {
        Self {
            most,
            seen: Mutex::default(),
        }
    }

    /// Accepts a verified signature the first time only. Where no more can be remembered it is refused: it could come again.
    pub(super) fn accept(
        &self,
        leaf_sha256: &[u8; 32],
        signature: &PresentedSignature,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let key = key(leaf_sha256, signature);
        let mut seen = self.seen.lock();
        seen.forget(now);
        if seen.young.contains(&key) || seen.old.contains(&key) {
            return Err(denied("replayed-request", "Invalid signature")
                .with_private("a request with this signature was accepted before"));
        }
        if seen.young.len() + seen.old.len() >= self.most {
            return Err(Refusal::new(
                Kind::Unavailable,
                "replay-cache-full",
                "The service is too busy; try again.",
            )
            .with_private(format!("{} signatures are remembered already", self.most)));
        }
        seen.young.insert(key);
        Ok(())
    }
}

impl Seen {
    fn forget(&mut self, now: Timestamp) {
        let age = now.duration_since(self.began);
        if age < WINDOW {
            return;
        }
        let young = std::mem::take(&mut self.young);
        self.old = if age < WINDOW * 2 {
            young
        } else {
            HashSet::new()
        };
        self.began = now;
    }
}

fn key(leaf_sha256: &[u8; 32], signature: &PresentedSignature) -> [u8; 16] {
    let mut hash = digest::Context::new(&digest::SHA256);
    hash.update(leaf_sha256);
    hash.update(&signature.string_to_sign);
    hash.update(lasting(signature.algorithm, &signature.signature));
    let hash = hash.finish();
    hash.as_ref().first_chunk().copied().unwrap_or_default()
}

/// The part of a signature that nobody can change without the key. Of ECDSA's r and s, n - s is as good as s: r alone stays.
fn lasting(algorithm: LeafSignatureAlgorithm, signature: &[u8]) -> &[u8] {
    if algorithm != LeafSignatureAlgorithm::EcdsaSha256 {
        return signature;
    }
    let after_header = match signature {
        [0x30, 0x81, _, 0x02, rest @ ..] | [0x30, _, 0x02, rest @ ..] => rest,
        _ => return signature,
    };
    match after_header {
        [length, rest @ ..] => rest.get(..usize::from(*length)).unwrap_or(signature),
        [] => signature,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signature(bytes: &[u8]) -> PresentedSignature {
        PresentedSignature {
            algorithm: LeafSignatureAlgorithm::EcdsaSha256,
            serial: "1".to_owned(),
            string_to_sign: b"string".to_vec(),
            signature: bytes.to_vec(),
        }
    }

    #[test]
    fn each_signature_is_remembered_for_a_window_and_no_longer_than_two() {
        let replays = Replays::new(1000);
        let start = Timestamp::from_second(1_700_000_000).unwrap();
        let ecdsa = |r: u8, s: u8| signature(&[0x30, 6, 2, 1, r, 2, 1, s]);
        let at = |minutes| start + SignedDuration::from_mins(minutes);
        let leaf = [1; 32];
        let reason = |outcome: Result<(), Refusal>| outcome.map_err(|refusal| refusal.reason);
        for minute in 0..40 {
            let r = u8::try_from(minute).unwrap();
            let mine = ecdsa(r, 1);
            assert_eq!(reason(replays.accept(&leaf, &mine, at(minute))), Ok(()));
            for later in [minute, minute + 1] {
                // With the other s, too.
                for again in [&mine, &ecdsa(r, 2)] {
                    let outcome = replays.accept(&leaf, again, at(later));
                    assert_eq!(reason(outcome), Err("replayed-request"), "{minute}");
                }
            }
            assert_eq!(replays.accept(&[2; 32], &mine, at(minute)), Ok(()));
            if minute >= 10 {
                let ten_ago = ecdsa(r - 9, 1);
                assert!(replays.accept(&leaf, &ten_ago, at(minute)).is_err());
            }
        }
        // Two generations of at most ten minutes' requests each, two a minute.
        let seen = replays.seen.lock();
        assert!(seen.young.len() + seen.old.len() <= 44);
    }

    #[test]
    fn what_can_not_be_remembered_is_refused() {
        let replays = Replays::new(2);
        let start = Timestamp::from_second(1_700_000_000).unwrap();
        let accept = |byte, minutes| {
            let now = start + SignedDuration::from_mins(minutes);
            replays
                .accept(&[byte; 32], &signature(&[byte]), now)
                .map_err(|refusal| refusal.reason)
        };
        assert_eq!(accept(1, 0), Ok(()));
        assert_eq!(accept(2, 0), Ok(()));
        assert_eq!(accept(3, 0), Err("replay-cache-full"));
        assert_eq!(accept(1, 0), Err("replayed-request"));
        assert_eq!(accept(3, 25), Ok(()));
    }
}
