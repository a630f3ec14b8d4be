//! Session tokens of the metadata service: made for a time, and known again without being kept (IMDSv2).

use aws_lc_rs::hmac;
use jiff::{SignedDuration, Timestamp};

/// The octets of a token before base64: when it ends, random ones, and the code over both. 100 characters in all, as the
/// official helper's.
const RANDOM: usize = 35;
const SIGNED: usize = 8 + RANDOM;

/// Makes tokens, and knows them.
#[derive(Debug)]
pub(super) struct Tokens {
    key: hmac::Key,
}

impl Tokens {
    /// Those of this process: `secret` is random and kept nowhere.
    pub(super) fn new(secret: &[u8; 32]) -> Self {
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, secret),
        }
    }

    pub(super) fn make(
        &self,
        now: Timestamp,
        life: SignedDuration,
        random: [u8; RANDOM],
    ) -> String {
        let end = now.as_second().saturating_add(life.as_secs());
        let mut octets = Vec::with_capacity(SIGNED + 32);
        octets.extend_from_slice(&end.to_be_bytes());
        octets.extend_from_slice(&random);
        let code = hmac::sign(&self.key, &octets);
        octets.extend_from_slice(code.as_ref());
        base64_simd::STANDARD.encode_to_string(&octets)
    }

    /// The seconds that a token has left; `None` for one that is none of ours, or has ended.
    pub(super) fn left(&self, presented: &str, now: Timestamp) -> Option<i64> {
        let octets = base64_simd::STANDARD.decode_to_vec(presented).ok()?;
        let (signed, code) = octets.split_at_checked(SIGNED)?;
        hmac::verify(&self.key, signed, code).ok()?;
        let end = i64::from_be_bytes(*signed.first_chunk()?);
        Some(end - now.as_second()).filter(|left| *left > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_holds_for_its_time_and_cannot_be_made() {
        let tokens = Tokens::new(&[1; 32]);
        let now: Timestamp = "2030-01-01T00:00:00Z".parse().unwrap();
        let at = |seconds| now + SignedDuration::from_secs(seconds);
        let token = tokens.make(now, SignedDuration::from_secs(60), [7; RANDOM]);
        assert_eq!(token.len(), 100);
        assert_eq!(tokens.left(&token, now), Some(60));
        assert_eq!(tokens.left(&token, at(59)), Some(1));
        assert_eq!(tokens.left(&token, at(60)), None);
        assert_eq!(Tokens::new(&[2; 32]).left(&token, now), None);
        for place in 0..token.len() {
            let mut other = token.clone().into_bytes();
            other[place] = if other[place] == b'A' { b'B' } else { b'A' };
            let other = String::from_utf8(other).unwrap();
            assert_eq!(tokens.left(&other, now), None, "{place}");
        }
        for nonsense in ["", "A", "====", &"A".repeat(100), &"A".repeat(10_000)] {
            assert_eq!(tokens.left(nonsense, now), None);
        }
    }
}
