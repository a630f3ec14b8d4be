//! `--kty`, `--curve` and `--size`: flags enter, the kind of key to make leaves.

use anyhow::bail;
use anyrole_keys::KeySpec;

/// What key to make.
#[derive(clap::Args, Debug)]
pub struct KeyTypeFlags {
    /// Type of key
    #[arg(long, value_enum, ignore_case = true, default_value = "EC")]
    pub kty: KeyType,
    /// Curve of an EC key [default: P-256]
    #[arg(long, alias = "crv", value_enum, ignore_case = true)]
    pub curve: Option<Curve>,
    /// Bits of an RSA key: 2048, 3072 or 4096 [default: 2048]
    #[arg(long, value_name = "BITS")]
    pub size: Option<usize>,
}

/// Values of `--kty`.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyType {
    /// Elliptic curve
    #[value(name = "EC")]
    Ec,
    /// RSA
    #[value(name = "RSA")]
    Rsa,
    /// ML-DSA-44 (FIPS 204)
    #[value(name = "ML-DSA-44")]
    MlDsa44,
    /// ML-DSA-65 (FIPS 204)
    #[value(name = "ML-DSA-65")]
    MlDsa65,
    /// ML-DSA-87 (FIPS 204)
    #[value(name = "ML-DSA-87")]
    MlDsa87,
}

/// Values of `--curve`.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Curve {
    /// NIST P-256
    #[value(name = "P-256")]
    P256,
    /// NIST P-384
    #[value(name = "P-384")]
    P384,
    /// NIST P-521
    #[value(name = "P-521")]
    P521,
}

impl KeyTypeFlags {
    /// What they say.
    pub fn spec(&self) -> anyhow::Result<KeySpec> {
        match (self.kty, self.curve, self.size) {
            (KeyType::Ec, _, Some(_)) => bail!("--size is for --kty RSA; an EC key takes --curve"),
            (KeyType::Rsa, Some(_), _) => {
                bail!("--curve is for --kty EC; an RSA key takes --size")
            }
            (KeyType::Ec, None | Some(Curve::P256), None) => Ok(KeySpec::EcP256),
            (KeyType::Ec, Some(Curve::P384), None) => Ok(KeySpec::EcP384),
            (KeyType::Ec, Some(Curve::P521), None) => Ok(KeySpec::EcP521),
            (KeyType::MlDsa44 | KeyType::MlDsa65 | KeyType::MlDsa87, Some(_), _)
            | (KeyType::MlDsa44 | KeyType::MlDsa65 | KeyType::MlDsa87, _, Some(_)) => {
                bail!("--curve and --size are not for ML-DSA keys")
            }
            (KeyType::MlDsa44, None, None) => Ok(KeySpec::MlDsa44),
            (KeyType::MlDsa65, None, None) => Ok(KeySpec::MlDsa65),
            (KeyType::MlDsa87, None, None) => Ok(KeySpec::MlDsa87),
            (KeyType::Rsa, None, size) => match size.unwrap_or(2048) {
                bits @ (2048 | 3072 | 4096) => Ok(KeySpec::Rsa { bits }),
                bits => bail!("--size {bits} is not possible; use 2048, 3072 or 4096"),
            },
        }
    }
}
