//! PEM's own encryption (RFC 1421, as OpenSSL has it and `step` still writes it): a `DEK-Info` value, a password and
//! ciphertext enter, DER leaves; and the way back, for files that are to be `step`'s: one round of MD5 is no protection for a
//! password.

use zeroize::Zeroizing;

use super::cipher::Cipher;
use super::derivation::of_old_pem;
use super::{is_der_sequence, unsupported};
use crate::{KeyError, Password};

/// What [`encrypt_pem`] encrypts with, as the header names it.
pub(crate) const OLD_PEM_CIPHER: &str = "AES-256-CBC";

/// Encrypts the content of a block with [`OLD_PEM_CIPHER`] and this initialisation vector; `None` never happens.
pub(crate) fn encrypt_pem(password: &Password, iv: &[u8; 16], content: &[u8]) -> Option<Vec<u8>> {
    let cipher = Cipher::Aes256Cbc;
    let salt: Vec<u8> = iv.iter().take(8).copied().collect();
    let key = of_old_pem(password.expose(), &salt, cipher.key_length());
    cipher.encrypt(&key, iv, content)
}

/// Decrypts the content of a block by the value of its `DEK-Info` header, such as `AES-256-CBC,0123…`.
pub(crate) fn decrypt_pem(
    dek_info: &str,
    password: &Password,
    content: &[u8],
) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let (name, iv) = dek_info.split_once(',').unwrap_or((dek_info, ""));
    let cipher = match name.trim() {
        "AES-128-CBC" => Cipher::Aes128Cbc,
        "AES-192-CBC" => Cipher::Aes192Cbc,
        "AES-256-CBC" => Cipher::Aes256Cbc,
        "DES-EDE3-CBC" => Cipher::DesEde3Cbc,
        "DES-CBC" => Cipher::DesCbc,
        other => {
            return Err(unsupported(format!(
                "`{}` in PEM form",
                other.escape_debug()
            )));
        }
    };
    let iv = from_hex(iv.trim())
        .filter(|iv| iv.len() == cipher.iv_length())
        .ok_or_else(|| unsupported("an initialisation vector of the wrong length"))?;
    let salt: Vec<u8> = iv.iter().take(8).copied().collect();
    let key = of_old_pem(password.expose(), &salt, cipher.key_length());
    // Wrong padding passes for right once in 256 times.
    cipher
        .decrypt(&key, &iv, content)
        .filter(|plain| is_der_sequence(plain))
        .ok_or(KeyError::WrongPassword)
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .map(|digit| u8::try_from(digit.to_digit(16)?).ok())
        .collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    Some(
        digits
            .chunks(2)
            .map(|pair| pair.iter().fold(0, |octet, digit| octet << 4 | digit))
            .collect(),
    )
}
