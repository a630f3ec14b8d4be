//! Why a key could not be opened, made, written or used. No message holds key or password.

use std::path::PathBuf;

use crate::{KeyAlgorithm, SignatureScheme};

/// Why a key could not be opened, made, written or used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The file could not be read.
    #[error("cannot read key file `{}`", path.display())]
    Unreadable {
        /// The file as the caller named it.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The text holds no PEM block of a private key.
    #[error("no private key found in the PEM text (found: {found})")]
    NoPrivateKey {
        /// The labels that were there, joined by commas, or `nothing`.
        found: String,
    },
    /// A PEM block is broken.
    #[error("the PEM block `{label}` is broken: {detail}")]
    BrokenPem {
        /// The label after BEGIN.
        label: String,
        /// What is wrong with it.
        detail: String,
    },
    /// The DER inside the PEM block is not a private key of the kind that the label says.
    #[error("the private key in PEM block `{label}` is broken: {detail}")]
    BrokenKey {
        /// The label after BEGIN.
        label: String,
        /// What is wrong with it.
        detail: String,
    },
    /// The key is encrypted, and no password was given.
    #[error("the private key is encrypted and no password was given")]
    PasswordNeeded,
    /// The password does not open the key.
    #[error("the password does not open the private key")]
    WrongPassword,
    /// An empty password would encrypt nothing worth the name.
    #[error("the password is empty")]
    EmptyPassword,
    /// PEM's own encryption (RFC 1421), with MD5 as key derivation: refused.
    #[error(
        "the private key uses the legacy PEM encryption (`Proc-Type: 4,ENCRYPTED`), which is weak; \
         convert it with `openssl pkcs8 -topk8 -in OLD -out NEW`"
    )]
    LegacyEncryption,
    /// PKCS#8 with an encryption other than PBES2 of PBKDF2 or scrypt with AES.
    #[error(
        "the private key is encrypted with an unsupported or weak scheme ({detail}); \
         convert it with `openssl pkcs8 -topk8 -v2 aes-256-cbc -in OLD -out NEW`"
    )]
    UnsupportedEncryption {
        /// What was found.
        detail: String,
    },
    /// A key of a kind or curve that is not RSA, P-256, P-384, P-521 or ML-DSA.
    #[error(
        "keys of type {algorithm} are not supported; use RSA (2048 bits and up), EC on P-256, P-384 or P-521, or ML-DSA"
    )]
    UnsupportedAlgorithm {
        /// Its name or object identifier.
        algorithm: String,
    },
    /// RSA below 2048 bits.
    #[error("the RSA key has fewer than 2048 bits")]
    WeakRsa,
    /// A size that can't be generated.
    #[error("RSA keys of {bits} bits can't be made; use 2048, 3072 or 4096")]
    RsaSize {
        /// The size asked for.
        bits: usize,
    },
    /// The scheme is of another kind of key.
    #[error("signature scheme {scheme:?} does not fit a key of type {algorithm}")]
    SchemeMismatch {
        /// The key's kind.
        algorithm: KeyAlgorithm,
        /// The scheme asked for.
        scheme: SignatureScheme,
    },
    /// The source of the key failed to sign.
    #[error("the private key could not sign")]
    SigningFailed,
    /// No key could be generated or serialised.
    #[error("the private key could not be {0}")]
    Failed(&'static str),
}
