//! A master key whose file is of no use without a token: its secret is encrypted by an AES key that never leaves that. The token is asked
//! once, when the server starts. Called by `master_key.rs`.

use anyrole_domain::ports::Entropy;
use zeroize::Zeroizing;

use super::{KEY_LENGTH, MasterKeyError};

const HEADER: &str = "anyrole master key by a token's key, version 1";

/// A key on a token that encrypts the master key.
pub trait TokenKey {
    /// Which it is, without a PIN.
    fn uri(&self) -> String;

    /// Encrypts with a random initialization vector.
    ///
    /// # Errors
    /// What the token says.
    fn seal(&self, vector: [u8; 12], context: &[u8], secret: &[u8]) -> Result<Vec<u8>, String>;

    /// Opens what `seal` has made with the same context.
    ///
    /// # Errors
    /// What the token says.
    fn unseal(&self, context: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, String>;
}

#[cfg(feature = "pkcs11")]
impl TokenKey for anyrole_keys::Pkcs11SecretKey {
    fn uri(&self) -> String {
        self.uri().to_string()
    }

    fn seal(&self, vector: [u8; 12], context: &[u8], secret: &[u8]) -> Result<Vec<u8>, String> {
        self.seal(vector, context, secret)
            .map_err(|error| error.to_string())
    }

    fn unseal(&self, context: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, String> {
        self.unseal(context, sealed)
            .map_err(|error| error.to_string())
    }
}

/// What such a file holds.
pub(super) struct Wrapped {
    /// The key that has encrypted it, as it was called then: for messages alone.
    pub(super) uri: String,
    sealed: Vec<u8>,
}

impl Wrapped {
    /// `None` where a text is something else.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        if lines.next()?.trim_end() != HEADER {
            return None;
        }
        let uri = lines.next()?.trim_end().to_owned();
        let sealed = base64_simd::STANDARD.decode_to_vec(lines.next()?.trim_end());
        Some(Self {
            uri,
            sealed: sealed.ok()?,
        })
    }

    pub(super) fn open(
        &self,
        token_key: &dyn TokenKey,
    ) -> Result<Zeroizing<[u8; KEY_LENGTH]>, MasterKeyError> {
        let opened = token_key.unseal(HEADER.as_bytes(), &self.sealed);
        let opened = opened.map_err(|detail| refused(token_key, detail))?;
        let mut secret = Zeroizing::new([0; KEY_LENGTH]);
        if opened.len() != KEY_LENGTH {
            return Err(refused(token_key, "it opens to no master key".to_owned()));
        }
        secret.copy_from_slice(&opened);
        Ok(secret)
    }
}

pub(super) fn render(
    secret: &[u8; KEY_LENGTH],
    token_key: &dyn TokenKey,
    entropy: &dyn Entropy,
) -> Result<String, MasterKeyError> {
    let mut vector = [0; 12];
    entropy.fill(&mut vector);
    let sealed = token_key.seal(vector, HEADER.as_bytes(), secret);
    let sealed = sealed.map_err(|detail| refused(token_key, detail))?;
    let wrapped = Wrapped {
        uri: token_key.uri(),
        sealed,
    };
    // A token that encrypts and would not open again must not be found out at the next start.
    if wrapped.open(token_key)?.as_slice() != secret {
        return Err(refused(
            token_key,
            "what it encrypts it does not open again".to_owned(),
        ));
    }
    let text = base64_simd::STANDARD.encode_to_string(&wrapped.sealed);
    Ok(format!("{HEADER}\n{}\n{text}\n", wrapped.uri))
}

fn refused(token_key: &dyn TokenKey, detail: String) -> MasterKeyError {
    MasterKeyError::Token {
        uri: token_key.uri(),
        detail,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::MasterKey;
    use anyrole_domain::ports::SecretBox as _;

    struct Counted;

    impl Entropy for Counted {
        fn fill(&self, bytes: &mut [u8]) {
            for (byte, value) in bytes.iter_mut().zip(1..) {
                *byte = value;
            }
        }
    }

    /// Turns bits over; a token's key is tried with a token.
    struct Turns(u8);

    impl TokenKey for Turns {
        fn uri(&self) -> String {
            format!("pkcs11:token=t;object={}", self.0)
        }

        fn seal(&self, _: [u8; 12], context: &[u8], secret: &[u8]) -> Result<Vec<u8>, String> {
            let turned = secret.iter().map(|byte| byte ^ self.0);
            Ok(context.iter().copied().chain(turned).collect())
        }

        fn unseal(&self, context: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, String> {
            let turned = sealed.strip_prefix(context).ok_or("another context")?;
            if self.0 == 0 {
                return Err("another key".to_owned());
            }
            Ok(Zeroizing::new(
                turned.iter().map(|byte| byte ^ self.0).collect(),
            ))
        }
    }

    #[test]
    fn the_file_says_nothing_without_the_token() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        let entropy = Arc::new(Counted);
        let made = MasterKey::create_by(&path, &Turns(7), entropy.clone()).unwrap();
        let sealed = made.seal("row", b"secret").unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains("pkcs11:token=t;object=7"), "{text}");
        let again = [
            MasterKey::open_by(&path, &Turns(7), entropy.clone()).unwrap(),
            MasterKey::of_text(&text, Some(&Turns(7)), entropy.clone()).unwrap(),
        ];
        for key in again {
            assert_eq!(key.open("row", &sealed).unwrap().as_slice(), b"secret");
        }
        let said = |outcome: Result<MasterKey, MasterKeyError>| outcome.unwrap_err().to_string();
        let without = said(MasterKey::open(&path, entropy.clone()));
        assert!(
            without.contains("--master-key-token") && without.contains("object=7"),
            "{without}"
        );
        let other = said(MasterKey::open_by(&path, &Turns(0), entropy.clone()));
        assert!(other.contains("another key"), "{other}");
        let cut = said(MasterKey::of_text(
            &text.replace(".key", "").replace("version 1", "version 2"),
            Some(&Turns(7)),
            entropy,
        ));
        assert!(cut.contains("this version"), "{cut}");
    }

    #[test]
    fn a_file_that_is_not_encrypted_is_taken_for_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let (old, new) = (folder.path().join("old"), folder.path().join("new"));
        let entropy = Arc::new(Counted);
        let made = MasterKey::create(&old, entropy.clone()).unwrap();
        let sealed = made.seal("row", b"secret").unwrap();
        let error = MasterKey::open_by(&old, &Turns(7), entropy.clone()).unwrap_err();
        assert!(error.to_string().contains("--from OLD"), "{error}");
        MasterKey::move_to_token(&old, &new, &Turns(7), entropy.as_ref()).unwrap();
        let moved = MasterKey::open_by(&new, &Turns(7), entropy.clone()).unwrap();
        assert_eq!(moved.open("row", &sealed).unwrap().as_slice(), b"secret");
        let again = MasterKey::move_to_token(&old, &new, &Turns(7), entropy.as_ref());
        assert!(matches!(again, Err(MasterKeyError::Exists(_))));
    }
}
