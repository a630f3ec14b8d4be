//! A certificate's public key in, its kind and a key that is ready to verify request signatures out.

use std::fmt;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA256_ASN1, ECDSA_P521_SHA256_ASN1, ML_DSA_44, ML_DSA_65,
    ML_DSA_87, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, VerificationAlgorithm,
};

use crate::der::{DerError, Element, Oid, Reader, tag, whole};
use crate::parse::SubjectPublicKeyInfo;
use crate::reason::{Reason, Refusal};

/// The kinds of key that certificates may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// RSA with a modulus of this many bits.
    Rsa {
        /// Modulus length in bits.
        bits: usize,
    },
    /// NIST P-256.
    EcP256,
    /// NIST P-384.
    EcP384,
    /// NIST P-521.
    EcP521,
    /// ML-DSA-44 (FIPS 204).
    MlDsa44,
    /// ML-DSA-65.
    MlDsa65,
    /// ML-DSA-87.
    MlDsa87,
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeyKind::Rsa { bits } => write!(f, "RSA {bits}"),
            KeyKind::EcP256 => f.write_str("EC P-256"),
            KeyKind::EcP384 => f.write_str("EC P-384"),
            KeyKind::EcP521 => f.write_str("EC P-521"),
            KeyKind::MlDsa44 => f.write_str("ML-DSA-44"),
            KeyKind::MlDsa65 => f.write_str("ML-DSA-65"),
            KeyKind::MlDsa87 => f.write_str("ML-DSA-87"),
        }
    }
}

impl KeyKind {
    /// Reads the kind; `Err` names the algorithm or curve that is none of ours.
    pub(crate) fn of(spki: &SubjectPublicKeyInfo<'_>) -> Result<Self, String> {
        match spki.algorithm.oid.0 {
            // rsaEncryption 1.2.840.113549.1.1.1
            [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01] => {
                let (modulus, _) = rsa_numbers(spki.key)
                    .map_err(|error| format!("an RSA key that cannot be read: {error}"))?;
                Ok(KeyKind::Rsa {
                    bits: bit_length(modulus),
                })
            }
            // id-ecPublicKey 1.2.840.10045.2.1
            [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01] => match spki.algorithm.parameters {
                Some(Element {
                    tag: tag::OBJECT_IDENTIFIER,
                    value,
                    ..
                }) => match value {
                    [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07] => Ok(KeyKind::EcP256),
                    [0x2b, 0x81, 0x04, 0x00, 0x22] => Ok(KeyKind::EcP384),
                    [0x2b, 0x81, 0x04, 0x00, 0x23] => Ok(KeyKind::EcP521),
                    curve => Err(format!("an EC key on the curve {}", Oid(curve))),
                },
                _ => Err("an EC key without a named curve".to_owned()),
            },
            // id-ml-dsa-44, -65, -87: 2.16.840.1.101.3.4.3.17 to 19, without parameters (RFC 9881 section 2)
            [
                0x60,
                0x86,
                0x48,
                0x01,
                0x65,
                0x03,
                0x04,
                0x03,
                set @ 17..=19,
            ] => match (spki.algorithm.parameters, set) {
                (Some(_), _) => Err("an ML-DSA key with parameters".to_owned()),
                (None, 17) => Ok(KeyKind::MlDsa44),
                (None, 18) => Ok(KeyKind::MlDsa65),
                (None, _) => Ok(KeyKind::MlDsa87),
            },
            _ => Err(format!("a key of the algorithm {}", spki.algorithm.oid)),
        }
    }

    fn verification_algorithm(self) -> &'static dyn VerificationAlgorithm {
        match self {
            KeyKind::Rsa { .. } => &RSA_PKCS1_2048_8192_SHA256,
            KeyKind::EcP256 => &ECDSA_P256_SHA256_ASN1,
            KeyKind::EcP384 => &ECDSA_P384_SHA256_ASN1,
            KeyKind::EcP521 => &ECDSA_P521_SHA256_ASN1,
            KeyKind::MlDsa44 => &ML_DSA_44,
            KeyKind::MlDsa65 => &ML_DSA_65,
            KeyKind::MlDsa87 => &ML_DSA_87,
        }
    }

    /// How a key of this kind signs requests.
    pub(crate) fn signs_with(self) -> LeafSignatureAlgorithm {
        match self {
            KeyKind::Rsa { .. } => LeafSignatureAlgorithm::RsaSha256,
            KeyKind::EcP256 | KeyKind::EcP384 | KeyKind::EcP521 => {
                LeafSignatureAlgorithm::EcdsaSha256
            }
            KeyKind::MlDsa44 | KeyKind::MlDsa65 | KeyKind::MlDsa87 => LeafSignatureAlgorithm::MlDsa,
        }
    }
}

/// Modulus and public exponent of an RSAPublicKey (RFC 8017 appendix A.1.1).
fn rsa_numbers(key: &[u8]) -> Result<(&[u8], &[u8]), DerError> {
    let mut parts = Reader::new(whole(key, tag::SEQUENCE)?.value);
    let modulus = parts.expect(tag::INTEGER)?.value;
    let exponent = parts.expect(tag::INTEGER)?.value;
    parts.end()?;
    Ok((modulus, exponent))
}

/// The public exponent of an RSAPublicKey; `None` where the key can't be read.
pub(crate) fn rsa_exponent(key: &[u8]) -> Option<&[u8]> {
    rsa_numbers(key).ok().map(|(_, exponent)| exponent)
}

/// Of an unsigned number, most significant octet first.
pub(crate) fn bit_length(magnitude: &[u8]) -> usize {
    let leading = magnitude.iter().take_while(|octet| **octet == 0).count();
    match magnitude.get(leading) {
        Some(first) => {
            let zeroes = usize::try_from(first.leading_zeros()).unwrap_or(0);
            (magnitude.len() - leading) * 8 - zeroes
        }
        None => 0,
    }
}

/// The algorithms that an AWS4-X509 request may declare. RSA and ECDSA sign the SHA-256 of the string to
/// sign, whatever the curve, ML-DSA the string itself (AWS user guide, "Signing process", task 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LeafSignatureAlgorithm {
    /// `AWS4-X509-RSA-SHA256`: RSASSA-PKCS1-v1_5.
    RsaSha256,
    /// `AWS4-X509-ECDSA-SHA256`: DER-encoded r and s.
    EcdsaSha256,
    /// `AWS4-X509-MLDSA`: pure ML-DSA of the key's own parameter set, with an empty context.
    MlDsa,
}

/// A verified leaf's key, parsed once and kept with its chain.
#[derive(Debug)]
pub(crate) struct LeafKey {
    kind: KeyKind,
    key: ParsedPublicKey,
}

impl LeafKey {
    pub(crate) fn parse(kind: KeyKind, spki: &SubjectPublicKeyInfo<'_>) -> Result<Self, Refusal> {
        match ParsedPublicKey::new(kind.verification_algorithm(), spki.key) {
            Ok(key) => Ok(Self { kind, key }),
            Err(error) => Err(Refusal::new(
                Reason::LeafUnsupportedKey,
                format!("the leaf's {kind} key is not a valid key: {error}"),
            )),
        }
    }

    pub(crate) fn verify(
        &self,
        algorithm: LeafSignatureAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), Refusal> {
        if algorithm != self.kind.signs_with() {
            return Err(Refusal::new(
                Reason::SignatureAlgorithmMismatch,
                format!(
                    "{algorithm:?} was declared, the leaf's key is {}",
                    self.kind
                ),
            ));
        }
        self.key.verify_sig(message, signature).map_err(|_| {
            Refusal::new(
                Reason::SignatureInvalid,
                format!("the {algorithm:?} signature does not verify under the leaf's key"),
            )
        })
    }
}
