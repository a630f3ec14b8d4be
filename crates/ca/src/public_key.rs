//! Public keys as certificates carry them: a DER `SubjectPublicKeyInfo` enters; its kind, its key identifier and the
//! truth of a signature leave.

use anyrole_keys::{KeyAlgorithm, KeyError};
use anyrole_x509::is_signed_by;
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use der::asn1::{ObjectIdentifier, UintRef};
use der::{Decode, Reader, SliceReader};
use x509_cert::spki::SubjectPublicKeyInfoRef;

use crate::CaError;
use crate::shape::KeyIdentifierMethod;

const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const P521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");
const ML_DSA_44: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.17");
const ML_DSA_65: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.18");
const ML_DSA_87: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.19");

fn refused(error: impl ToString) -> CaError {
    CaError::PublicKey(error.to_string())
}

fn parse(public_key_der: &[u8]) -> Result<SubjectPublicKeyInfoRef<'_>, CaError> {
    SubjectPublicKeyInfoRef::from_der(public_key_der).map_err(refused)
}

/// The kind of key; refuses what this authority does not certify: other kinds and curves, RSA below 2048 bits.
pub(crate) fn classify(public_key_der: &[u8]) -> Result<KeyAlgorithm, CaError> {
    let info = parse(public_key_der)?;
    match info.algorithm.oid {
        RSA_ENCRYPTION => {
            let bits = modulus_bits(info.subject_public_key.raw_bytes()).map_err(refused)?;
            match bits {
                2048.. => Ok(KeyAlgorithm::Rsa { bits }),
                _ => Err(refused(format!(
                    "RSA with {bits} bits; at least 2048 are needed"
                ))),
            }
        }
        EC_PUBLIC_KEY => match info.algorithm.parameters_oid().map_err(refused)? {
            P256 => Ok(KeyAlgorithm::EcP256),
            P384 => Ok(KeyAlgorithm::EcP384),
            P521 => Ok(KeyAlgorithm::EcP521),
            curve => Err(refused(format!("curve {curve}; use P-256, P-384 or P-521"))),
        },
        ML_DSA_44 => Ok(KeyAlgorithm::MlDsa44),
        ML_DSA_65 => Ok(KeyAlgorithm::MlDsa65),
        ML_DSA_87 => Ok(KeyAlgorithm::MlDsa87),
        other => Err(refused(format!("algorithm {other}; use RSA, EC or ML-DSA"))),
    }
}

fn modulus_bits(rsa_public_key: &[u8]) -> Result<usize, der::Error> {
    SliceReader::new(rsa_public_key)?.sequence(|fields| {
        let modulus = UintRef::decode(fields)?;
        let _exponent = UintRef::decode(fields)?;
        let unused = modulus
            .as_bytes()
            .first()
            .map_or(0, |byte| byte.leading_zeros());
        Ok(modulus.as_bytes().len() * 8 - unused as usize)
    })
}

/// The key's identifier by one of the methods; empty where there is to be none.
pub(crate) fn key_identifier(
    public_key_der: &[u8],
    method: KeyIdentifierMethod,
) -> Result<Vec<u8>, CaError> {
    let algorithm = match method {
        KeyIdentifierMethod::Sha256 => &SHA256,
        KeyIdentifierMethod::Sha1 => &SHA1_FOR_LEGACY_USE_ONLY,
        KeyIdentifierMethod::Absent => return Ok(Vec::new()),
    };
    let hash = digest(algorithm, key_bits(public_key_der)?);
    Ok(hash.as_ref().iter().take(20).copied().collect())
}

/// The content of the key's BIT STRING, which identifiers and OCSP hash.
pub(crate) fn key_bits(public_key_der: &[u8]) -> Result<&[u8], CaError> {
    Ok(parse(public_key_der)?.subject_public_key.raw_bytes())
}

/// Whether `signature` over `message` was made with the private half of the key. `algorithm` is the content of an
/// AlgorithmIdentifier.
pub(crate) fn verify_signature(
    public_key_der: &[u8],
    algorithm: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<(), CaError> {
    match is_signed_by(public_key_der, algorithm, message, signature) {
        true => Ok(()),
        false => Err(CaError::Key(KeyError::SigningFailed)),
    }
}
