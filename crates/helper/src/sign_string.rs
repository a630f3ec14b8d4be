//! `sign-string`: a key enters, its signature of a fixed text leaves: a test that the key can be used at all.

use anyrole_keys::{KeyAlgorithm, SignatureScheme, SigningKey};
use anyrole_x509::subject_public_key;
use aws_lc_rs::digest::{SHA256, digest as hash_of};

use crate::HelperError;

/// What is signed, before the hash of the public key (which ML-DSA keys are without).
const TEXT: &str = "AWS Roles Anywhere Credential Helper Signing Test";

/// The hash that RSA and ECDSA sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digest {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

/// How a signature is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureFormat {
    /// Lower-case hex in quotes.
    Json,
    /// Lower-case hex.
    Text,
    /// The octets.
    Bin,
}

/// Signs the text and renders the signature, without a newline. ML-DSA has no digest.
///
/// # Errors
/// The key fails.
pub fn sign_string(
    key: &dyn SigningKey,
    digest: Digest,
    format: SignatureFormat,
) -> Result<Vec<u8>, HelperError> {
    let cannot_sign = |cause| HelperError::CannotSign { cause };
    let signature = key
        .sign(scheme(key.algorithm(), digest), &message(key))
        .map_err(cannot_sign)?;
    let hex = || hex_simd::encode_to_string(&signature, hex_simd::AsciiCase::Lower);
    Ok(match format {
        SignatureFormat::Json => format!("\"{}\"", hex()).into_bytes(),
        SignatureFormat::Text => hex().into_bytes(),
        SignatureFormat::Bin => signature,
    })
}

fn message(key: &dyn SigningKey) -> Vec<u8> {
    let mut message = [TEXT.as_bytes(), b"1"].concat();
    if scheme(key.algorithm(), Digest::Sha256) != SignatureScheme::MlDsa {
        let public_key = subject_public_key(key.public_key_der()).unwrap_or_default();
        let hash = hash_of(&SHA256, &[b"IAM RA", public_key].concat());
        message.extend_from_slice(hash.as_ref());
    }
    message
}

fn scheme(algorithm: KeyAlgorithm, digest: Digest) -> SignatureScheme {
    match algorithm {
        KeyAlgorithm::Rsa { .. } => match digest {
            Digest::Sha256 => SignatureScheme::RsaPkcs1Sha256,
            Digest::Sha384 => SignatureScheme::RsaPkcs1Sha384,
            Digest::Sha512 => SignatureScheme::RsaPkcs1Sha512,
        },
        KeyAlgorithm::EcP256 | KeyAlgorithm::EcP384 | KeyAlgorithm::EcP521 => match digest {
            Digest::Sha256 => SignatureScheme::EcdsaSha256,
            Digest::Sha384 => SignatureScheme::EcdsaSha384,
            Digest::Sha512 => SignatureScheme::EcdsaSha512,
        },
        KeyAlgorithm::MlDsa44 | KeyAlgorithm::MlDsa65 | KeyAlgorithm::MlDsa87 => {
            SignatureScheme::MlDsa
        }
    }
}
