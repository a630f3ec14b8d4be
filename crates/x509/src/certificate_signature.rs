//! A CA's key, a text and a signature in, a verdict out: the algorithms that may sign certificates and revocation lists.
//! An anchor's keys are parsed once, when it is compiled, instead of at each verification (RSA: 3 of 21 µs).

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA384_ASN1, ECDSA_P256_SHA512_ASN1, ECDSA_P384_SHA256_ASN1,
    ECDSA_P384_SHA384_ASN1, ECDSA_P384_SHA512_ASN1, ECDSA_P521_SHA256_ASN1, ECDSA_P521_SHA384_ASN1,
    ECDSA_P521_SHA512_ASN1, ML_DSA_44, ML_DSA_65, ML_DSA_87, ParsedPublicKey,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    VerificationAlgorithm,
};
use rustls_pki_types::{AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm};
use webpki::aws_lc_rs as algorithms;

use crate::der::{self, Reader, tag};
use crate::public_key::KeyKind;

type Algorithm = &'static dyn SignatureVerificationAlgorithm;

/// RSA (PKCS #1 v1.5, PSS) and ECDSA over SHA-256 or stronger, and ML-DSA: what may sign a certificate.
static CERTIFICATE_SIGNATURES: &[Algorithm] = &[
    algorithms::ECDSA_P256_SHA256,
    algorithms::ECDSA_P256_SHA384,
    algorithms::ECDSA_P256_SHA512,
    algorithms::ECDSA_P384_SHA256,
    algorithms::ECDSA_P384_SHA384,
    algorithms::ECDSA_P384_SHA512,
    algorithms::ECDSA_P521_SHA256,
    algorithms::ECDSA_P521_SHA384,
    algorithms::ECDSA_P521_SHA512,
    algorithms::RSA_PKCS1_2048_8192_SHA256,
    algorithms::RSA_PKCS1_2048_8192_SHA384,
    algorithms::RSA_PKCS1_2048_8192_SHA512,
    algorithms::RSA_PKCS1_2048_8192_SHA256_ABSENT_PARAMS,
    algorithms::RSA_PKCS1_2048_8192_SHA384_ABSENT_PARAMS,
    algorithms::RSA_PKCS1_2048_8192_SHA512_ABSENT_PARAMS,
    algorithms::RSA_PSS_2048_8192_SHA256_LEGACY_KEY,
    algorithms::RSA_PSS_2048_8192_SHA384_LEGACY_KEY,
    algorithms::RSA_PSS_2048_8192_SHA512_LEGACY_KEY,
    &CERTIFICATE_ML_DSA_44,
    &CERTIFICATE_ML_DSA_65,
    &CERTIFICATE_ML_DSA_87,
];

/// ML-DSA, which webpki does not bring: pure, with an empty context; key and signature have one identifier, without
/// parameters (RFC 9881 sections 2 to 4).
#[derive(Debug)]
struct MlDsa {
    verification: &'static dyn VerificationAlgorithm,
    identifier: AlgorithmIdentifier,
}

static CERTIFICATE_ML_DSA_44: MlDsa = MlDsa {
    verification: &ML_DSA_44,
    identifier: AlgorithmIdentifier::from_slice(&[
        0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 17,
    ]),
};
static CERTIFICATE_ML_DSA_65: MlDsa = MlDsa {
    verification: &ML_DSA_65,
    identifier: AlgorithmIdentifier::from_slice(&[
        0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 18,
    ]),
};
static CERTIFICATE_ML_DSA_87: MlDsa = MlDsa {
    verification: &ML_DSA_87,
    identifier: AlgorithmIdentifier::from_slice(&[
        0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 19,
    ]),
};

impl SignatureVerificationAlgorithm for MlDsa {
    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        self.verification
            .verify_sig(public_key, message, signature)
            .map_err(|_| InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.identifier
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.identifier
    }
}

/// What became of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Verified,
    Invalid,
    /// No algorithm of ours for this key.
    Unsupported,
}

/// Verifies a CA's signature. `public_key` is a whole SubjectPublicKeyInfo, `algorithm` the content of an
/// AlgorithmIdentifier.
pub(crate) fn verify(
    public_key: &[u8],
    algorithm: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Verdict {
    let Some((key_algorithm, key)) = split_public_key(public_key) else {
        return Verdict::Invalid;
    };
    let found = algorithms_of(key_algorithm)
        .find(|candidate| candidate.signature_alg_id().as_ref() == algorithm);
    match found.map(|found| found.verify_signature(key, message, signature)) {
        None => Verdict::Unsupported,
        Some(Ok(())) => Verdict::Verified,
        Some(Err(InvalidSignature)) => Verdict::Invalid,
    }
}

/// The algorithms of a key, given by the content of its AlgorithmIdentifier.
fn algorithms_of(key_algorithm: &[u8]) -> impl Iterator<Item = Algorithm> {
    let all = CERTIFICATE_SIGNATURES.iter().copied();
    all.filter(move |candidate| candidate.public_key_alg_id().as_ref() == key_algorithm)
}

/// Whether the key signed the message, with one of the algorithms that may sign a certificate. `public_key` is a
/// whole SubjectPublicKeyInfo, `algorithm` the content of an AlgorithmIdentifier (RFC 5280 section 4.1.1.2).
#[must_use]
pub fn is_signed_by(public_key: &[u8], algorithm: &[u8], message: &[u8], signature: &[u8]) -> bool {
    verify(public_key, algorithm, message, signature) == Verdict::Verified
}

/// The key of a whole SubjectPublicKeyInfo: an RSAPublicKey, an uncompressed point or the octets of an ML-DSA key
/// (RFC 5280 section 4.1.2.7). `None` for what is none.
#[must_use]
pub fn subject_public_key(public_key: &[u8]) -> Option<&[u8]> {
    split_public_key(public_key).map(|(_, key)| key)
}

/// The content of a SubjectPublicKeyInfo's AlgorithmIdentifier, and its key.
fn split_public_key(public_key: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut fields = Reader::new(der::whole(public_key, tag::SEQUENCE).ok()?.value);
    let algorithm = fields.expect(tag::SEQUENCE).ok()?.value;
    let key = der::octet_aligned(fields.expect(tag::BIT_STRING).ok()?).ok()?;
    Some((algorithm, key))
}

/// An anchor's key, parsed for each of the usual signatures of its kind.
#[derive(Debug)]
pub(crate) struct AnchorKey {
    /// The whole SubjectPublicKeyInfo.
    public_key: Vec<u8>,
    parsed: Vec<(AlgorithmIdentifier, ParsedPublicKey)>,
}

impl AnchorKey {
    /// `None` for a key that is no valid one of its kind. `public_key` is a whole SubjectPublicKeyInfo.
    pub(crate) fn parse(kind: KeyKind, public_key: &[u8]) -> Option<Self> {
        let (_, key) = split_public_key(public_key)?;
        let usual = usual_signatures(kind).into_iter();
        let parsed = usual.map(|(algorithm, verification)| {
            let key = ParsedPublicKey::new(verification, key).ok()?;
            Some((algorithm.signature_alg_id(), key))
        });
        Some(Self {
            public_key: public_key.to_vec(),
            parsed: parsed.collect::<Option<_>>()?,
        })
    }

    /// The whole SubjectPublicKeyInfo.
    pub(crate) fn public_key(&self) -> &[u8] {
        &self.public_key
    }

    /// As [`verify`] with this key.
    pub(crate) fn verify(&self, algorithm: &[u8], message: &[u8], signature: &[u8]) -> Verdict {
        let known = self.parsed.iter().find(|(id, _)| id.as_ref() == algorithm);
        match known.map(|(_, key)| key.verify_sig(message, signature)) {
            Some(Ok(())) => Verdict::Verified,
            Some(Err(_)) => Verdict::Invalid,
            None => verify(&self.public_key, algorithm, message, signature),
        }
    }
}

/// The usual signatures of a key of this kind: how certificates name them, and what verifies them.
fn usual_signatures(kind: KeyKind) -> Vec<(Algorithm, &'static dyn VerificationAlgorithm)> {
    match kind {
        KeyKind::Rsa { .. } => vec![
            (
                algorithms::RSA_PKCS1_2048_8192_SHA256,
                &RSA_PKCS1_2048_8192_SHA256,
            ),
            (
                algorithms::RSA_PKCS1_2048_8192_SHA384,
                &RSA_PKCS1_2048_8192_SHA384,
            ),
            (
                algorithms::RSA_PKCS1_2048_8192_SHA512,
                &RSA_PKCS1_2048_8192_SHA512,
            ),
        ],
        KeyKind::EcP256 => vec![
            (algorithms::ECDSA_P256_SHA256, &ECDSA_P256_SHA256_ASN1),
            (algorithms::ECDSA_P256_SHA384, &ECDSA_P256_SHA384_ASN1),
            (algorithms::ECDSA_P256_SHA512, &ECDSA_P256_SHA512_ASN1),
        ],
        KeyKind::EcP384 => vec![
            (algorithms::ECDSA_P384_SHA256, &ECDSA_P384_SHA256_ASN1),
            (algorithms::ECDSA_P384_SHA384, &ECDSA_P384_SHA384_ASN1),
            (algorithms::ECDSA_P384_SHA512, &ECDSA_P384_SHA512_ASN1),
        ],
        KeyKind::EcP521 => vec![
            (algorithms::ECDSA_P521_SHA256, &ECDSA_P521_SHA256_ASN1),
            (algorithms::ECDSA_P521_SHA384, &ECDSA_P521_SHA384_ASN1),
            (algorithms::ECDSA_P521_SHA512, &ECDSA_P521_SHA512_ASN1),
        ],
        KeyKind::MlDsa44 => vec![(&CERTIFICATE_ML_DSA_44, &ML_DSA_44)],
        KeyKind::MlDsa65 => vec![(&CERTIFICATE_ML_DSA_65, &ML_DSA_65)],
        KeyKind::MlDsa87 => vec![(&CERTIFICATE_ML_DSA_87, &ML_DSA_87)],
    }
}
