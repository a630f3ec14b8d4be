//! PBES1 (RFC 8018 section 6.1) and the schemes of PKCS#12 (RFC 7292 appendix C), read only: an object identifier, password and
//! ciphertext enter, the plaintext leaves.

use aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY;
use der::Sequence;
use der::asn1::{AnyRef, OctetStringRef};
use zeroize::Zeroizing;

use super::cipher::Cipher;
use super::derivation::{OldHash, Purpose, pbkdf1, pkcs12};
use super::effort::Effort;
use super::{Secret, unsupported};
use crate::KeyError;

/// How the key is derived, and what for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Scheme {
    /// Key and initialisation vector, 8 octets each, are the two halves of what PBKDF1 gives.
    Pkcs5(OldHash, Cipher),
    /// Both are derived with SHA-1.
    Pkcs12(Cipher),
    /// 3DES whose third key is the first.
    Pkcs12TwoKeys,
}

pub(super) fn scheme(oid: &str) -> Option<Scheme> {
    let rc2 = |key_length| Cipher::Rc2Cbc { key_length };
    Some(match oid {
        "1.2.840.113549.1.5.3" => Scheme::Pkcs5(OldHash::Md5, Cipher::DesCbc),
        "1.2.840.113549.1.5.6" => Scheme::Pkcs5(OldHash::Md5, rc2(8)),
        "1.2.840.113549.1.5.10" => Scheme::Pkcs5(OldHash::Sha1, Cipher::DesCbc),
        "1.2.840.113549.1.5.11" => Scheme::Pkcs5(OldHash::Sha1, rc2(8)),
        "1.2.840.113549.1.12.1.3" => Scheme::Pkcs12(Cipher::DesEde3Cbc),
        "1.2.840.113549.1.12.1.4" => Scheme::Pkcs12TwoKeys,
        "1.2.840.113549.1.12.1.5" => Scheme::Pkcs12(rc2(16)),
        "1.2.840.113549.1.12.1.6" => Scheme::Pkcs12(rc2(5)),
        _ => return None,
    })
}

#[derive(Sequence)]
struct Parameters<'a> {
    salt: &'a OctetStringRef,
    rounds: u32,
}

/// `None` when the password is not the right one.
pub(super) fn decrypt(
    scheme: Scheme,
    parameters: AnyRef<'_>,
    secret: &Secret<'_>,
    data: &[u8],
    effort: &mut Effort,
) -> Result<Option<Zeroizing<Vec<u8>>>, KeyError> {
    let parameters: Parameters<'_> = parameters
        .decode_as()
        .map_err(|error| unsupported(format!("parameters that can't be read, {error}")))?;
    let (salt, rounds) = (parameters.salt.as_bytes(), parameters.rounds);
    if rounds == 0 {
        return Err(unsupported("no round of key derivation"));
    }
    let of_pkcs12 = |purpose, length| {
        pkcs12(
            &SHA1_FOR_LEGACY_USE_ONLY,
            purpose,
            secret.wide,
            salt,
            rounds,
            length,
        )
    };
    match scheme {
        Scheme::Pkcs5(hash, cipher) => {
            effort.spend_rounds(rounds.into())?;
            let both = pbkdf1(hash, secret.text, salt, rounds);
            let halves = both.split_at_checked(8);
            Ok(halves.and_then(|(key, iv)| cipher.decrypt(key, iv, data)))
        }
        Scheme::Pkcs12(cipher) => {
            effort.spend_rounds(3 * u64::from(rounds))?;
            let key = of_pkcs12(Purpose::Key, cipher.key_length());
            let iv = of_pkcs12(Purpose::Iv, cipher.iv_length());
            Ok(cipher.decrypt(&key, &iv, data))
        }
        Scheme::Pkcs12TwoKeys => {
            effort.spend_rounds(2 * u64::from(rounds))?;
            let mut key = of_pkcs12(Purpose::Key, 16);
            let first: Zeroizing<Vec<u8>> = Zeroizing::new(key.iter().take(8).copied().collect());
            key.extend_from_slice(&first);
            let iv = of_pkcs12(Purpose::Iv, 8);
            Ok(Cipher::DesEde3Cbc.decrypt(&key, &iv, data))
        }
    }
}
