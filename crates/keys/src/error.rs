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
    /// There is no private key in it.
    #[error("no private key found (found: {found})")]
    NoPrivateKey {
        /// What was there instead: the labels of the PEM blocks, joined by commas.
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
    /// The DER is not a private key of the kind that it should be.
    #[error("the private key (`{label}`) is broken: {detail}")]
    BrokenKey {
        /// The label that its form has in PEM.
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
    /// An encryption that isn't read.
    #[error(
        "encrypted with an unsupported scheme ({detail}); convert the key with \
         `openssl pkcs8 -topk8 -v2 aes-256-cbc -in OLD -out NEW` (from PKCS#12: `openssl pkcs12 -in OLD -out NEW.pem`; \
         very old schemes want `-legacy` or `-provider legacy -provider default` with it)"
    )]
    UnsupportedEncryption {
        /// What was found.
        detail: String,
    },
    /// Deriving the key would take too long, or too much memory.
    #[error(
        "opening it would take {detail}, which is refused; encrypt the key anew with \
         `openssl pkcs8 -topk8 -iter 600000 -in OLD -out NEW`"
    )]
    TooCostly {
        /// What is asked for.
        detail: String,
    },
    /// No key is that long.
    #[error("larger than {limit} bytes, which no key is")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// What other programs keep keys in.
    #[error("{format}, which is not read; {cure}")]
    OtherFormat {
        /// What it is.
        format: &'static str,
        /// The command that converts it.
        cure: &'static str,
    },
    /// A PKCS#12 file that can't be read.
    #[error(
        "the PKCS#12 file is broken: {detail}; if other programs open it, write it anew with \
         `openssl pkcs12 -in OLD -out NEW.pem` (`-legacy` for old ones)"
    )]
    BrokenPkcs12 {
        /// What is wrong with it.
        detail: String,
    },
    /// A PKCS#12 file of certificates alone.
    #[error("the PKCS#12 file holds no private key; export it with its key")]
    NoKeyInPkcs12,
    /// The curve is spelled out.
    #[error(
        "the EC key spells its curve out instead of naming it; name it with \
         `openssl ec -in OLD -param_enc named_curve -out NEW`"
    )]
    UnnamedCurve,
    /// A key of a kind or curve that is not RSA, P-256, P-384, P-521 or ML-DSA.
    #[error(
        "keys of type {algorithm} are not supported, nor does AWS take them; use RSA (2048 bits and up), EC on P-256, P-384 or \
         P-521, or ML-DSA: make a key with `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out NEW` and have a \
         certificate issued for it"
    )]
    UnsupportedAlgorithm {
        /// Its name or object identifier.
        algorithm: String,
    },
    /// RSA below 2048 bits.
    #[error(
        "the RSA key has fewer than 2048 bits, which AWS does not take; make one with `openssl genrsa -out NEW 3072` and have a \
         certificate issued for it"
    )]
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
    /// A PKCS#11 token.
    #[cfg(feature = "pkcs11")]
    #[error(transparent)]
    Pkcs11(#[from] crate::Pkcs11Error),
    /// A TPM.
    #[cfg(feature = "tpm")]
    #[error(transparent)]
    Tpm(#[from] crate::TpmError),
    /// The source of the key failed to sign.
    #[error("the private key could not sign")]
    SigningFailed,
    /// No key could be generated or serialised.
    #[error("the private key could not be {0}")]
    Failed(&'static str),
}
