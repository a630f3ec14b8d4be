//! What a token is asked to do for a signature: a scheme, a message and the token's mechanisms enter, one of these with its
//! data leaves.

use aws_lc_rs::digest;
use cryptoki::mechanism::rsa::{PkcsMgfType, PkcsPssParams};
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::types::Ulong;

use crate::public_key::coordinate_length;
use crate::{KeyAlgorithm, SignatureScheme};

/// A mechanism with what it is given.
pub(super) struct Operation {
    pub(super) mechanism: Mechanism<'static>,
    pub(super) data: Vec<u8>,
}

/// Why there is none.
pub(super) enum NoOperation {
    /// The scheme is of another kind of key.
    Mismatch,
    /// The token lacks the mechanism.
    Missing,
}

impl Operation {
    /// RSA: the token hashes where it can. ECDSA: the hash is made here where it can be, but for a signature that is made `in_parts`:
    /// of the hash alone many tokens take none, since it is no more than one part.
    pub(super) fn choose(
        algorithm: KeyAlgorithm,
        scheme: SignatureScheme,
        message: &[u8],
        offered: &[MechanismType],
        in_parts: bool,
    ) -> Result<Self, NoOperation> {
        let (hash, whole, prefix): (_, _, &[u8]) = match scheme {
            SignatureScheme::RsaPkcs1Sha256 => {
                (&digest::SHA256, Mechanism::Sha256RsaPkcs, &SHA256_INFO)
            }
            SignatureScheme::RsaPkcs1Sha384 => {
                (&digest::SHA384, Mechanism::Sha384RsaPkcs, &SHA384_INFO)
            }
            SignatureScheme::RsaPkcs1Sha512 => {
                (&digest::SHA512, Mechanism::Sha512RsaPkcs, &SHA512_INFO)
            }
            SignatureScheme::RsaPssSha256 => (
                &digest::SHA256,
                Mechanism::Sha256RsaPkcsPss(pss(
                    MechanismType::SHA256,
                    PkcsMgfType::MGF1_SHA256,
                    32.into(),
                )),
                &[],
            ),
            SignatureScheme::RsaPssSha384 => (
                &digest::SHA384,
                Mechanism::Sha384RsaPkcsPss(pss(
                    MechanismType::SHA384,
                    PkcsMgfType::MGF1_SHA384,
                    48.into(),
                )),
                &[],
            ),
            SignatureScheme::RsaPssSha512 => (
                &digest::SHA512,
                Mechanism::Sha512RsaPkcsPss(pss(
                    MechanismType::SHA512,
                    PkcsMgfType::MGF1_SHA512,
                    64.into(),
                )),
                &[],
            ),
            SignatureScheme::EcdsaSha256 => (&digest::SHA256, Mechanism::EcdsaSha256, &[]),
            SignatureScheme::EcdsaSha384 => (&digest::SHA384, Mechanism::EcdsaSha384, &[]),
            SignatureScheme::EcdsaSha512 => (&digest::SHA512, Mechanism::EcdsaSha512, &[]),
            SignatureScheme::MlDsa => return Err(NoOperation::Mismatch),
        };
        let rsa = matches!(algorithm, KeyAlgorithm::Rsa { .. });
        let is_of_ecdsa = matches!(
            whole,
            Mechanism::EcdsaSha256 | Mechanism::EcdsaSha384 | Mechanism::EcdsaSha512
        );
        if rsa == is_of_ecdsa {
            return Err(NoOperation::Mismatch);
        }
        let has = |mechanism: &Mechanism<'_>| offered.contains(&mechanism.mechanism_type());
        let hashed = digest::digest(hash, message);
        let prefers_whole = rsa || in_parts || !has(&Mechanism::Ecdsa);
        if has(&whole) && prefers_whole {
            return Ok(Self {
                mechanism: whole,
                data: message.to_vec(),
            });
        }
        if !rsa && has(&Mechanism::Ecdsa) {
            // FIPS 186-5 section 6.4.1: of a hash longer than the order the leftmost bits count.
            let length = coordinate_length(algorithm).min(hash.output_len());
            return Ok(Self {
                mechanism: Mechanism::Ecdsa,
                data: hashed.as_ref().iter().take(length).copied().collect(),
            });
        }
        // A token that pads and does not hash.
        if let Mechanism::Sha256RsaPkcsPss(parameters)
        | Mechanism::Sha384RsaPkcsPss(parameters)
        | Mechanism::Sha512RsaPkcsPss(parameters) = &whole
        {
            let mechanism = Mechanism::RsaPkcsPss(*parameters);
            return match has(&mechanism) {
                true => Ok(Self {
                    mechanism,
                    data: hashed.as_ref().to_vec(),
                }),
                false => Err(NoOperation::Missing),
            };
        }
        if rsa && has(&Mechanism::RsaPkcs) {
            return Ok(Self {
                mechanism: Mechanism::RsaPkcs,
                data: [prefix, hashed.as_ref()].concat(),
            });
        }
        Err(NoOperation::Missing)
    }
}

/// The salt is as long as the hash, in octets (RFC 4055 section 3.1).
fn pss(hash_alg: MechanismType, mgf: PkcsMgfType, salt: Ulong) -> PkcsPssParams {
    PkcsPssParams {
        hash_alg,
        mgf,
        s_len: salt,
    }
}

/// DER `DigestInfo` up to the hash (RFC 8017 section 9.2, note 1).
const SHA256_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];
const SHA384_INFO: [u8; 19] = [
    0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02, 0x05,
    0x00, 0x04, 0x30,
];
const SHA512_INFO: [u8; 19] = [
    0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03, 0x05,
    0x00, 0x04, 0x40,
];

#[cfg(test)]
mod tests {
    use aws_lc_rs::digest::{SHA256, SHA384, digest};
    use cryptoki::mechanism::MechanismType;

    use super::{NoOperation, Operation};
    use crate::{KeyAlgorithm, SignatureScheme};

    const RSA: KeyAlgorithm = KeyAlgorithm::Rsa { bits: 2048 };

    fn chosen(
        algorithm: KeyAlgorithm,
        scheme: SignatureScheme,
        offered: &[MechanismType],
    ) -> Option<(MechanismType, Vec<u8>)> {
        let operation = Operation::choose(algorithm, scheme, b"text", offered, false).ok()?;
        Some((operation.mechanism.mechanism_type(), operation.data))
    }

    #[test]
    fn a_token_that_does_not_hash_gets_the_hash() {
        let scheme = SignatureScheme::RsaPkcs1Sha256;
        let both = [MechanismType::RSA_PKCS, MechanismType::SHA256_RSA_PKCS];
        let whole = Some((MechanismType::SHA256_RSA_PKCS, b"text".to_vec()));
        assert_eq!(chosen(RSA, scheme, &both), whole);
        let (mechanism, data) = chosen(RSA, scheme, &[MechanismType::RSA_PKCS]).unwrap();
        assert_eq!(mechanism, MechanismType::RSA_PKCS);
        assert_eq!(data.len(), 51);
        assert!(data.ends_with(digest(&SHA256, b"text").as_ref()));
        let missing = Operation::choose(RSA, scheme, b"text", &[MechanismType::ECDSA], false);
        assert!(matches!(missing, Err(NoOperation::Missing)));
        let mismatch = Operation::choose(RSA, SignatureScheme::EcdsaSha256, b"text", &both, false);
        assert!(matches!(mismatch, Err(NoOperation::Mismatch)));
    }

    #[test]
    fn a_hash_longer_than_the_curve_is_cut() {
        let ecdsa = [MechanismType::ECDSA];
        let hash = digest(&SHA384, b"text");
        for (curve, length) in [
            (KeyAlgorithm::EcP256, 32),
            (KeyAlgorithm::EcP384, 48),
            (KeyAlgorithm::EcP521, 48),
        ] {
            let (_, data) = chosen(curve, SignatureScheme::EcdsaSha384, &ecdsa).unwrap();
            assert_eq!(
                data,
                hash.as_ref()
                    .iter()
                    .copied()
                    .take(length)
                    .collect::<Vec<_>>()
            );
        }
    }

    #[test]
    fn in_parts_the_token_hashes_where_it_can() {
        let (curve, scheme) = (KeyAlgorithm::EcP256, SignatureScheme::EcdsaSha256);
        let both = [MechanismType::ECDSA, MechanismType::ECDSA_SHA256];
        let rows = [
            (&both[..], false, MechanismType::ECDSA),
            (&both[..], true, MechanismType::ECDSA_SHA256),
            (&both[..1], true, MechanismType::ECDSA),
            (&both[1..], false, MechanismType::ECDSA_SHA256),
        ];
        for (offered, in_parts, expected) in rows {
            let operation = Operation::choose(curve, scheme, b"text", offered, in_parts);
            let Ok(operation) = operation else {
                panic!("{offered:?}");
            };
            assert_eq!(
                operation.mechanism.mechanism_type(),
                expected,
                "{offered:?}"
            );
            let is_message = operation.data == b"text";
            assert_eq!(is_message, expected == MechanismType::ECDSA_SHA256);
        }
    }
}
