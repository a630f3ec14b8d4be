//! A message enters, a signature by a [`FileKey`] leaves.

use aws_lc_rs::digest::{self, Digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    EcdsaKeyPair, PqdsaKeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512,
    RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512, RsaKeyPair, RsaSignatureEncoding,
};

use super::{FileKey, Pair};
use crate::{KeyAlgorithm, KeyError, SignatureScheme, SigningKey};

impl SigningKey for FileKey {
    fn public_key_der(&self) -> &[u8] {
        &self.public_key_der
    }

    fn algorithm(&self) -> KeyAlgorithm {
        self.algorithm
    }

    fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let mismatch = KeyError::SchemeMismatch {
            algorithm: self.algorithm,
            scheme,
        };
        match (&self.pair, scheme) {
            (Pair::Rsa(pair), scheme) => match rsa_encoding(scheme) {
                Some(encoding) => sign_rsa(pair, encoding, message),
                None => Err(mismatch),
            },
            (Pair::Ec(pair), SignatureScheme::EcdsaSha256) => {
                self.sign_ec(pair, &digest::SHA256, message)
            }
            (Pair::Ec(pair), SignatureScheme::EcdsaSha384) => {
                self.sign_ec(pair, &digest::SHA384, message)
            }
            (Pair::Ec(pair), SignatureScheme::EcdsaSha512) => {
                self.sign_ec(pair, &digest::SHA512, message)
            }
            (Pair::MlDsa(pair), SignatureScheme::MlDsa) => sign_ml_dsa(pair, message),
            _ => Err(mismatch),
        }
    }
}

fn rsa_encoding(scheme: SignatureScheme) -> Option<&'static RsaSignatureEncoding> {
    Some(match scheme {
        SignatureScheme::RsaPkcs1Sha256 => &RSA_PKCS1_SHA256,
        SignatureScheme::RsaPkcs1Sha384 => &RSA_PKCS1_SHA384,
        SignatureScheme::RsaPkcs1Sha512 => &RSA_PKCS1_SHA512,
        SignatureScheme::RsaPssSha256 => &RSA_PSS_SHA256,
        SignatureScheme::RsaPssSha384 => &RSA_PSS_SHA384,
        SignatureScheme::RsaPssSha512 => &RSA_PSS_SHA512,
        _ => return None,
    })
}

fn sign_rsa(
    pair: &RsaKeyPair,
    encoding: &'static RsaSignatureEncoding,
    message: &[u8],
) -> Result<Vec<u8>, KeyError> {
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(encoding, &SystemRandom::new(), message, &mut signature)
        .map_err(|_| KeyError::SigningFailed)?;
    Ok(signature)
}

fn sign_ml_dsa(pair: &PqdsaKeyPair, message: &[u8]) -> Result<Vec<u8>, KeyError> {
    let mut signature = vec![0; pair.algorithm().signature_len()];
    pair.sign(message, &mut signature)
        .map_err(|_| KeyError::SigningFailed)?;
    Ok(signature)
}

impl FileKey {
    /// ECDSA with any of the three hashes on any curve. The library opens each curve with one hash only and its
    /// digest type insists on that hash's length. FIPS 186-5 section 6.4.1 reads the hash as a number, of which the
    /// leftmost bits count up to the length of the order; so a longer hash is cut at the right (P-256, P-384, whose
    /// order has the native hash's length) and a shorter one gets zeros on the left: the same number.
    fn sign_ec(
        &self,
        pair: &EcdsaKeyPair,
        hash: &'static digest::Algorithm,
        message: &[u8],
    ) -> Result<Vec<u8>, KeyError> {
        let native = match self.algorithm {
            KeyAlgorithm::EcP384 => &digest::SHA384,
            KeyAlgorithm::EcP521 => &digest::SHA512,
            _ => &digest::SHA256,
        };
        let hashed = digest::digest(hash, message);
        let missing = native.output_len().saturating_sub(hashed.as_ref().len());
        let mut number = vec![0; missing];
        number.extend(hashed.as_ref().iter().take(native.output_len()));
        Digest::import_less_safe(&number, native)
            .and_then(|digest| pair.sign_digest(&digest))
            .map(|signature| signature.as_ref().to_vec())
            .map_err(|_| KeyError::SigningFailed)
    }
}
