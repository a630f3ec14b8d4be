//! Password-based key derivation: password, salt and rounds enter, key octets leave. PBKDF2 (RFC 8018 section 5.2), PBKDF1
//! (section 5.1), that of PKCS#12 (RFC 7292 appendix B.2) and OpenSSL's for PEM of old.

use aws_lc_rs::digest::{self, Algorithm, Context};
use md5::{Digest as _, Md5};
use pbkdf2::pbkdf2_hmac;
use sha1::Sha1;
use sha2::{Sha224, Sha256, Sha384, Sha512, Sha512_224, Sha512_256};
use zeroize::Zeroizing;

/// Derived octets.
pub(crate) type Derived = Zeroizing<Vec<u8>>;

/// PBKDF2 with HMAC and the hash of `prf`'s name; `None` for a PRF that is not known.
pub(crate) fn pbkdf2(
    prf: &str,
    password: &[u8],
    salt: &[u8],
    rounds: u32,
    length: usize,
) -> Option<Derived> {
    let derive = match prf {
        "1.2.840.113549.2.6" => pbkdf2_hmac::<Md5>,
        "1.2.840.113549.2.7" => pbkdf2_hmac::<Sha1>,
        "1.2.840.113549.2.8" => pbkdf2_hmac::<Sha224>,
        "1.2.840.113549.2.9" => pbkdf2_hmac::<Sha256>,
        "1.2.840.113549.2.10" => pbkdf2_hmac::<Sha384>,
        "1.2.840.113549.2.11" => pbkdf2_hmac::<Sha512>,
        "1.2.840.113549.2.12" => pbkdf2_hmac::<Sha512_224>,
        "1.2.840.113549.2.13" => pbkdf2_hmac::<Sha512_256>,
        _ => return None,
    };
    let mut key = Zeroizing::new(vec![0; length]);
    derive(password, salt, rounds, &mut key);
    Some(key)
}

/// The hash of PBKDF1.
#[derive(Clone, Copy, Debug)]
pub(crate) enum OldHash {
    Md5,
    Sha1,
}

/// PBKDF1: the hash of the hash of … of password and salt, its first 16 octets.
pub(crate) fn pbkdf1(hash: OldHash, password: &[u8], salt: &[u8], rounds: u32) -> Derived {
    let of = |parts: &[&[u8]]| -> Derived {
        let whole = Zeroizing::new(parts.concat());
        Zeroizing::new(match hash {
            OldHash::Md5 => Md5::digest(whole.as_slice()).to_vec(),
            OldHash::Sha1 => Sha1::digest(whole.as_slice()).to_vec(),
        })
    };
    let mut hashed = of(&[password, salt]);
    for _ in 1..rounds {
        hashed = of(&[&hashed]);
    }
    hashed.truncate(16);
    hashed
}

/// OpenSSL's EVP_BytesToKey with MD5 and one round, as PEM encryption uses it: MD5 of what came last, password and salt,
/// one behind the other.
pub(crate) fn of_old_pem(password: &[u8], salt: &[u8], length: usize) -> Derived {
    let mut key = Zeroizing::new(Vec::with_capacity(length + 16));
    let mut last: Derived = Zeroizing::new(Vec::new());
    while key.len() < length {
        let mut hasher = Md5::new();
        for part in [last.as_slice(), password, salt] {
            hasher.update(part);
        }
        last = Zeroizing::new(hasher.finalize().to_vec());
        key.extend_from_slice(&last);
    }
    key.truncate(length);
    key
}

/// What PKCS#12 derives octets for (RFC 7292 appendix B.3).
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    Key = 1,
    Iv = 2,
    Mac = 3,
}

/// The derivation of PKCS#12. `password` is in its form: UTF-16 with the big end first, and a zero behind.
pub(crate) fn pkcs12(
    hash: &'static Algorithm,
    purpose: Purpose,
    password: &[u8],
    salt: &[u8],
    rounds: u32,
    length: usize,
) -> Derived {
    let block = hash.block_len();
    let fill = |text: &[u8]| {
        let whole = text.len().div_ceil(block) * block;
        // Taken at once, so that no copy is left behind by growing.
        let mut filled = Zeroizing::new(Vec::with_capacity(whole));
        filled.extend(text.iter().copied().cycle().take(whole));
        filled
    };
    let diversifier = vec![purpose as u8; block];
    let (salt, password) = (fill(salt), fill(password));
    let mut state = Zeroizing::new([salt.as_slice(), password.as_slice()].concat());
    let mut key = Zeroizing::new(Vec::with_capacity(length + digest::MAX_OUTPUT_LEN));
    while key.len() < length {
        let mut context = Context::new(hash);
        context.update(&diversifier);
        context.update(&state);
        let mut hashed = context.finish();
        for _ in 1..rounds {
            hashed = digest::digest(hash, hashed.as_ref());
        }
        key.extend_from_slice(hashed.as_ref());
        for part in state.chunks_mut(block) {
            add_one_more_than(hashed.as_ref(), part);
        }
    }
    key.truncate(length);
    key
}

/// `part` plus `repeated` (over and over) plus one, modulo two to the bits of `part`; the big end is first.
fn add_one_more_than(repeated: &[u8], part: &mut [u8]) {
    let addend: Vec<u8> = repeated.iter().copied().cycle().take(part.len()).collect();
    let mut carry = 1_u16;
    for (octet, added) in part.iter_mut().zip(addend).rev() {
        let sum = u16::from(*octet) + u16::from(added) + carry;
        let [high, low] = sum.to_be_bytes();
        *octet = low;
        carry = high.into();
    }
}
