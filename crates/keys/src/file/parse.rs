//! PEM text and a password enter, a [`FileKey`] leaves: PKCS#8 plain and PBES2-encrypted, SEC1, PKCS#1.

use aws_lc_rs::signature::{EcdsaKeyPair, PqdsaKeyPair, RsaKeyPair};
use pkcs8::pkcs5::EncryptionScheme;
use pkcs8::{EncryptedPrivateKeyInfoRef, ObjectIdentifier, PrivateKeyInfoRef, SecretDocument, der};

use super::pem::{Form, first_private_key};
use super::{CURVES, FileKey, ML_DSA};
use crate::{KeyError, Password};

const RSA_ENCRYPTION: &str = "1.2.840.113549.1.1.1";
const EC_PUBLIC_KEY: &str = "1.2.840.10045.2.1";
/// Kinds of key that people have and that we name in the refusal.
const KNOWN_OTHERS: [(&str, &str); 6] = [
    ("1.3.101.112", "Ed25519"),
    ("1.3.101.113", "Ed448"),
    ("1.2.840.113549.1.1.10", "RSASSA-PSS"),
    ("1.2.840.10040.4.1", "DSA"),
    ("1.3.132.0.10", "EC secp256k1"),
    ("1.3.132.0.33", "EC P-224"),
];

impl FileKey {
    /// Parses the first private key of PEM text. A password given for a plain key is not looked at.
    ///
    /// # Errors
    /// [`KeyError::PasswordNeeded`] when the key is encrypted and there is no password,
    /// [`KeyError::WrongPassword`] when it does not open it; else the variants that concern parsing.
    pub fn parse_pem(pem: &[u8], password: Option<&Password>) -> Result<Self, KeyError> {
        let (form, document) = first_private_key(pem)?;
        match form {
            Form::Pkcs8 => parse_pkcs8(document.as_bytes()),
            Form::EncryptedPkcs8 => {
                let password = password.ok_or(KeyError::PasswordNeeded)?;
                let plain = decrypt(document.as_bytes(), password)?;
                parse_pkcs8(plain.as_bytes())
            }
            Form::Pkcs1 => parse_pkcs1(document.as_bytes()),
            Form::Sec1 => parse_sec1(document.as_bytes()),
        }
    }

    /// Whether the first private key of the PEM text needs a password.
    ///
    /// # Errors
    /// As [`FileKey::parse_pem`] where the block can't be found or decoded.
    pub fn is_encrypted(pem: &[u8]) -> Result<bool, KeyError> {
        first_private_key(pem).map(|(form, _)| form == Form::EncryptedPkcs8)
    }
}

fn broken(form: Form, detail: impl ToString) -> KeyError {
    KeyError::BrokenKey {
        label: form.label().to_owned(),
        detail: detail.to_string(),
    }
}

fn decrypt(der: &[u8], password: &Password) -> Result<SecretDocument, KeyError> {
    let info = EncryptedPrivateKeyInfoRef::try_from(der).map_err(|error| match error {
        pkcs8::Error::Asn1(error) => match error.kind() {
            der::ErrorKind::OidUnknown { oid } => KeyError::UnsupportedEncryption {
                detail: oid.to_string(),
            },
            _ => broken(Form::EncryptedPkcs8, error),
        },
        error => broken(Form::EncryptedPkcs8, error),
    })?;
    if let EncryptionScheme::Pbes1(_) = info.encryption_algorithm {
        return Err(KeyError::UnsupportedEncryption {
            detail: "PBES1".to_owned(),
        });
    }
    let plain = info
        .decrypt(password.expose())
        .map_err(|error| match error {
            // A wrong password shows as wrong padding or, once in 256 times, as plaintext that is no DER.
            pkcs8::Error::EncryptedPrivateKey(pkcs8::pkcs5::Error::DecryptFailed)
            | pkcs8::Error::Asn1(_) => KeyError::WrongPassword,
            error => KeyError::UnsupportedEncryption {
                detail: error.to_string(),
            },
        })?;
    PrivateKeyInfoRef::try_from(plain.as_bytes()).map_err(|_| KeyError::WrongPassword)?;
    Ok(plain)
}

fn parse_pkcs8(der: &[u8]) -> Result<FileKey, KeyError> {
    let info = PrivateKeyInfoRef::try_from(der).map_err(|error| broken(Form::Pkcs8, error))?;
    match info.algorithm.oid.to_string().as_str() {
        RSA_ENCRYPTION => rsa(Form::Pkcs8, RsaKeyPair::from_pkcs8(der)),
        EC_PUBLIC_KEY => {
            let curve: ObjectIdentifier = info
                .algorithm
                .parameters_oid()
                .map_err(|_| broken(Form::Pkcs8, "the curve is not named"))?;
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

fn parse_pkcs1(der: &[u8]) -> Result<FileKey, KeyError> {
    rsa(Form::Pkcs1, RsaKeyPair::from_der(der))
}

/// The curve is inside (or, where it is left out, follows from the length): each is tried.
fn parse_sec1(der: &[u8]) -> Result<FileKey, KeyError> {
    for (algorithm, _, opened_by) in CURVES {
        if let Ok(pair) = EcdsaKeyPair::from_private_key_der(opened_by, der) {
            return FileKey::from_ec(algorithm, pair);
        }
    }
    Err(broken(
        Form::Sec1,
        "it is not a key on P-256, P-384 or P-521",
    ))
}

fn rsa(
    form: Form,
    pair: Result<RsaKeyPair, aws_lc_rs::error::KeyRejected>,
) -> Result<FileKey, KeyError> {
    match pair {
        Ok(pair) => FileKey::from_rsa(pair),
        Err(error) if error.to_string() == "TooSmall" => Err(KeyError::WeakRsa),
        Err(error) => Err(broken(form, error)),
    }
}

fn unsupported(oid: &str) -> KeyError {
    let name = KNOWN_OTHERS.iter().find(|(known, _)| *known == oid);
    KeyError::UnsupportedAlgorithm {
        algorithm: name.map_or_else(|| oid.to_owned(), |(_, name)| (*name).to_owned()),
    }
}
