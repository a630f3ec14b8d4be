//! PBES2 (RFC 8018 section 6.2): parameters, password and ciphertext enter, the plaintext leaves. Key derivation by PBKDF2 or
//! scrypt (RFC 7914), ciphers AES-CBC, AES-GCM (RFC 5084), 3DES-CBC and DES-CBC.

use der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef};
use der::{Decode, Sequence};
use pkcs8::spki::AlgorithmIdentifierRef;
use zeroize::Zeroizing;

use super::cipher::Cipher;
use super::derivation::{Derived, pbkdf2};
use super::effort::Effort;
use super::{name_of, unsupported};
use crate::KeyError;

pub(super) const OID: &str = "1.2.840.113549.1.5.13";
const PBKDF2: &str = "1.2.840.113549.1.5.12";
const SCRYPT: &str = "1.3.6.1.4.1.11591.4.11";
/// The PRF of parameters that name none, as ACM's exports do.
const HMAC_WITH_SHA1: &str = "1.2.840.113549.2.7";

#[derive(Sequence)]
struct Parameters<'a> {
    derivation: AlgorithmIdentifierRef<'a>,
    encryption: AlgorithmIdentifierRef<'a>,
}

#[derive(Sequence)]
struct Pbkdf2Parameters<'a> {
    salt: &'a OctetStringRef,
    rounds: u32,
    #[asn1(optional = "true")]
    key_length: Option<u16>,
    #[asn1(optional = "true")]
    prf: Option<AlgorithmIdentifierRef<'a>>,
}

#[derive(Sequence)]
struct ScryptParameters<'a> {
    salt: &'a OctetStringRef,
    cost: u64,
    block_size: u32,
    lanes: u32,
    #[asn1(optional = "true")]
    key_length: Option<u16>,
}

/// `None` when the password is not the right one.
pub(super) fn decrypt(
    parameters: AnyRef<'_>,
    password: &[u8],
    data: &[u8],
    effort: &mut Effort,
) -> Result<Option<Zeroizing<Vec<u8>>>, KeyError> {
    let parameters: Parameters<'_> = parameters.decode_as().map_err(broken)?;
    let cipher = cipher(&parameters.encryption.oid)?;
    let iv = iv(cipher, &parameters.encryption)?;
    let key = derive(
        &parameters.derivation,
        password,
        cipher.key_length(),
        effort,
    )?;
    Ok(cipher.decrypt(&key, iv, data))
}

fn broken(error: der::Error) -> KeyError {
    unsupported(format!("parameters that can't be read, {error}"))
}

fn cipher(oid: &ObjectIdentifier) -> Result<Cipher, KeyError> {
    Ok(match oid.to_string().as_str() {
        "2.16.840.1.101.3.4.1.2" => Cipher::Aes128Cbc,
        "2.16.840.1.101.3.4.1.22" => Cipher::Aes192Cbc,
        "2.16.840.1.101.3.4.1.42" => Cipher::Aes256Cbc,
        "2.16.840.1.101.3.4.1.6" => Cipher::Aes128Gcm,
        "2.16.840.1.101.3.4.1.46" => Cipher::Aes256Gcm,
        "1.2.840.113549.3.7" => Cipher::DesEde3Cbc,
        "1.3.14.3.2.7" => Cipher::DesCbc,
        other => return Err(unsupported(name_of(other))),
    })
}

/// An octet string; for GCM a sequence of the nonce and the tag's length (12 where it is left out), too.
fn iv<'a>(cipher: Cipher, encryption: &AlgorithmIdentifierRef<'a>) -> Result<&'a [u8], KeyError> {
    let parameters = encryption
        .parameters
        .ok_or_else(|| unsupported("no initialisation vector"))?;
    let is_gcm = matches!(cipher, Cipher::Aes128Gcm | Cipher::Aes256Gcm);
    let iv: &OctetStringRef = match parameters.decode_as() {
        Err(_) if is_gcm => {
            let (nonce, tag_length) = parameters
                .sequence(|fields| {
                    let nonce = <&OctetStringRef>::decode(fields)?;
                    Ok::<_, der::Error>((nonce, Option::<u8>::decode(fields)?.unwrap_or(12)))
                })
                .map_err(broken)?;
            if tag_length != 16 {
                return Err(unsupported(format!(
                    "AES-GCM with a tag of {tag_length} octets"
                )));
            }
            nonce
        }
        iv => iv.map_err(broken)?,
    };
    match iv.as_bytes().len() == cipher.iv_length() {
        true => Ok(iv.as_bytes()),
        false => Err(unsupported("an initialisation vector of the wrong length")),
    }
}

fn derive(
    derivation: &AlgorithmIdentifierRef<'_>,
    password: &[u8],
    length: usize,
    effort: &mut Effort,
) -> Result<Derived, KeyError> {
    let parameters = derivation
        .parameters
        .ok_or_else(|| unsupported("key derivation without parameters"))?;
    let check_length = |named: Option<u16>| match named {
        Some(named) if usize::from(named) != length => Err(unsupported("a key of another length")),
        _ => Ok(()),
    };
    match derivation.oid.to_string().as_str() {
        PBKDF2 => {
            let parameters: Pbkdf2Parameters<'_> = parameters.decode_as().map_err(broken)?;
            check_length(parameters.key_length)?;
            let prf = parameters
                .prf
                .map_or_else(|| HMAC_WITH_SHA1.to_owned(), |prf| prf.oid.to_string());
            if parameters.rounds == 0 {
                return Err(unsupported("no round of PBKDF2"));
            }
            effort.spend_rounds(parameters.rounds.into())?;
            let salt = parameters.salt.as_bytes();
            pbkdf2(&prf, password, salt, parameters.rounds, length)
                .ok_or_else(|| unsupported(format!("PBKDF2 with {prf}")))
        }
        SCRYPT => {
            let parameters: ScryptParameters<'_> = parameters.decode_as().map_err(broken)?;
            check_length(parameters.key_length)?;
            scrypt(&parameters, password, length, effort)
        }
        other => Err(unsupported(format!("key derivation {other}"))),
    }
}

fn scrypt(
    parameters: &ScryptParameters<'_>,
    password: &[u8],
    length: usize,
    effort: &mut Effort,
) -> Result<Derived, KeyError> {
    let ScryptParameters {
        salt,
        cost,
        block_size,
        lanes,
        ..
    } = parameters;
    effort.spend_scrypt(*cost, *block_size, *lanes)?;
    let log_cost = cost.checked_ilog2().and_then(|log| u8::try_from(log).ok());
    let parameters = log_cost
        .filter(|_| cost.is_power_of_two() && *cost > 1)
        .and_then(|log_cost| scrypt::Params::new(log_cost, *block_size, *lanes).ok())
        .ok_or_else(|| unsupported("scrypt with parameters that can't be"))?;
    let mut key = Zeroizing::new(vec![0; length]);
    scrypt::scrypt(password, salt.as_bytes(), &parameters, &mut key)
        .map_err(|_| unsupported("scrypt"))?;
    Ok(key)
}
