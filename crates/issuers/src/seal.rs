//! Seals a session into a token and opens it again; derives the secret that belongs to an access key id.
//! Called by `local.rs` with the seal key that the access key id names.
//!
//! A token is base64 of: version (1 byte), nonce (12), ciphertext, tag (16). Its cipher is AES-256-GCM under a key of
//! its own, HKDF-Expand(tokens subkey, access key id) (RFC 5869, 2.3). Nonce and key are both fresh: 60 random bits of
//! the id choose the key, 96 random bits the nonce, so that tokens may be made without counting. Were the nonce fixed,
//! two ids that happen to be equal (likely after 2^30 sessions) would repeat key and nonce, which breaks GCM; were the
//! key shared, random nonces would end at 2^32 tokens (NIST SP 800-38D, 8.3).

use anyrole_domain::ports::SecretAccessKey;
use anyrole_domain::sessions::OpenedSession;
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hmac;

use crate::access_key_id::AccessKeyId;
use crate::keyring::SealSubkeys;
use crate::payload::{self, Sealable};

/// The longest token, in characters: it travels in a header, and AWS promises clients 4 KiB at most.
pub const MAX_TOKEN_LENGTH: usize = 4095;

/// The first byte of a token. Keys are separated by version, too: the subkeys' labels hold it.
const VERSION: u8 = 1;
const TAG_LENGTH: usize = 16;
/// 40 characters of base64.
const SECRET_BYTES: usize = 30;

/// A session can't be sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SealError {
    #[error("the token would have {0} characters; {MAX_TOKEN_LENGTH} is the most")]
    TooLong(usize),
    #[error("the session can't be encoded")]
    Encode,
    #[error("the session can't be encrypted")]
    Cipher,
}

/// The secret access key of an id: 40 characters, which follow from the id alone.
pub(crate) fn secret_access_key(key: &SealSubkeys, id: &AccessKeyId) -> SecretAccessKey {
    let mac = hmac::sign(&key.secrets, id.as_bytes());
    let secret = mac.as_ref().get(..SECRET_BYTES).unwrap_or_default();
    SecretAccessKey::new(base64_simd::STANDARD.encode_to_string(secret))
}

/// Seals a session into the token of this access key id.
pub(crate) fn seal(
    key: &SealSubkeys,
    id: &AccessKeyId,
    session: Sealable<'_>,
    nonce: [u8; NONCE_LEN],
) -> Result<String, SealError> {
    let mut sealed = Vec::with_capacity(1024);
    sealed.push(VERSION);
    sealed.extend_from_slice(&nonce);
    let mut sealed = payload::encode(session, sealed).ok_or(SealError::Encode)?;
    let length = base64_simd::STANDARD.encoded_length(sealed.len() + TAG_LENGTH);
    if length > MAX_TOKEN_LENGTH {
        return Err(SealError::TooLong(length));
    }
    let cipher = token_cipher(key, id).ok_or(SealError::Cipher)?;
    let (_, text) = sealed
        .split_at_mut_checked(1 + NONCE_LEN)
        .ok_or(SealError::Cipher)?;
    let tag = cipher
        .seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(id.as_bytes()),
            text,
        )
        .map_err(|_| SealError::Cipher)?;
    sealed.extend_from_slice(tag.as_ref());
    Ok(base64_simd::STANDARD.encode_to_string(&sealed))
}

/// Opens a token; `None` unless it was sealed under this key for this access key id. Says nothing of its expiry.
pub(crate) fn open(
    key: &SealSubkeys,
    id: &AccessKeyId,
    presented_token: &str,
) -> Option<OpenedSession> {
    if presented_token.len() > MAX_TOKEN_LENGTH {
        return None;
    }
    // Not wiped when dropped: what is inside (names, tags, hashes) is no secret, and it lives on in the session.
    let mut sealed = base64_simd::STANDARD.decode_to_vec(presented_token).ok()?;
    let (version, rest) = sealed.split_first_mut()?;
    if *version != VERSION {
        return None;
    }
    let (nonce, text) = rest.split_first_chunk_mut::<NONCE_LEN>()?;
    let plain = token_cipher(key, id)?
        .open_in_place(
            Nonce::assume_unique_for_key(*nonce),
            Aad::from(id.as_bytes()),
            text,
        )
        .ok()?;
    payload::decode(plain)
}

/// The cipher of one token: HKDF-Expand of 32 bytes is a single HMAC over the info and the block number 1, and the
/// HMAC key is prepared in the keyring.
fn token_cipher(key: &SealSubkeys, id: &AccessKeyId) -> Option<LessSafeKey> {
    let mut context = hmac::Context::with_key(&key.tokens);
    context.update(id.as_bytes());
    context.update(&[1]);
    let key = UnboundKey::new(&AES_256_GCM, context.sign().as_ref()).ok()?;
    Some(LessSafeKey::new(key))
}
