//! One session as it is kept: a line with the digest of the rest, then JSON. What isn't whole, is another's, or was written by
//! a clock that has been set back since is no session.

use anyrole_sdk::Credentials;
use aws_lc_rs::digest::{SHA256, digest};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// Not handed out so shortly before its end: from then on botocore asks for new ones with each request that it signs, which
/// would call the helper as often.
const AHEAD: SignedDuration = SignedDuration::from_mins(15);
/// The service grants 12 hours; what says more was not granted.
const LONGEST_LIFE: SignedDuration = SignedDuration::from_mins(12 * 60 + 15);

/// What is kept.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    key: String,
    asked: Timestamp,
    access_key_id: String,
    secret_access_key: Zeroizing<String>,
    session_token: Zeroizing<String>,
    expiration: String,
}

impl Entry {
    /// The content of a session's file, wiped when it is dropped.
    pub(super) fn render(
        key: &str,
        asked: Timestamp,
        credentials: &Credentials,
    ) -> std::io::Result<Zeroizing<Vec<u8>>> {
        let entry = Self {
            key: key.to_owned(),
            asked,
            access_key_id: credentials.access_key_id.clone(),
            secret_access_key: credentials.secret_access_key.clone(),
            session_token: credentials.session_token.clone(),
            expiration: credentials.expiration.clone(),
        };
        let length = entry.session_token.len() + entry.secret_access_key.len();
        let mut json = Zeroizing::new(Vec::with_capacity(length + 1024));
        serde_json::to_writer(&mut *json, &entry)?;
        let mut content = Zeroizing::new(Vec::with_capacity(json.len() + 80));
        content.extend_from_slice(hex_digest(&json).as_bytes());
        content.push(b'\n');
        content.extend_from_slice(&json);
        Ok(content)
    }

    /// `None`: not whole, or not of this key.
    pub(super) fn parse(content: &[u8], key: &str) -> Option<Self> {
        let at = content.iter().position(|octet| *octet == b'\n')?;
        let (mark, json) = (content.get(..at)?, content.get(at + 1..)?);
        if mark != hex_digest(json).as_bytes() {
            return None;
        }
        let entry: Self = serde_json::from_slice(json).ok()?;
        (entry.key == key).then_some(entry)
    }

    /// Whether it lasts for a while yet, by a clock that has not gone back.
    pub(super) fn is_fresh(&self, now: Timestamp) -> bool {
        let Ok(end) = self.expiration.parse::<Timestamp>() else {
            return false;
        };
        let life = end.duration_since(self.asked);
        let left = end.duration_since(now);
        now >= self.asked && life <= LONGEST_LIFE && left > AHEAD.min(life / 2)
    }

    pub(super) fn into_credentials(self) -> Credentials {
        Credentials {
            access_key_id: self.access_key_id,
            secret_access_key: self.secret_access_key,
            session_token: self.session_token,
            expiration: self.expiration,
        }
    }
}

fn hex_digest(octets: &[u8]) -> String {
    hex_simd::encode_to_string(digest(&SHA256, octets), hex_simd::AsciiCase::Lower)
}
