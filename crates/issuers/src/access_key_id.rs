//! Temporary access key ids: `ASIA` and 80 bits in base32, of which 20 name the seal key and 60 are random.
//! `local.rs` makes them and parses what callers present; `seal.rs` binds secret and token to them.

const PREFIX: &[u8; 4] = b"ASIA";
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const LENGTH: usize = 20;
const RANDOM_BITS: u32 = 60;
const RANDOM_MASK: u128 = (1 << RANDOM_BITS) - 1;

/// The access key id of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AccessKeyId {
    text: [u8; LENGTH],
    seal_key: u32,
}

/// A text that is no access key id of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an access key id of a session is `ASIA` and 16 characters of A-Z and 2-7")]
pub(crate) struct MalformedAccessKeyId;

impl AccessKeyId {
    /// The id made of a seal key's id (its low 20 bits) and 60 random bits (the low ones).
    pub(crate) fn from_parts(seal_key: u32, random: u64) -> Self {
        let seal_key = seal_key & 0x000F_FFFF;
        let bits = (u128::from(seal_key) << RANDOM_BITS) | (u128::from(random) & RANDOM_MASK);
        let mut text = [0; LENGTH];
        for (place, character) in text.iter_mut().enumerate() {
            *character = match place.checked_sub(PREFIX.len()) {
                None => PREFIX.get(place).copied().unwrap_or_default(),
                Some(digit) => base32_digit(bits >> (75 - 5 * digit)),
            };
        }
        Self { text, seal_key }
    }

    /// Parses `ASIA` and 16 characters; every such text is the only spelling of its 80 bits.
    pub(crate) fn parse(presented: &str) -> Result<Self, MalformedAccessKeyId> {
        let text: [u8; LENGTH] = presented
            .as_bytes()
            .try_into()
            .map_err(|_| MalformedAccessKeyId)?;
        let digits = text.strip_prefix(PREFIX).ok_or(MalformedAccessKeyId)?;
        let mut seal_key = 0;
        for (place, character) in digits.iter().enumerate() {
            let value = base32_value(*character).ok_or(MalformedAccessKeyId)?;
            if place < 4 {
                seal_key = (seal_key << 5) | value;
            }
        }
        Ok(Self { text, seal_key })
    }

    /// The 20-bit id of the seal key.
    pub(crate) fn seal_key(&self) -> u32 {
        self.seal_key
    }

    /// The 20 characters.
    pub(crate) fn as_str(&self) -> &str {
        // Made of ASCII only, by both constructors.
        std::str::from_utf8(&self.text).unwrap_or_default()
    }

    /// The 20 characters as bytes.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.text
    }
}

fn base32_digit(bits: u128) -> u8 {
    // Masked to 0..=31, so that the cast is exact and the alphabet has a character.
    ALPHABET
        .get((bits & 31) as usize)
        .copied()
        .unwrap_or_default()
}

fn base32_value(character: u8) -> Option<u32> {
    match character {
        b'A'..=b'Z' => Some(u32::from(character - b'A')),
        b'2'..=b'7' => Some(u32::from(character - b'2') + 26),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_names_its_seal_key() {
        for (seal_key, random, text) in [
            (0, 0, "ASIAAAAAAAAAAAAAAAAA"),
            (0x000F_FFFF, u64::MAX, "ASIA7777777777777777"),
            (1, 1, "ASIAAAABAAAAAAAAAAAB"),
            (0x0008_0000, 1 << 59, "ASIAQAAAQAAAAAAAAAAA"),
        ] {
            let id = AccessKeyId::from_parts(seal_key, random);
            assert_eq!(id.as_str(), text);
            assert_eq!(id.seal_key(), seal_key);
            assert_eq!(AccessKeyId::parse(text), Ok(id));
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "ASIA",
            "AKIAAAAAAAAAAAAAAAAA",
            "asiaAAAAAAAAAAAAAAAA",
            "ASIAAAAAAAAAAAAAAAA",
            "ASIAAAAAAAAAAAAAAAAAA",
            "ASIAAAAAAAAAAAAAAAA1",
            "ASIAAAAAAAAAAAAAAAAa",
            "ASIAAAAAAAAAAAAAAAA8",
            "ASIAAAAAAAAAAAAAAAA=",
            "ASIAAAAAAAAAAAAAAAé",
        ] {
            assert_eq!(
                AccessKeyId::parse(text),
                Err(MalformedAccessKeyId),
                "{text}"
            );
        }
    }
}
