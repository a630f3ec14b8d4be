//! Ciphers that key files are encrypted with: key, initialisation vector and ciphertext enter, the plaintext leaves, and
//! back. Old ones are read so that old keys can be used; written with them is what is to be read by old programs.

use aes::{Aes128, Aes192, Aes256};
use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM, Aad, Algorithm, LessSafeKey, Nonce, UnboundKey};
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{
    BlockCipherDecrypt, BlockCipherEncrypt, BlockModeDecrypt, BlockModeEncrypt, KeyInit, KeyIvInit,
};
use des::{Des, TdesEde3};
use rc2::Rc2;
use zeroize::Zeroizing;

/// A cipher with its mode. Key lengths in octets follow from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cipher {
    Aes128Cbc,
    Aes192Cbc,
    Aes256Cbc,
    Aes128Gcm,
    Aes256Gcm,
    DesEde3Cbc,
    DesCbc,
    /// With as many effective bits as the key has.
    Rc2Cbc {
        key_length: usize,
    },
}

impl Cipher {
    /// Octets of the key.
    pub(crate) fn key_length(self) -> usize {
        match self {
            Cipher::Aes128Cbc | Cipher::Aes128Gcm => 16,
            Cipher::Aes192Cbc | Cipher::DesEde3Cbc => 24,
            Cipher::Aes256Cbc | Cipher::Aes256Gcm => 32,
            Cipher::DesCbc => 8,
            Cipher::Rc2Cbc { key_length } => key_length,
        }
    }

    /// Octets of the initialisation vector or nonce.
    pub(crate) fn iv_length(self) -> usize {
        match self {
            Cipher::Aes128Cbc | Cipher::Aes192Cbc | Cipher::Aes256Cbc => 16,
            Cipher::Aes128Gcm | Cipher::Aes256Gcm => 12,
            Cipher::DesEde3Cbc | Cipher::DesCbc | Cipher::Rc2Cbc { .. } => 8,
        }
    }

    /// The plaintext; `None` when padding or tag say that the key is another one (or a length is wrong).
    pub(crate) fn decrypt(self, key: &[u8], iv: &[u8], data: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        match self {
            Cipher::Aes128Cbc => cbc_decrypt::<Aes128>(key, iv, data),
            Cipher::Aes192Cbc => cbc_decrypt::<Aes192>(key, iv, data),
            Cipher::Aes256Cbc => cbc_decrypt::<Aes256>(key, iv, data),
            Cipher::DesEde3Cbc => cbc_decrypt::<TdesEde3>(key, iv, data),
            Cipher::DesCbc => cbc_decrypt::<Des>(key, iv, data),
            Cipher::Rc2Cbc { .. } => cbc_decrypt::<Rc2>(key, iv, data),
            Cipher::Aes128Gcm => gcm_decrypt(&AES_128_GCM, key, iv, data),
            Cipher::Aes256Gcm => gcm_decrypt(&AES_256_GCM, key, iv, data),
        }
    }
}

impl Cipher {
    /// The ciphertext, padded; `None` for a length that is wrong, and for ciphers that nothing is written with.
    pub(crate) fn encrypt(self, key: &[u8], iv: &[u8], plain: &[u8]) -> Option<Vec<u8>> {
        match self {
            Cipher::Aes256Cbc => cbc_encrypt::<Aes256>(key, iv, plain),
            Cipher::DesEde3Cbc => cbc_encrypt::<TdesEde3>(key, iv, plain),
            Cipher::Rc2Cbc { .. } => cbc_encrypt::<Rc2>(key, iv, plain),
            _ => None,
        }
    }
}

fn cbc_encrypt<C: BlockCipherEncrypt + KeyInit>(
    key: &[u8],
    iv: &[u8],
    plain: &[u8],
) -> Option<Vec<u8>> {
    // A whole block of padding at most.
    let mut buffer = Zeroizing::new(vec![0; plain.len() + 16]);
    buffer.get_mut(..plain.len())?.copy_from_slice(plain);
    cbc::Encryptor::<C>::new_from_slices(key, iv)
        .ok()?
        .encrypt_padded::<Pkcs7>(&mut buffer, plain.len())
        .ok()
        .map(<[u8]>::to_vec)
}

fn cbc_decrypt<C: BlockCipherDecrypt + KeyInit>(
    key: &[u8],
    iv: &[u8],
    data: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let mut buffer = Zeroizing::new(data.to_vec());
    let plain = cbc::Decryptor::<C>::new_from_slices(key, iv)
        .ok()?
        .decrypt_padded::<Pkcs7>(&mut buffer)
        .ok()?
        .len();
    buffer.truncate(plain);
    Some(buffer)
}

fn gcm_decrypt(
    algorithm: &'static Algorithm,
    key: &[u8],
    nonce: &[u8],
    data: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let mut buffer = Zeroizing::new(data.to_vec());
    let key = LessSafeKey::new(UnboundKey::new(algorithm, key).ok()?);
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let plain = key
        .open_in_place(nonce, Aad::empty(), &mut buffer)
        .ok()?
        .len();
    buffer.truncate(plain);
    Some(buffer)
}
