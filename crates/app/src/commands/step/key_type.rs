//! `--kty`, `--curve` and `--size` as `step` has them: flags enter, the kind of key to make leaves.

use anyhow::{anyhow, bail};
use anyrole_keys::KeySpec;

use super::refusal::{incompatible_value, invalid, requires};

const CURVES: &str = "P-256, P-384, P-521";

/// The three flags.
#[derive(clap::Args, Debug, Default)]
pub struct KeyTypeFlags {
    /// Type of key: EC or RSA (ML-DSA-44, ML-DSA-65, ML-DSA-87 as well) [default: EC]
    #[arg(long, value_name = "TYPE")]
    pub kty: Option<String>,
    /// Curve of an EC key: P-256, P-384 or P-521 [default: P-256]
    #[arg(long, alias = "crv", value_name = "CURVE")]
    pub curve: Option<String>,
    /// Bits of an RSA key: 2048, 3072 or 4096 [default: 2048]
    #[arg(long, value_name = "BITS")]
    pub size: Option<String>,
}

impl KeyTypeFlags {
    /// The flag that was given, for those that go with no key type at all.
    pub fn given(&self) -> Option<&'static str> {
        let flags = [
            ("kty", self.kty.is_some()),
            ("curve", self.curve.is_some()),
            ("size", self.size.is_some()),
        ];
        flags
            .iter()
            .find(|(_, given)| *given)
            .map(|(flag, _)| *flag)
    }

    /// What they say.
    pub fn spec(&self, insecure: bool) -> anyhow::Result<KeySpec> {
        let Some(kty) = self.kty.as_deref() else {
            return match self.given() {
                Some(flag) => Err(requires(flag, "kty")),
                None => Ok(KeySpec::EcP256),
            };
        };
        match kty {
            "EC" => self.ec(),
            "RSA" => self.rsa(insecure),
            "OKP" => bail!(
                "--kty OKP (Ed25519) is left out of anyrole, since AWS takes no such key; openssl has it (`openssl genpkey -algorithm ed25519`), \
                 and Smallstep's own step"
            ),
            "ML-DSA-44" => Ok(KeySpec::MlDsa44),
            "ML-DSA-65" => Ok(KeySpec::MlDsa65),
            "ML-DSA-87" => Ok(KeySpec::MlDsa87),
            other => Err(invalid("kty", other, "RSA, EC, OKP")),
        }
    }

    fn ec(&self) -> anyhow::Result<KeySpec> {
        if self.size.is_some() {
            return Err(incompatible_value("size", "kty", "EC"));
        }
        match self.curve.as_deref() {
            None | Some("P-256") => Ok(KeySpec::EcP256),
            Some("P-384") => Ok(KeySpec::EcP384),
            Some("P-521") => Ok(KeySpec::EcP521),
            Some(other) => Err(anyhow!(
                "flag '--kty EC' is incompatible with flag '--curve {other}'\n\n  Option(s): --curve {CURVES}"
            )),
        }
    }

    fn rsa(&self, insecure: bool) -> anyhow::Result<KeySpec> {
        if self.curve.is_some() {
            return Err(incompatible_value("curve", "kty", "RSA"));
        }
        let Some(size) = self.size.as_deref() else {
            return Ok(KeySpec::Rsa { bits: 2048 });
        };
        match size.parse::<usize>() {
            Err(_) => Err(anyhow!(
                "invalid value \"{size}\" for flag -size: parse error"
            )),
            Ok(bits @ (2048 | 3072 | 4096)) => Ok(KeySpec::Rsa { bits }),
            Ok(bits) if bits < 2048 && !insecure => Err(anyhow!(
                "flag '--size' requires at least 2048 unless '--insecure' flag is provided"
            )),
            Ok(bits) => Err(anyhow!(
                "RSA keys of {bits} bits are left out of anyrole; openssl has them (`openssl genrsa {bits}`); use 2048, 3072 or 4096"
            )),
        }
    }
}
