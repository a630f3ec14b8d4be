//! Private keys of certificate authorities: made in memory, kept as PKCS#8 under the master key, opened to sign; or made on a PKCS#11 token
//! that they never leave. The domain calls by its port `AuthorityKeys`.

use std::sync::Arc;

use anyrole_domain::certificate_authorities::{AuthorityKeyAlgorithm, StoredKey};
use anyrole_domain::ports::{AuthorityKeyError, AuthorityKeys, KeyEnd, SecretBox};
#[cfg(feature = "pkcs11")]
use anyrole_keys::Pkcs11Error;
use anyrole_keys::{FileKey, KeySpec, SigningKey};

/// Keys that are encrypted under the master key, each with its authority's ARN as context.
pub struct SealedAuthorityKeys {
    secrets: Arc<dyn SecretBox>,
}

impl SealedAuthorityKeys {
    /// Keys under this master key.
    pub fn new(secrets: Arc<dyn SecretBox>) -> Self {
        Self { secrets }
    }
}

impl AuthorityKeys for SealedAuthorityKeys {
    fn make(
        &self,
        authority_arn: &str,
        algorithm: AuthorityKeyAlgorithm,
    ) -> Result<(StoredKey, Box<dyn SigningKey>), AuthorityKeyError> {
        let key = FileKey::generate(spec(algorithm)).map_err(failed)?;
        let pkcs8 = key.to_pkcs8_der().map_err(failed)?;
        let sealed = self
            .secrets
            .seal(&context(authority_arn), &pkcs8)
            .map_err(failed)?;
        Ok((StoredKey::Sealed(sealed), Box::new(key)))
    }

    fn open(
        &self,
        authority_arn: &str,
        stored: &StoredKey,
    ) -> Result<Box<dyn SigningKey>, AuthorityKeyError> {
        let sealed = match stored {
            StoredKey::Sealed(sealed) => sealed,
            StoredKey::Token(uri) => {
                return Err(AuthorityKeyError::Failed(format!(
                    "it is on a token, `{uri}`; start the server with --ca-keys and the URI of that token"
                )));
            }
        };
        let pkcs8 = self
            .secrets
            .open(&context(authority_arn), sealed)
            .map_err(failed)?;
        let key = FileKey::parse(&pkcs8, None).map_err(failed)?;
        Ok(Box::new(key))
    }

    fn destroy(&self, stored: &StoredKey) -> Result<KeyEnd, AuthorityKeyError> {
        Ok(match stored {
            StoredKey::Sealed(_) => KeyEnd::Destroyed,
            StoredKey::Token(_) => KeyEnd::Left,
        })
    }
}

/// Makes keys on a token; opens those, and keys under the master key that were made before.
#[cfg(feature = "pkcs11")]
pub struct TokenAuthorityKeys {
    token: anyrole_keys::Pkcs11Store,
    sealed: SealedAuthorityKeys,
}

#[cfg(feature = "pkcs11")]
impl TokenAuthorityKeys {
    /// New keys on this token.
    pub fn new(token: anyrole_keys::Pkcs11Store, sealed: SealedAuthorityKeys) -> Self {
        Self { token, sealed }
    }
}

#[cfg(feature = "pkcs11")]
impl AuthorityKeys for TokenAuthorityKeys {
    fn make(
        &self,
        authority_arn: &str,
        algorithm: AuthorityKeyAlgorithm,
    ) -> Result<(StoredKey, Box<dyn SigningKey>), AuthorityKeyError> {
        use AuthorityKeyAlgorithm::{ML_DSA_44, ML_DSA_65, ML_DSA_87};
        if matches!(algorithm, ML_DSA_44 | ML_DSA_65 | ML_DSA_87) {
            return Err(AuthorityKeyError::NotOfThisKind(
                "This server makes the keys of certificate authorities on a PKCS#11 token, which makes RSA and EC keys alone."
                    .to_owned(),
            ));
        }
        let id = authority_arn.rsplit('/').next().unwrap_or_default();
        let number = u128::from_str_radix(&id.replace('-', ""), 16).map_err(failed)?;
        let label = format!("anyrole-ca-{id}");
        let made = self
            .token
            .make(&label, &number.to_be_bytes(), spec(algorithm));
        let (uri, key) = made.map_err(|error| match error {
            anyrole_keys::KeyError::Pkcs11(refused @ Pkcs11Error::MakesNone { .. }) => {
                AuthorityKeyError::NotOfThisKind(format!(
                    "The token that this server makes keys on: {refused}."
                ))
            }
            other => failed(other),
        })?;
        Ok((StoredKey::Token(uri), Box::new(key)))
    }

    fn open(
        &self,
        authority_arn: &str,
        stored: &StoredKey,
    ) -> Result<Box<dyn SigningKey>, AuthorityKeyError> {
        match stored {
            StoredKey::Sealed(_) => self.sealed.open(authority_arn, stored),
            StoredKey::Token(uri) => Ok(Box::new(self.token.key(uri).map_err(failed)?)),
        }
    }

    fn destroy(&self, stored: &StoredKey) -> Result<KeyEnd, AuthorityKeyError> {
        match stored {
            StoredKey::Sealed(_) => self.sealed.destroy(stored),
            StoredKey::Token(uri) => {
                self.token.destroy(uri).map_err(failed)?;
                Ok(KeyEnd::Destroyed)
            }
        }
    }
}

fn context(authority_arn: &str) -> String {
    format!("certificate-authority:{authority_arn}")
}

fn failed(error: impl std::fmt::Display) -> AuthorityKeyError {
    AuthorityKeyError::Failed(error.to_string())
}

fn spec(algorithm: AuthorityKeyAlgorithm) -> KeySpec {
    use AuthorityKeyAlgorithm as Algorithm;
    match algorithm {
        Algorithm::RSA_2048 => KeySpec::Rsa { bits: 2048 },
        Algorithm::RSA_3072 => KeySpec::Rsa { bits: 3072 },
        Algorithm::RSA_4096 => KeySpec::Rsa { bits: 4096 },
        Algorithm::EC_prime256v1 => KeySpec::EcP256,
        Algorithm::EC_secp384r1 => KeySpec::EcP384,
        Algorithm::EC_secp521r1 => KeySpec::EcP521,
        Algorithm::ML_DSA_44 => KeySpec::MlDsa44,
        Algorithm::ML_DSA_65 => KeySpec::MlDsa65,
        Algorithm::ML_DSA_87 => KeySpec::MlDsa87,
    }
}

#[cfg(test)]
mod tests {
    use anyrole_domain::ports::Entropy;
    use anyrole_keys::SignatureScheme;

    use super::*;
    use crate::MasterKey;

    struct Counted;

    impl Entropy for Counted {
        fn fill(&self, bytes: &mut [u8]) {
            for (byte, value) in bytes.iter_mut().zip(1..) {
                *byte = value;
            }
        }
    }

    #[test]
    fn a_key_is_opened_for_its_own_authority_alone() {
        let folder = tempfile::tempdir().unwrap();
        let master = MasterKey::create(&folder.path().join("master.key"), Arc::new(Counted));
        let keys = SealedAuthorityKeys::new(Arc::new(master.unwrap()));
        for algorithm in [
            AuthorityKeyAlgorithm::RSA_2048,
            AuthorityKeyAlgorithm::EC_prime256v1,
            AuthorityKeyAlgorithm::EC_secp384r1,
            AuthorityKeyAlgorithm::EC_secp521r1,
            AuthorityKeyAlgorithm::ML_DSA_65,
        ] {
            let (stored, made) = keys.make("arn:one", algorithm).unwrap();
            let opened = keys.open("arn:one", &stored).unwrap();
            assert_eq!(opened.public_key_der(), made.public_key_der());
            if algorithm == AuthorityKeyAlgorithm::EC_prime256v1 {
                assert!(opened.sign(SignatureScheme::EcdsaSha256, b"x").is_ok());
            }
            assert!(keys.open("arn:two", &stored).is_err());
            let token = StoredKey::Token("pkcs11:token=x".to_owned());
            let Err(error) = keys.open("arn:one", &token) else {
                panic!("a token's key was opened");
            };
            let said = error.to_string();
            assert!(
                said.contains("pkcs11:token=x") && said.contains("--ca-keys"),
                "{said}"
            );
            assert_eq!(keys.destroy(&token).unwrap(), KeyEnd::Left);
        }
    }
}
