//! Keys in files: bytes and a password enter, a [`FileKey`] leaves, and the way back to encrypted PKCS#8.

mod encrypt;
mod generate;
mod parse;
mod sec1;
mod sign;
mod traditional;

use std::fmt;
use std::path::Path;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P521_SHA512_ASN1_SIGNING,
    EcdsaKeyPair, EcdsaSigningAlgorithm, KeyPair, ML_DSA_44_SIGNING, ML_DSA_65_SIGNING,
    ML_DSA_87_SIGNING, PqdsaKeyPair, PqdsaSigningAlgorithm, RsaKeyPair,
};
use der::asn1::UintRef;
use der::{Decode, Reader, SliceReader};
use zeroize::Zeroizing;

pub use self::generate::KeySpec;
pub(crate) use self::parse::{decrypt_pkcs8, parse_pkcs8};
use crate::open::read_secret_file;
use crate::{KeyAlgorithm, KeyError, Password};

/// A private key held in memory, from a file or just made. Unlike [`crate::SigningKey`] it can be written out again.
pub struct FileKey {
    pair: Pair,
    algorithm: KeyAlgorithm,
    public_key_der: Vec<u8>,
}

enum Pair {
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair),
    MlDsa(PqdsaKeyPair),
}

impl fmt::Debug for FileKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileKey")
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

impl FileKey {
    /// Reads and parses the first private key of a file.
    ///
    /// # Errors
    /// [`KeyError::Unreadable`], else as [`FileKey::parse`].
    pub fn read(path: &Path, password: Option<&Password>) -> Result<Self, KeyError> {
        Self::parse(&read_secret_file(path)?, password)
    }

    /// The key as DER PKCS#8 `PrivateKeyInfo` (RFC 5958), unencrypted.
    ///
    /// # Errors
    /// [`KeyError::Failed`] when the library can't serialise it: an ML-DSA key that was read without its seed.
    pub fn to_pkcs8_der(&self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        match &self.pair {
            Pair::Rsa(pair) => pair.as_der().map(|der| der.as_ref().to_vec()),
            Pair::Ec(pair) => pair.to_pkcs8v1().map(|der| der.as_ref().to_vec()),
            Pair::MlDsa(pair) => pair.to_pkcs8v1().map(|der| der.as_ref().to_vec()),
        }
        .map(Zeroizing::new)
        .map_err(|_| KeyError::Failed("written"))
    }

    fn from_rsa(pair: RsaKeyPair) -> Result<Self, KeyError> {
        let public = pair.public_key();
        let bits = modulus_bits(public.as_ref()).map_err(|_| KeyError::Failed("read"))?;
        let public_key_der = public.as_der().map_err(|_| KeyError::Failed("read"))?;
        Ok(FileKey {
            algorithm: KeyAlgorithm::Rsa { bits },
            public_key_der: public_key_der.as_ref().to_vec(),
            pair: Pair::Rsa(pair),
        })
    }

    fn from_ec(algorithm: KeyAlgorithm, pair: EcdsaKeyPair) -> Result<Self, KeyError> {
        let public_key_der = pair
            .public_key()
            .as_der()
            .map_err(|_| KeyError::Failed("read"))?;
        Ok(FileKey {
            algorithm,
            public_key_der: public_key_der.as_ref().to_vec(),
            pair: Pair::Ec(pair),
        })
    }
}

impl FileKey {
    fn from_ml_dsa(algorithm: KeyAlgorithm, pair: PqdsaKeyPair) -> Result<Self, KeyError> {
        let public_key_der = pair
            .public_key()
            .as_der()
            .map_err(|_| KeyError::Failed("read"))?;
        Ok(FileKey {
            algorithm,
            public_key_der: public_key_der.as_ref().to_vec(),
            pair: Pair::MlDsa(pair),
        })
    }
}

/// The exact length of the modulus in a DER `RSAPublicKey` (RFC 8017 appendix A.1.1).
pub(crate) fn modulus_bits(rsa_public_key: &[u8]) -> Result<usize, der::Error> {
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

/// The curves, each with the algorithm that the crypto library opens its keys by.
const CURVES: [(KeyAlgorithm, &str, &EcdsaSigningAlgorithm); 3] = [
    (
        KeyAlgorithm::EcP256,
        "1.2.840.10045.3.1.7",
        &ECDSA_P256_SHA256_ASN1_SIGNING,
    ),
    (
        KeyAlgorithm::EcP384,
        "1.3.132.0.34",
        &ECDSA_P384_SHA384_ASN1_SIGNING,
    ),
    (
        KeyAlgorithm::EcP521,
        "1.3.132.0.35",
        &ECDSA_P521_SHA512_ASN1_SIGNING,
    ),
];

/// The parameter sets of ML-DSA (RFC 9881 section 2).
const ML_DSA: [(KeyAlgorithm, &str, &PqdsaSigningAlgorithm); 3] = [
    (
        KeyAlgorithm::MlDsa44,
        "2.16.840.1.101.3.4.3.17",
        &ML_DSA_44_SIGNING,
    ),
    (
        KeyAlgorithm::MlDsa65,
        "2.16.840.1.101.3.4.3.18",
        &ML_DSA_65_SIGNING,
    ),
    (
        KeyAlgorithm::MlDsa87,
        "2.16.840.1.101.3.4.3.19",
        &ML_DSA_87_SIGNING,
    ),
];
