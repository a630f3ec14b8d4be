//! A wish (RSA of a size, a curve, or an ML-DSA parameter set) enters, a fresh [`FileKey`] leaves; the crypto library brings the randomness.

use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{EcdsaKeyPair, PqdsaKeyPair, RsaKeyPair};

use super::{CURVES, FileKey, ML_DSA};
use crate::{KeyAlgorithm, KeyError};

/// What kind of key to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeySpec {
    /// RSA with 2048, 3072 or 4096 bits and exponent 65537.
    Rsa {
        /// Length of the modulus in bits.
        bits: usize,
    },
    /// NIST P-256.
    EcP256,
    /// NIST P-384.
    EcP384,
    /// NIST P-521.
    EcP521,
    /// ML-DSA-44.
    MlDsa44,
    /// ML-DSA-65.
    MlDsa65,
    /// ML-DSA-87.
    MlDsa87,
}

impl FileKey {
    /// Makes a new key.
    ///
    /// # Errors
    /// [`KeyError::RsaSize`] for a size other than 2048, 3072 or 4096; [`KeyError::Failed`] when the library fails.
    pub fn generate(spec: KeySpec) -> Result<Self, KeyError> {
        match spec {
            KeySpec::Rsa { bits } => {
                let size = match bits {
                    2048 => KeySize::Rsa2048,
                    3072 => KeySize::Rsa3072,
                    4096 => KeySize::Rsa4096,
                    _ => return Err(KeyError::RsaSize { bits }),
                };
                let pair = RsaKeyPair::generate(size).map_err(|_| KeyError::Failed("made"))?;
                FileKey::from_rsa(pair)
            }
            KeySpec::EcP256 => generate_ec(KeyAlgorithm::EcP256),
            KeySpec::EcP384 => generate_ec(KeyAlgorithm::EcP384),
            KeySpec::EcP521 => generate_ec(KeyAlgorithm::EcP521),
            KeySpec::MlDsa44 => generate_ml_dsa(KeyAlgorithm::MlDsa44),
            KeySpec::MlDsa65 => generate_ml_dsa(KeyAlgorithm::MlDsa65),
            KeySpec::MlDsa87 => generate_ml_dsa(KeyAlgorithm::MlDsa87),
        }
    }
}

fn generate_ec(wanted: KeyAlgorithm) -> Result<FileKey, KeyError> {
    let made = CURVES
        .iter()
        .find(|(algorithm, ..)| *algorithm == wanted)
        .and_then(|(_, _, made_by)| EcdsaKeyPair::generate(made_by).ok());
    FileKey::from_ec(wanted, made.ok_or(KeyError::Failed("made"))?)
}

fn generate_ml_dsa(wanted: KeyAlgorithm) -> Result<FileKey, KeyError> {
    let made = ML_DSA
        .iter()
        .find(|(algorithm, ..)| *algorithm == wanted)
        .and_then(|(_, _, made_by)| PqdsaKeyPair::generate(made_by).ok());
    FileKey::from_ml_dsa(wanted, made.ok_or(KeyError::Failed("made"))?)
}
