//! Private keys of kept certificates: an algorithm by its name in the API enters, a key leaves, and its sealed form.

use anyrole_keys::{FileKey, KeyAlgorithm, KeySpec, Password, SigningKey as _};
use zeroize::Zeroizing;

use super::{internal, invalid, key_context};
use crate::refusal::Refusal;
use crate::site::Site;

/// The kinds of key that a certificate may have (Certificate Manager API reference, KeyAlgorithm). RSA_1024 is not served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    non_camel_case_types,
    reason = "the API's own names, which rows keep as well"
)]
pub enum CertificateKeyAlgorithm {
    /// RSA with 2048 bits.
    RSA_2048,
    /// RSA with 3072 bits.
    RSA_3072,
    /// RSA with 4096 bits.
    RSA_4096,
    /// NIST P-256.
    EC_prime256v1,
    /// NIST P-384.
    EC_secp384r1,
    /// NIST P-521.
    EC_secp521r1,
}

impl CertificateKeyAlgorithm {
    const ALL: [(Self, &'static str, KeySpec, KeyAlgorithm); 6] = [
        (
            Self::RSA_2048,
            "RSA_2048",
            KeySpec::Rsa { bits: 2048 },
            KeyAlgorithm::Rsa { bits: 2048 },
        ),
        (
            Self::RSA_3072,
            "RSA_3072",
            KeySpec::Rsa { bits: 3072 },
            KeyAlgorithm::Rsa { bits: 3072 },
        ),
        (
            Self::RSA_4096,
            "RSA_4096",
            KeySpec::Rsa { bits: 4096 },
            KeyAlgorithm::Rsa { bits: 4096 },
        ),
        (
            Self::EC_prime256v1,
            "EC_prime256v1",
            KeySpec::EcP256,
            KeyAlgorithm::EcP256,
        ),
        (
            Self::EC_secp384r1,
            "EC_secp384r1",
            KeySpec::EcP384,
            KeyAlgorithm::EcP384,
        ),
        (
            Self::EC_secp521r1,
            "EC_secp521r1",
            KeySpec::EcP521,
            KeyAlgorithm::EcP521,
        ),
    ];

    /// As the API and the rows have it.
    pub fn as_str(self) -> &'static str {
        let found = Self::ALL.iter().find(|(one, ..)| *one == self);
        found.map_or("", |(_, name, ..)| name)
    }

    /// What `as_str` wrote.
    pub fn parse(name: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|(_, known, ..)| *known == name);
        found.map(|(one, ..)| *one)
    }

    fn spec(self) -> KeySpec {
        let found = Self::ALL.iter().find(|(one, ..)| *one == self);
        found.map_or(KeySpec::EcP256, |(_, _, spec, _)| *spec)
    }

    pub(super) fn of(key: &FileKey) -> Option<Self> {
        let algorithm = key.algorithm();
        let found = Self::ALL.iter().find(|(.., known)| *known == algorithm);
        found.map(|(one, ..)| *one)
    }
}

/// Makes a key; RSA keys of 4096 bits take seconds.
pub(super) async fn make(algorithm: CertificateKeyAlgorithm) -> Result<FileKey, Refusal> {
    tokio::task::spawn_blocking(move || FileKey::generate(algorithm.spec()))
        .await
        .map_err(internal)?
        .map_err(internal)
}

/// The key as it goes into the row of this ARN.
pub(super) fn seal(site: &Site, arn: &str, key: &FileKey) -> Result<Vec<u8>, Refusal> {
    let pkcs8 = key.to_pkcs8_der().map_err(internal)?;
    let sealed = site.secrets.seal(&key_context(arn), &pkcs8);
    sealed.map_err(internal)
}

/// The key out of the row of this ARN, as PEM encrypted under a passphrase.
pub(super) async fn export(
    site: &Site,
    arn: &str,
    sealed: &[u8],
    passphrase: Password,
) -> Result<Zeroizing<String>, Refusal> {
    let pkcs8 = site
        .secrets
        .open(&key_context(arn), sealed)
        .map_err(internal)?;
    let key = FileKey::parse(&pkcs8, None).map_err(internal)?;
    // A tenth of a second, to make guessing slow.
    let random = aws_lc_rs::rand::SystemRandom::new();
    tokio::task::spawn_blocking(move || key.to_encrypted_pem(&passphrase, &random))
        .await
        .map_err(internal)?
        .map_err(internal)
}

/// Reads a key that is imported: plain PEM.
pub(super) fn read(pem: &[u8]) -> Result<FileKey, Refusal> {
    FileKey::parse(pem, None).map_err(|error| match error {
        anyrole_keys::KeyError::PasswordNeeded => invalid(
            "encrypted-key",
            "The private key is encrypted; import it without a passphrase.",
        ),
        error => invalid(
            "unreadable-key",
            format!("The private key can't be read: {error}."),
        ),
    })
}
