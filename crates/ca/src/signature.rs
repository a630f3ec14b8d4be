//! How an issuer signs: a kind of key and a scheme enter, the names of the algorithm leave. The twin of what is to be signed
//! is signed with a throwaway key first, so that what the lint reads is whole.

use std::sync::OnceLock;

use anyrole_keys::{FileKey, KeyAlgorithm, KeyError, KeySpec, SignatureScheme};
use rustls_pki_types::{AlgorithmIdentifier, alg_id};

use crate::CaError;
use crate::der_writer::{Writer, tag};

/// A scheme with the key that it fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Signing {
    pub scheme: SignatureScheme,
    algorithm: KeyAlgorithm,
}

impl Signing {
    /// The scheme asked for, or that of the key: the hash goes with the curve, RSA takes PKCS #1 with SHA-256.
    pub(crate) fn new(
        algorithm: KeyAlgorithm,
        wanted: Option<SignatureScheme>,
    ) -> Result<Self, CaError> {
        let scheme = wanted.unwrap_or(match algorithm {
            KeyAlgorithm::Rsa { .. } => SignatureScheme::RsaPkcs1Sha256,
            KeyAlgorithm::EcP256 => SignatureScheme::EcdsaSha256,
            KeyAlgorithm::EcP384 => SignatureScheme::EcdsaSha384,
            KeyAlgorithm::EcP521 => SignatureScheme::EcdsaSha512,
            KeyAlgorithm::MlDsa44 | KeyAlgorithm::MlDsa65 | KeyAlgorithm::MlDsa87 => {
                SignatureScheme::MlDsa
            }
        });
        let fits = match scheme {
            SignatureScheme::EcdsaSha256
            | SignatureScheme::EcdsaSha384
            | SignatureScheme::EcdsaSha512 => matches!(
                algorithm,
                KeyAlgorithm::EcP256 | KeyAlgorithm::EcP384 | KeyAlgorithm::EcP521
            ),
            SignatureScheme::MlDsa => matches!(
                algorithm,
                KeyAlgorithm::MlDsa44 | KeyAlgorithm::MlDsa65 | KeyAlgorithm::MlDsa87
            ),
            SignatureScheme::RsaPkcs1Sha256
            | SignatureScheme::RsaPkcs1Sha384
            | SignatureScheme::RsaPkcs1Sha512
            | SignatureScheme::RsaPssSha256
            | SignatureScheme::RsaPssSha384
            | SignatureScheme::RsaPssSha512 => matches!(algorithm, KeyAlgorithm::Rsa { .. }),
        };
        match fits {
            true => Ok(Self { scheme, algorithm }),
            false => Err(CaError::Key(KeyError::SchemeMismatch { algorithm, scheme })),
        }
    }

    /// The content of the AlgorithmIdentifier (RFC 4055 sections 3.1 and 5, RFC 5758 section 3.2, RFC 9881 section 2).
    pub(crate) fn identifier(self) -> AlgorithmIdentifier {
        match (self.scheme, self.algorithm) {
            (SignatureScheme::RsaPkcs1Sha256, _) => alg_id::RSA_PKCS1_SHA256,
            (SignatureScheme::RsaPkcs1Sha384, _) => alg_id::RSA_PKCS1_SHA384,
            (SignatureScheme::RsaPkcs1Sha512, _) => alg_id::RSA_PKCS1_SHA512,
            (SignatureScheme::RsaPssSha256, _) => alg_id::RSA_PSS_SHA256,
            (SignatureScheme::RsaPssSha384, _) => alg_id::RSA_PSS_SHA384,
            (SignatureScheme::RsaPssSha512, _) => alg_id::RSA_PSS_SHA512,
            (SignatureScheme::EcdsaSha256, _) => alg_id::ECDSA_SHA256,
            (SignatureScheme::EcdsaSha384, _) => alg_id::ECDSA_SHA384,
            (SignatureScheme::EcdsaSha512, _) => alg_id::ECDSA_SHA512,
            (SignatureScheme::MlDsa, KeyAlgorithm::MlDsa65) => alg_id::ML_DSA_65,
            (SignatureScheme::MlDsa, KeyAlgorithm::MlDsa87) => alg_id::ML_DSA_87,
            (SignatureScheme::MlDsa, _) => alg_id::ML_DSA_44,
        }
    }

    /// The whole AlgorithmIdentifier.
    pub(crate) fn write(self, der: &mut Writer) {
        der.put(tag::SEQUENCE, self.identifier().as_ref());
    }

    /// What is signed, the algorithm and the signature in one SEQUENCE: a certificate, a revocation list.
    pub(crate) fn assemble(self, tbs_der: &[u8], signature: &[u8]) -> Vec<u8> {
        // Two headers of at most 5 octets each, and the algorithm.
        let mut der = Writer::with_capacity(tbs_der.len() + signature.len() + 96);
        der.nest(tag::SEQUENCE, |der| {
            der.raw(tbs_der);
            self.write(der);
            der.bit_string(signature);
        });
        der.into_bytes()
    }

    /// A key of the same kind that nobody trusts. Made once in the life of a process; RSA has 2048 bits, whatever the
    /// issuer's has.
    pub(crate) fn throwaway(self) -> Result<&'static FileKey, CaError> {
        static KEYS: [OnceLock<FileKey>; 7] = [const { OnceLock::new() }; 7];
        let (place, spec) = match self.algorithm {
            KeyAlgorithm::Rsa { .. } => (0, KeySpec::Rsa { bits: 2048 }),
            KeyAlgorithm::EcP256 => (1, KeySpec::EcP256),
            KeyAlgorithm::EcP384 => (2, KeySpec::EcP384),
            KeyAlgorithm::EcP521 => (3, KeySpec::EcP521),
            KeyAlgorithm::MlDsa44 => (4, KeySpec::MlDsa44),
            KeyAlgorithm::MlDsa65 => (5, KeySpec::MlDsa65),
            KeyAlgorithm::MlDsa87 => (6, KeySpec::MlDsa87),
        };
        let cell = KEYS
            .get(place)
            .ok_or(CaError::Key(KeyError::SigningFailed))?;
        if let Some(key) = cell.get() {
            return Ok(key);
        }
        let key = FileKey::generate(spec)?;
        Ok(cell.get_or_init(|| key))
    }
}
