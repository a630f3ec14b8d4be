//! Password-based encryption of key files: an algorithm identifier, a password and ciphertext enter, plaintext leaves.
//! PBES2 (RFC 8018), PBES1 of PKCS#5, which is read only, and of PKCS#12.

mod cipher;
mod derivation;
mod effort;
mod old_pem;
mod pbes1;
mod pbes2;
mod written;

use pkcs8::spki::AlgorithmIdentifierRef;
use zeroize::Zeroizing;

pub(crate) use self::derivation::{Purpose, pkcs12};
pub(crate) use self::effort::Effort;
pub(crate) use self::old_pem::{OLD_PEM_CIPHER, decrypt_pem, encrypt_pem};
pub(crate) use self::written::{Written, encrypt};
use crate::{KeyError, Password};

/// What a password is, to the derivations that want it otherwise than as it was typed.
pub(crate) struct Secret<'a> {
    /// As it was given.
    pub(crate) text: &'a [u8],
    /// As PKCS#12 has it.
    pub(crate) wide: &'a [u8],
}

/// Decrypts by the algorithm that the file names.
///
/// # Errors
/// [`KeyError::WrongPassword`], [`KeyError::UnsupportedEncryption`], [`KeyError::TooCostly`].
pub(crate) fn decrypt(
    algorithm: &AlgorithmIdentifierRef<'_>,
    secret: &Secret<'_>,
    data: &[u8],
    effort: &mut Effort,
) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let oid = algorithm.oid.to_string();
    let parameters = algorithm
        .parameters
        .ok_or_else(|| unsupported(format!("{oid} without parameters")))?;
    let plain = match oid.as_str() {
        pbes2::OID => pbes2::decrypt(parameters, secret.text, data, effort)?,
        _ => {
            let scheme = pbes1::scheme(&oid).ok_or_else(|| unsupported(name_of(&oid)))?;
            pbes1::decrypt(scheme, parameters, secret, data, effort)?
        }
    };
    // Wrong padding passes for right once in 256 times; what is encrypted is a DER sequence.
    plain
        .filter(|plain| is_der_sequence(plain))
        .ok_or(KeyError::WrongPassword)
}

/// The password as PKCS#12 derives from it (RFC 7292 appendix B.1): UTF-16 with the big end first, and a zero behind. A
/// password that is no text has no such form; its octets then count as characters, as OpenSSL has it.
pub(crate) fn wide(password: &Password) -> Zeroizing<Vec<u8>> {
    let mut wide = Zeroizing::new(Vec::with_capacity(2 * password.expose().len() + 2));
    match std::str::from_utf8(password.expose()) {
        Ok(text) => text
            .encode_utf16()
            .for_each(|unit| wide.extend(unit.to_be_bytes())),
        Err(_) => password
            .expose()
            .iter()
            .for_each(|octet| wide.extend([0, *octet])),
    }
    wide.extend([0, 0]);
    wide
}

/// Whether these octets are one DER sequence and nothing else.
pub(crate) fn is_der_sequence(octets: &[u8]) -> bool {
    use der::{Decode, Tag, Tagged};
    der::asn1::AnyRef::from_der(octets).is_ok_and(|any| any.tag() == Tag::Sequence)
}

fn unsupported(detail: impl Into<String>) -> KeyError {
    KeyError::UnsupportedEncryption {
        detail: detail.into(),
    }
}

/// Names of what is known and not supported.
fn name_of(oid: &str) -> String {
    const KNOWN: [(&str, &str); 9] = [
        ("1.2.840.113549.1.12.1.1", "RC4 with 128 bits"),
        ("1.2.840.113549.1.12.1.2", "RC4 with 40 bits"),
        ("1.2.840.113549.1.5.1", "MD2 and DES"),
        ("1.2.840.113549.1.5.4", "MD2 and RC2"),
        ("1.2.840.113549.1.5.14", "PBMAC1"),
        ("1.2.392.200011.61.1.1.1.2", "Camellia-128"),
        ("1.2.392.200011.61.1.1.1.4", "Camellia-256"),
        ("1.2.410.200046.1.1.12", "ARIA-256"),
        ("2.16.840.1.101.3.4.1.43", "AES-256-OFB"),
    ];
    let name = KNOWN.iter().find(|(known, _)| *known == oid);
    name.map_or_else(|| oid.to_owned(), |(_, name)| (*name).to_owned())
}
