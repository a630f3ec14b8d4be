//! What every key source offers: its public key, its kind, and signatures. No private key leaves through this trait.

use std::fmt;

use crate::KeyError;

/// The kind and size of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyAlgorithm {
    /// RSA with a modulus of `bits` bits, at least 2048.
    Rsa {
        /// Length of the modulus in bits.
        bits: usize,
    },
    /// ECDSA on NIST P-256 (secp256r1).
    EcP256,
    /// ECDSA on NIST P-384 (secp384r1).
    EcP384,
    /// ECDSA on NIST P-521 (secp521r1).
    EcP521,
    /// ML-DSA-44 (FIPS 204).
    MlDsa44,
    /// ML-DSA-65.
    MlDsa65,
    /// ML-DSA-87.
    MlDsa87,
}

impl fmt::Display for KeyAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeyAlgorithm::Rsa { bits } => write!(f, "RSA {bits}"),
            KeyAlgorithm::EcP256 => f.write_str("EC P-256"),
            KeyAlgorithm::EcP384 => f.write_str("EC P-384"),
            KeyAlgorithm::EcP521 => f.write_str("EC P-521"),
            KeyAlgorithm::MlDsa44 => f.write_str("ML-DSA-44"),
            KeyAlgorithm::MlDsa65 => f.write_str("ML-DSA-65"),
            KeyAlgorithm::MlDsa87 => f.write_str("ML-DSA-87"),
        }
    }
}

/// How a message is hashed, padded and encoded into a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SignatureScheme {
    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 section 8.2).
    RsaPkcs1Sha256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    RsaPkcs1Sha384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    RsaPkcs1Sha512,
    /// RSASSA-PSS with SHA-256, MGF1 of the same hash and a salt as long as the hash (RFC 8017 section 8.1).
    RsaPssSha256,
    /// RSASSA-PSS with SHA-384.
    RsaPssSha384,
    /// RSASSA-PSS with SHA-512.
    RsaPssSha512,
    /// ECDSA with SHA-256 on the key's own curve, as a DER sequence of r and s (RFC 3279 section 2.2.3).
    EcdsaSha256,
    /// ECDSA with SHA-384 on the key's own curve, as a DER sequence.
    EcdsaSha384,
    /// ECDSA with SHA-512 on the key's own curve, as a DER sequence.
    EcdsaSha512,
    /// Pure ML-DSA of the key's own parameter set over the message, with an empty context (FIPS 204 section 5.2).
    MlDsa,
}

/// A private key that signs, wherever it lives.
pub trait SigningKey: Send + Sync {
    /// The public key as a DER `SubjectPublicKeyInfo` (RFC 5280 section 4.1); points are uncompressed.
    fn public_key_der(&self) -> &[u8];

    /// The kind and size of the key.
    fn algorithm(&self) -> KeyAlgorithm;

    /// Hashes `message`, where the scheme does, and signs it. Who has the signature made elsewhere (a token, a TPM)
    /// verifies it before it is handed on; callers do not verify again.
    ///
    /// # Errors
    /// [`KeyError::SchemeMismatch`] when the scheme is of another kind of key, [`KeyError::SigningFailed`]
    /// when the source of the key fails.
    fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>, KeyError>;
}
