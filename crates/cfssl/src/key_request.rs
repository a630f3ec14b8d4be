//! The section `key` of a request: a kind and a size enter, in words, the kind of key to make leaves.

use anyrole_keys::KeySpec;

use crate::CfsslError;
use crate::error::Fault;
use crate::json::Fields;

/// The kind of key asked for, in the file's own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRequest {
    algorithm: String,
    size: i64,
}

impl Default for KeyRequest {
    fn default() -> Self {
        Self {
            algorithm: "ecdsa".to_owned(),
            size: 256,
        }
    }
}

impl KeyRequest {
    /// What the file leaves out stays as it is by default, each part for itself.
    pub(crate) fn read(fields: Fields<'_>) -> Result<Self, CfsslError> {
        let default = Self::default();
        let algorithm = fields.text("algo")?;
        Ok(Self {
            algorithm: match algorithm.is_empty() {
                true => default.algorithm,
                false => algorithm,
            },
            size: fields.number("size")?.unwrap_or(default.size),
        })
    }

    /// As cfssl logs it: `ecdsa-256`.
    pub fn shown(&self) -> String {
        format!("{}-{}", self.algorithm, self.size)
    }

    /// The kind of key.
    ///
    /// # Errors
    /// A kind, curve or size that is not made, with the ones that are.
    pub fn spec(&self) -> Result<KeySpec, CfsslError> {
        let refuse = |message: &str| Err(Fault::KeyGeneration.because(message));
        match (self.algorithm.as_str(), self.size) {
            ("rsa", ..2048) => refuse("RSA key is too weak"),
            ("rsa", bits @ (2048 | 3072 | 4096)) => match usize::try_from(bits) {
                Ok(bits) => Ok(KeySpec::Rsa { bits }),
                Err(_) => refuse("RSA key size too large"),
            },
            ("rsa", 8193..) => refuse("RSA key size too large"),
            ("rsa", _) => refuse(
                "RSA keys are made with 2048, 3072 or 4096 bits; `cfssl` of Cloudflare makes others",
            ),
            ("ecdsa", 256) => Ok(KeySpec::EcP256),
            ("ecdsa", 384) => Ok(KeySpec::EcP384),
            ("ecdsa", 521) => Ok(KeySpec::EcP521),
            ("ecdsa", _) => refuse("invalid curve"),
            ("mldsa44", _) => Ok(KeySpec::MlDsa44),
            ("mldsa65", _) => Ok(KeySpec::MlDsa65),
            ("mldsa87", _) => Ok(KeySpec::MlDsa87),
            ("ed25519", _) => refuse(
                "Roles Anywhere takes no Ed25519 keys; use `ecdsa`, `rsa` or `mldsa65`, or `cfssl` of Cloudflare",
            ),
            _ => refuse("invalid algorithm"),
        }
    }
}

#[cfg(test)]
mod tests {
    use anyrole_keys::KeySpec;

    use crate::CertificateRequest;

    #[test]
    fn keys_are_asked_for_by_kind_and_size() {
        let rows = [
            ("{}", Ok(KeySpec::EcP256)),
            (r#"{"key":null}"#, Ok(KeySpec::EcP256)),
            (r#"{"key":{}}"#, Ok(KeySpec::EcP256)),
            (r#"{"key":{"size":384}}"#, Ok(KeySpec::EcP384)),
            (
                r#"{"key":{"algo":"ecdsa","size":521}}"#,
                Ok(KeySpec::EcP521),
            ),
            (
                r#"{"key":{"algo":"rsa","size":3072}}"#,
                Ok(KeySpec::Rsa { bits: 3072 }),
            ),
            (r#"{"key":{"algo":"mldsa65"}}"#, Ok(KeySpec::MlDsa65)),
            (r#"{"key":{"algo":"rsa"}}"#, Err("too weak")),
            (r#"{"key":{"algo":"rsa","size":9000}}"#, Err("too large")),
            (
                r#"{"key":{"algo":"rsa","size":2100}}"#,
                Err("2048, 3072 or 4096"),
            ),
            (
                r#"{"key":{"algo":"ecdsa","size":224}}"#,
                Err("invalid curve"),
            ),
            (r#"{"key":{"algo":"ed25519"}}"#, Err("Ed25519")),
            (
                r#"{"key":{"algo":"dsa","size":2048}}"#,
                Err("invalid algorithm"),
            ),
        ];
        for (text, expected) in rows {
            let spec = CertificateRequest::parse(text.as_bytes())
                .unwrap()
                .key()
                .spec();
            match expected {
                Ok(wanted) => assert_eq!(spec.unwrap(), wanted, "{text}"),
                Err(wanted) => {
                    let error = spec.unwrap_err().to_string();
                    assert!(error.contains(wanted) && error.contains("2400"), "{error}");
                }
            }
        }
    }
}
