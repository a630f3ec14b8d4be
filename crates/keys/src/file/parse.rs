//! The bytes of a file and a password enter, a [`FileKey`] leaves: PKCS#8 plain and encrypted, SEC1, PKCS#1, in PEM (with
//! PEM's own encryption, too) or DER, and the key in a PKCS#12 file.

use aws_lc_rs::signature::{EcdsaKeyPair, PqdsaKeyPair, RsaKeyPair};
use pkcs8::{ObjectIdentifier, PrivateKeyInfoRef, spki};
use zeroize::Zeroizing;

use super::{CURVES, FileKey, ML_DSA, sec1};
use crate::encryption::{Effort, Secret, decrypt, decrypt_pem, wide};
use crate::form::{DerForm, Form, known_other, without_line_end};
use crate::open::MAX_FILE_BYTES;
use crate::pem::{Block, blocks, is_pem};
use crate::{KeyError, Password, Pkcs12};

const RSA_ENCRYPTION: &str = "1.2.840.113549.1.1.1";
const EC_PUBLIC_KEY: &str = "1.2.840.10045.2.1";
/// Kinds of key that people have and that we name in the refusal.
const KNOWN_OTHERS: [(&str, &str); 12] = [
    ("1.3.101.110", "X25519"),
    ("1.3.101.112", "Ed25519"),
    ("1.3.101.113", "Ed448"),
    ("1.2.840.113549.1.1.10", "RSASSA-PSS"),
    ("1.2.840.10040.4.1", "DSA"),
    ("1.3.132.0.10", "EC secp256k1"),
    ("1.3.132.0.33", "EC P-224"),
    ("1.2.840.10045.3.1.1", "EC P-192"),
    ("1.3.36.3.3.2.8.1.1.7", "EC brainpoolP256r1"),
    ("1.3.36.3.3.2.8.1.1.11", "EC brainpoolP384r1"),
    ("1.3.36.3.3.2.8.1.1.13", "EC brainpoolP512r1"),
    ("1.2.156.10197.1.301", "EC SM2"),
];

impl FileKey {
    /// Parses the first private key of a file, whatever its form. A password given for a plain key is not looked at.
    ///
    /// # Errors
    /// [`KeyError::PasswordNeeded`] when the key is encrypted and there is no password,
    /// [`KeyError::WrongPassword`] when it does not open it; else the variants that concern parsing.
    pub fn parse(bytes: &[u8], password: Option<&Password>) -> Result<Self, KeyError> {
        let bytes = without_line_end(bytes);
        if bytes.len() > MAX_FILE_BYTES {
            return Err(KeyError::TooLarge {
                limit: MAX_FILE_BYTES,
            });
        }
        match DerForm::of(bytes) {
            Some(DerForm::Key(form)) => parse_form(form, bytes, password),
            Some(DerForm::Pkcs12) => Pkcs12::open(bytes, password)?.into_first_key(),
            Some(DerForm::Certificate) => Err(no_key(bytes, "a certificate")),
            Some(DerForm::Pkcs7) => Err(no_key(bytes, "PKCS#7")),
            None if is_pem(bytes) => parse_pem(bytes, password),
            None => Err(no_key(bytes, "neither PEM nor DER")),
        }
    }

    /// Whether the first private key of the file needs a password. Cheap but for PKCS#12, which is opened without one.
    ///
    /// # Errors
    /// As [`FileKey::parse`] where the key can't be found or decoded.
    pub fn is_encrypted(bytes: &[u8]) -> Result<bool, KeyError> {
        match DerForm::of(bytes) {
            Some(DerForm::Key(form)) => Ok(form == Form::EncryptedPkcs8),
            None if is_pem(bytes) => {
                let (form, block) = first_block(bytes)?;
                Ok(form == Form::EncryptedPkcs8 || block.encryption.is_some())
            }
            _ => match FileKey::parse(bytes, None) {
                Ok(_) => Ok(false),
                Err(KeyError::PasswordNeeded) => Ok(true),
                Err(error) => Err(error),
            },
        }
    }
}

fn no_key(bytes: &[u8], found: &str) -> KeyError {
    match known_other(bytes) {
        Some((format, cure)) => KeyError::OtherFormat { format, cure },
        None => KeyError::NoPrivateKey {
            found: found.to_owned(),
        },
    }
}

/// The first block that is a private key.
fn first_block(bytes: &[u8]) -> Result<(Form, Block), KeyError> {
    let mut passed = Vec::new();
    let is_key = |label: &str| Form::of_label(label).is_some();
    let first = blocks(bytes, is_key, &mut passed).next().transpose()?;
    let first = first.and_then(|block| Some((Form::of_label(&block.label)?, block)));
    first.ok_or_else(|| no_key(bytes, &passed.join(", ")))
}

fn parse_pem(bytes: &[u8], password: Option<&Password>) -> Result<FileKey, KeyError> {
    let (form, block) = first_block(bytes)?;
    match &block.encryption {
        None => parse_form(form, &block.content, password),
        Some(how) => {
            let password = password.ok_or(KeyError::PasswordNeeded)?;
            let plain = decrypt_pem(how, password, &block.content)?;
            parse_form(form, &plain, Some(password))
        }
    }
}

fn parse_form(form: Form, der: &[u8], password: Option<&Password>) -> Result<FileKey, KeyError> {
    match form {
        Form::Pkcs8 => parse_pkcs8(der),
        Form::EncryptedPkcs8 => {
            let password = password.ok_or(KeyError::PasswordNeeded)?;
            let secret = Secret {
                text: password.expose(),
                wide: &wide(password),
            };
            parse_pkcs8(&decrypt_pkcs8(der, &secret, &mut Effort::of_one_file())?)
        }
        Form::Pkcs1 => parse_rsa(Form::Pkcs1, RsaKeyPair::from_der(der)),
        Form::Sec1 => sec1::parse(der),
    }
}

/// Opens a DER `EncryptedPrivateKeyInfo` (RFC 5958 section 3).
pub(crate) fn decrypt_pkcs8(
    der: &[u8],
    secret: &Secret<'_>,
    effort: &mut Effort,
) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let info: EncryptedInfo<'_> =
        der::Decode::from_der(der).map_err(|error| broken(Form::EncryptedPkcs8, error))?;
    decrypt(&info.algorithm, secret, info.data.as_bytes(), effort)
}

#[derive(der::Sequence)]
struct EncryptedInfo<'a> {
    algorithm: spki::AlgorithmIdentifierRef<'a>,
    data: &'a der::asn1::OctetStringRef,
}

pub(super) fn broken(form: Form, detail: impl ToString) -> KeyError {
    KeyError::BrokenKey {
        label: form.label().to_owned(),
        detail: detail.to_string(),
    }
}

/// Parses a DER `PrivateKeyInfo`.
pub(crate) fn parse_pkcs8(der: &[u8]) -> Result<FileKey, KeyError> {
    let info = PrivateKeyInfoRef::try_from(der).map_err(|error| broken(Form::Pkcs8, error))?;
    match info.algorithm.oid.to_string().as_str() {
        RSA_ENCRYPTION => parse_rsa(Form::Pkcs8, RsaKeyPair::from_pkcs8(der)),
        EC_PUBLIC_KEY => {
            let curve: ObjectIdentifier = info
                .algorithm
                .parameters_oid()
                .map_err(|_| KeyError::UnnamedCurve)?;
            let curve = curve.to_string();
            let (algorithm, _, opened_by) = CURVES
                .iter()
                .find(|(_, oid, _)| *oid == curve)
                .ok_or_else(|| unsupported(&curve))?;
            let pair = EcdsaKeyPair::from_pkcs8(opened_by, der)
                .map_err(|error| broken(Form::Pkcs8, error))?;
            FileKey::from_ec(*algorithm, pair)
        }
        // Seed, expanded key, or both, which must agree (RFC 9881 section 6).
        other => {
            let (algorithm, _, opened_by) = ML_DSA
                .iter()
                .find(|(_, oid, _)| *oid == other)
                .ok_or_else(|| unsupported(other))?;
            let pair = PqdsaKeyPair::from_pkcs8(opened_by, der)
                .map_err(|error| broken(Form::Pkcs8, error))?;
            FileKey::from_ml_dsa(*algorithm, pair)
        }
    }
}

fn parse_rsa(
    form: Form,
    pair: Result<RsaKeyPair, aws_lc_rs::error::KeyRejected>,
) -> Result<FileKey, KeyError> {
    match pair {
        Ok(pair) => FileKey::from_rsa(pair),
        Err(error) if error.to_string() == "TooSmall" => Err(KeyError::WeakRsa),
        Err(error) => Err(broken(form, error)),
    }
}

pub(super) fn unsupported(oid: &str) -> KeyError {
    let name = KNOWN_OTHERS.iter().find(|(known, _)| *known == oid);
    KeyError::UnsupportedAlgorithm {
        algorithm: name.map_or_else(|| oid.to_owned(), |(_, name)| (*name).to_owned()),
    }
}
