//! Seals what only this account's servers are to read, and opens it again; called by `local.rs` for the messages of refusals, and
//! for the console's cookies and form tokens.
//!
//! A message is base64url of: version (1 byte), seal key (3), salt (16), nonce (12), ciphertext, tag (16). Its cipher is AES-256-GCM
//! under a key of its own, HKDF-Expand(messages subkey, salt), so that messages may be made without counting. Version, seal key and
//! what the message is for are its associated data.

use anyrole_domain::ports::MessagePurpose;
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hmac;

use crate::keyring::SealSubkeys;

const VERSION: u8 = 1;
const KEY_LENGTH: usize = 3;
const SALT_LENGTH: usize = 16;
/// Version and seal key, which are not secret and can't be changed.
const HEAD_LENGTH: usize = 1 + KEY_LENGTH;

/// What is random in a message: salt and nonce.
pub(crate) const RANDOM_LENGTH: usize = SALT_LENGTH + NONCE_LEN;

/// Seals a message.
pub(crate) fn seal(
    key: &SealSubkeys,
    purpose: MessagePurpose,
    message: &[u8],
    random: &[u8; RANDOM_LENGTH],
) -> Option<String> {
    let (salt, nonce) = random.split_first_chunk::<SALT_LENGTH>()?;
    let [_, id @ ..] = key.id.to_be_bytes();
    let head = [[VERSION].as_slice(), &id].concat();
    let mut text = message.to_vec();
    let tag = cipher(key, salt)?
        .seal_in_place_separate_tag(
            Nonce::try_assume_unique_for_key(nonce).ok()?,
            Aad::from(associated(&head, purpose)),
            &mut text,
        )
        .ok()?;
    let sealed = [head.as_slice(), random, &text, tag.as_ref()].concat();
    Some(base64_simd::URL_SAFE_NO_PAD.encode_to_string(sealed))
}

/// The bytes of a presented message with the seal key that it names.
pub(crate) fn read(presented: &str) -> Option<(u32, Vec<u8>)> {
    let sealed = base64_simd::URL_SAFE_NO_PAD.decode_to_vec(presented).ok()?;
    let [VERSION, first, second, third, ..] = sealed.as_slice() else {
        return None;
    };
    Some((u32::from_be_bytes([0, *first, *second, *third]), sealed))
}

/// Opens what `read` has read.
pub(crate) fn open(
    key: &SealSubkeys,
    purpose: MessagePurpose,
    mut sealed: Vec<u8>,
) -> Option<Vec<u8>> {
    let (head, rest) = sealed.split_at_mut_checked(HEAD_LENGTH)?;
    let (salt, rest) = rest.split_first_chunk_mut::<SALT_LENGTH>()?;
    let (nonce, text) = rest.split_first_chunk_mut::<NONCE_LEN>()?;
    let plain = cipher(key, salt)?
        .open_in_place(
            Nonce::assume_unique_for_key(*nonce),
            Aad::from(associated(head, purpose)),
            text,
        )
        .ok()?;
    Some(plain.to_vec())
}

/// The head and the name of the purpose; that of refusals' messages, which came first, is empty.
fn associated(head: &[u8], purpose: MessagePurpose) -> Vec<u8> {
    let name: &[u8] = match purpose {
        MessagePurpose::AuthorizationFailure => b"",
        MessagePurpose::ConsoleSession => b"console session",
        MessagePurpose::ConsoleForm => b"console form",
    };
    [head, name].concat()
}

/// HKDF-Expand of 32 bytes is a single HMAC over the info and the block number 1.
fn cipher(key: &SealSubkeys, salt: &[u8; SALT_LENGTH]) -> Option<LessSafeKey> {
    let mut context = hmac::Context::with_key(&key.messages);
    context.update(salt);
    context.update(&[1]);
    let key = UnboundKey::new(&AES_256_GCM, context.sign().as_ref()).ok()?;
    Some(LessSafeKey::new(key))
}
