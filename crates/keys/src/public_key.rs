//! Public keys and signatures as tokens and TPMs give them (bare numbers and points) enter; `SubjectPublicKeyInfo`, DER
//! signatures and the check of one leave. Called by `pkcs11` and `tpm`.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA384_ASN1, ECDSA_P256_SHA512_ASN1, ECDSA_P384_SHA256_ASN1,
    ECDSA_P384_SHA384_ASN1, ECDSA_P384_SHA512_ASN1, ECDSA_P521_SHA256_ASN1, ECDSA_P521_SHA384_ASN1,
    ECDSA_P521_SHA512_ASN1, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384,
    RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384,
    RSA_PSS_2048_8192_SHA512, UnparsedPublicKey, VerificationAlgorithm,
};
use pkcs8::ObjectIdentifier;
use pkcs8::der::asn1::{AnyRef, BitStringRef, UintRef};
use pkcs8::der::{self, Decode, Encode, Reader, SliceReader, Tag};

use crate::file::modulus_bits;
use crate::tlv::sequence;
use crate::{KeyAlgorithm, KeyError, SignatureScheme};

const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const P521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");

/// A public key of a kind that we sign with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PublicKey {
    pub(crate) algorithm: KeyAlgorithm,
    /// DER `SubjectPublicKeyInfo`; a point is uncompressed.
    pub(crate) spki_der: Vec<u8>,
    /// What its bit string holds: DER `RSAPublicKey` (RFC 8017 appendix A.1.1) or the point.
    bare: Vec<u8>,
}

impl PublicKey {
    /// From the big-endian numbers of an RSA key.
    pub(crate) fn rsa(modulus: &[u8], exponent: &[u8]) -> Result<Self, KeyError> {
        let unreadable = |_| KeyError::Failed("read");
        let numbers =
            [modulus, exponent].map(|number| UintRef::new(number).and_then(|n| n.to_der()));
        let [modulus, exponent] = numbers;
        let bare = sequence(&[
            &modulus.map_err(unreadable)?,
            &exponent.map_err(unreadable)?,
        ]);
        Self::of_parts(RSA_ENCRYPTION, &[0x05, 0x00], &bare)
    }

    /// From a curve and its uncompressed point.
    pub(crate) fn ec(curve: KeyAlgorithm, point: &[u8]) -> Result<Self, KeyError> {
        let curve = match curve {
            KeyAlgorithm::EcP256 => P256,
            KeyAlgorithm::EcP384 => P384,
            KeyAlgorithm::EcP521 => P521,
            other => {
                return Err(KeyError::UnsupportedAlgorithm {
                    algorithm: other.to_string(),
                });
            }
        };
        let curve = curve.to_der().map_err(|_| KeyError::Failed("read"))?;
        Self::of_parts(EC_PUBLIC_KEY, &curve, point)
    }

    fn of_parts(kind: ObjectIdentifier, parameters: &[u8], bare: &[u8]) -> Result<Self, KeyError> {
        let unreadable = |_| KeyError::Failed("read");
        let kind = kind.to_der().map_err(unreadable)?;
        let bits = BitStringRef::from_bytes(bare)
            .and_then(|bits| bits.to_der())
            .map_err(unreadable)?;
        Self::from_spki(&sequence(&[&sequence(&[&kind, parameters]), &bits]))
    }

    /// From DER `SubjectPublicKeyInfo`.
    pub(crate) fn from_spki(spki_der: &[u8]) -> Result<Self, KeyError> {
        let (kind, curve, bare) = read_spki(spki_der).map_err(|_| KeyError::Failed("read"))?;
        let unsupported = |name: String| KeyError::UnsupportedAlgorithm { algorithm: name };
        let algorithm = match (kind, curve) {
            (RSA_ENCRYPTION, _) => KeyAlgorithm::Rsa {
                bits: modulus_bits(&bare).map_err(|_| KeyError::Failed("read"))?,
            },
            (EC_PUBLIC_KEY, Some(curve)) => {
                curve_of(curve).ok_or_else(|| unsupported(curve.to_string()))?
            }
            (other, _) => return Err(unsupported(other.to_string())),
        };
        if matches!(algorithm, KeyAlgorithm::Rsa { bits } if bits < 2048) {
            return Err(KeyError::WeakRsa);
        }
        Ok(Self {
            algorithm,
            spki_der: spki_der.to_vec(),
            bare,
        })
    }

    /// Whether `signature` is this key's of `message`.
    pub(crate) fn verifies(
        &self,
        scheme: SignatureScheme,
        message: &[u8],
        signature: &[u8],
    ) -> bool {
        use SignatureScheme::{
            EcdsaSha256, EcdsaSha384, EcdsaSha512, RsaPkcs1Sha256, RsaPkcs1Sha384, RsaPkcs1Sha512,
            RsaPssSha256, RsaPssSha384, RsaPssSha512,
        };
        let algorithm: &'static dyn VerificationAlgorithm = match (self.algorithm, scheme) {
            (KeyAlgorithm::Rsa { .. }, RsaPkcs1Sha256) => &RSA_PKCS1_2048_8192_SHA256,
            (KeyAlgorithm::Rsa { .. }, RsaPkcs1Sha384) => &RSA_PKCS1_2048_8192_SHA384,
            (KeyAlgorithm::Rsa { .. }, RsaPkcs1Sha512) => &RSA_PKCS1_2048_8192_SHA512,
            (KeyAlgorithm::Rsa { .. }, RsaPssSha256) => &RSA_PSS_2048_8192_SHA256,
            (KeyAlgorithm::Rsa { .. }, RsaPssSha384) => &RSA_PSS_2048_8192_SHA384,
            (KeyAlgorithm::Rsa { .. }, RsaPssSha512) => &RSA_PSS_2048_8192_SHA512,
            (KeyAlgorithm::EcP256, EcdsaSha256) => &ECDSA_P256_SHA256_ASN1,
            (KeyAlgorithm::EcP256, EcdsaSha384) => &ECDSA_P256_SHA384_ASN1,
            (KeyAlgorithm::EcP384, EcdsaSha256) => &ECDSA_P384_SHA256_ASN1,
            (KeyAlgorithm::EcP384, EcdsaSha384) => &ECDSA_P384_SHA384_ASN1,
            (KeyAlgorithm::EcP521, EcdsaSha256) => &ECDSA_P521_SHA256_ASN1,
            (KeyAlgorithm::EcP521, EcdsaSha384) => &ECDSA_P521_SHA384_ASN1,
            (KeyAlgorithm::EcP521, EcdsaSha512) => &ECDSA_P521_SHA512_ASN1,
            (KeyAlgorithm::EcP256, EcdsaSha512) => &ECDSA_P256_SHA512_ASN1,
            (KeyAlgorithm::EcP384, EcdsaSha512) => &ECDSA_P384_SHA512_ASN1,
            _ => return false,
        };
        UnparsedPublicKey::new(algorithm, &self.bare)
            .verify(message, signature)
            .is_ok()
    }
}

/// The curve of an object identifier's DER, as PKCS#11 keeps it in `CKA_EC_PARAMS`.
#[cfg(feature = "pkcs11")]
pub(crate) fn curve_of_parameters(der: &[u8]) -> Option<KeyAlgorithm> {
    curve_of(ObjectIdentifier::from_der(der).ok()?)
}

fn curve_of(oid: ObjectIdentifier) -> Option<KeyAlgorithm> {
    match oid {
        P256 => Some(KeyAlgorithm::EcP256),
        P384 => Some(KeyAlgorithm::EcP384),
        P521 => Some(KeyAlgorithm::EcP521),
        _ => None,
    }
}

/// The length of a coordinate in octets; 0 for what is no curve.
pub(crate) fn coordinate_length(curve: KeyAlgorithm) -> usize {
    match curve {
        KeyAlgorithm::EcP256 => 32,
        KeyAlgorithm::EcP384 => 48,
        KeyAlgorithm::EcP521 => 66,
        _ => 0,
    }
}

/// An ECDSA signature as a DER sequence (RFC 3279 section 2.2.3) of two big-endian numbers.
pub(crate) fn ecdsa_der(r: &[u8], s: &[u8]) -> Result<Vec<u8>, KeyError> {
    let number = |bytes| {
        UintRef::new(bytes)
            .and_then(|number| number.to_der())
            .map_err(|_| KeyError::SigningFailed)
    };
    Ok(sequence(&[&number(r)?, &number(s)?]))
}

type Spki = (ObjectIdentifier, Option<ObjectIdentifier>, Vec<u8>);

fn read_spki(spki_der: &[u8]) -> der::Result<Spki> {
    SliceReader::new(spki_der)?.sequence(|fields| {
        let (kind, curve) = fields.sequence(|algorithm| {
            let kind = ObjectIdentifier::decode(algorithm)?;
            let parameters: Option<AnyRef<'_>> = Option::decode(algorithm)?;
            let curve = parameters
                .filter(|parameters| der::Tagged::tag(parameters) == Tag::ObjectIdentifier)
                .map(|parameters| parameters.decode_as::<ObjectIdentifier>())
                .transpose()?;
            Ok::<_, der::Error>((kind, curve))
        })?;
        let bits = BitStringRef::decode(fields)?;
        Ok((kind, curve, bits.raw_bytes().to_vec()))
    })
}
