//! What PKCS#12 files are written with: a password and plaintext enter; an algorithm identifier (DER) and ciphertext leave.

use aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY;
use aws_lc_rs::rand::SecureRandom;
use der::asn1::{ObjectIdentifier, OctetString};
use der::{Encode, Sequence};
use pkcs8::pkcs5::EncryptionScheme;
use pkcs8::pkcs5::pbes2::Parameters as Pbes2Parameters;

use super::cipher::Cipher;
use super::derivation::{Purpose, pkcs12};
use super::{Secret, derivation};
use crate::KeyError;

/// A way to encrypt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    /// PBES2 with PBKDF2-HMAC-SHA256 and AES-256-CBC.
    Pbes2 {
        /// Of the key derivation.
        rounds: u32,
    },
    /// PKCS#12's own with SHA-1 and 3DES (RFC 7292 appendix C).
    TripleDes {
        /// Of the key derivation.
        rounds: u32,
    },
    /// The same with RC2 of 40 bits, which is no secret to anybody.
    Rc2 {
        /// Of the key derivation.
        rounds: u32,
    },
}

#[derive(Sequence)]
struct Pbes1Parameters {
    salt: OctetString,
    rounds: u32,
}

#[derive(Sequence)]
struct Pbes1Algorithm {
    oid: ObjectIdentifier,
    parameters: Pbes1Parameters,
}

/// Encrypts. Salt and initialisation vector are fresh.
///
/// # Errors
/// [`KeyError::Failed`] without randomness.
pub(crate) fn encrypt(
    written: Written,
    secret: &Secret<'_>,
    plain: &[u8],
    random: &dyn SecureRandom,
) -> Result<(Vec<u8>, Vec<u8>), KeyError> {
    let failed = || KeyError::Failed("encrypted");
    match written {
        Written::Pbes2 { rounds } => {
            let (salt, iv): ([u8; 16], [u8; 16]) = (fresh(random)?, fresh(random)?);
            let parameters = Pbes2Parameters::generate_pbkdf2_sha256_aes256cbc(rounds, &salt, iv)
                .map_err(|_| failed())?;
            let scheme = EncryptionScheme::from(parameters);
            let encrypted = scheme.encrypt(secret.text, plain).map_err(|_| failed())?;
            Ok((scheme.to_der().map_err(|_| failed())?, encrypted))
        }
        Written::TripleDes { rounds } => {
            let oid = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.1.3");
            of_pkcs12(oid, Cipher::DesEde3Cbc, rounds, secret, plain, random)
        }
        Written::Rc2 { rounds } => {
            let oid = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.1.6");
            let cipher = Cipher::Rc2Cbc { key_length: 5 };
            of_pkcs12(oid, cipher, rounds, secret, plain, random)
        }
    }
}

fn of_pkcs12(
    oid: ObjectIdentifier,
    cipher: Cipher,
    rounds: u32,
    secret: &Secret<'_>,
    plain: &[u8],
    random: &dyn SecureRandom,
) -> Result<(Vec<u8>, Vec<u8>), KeyError> {
    let failed = || KeyError::Failed("encrypted");
    let salt: [u8; 8] = fresh(random)?;
    let derive = |purpose, length| -> derivation::Derived {
        let hash = &SHA1_FOR_LEGACY_USE_ONLY;
        pkcs12(hash, purpose, secret.wide, &salt, rounds, length)
    };
    let key = derive(Purpose::Key, cipher.key_length());
    let iv = derive(Purpose::Iv, cipher.iv_length());
    let encrypted = cipher.encrypt(&key, &iv, plain).ok_or_else(failed)?;
    let algorithm = Pbes1Algorithm {
        oid,
        parameters: Pbes1Parameters {
            salt: OctetString::new(salt.as_slice()).map_err(|_| failed())?,
            rounds,
        },
    };
    Ok((algorithm.to_der().map_err(|_| failed())?, encrypted))
}

/// Random octets.
fn fresh<const N: usize>(random: &dyn SecureRandom) -> Result<[u8; N], KeyError> {
    let mut octets = [0; N];
    random
        .fill(&mut octets)
        .map_err(|_| KeyError::Failed("encrypted"))?;
    Ok(octets)
}
