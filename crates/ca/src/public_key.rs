//! Public keys as certificates carry them: a DER `SubjectPublicKeyInfo` enters; its kind, its key identifier and the
//! truth of a signature leave.

use anyrole_keys::KeyAlgorithm;
use anyrole_x509::is_signed_by;
use aws_lc_rs::digest::{SHA256, digest};
use der::asn1::{AnyRef, UintRef};
use der::{Decode, Encode, Reader, SliceReader};
use x509_cert::spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};

use crate::CaError;

const RSA_ENCRYPTION: &str = "1.2.840.113549.1.1.1";
const EC_PUBLIC_KEY: &str = "1.2.840.10045.2.1";

fn refused(error: impl ToString) -> CaError {
    CaError::PublicKey(error.to_string())
}

fn parse(public_key_der: &[u8]) -> Result<SubjectPublicKeyInfoRef<'_>, CaError> {
    SubjectPublicKeyInfoRef::from_der(public_key_der).map_err(refused)
}

/// The kind of key; refuses what this authority does not certify: other kinds and curves, RSA below 2048 bits.
pub(crate) fn classify(public_key_der: &[u8]) -> Result<KeyAlgorithm, CaError> {
    let info = parse(public_key_der)?;
    match info.algorithm.oid.to_string().as_str() {
        RSA_ENCRYPTION => {
            let bits = modulus_bits(info.subject_public_key.raw_bytes()).map_err(refused)?;
            match bits {
                2048.. => Ok(KeyAlgorithm::Rsa { bits }),
                _ => Err(refused(format!(
                    "RSA with {bits} bits; at least 2048 are needed"
                ))),
            }
        }
        EC_PUBLIC_KEY => {
            let curve = info
                .algorithm
                .parameters_oid()
                .map_err(refused)?
                .to_string();
            match curve.as_str() {
                "1.2.840.10045.3.1.7" => Ok(KeyAlgorithm::EcP256),
                "1.3.132.0.34" => Ok(KeyAlgorithm::EcP384),
                "1.3.132.0.35" => Ok(KeyAlgorithm::EcP521),
                _ => Err(refused(format!("curve {curve}; use P-256, P-384 or P-521"))),
            }
        }
        "2.16.840.1.101.3.4.3.17" => Ok(KeyAlgorithm::MlDsa44),
        "2.16.840.1.101.3.4.3.18" => Ok(KeyAlgorithm::MlDsa65),
        "2.16.840.1.101.3.4.3.19" => Ok(KeyAlgorithm::MlDsa87),
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

/// RFC 7093 section 2 method 1: the leftmost 160 bits of the SHA-256 of the key's bits.
pub(crate) fn key_identifier(public_key_der: &[u8]) -> Result<Vec<u8>, CaError> {
    let info = parse(public_key_der)?;
    let hash = digest(&SHA256, info.subject_public_key.raw_bytes());
    Ok(hash.as_ref().iter().take(20).copied().collect())
}

/// Whether `signature` over `message` was made with the private half of the key, under the algorithm it names.
pub(crate) fn verify_signature(
    public_key_der: &[u8],
    algorithm: &AlgorithmIdentifierRef<'_>,
    message: &[u8],
    signature: &[u8],
) -> Result<bool, CaError> {
    let algorithm = algorithm.to_der()?;
    // x509 names algorithms by what is inside the SEQUENCE.
    let algorithm = AnyRef::from_der(&algorithm)?.value();
    Ok(is_signed_by(public_key_der, algorithm, message, signature))
}
