//! The signature algorithms that are taken (RFC 7518, 3.1): a name of the header in, what verifies it out.
//! `none` and the HMACs are not among them: whoever knows a public key would know the secret of such a signature.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, ED25519,
    EcdsaVerificationAlgorithm, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384,
    RSA_PKCS1_2048_8192_SHA512, RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey,
};

/// An algorithm with what it takes to verify.
#[derive(Clone, Copy)]
pub(crate) struct Algorithm {
    pub(crate) name: &'static str,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    Rsa(&'static RsaParameters),
    Ec(&'static EcdsaVerificationAlgorithm, Curve),
    Ed25519,
}

/// The curves of keys (RFC 7518, 6.2.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Curve {
    P256,
    P384,
    P521,
}

impl Curve {
    pub(crate) fn of(name: &str) -> Option<Self> {
        match name {
            "P-256" => Some(Self::P256),
            "P-384" => Some(Self::P384),
            "P-521" => Some(Self::P521),
            _ => None,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
        }
    }

    /// `id-ecPublicKey` with the curve, as a DER `AlgorithmIdentifier`.
    pub(crate) fn algorithm_der(self) -> &'static [u8] {
        match self {
            Self::P256 => &[
                0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
                0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07,
            ],
            Self::P384 => &[
                0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b,
                0x81, 0x04, 0x00, 0x22,
            ],
            Self::P521 => &[
                0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b,
                0x81, 0x04, 0x00, 0x23,
            ],
        }
    }

    /// The length of a coordinate, in bytes.
    pub(crate) fn coordinate(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }
}

/// A public key's numbers.
#[derive(Debug, Clone)]
pub(crate) enum PublicKey {
    /// Modulus and exponent, big-endian, without zeros in front.
    Rsa { n: Vec<u8>, e: Vec<u8> },
    /// An uncompressed point.
    Ec { curve: Curve, point: Vec<u8> },
    /// A point (RFC 8037). Keys of providers are none of these.
    Ed25519 { point: Vec<u8> },
}

const fn rsa(name: &'static str, parameters: &'static RsaParameters) -> Algorithm {
    Algorithm {
        name,
        kind: Kind::Rsa(parameters),
    }
}

const fn ec(
    name: &'static str,
    algorithm: &'static EcdsaVerificationAlgorithm,
    curve: Curve,
) -> Algorithm {
    Algorithm {
        name,
        kind: Kind::Ec(algorithm, curve),
    }
}

/// Those that IAM takes of OpenID Connect providers (IAM user guide, prerequisites of OIDC federation).
static ALGORITHMS: [Algorithm; 6] = [
    rsa("RS256", &RSA_PKCS1_2048_8192_SHA256),
    rsa("RS384", &RSA_PKCS1_2048_8192_SHA384),
    rsa("RS512", &RSA_PKCS1_2048_8192_SHA512),
    ec("ES256", &ECDSA_P256_SHA256_FIXED, Curve::P256),
    ec("ES384", &ECDSA_P384_SHA384_FIXED, Curve::P384),
    ec("ES512", &ECDSA_P521_SHA512_FIXED, Curve::P521),
];

/// What keys of accounts may sign with beside those (RFC 8555, 6.2; RFC 8037).
static EDDSA: Algorithm = Algorithm {
    name: "EdDSA",
    kind: Kind::Ed25519,
};

impl Algorithm {
    /// One that keys of accounts may sign with.
    pub(crate) fn of_jws(name: &str) -> Option<&'static Self> {
        Self::of(name).or((name == EDDSA.name).then_some(&EDDSA))
    }

    pub(crate) fn of(name: &str) -> Option<&'static Self> {
        ALGORITHMS.iter().find(|algorithm| algorithm.name == name)
    }

    /// Whether a key is of the kind that this algorithm uses.
    pub(crate) fn fits(&self, key: &PublicKey) -> bool {
        match (self.kind, key) {
            (Kind::Rsa(_), PublicKey::Rsa { .. }) => true,
            (Kind::Ec(_, wanted), PublicKey::Ec { curve, .. }) => wanted == *curve,
            (Kind::Ed25519, PublicKey::Ed25519 { .. }) => true,
            _ => false,
        }
    }

    /// Whether `signature` is the key's over `message`; not for a key of another kind.
    pub(crate) fn verifies(&self, key: &PublicKey, message: &[u8], signature: &[u8]) -> bool {
        match (self.kind, key) {
            (Kind::Rsa(parameters), PublicKey::Rsa { n, e }) => RsaPublicKeyComponents { n, e }
                .verify(parameters, message, signature)
                .is_ok(),
            (Kind::Ec(algorithm, wanted), PublicKey::Ec { curve, point }) if wanted == *curve => {
                UnparsedPublicKey::new(algorithm, point)
                    .verify(message, signature)
                    .is_ok()
            }
            (Kind::Ed25519, PublicKey::Ed25519 { point }) => {
                UnparsedPublicKey::new(&ED25519, point)
                    .verify(message, signature)
                    .is_ok()
            }
            _ => false,
        }
    }
}

impl std::fmt::Debug for Algorithm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}
