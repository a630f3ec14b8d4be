//! A [`FileKey`] enters, PEM leaves: PKCS#8 plain, or encrypted under a password with PBES2 (RFC 8018).

use aws_lc_rs::rand::SecureRandom;
use pkcs8::der::pem::LineEnding;
use pkcs8::pkcs5::pbes2::Parameters;
use pkcs8::{PrivateKeyInfoRef, SecretDocument};
use zeroize::Zeroizing;

use super::FileKey;
use crate::form::Form;
use crate::{KeyError, Password};

/// PBKDF2-HMAC-SHA256 rounds: OWASP's recommendation, some 0.1 s. Not scrypt, since OpenSSL opens scrypt up to
/// 32 MiB only and other tools not at all.
const ROUNDS: u32 = 600_000;

impl FileKey {
    /// The key as unencrypted PKCS#8 PEM.
    ///
    /// # Errors
    /// [`KeyError::Failed`] when it can't be serialised.
    pub fn to_pem(&self) -> Result<Zeroizing<String>, KeyError> {
        let der = self.to_pkcs8_der()?;
        let info = PrivateKeyInfoRef::try_from(der.as_slice());
        let document = info.and_then(|info| Ok(SecretDocument::encode_msg(&info)?));
        render(Form::Pkcs8, document)
    }

    /// The key as encrypted PKCS#8 PEM: PBES2 with PBKDF2-HMAC-SHA256 and AES-256-CBC; `random` gives salt and
    /// initialisation vector.
    ///
    /// # Errors
    /// [`KeyError::EmptyPassword`]; [`KeyError::Failed`] when it can't be serialised or there is no randomness.
    pub fn to_encrypted_pem(
        &self,
        password: &Password,
        random: &dyn SecureRandom,
    ) -> Result<Zeroizing<String>, KeyError> {
        if password.is_empty() {
            return Err(KeyError::EmptyPassword);
        }
        let (mut salt, mut iv) = ([0; 16], [0; 16]);
        random
            .fill(&mut salt)
            .and_then(|()| random.fill(&mut iv))
            .map_err(|_| KeyError::Failed("encrypted"))?;
        let parameters = Parameters::generate_pbkdf2_sha256_aes256cbc(ROUNDS, &salt, iv)
            .map_err(|_| KeyError::Failed("encrypted"))?;
        let der = self.to_pkcs8_der()?;
        let document = PrivateKeyInfoRef::try_from(der.as_slice())
            .and_then(|info| info.encrypt_with_params(parameters, password.expose()));
        render(Form::EncryptedPkcs8, document)
    }
}

fn render(
    form: Form,
    document: Result<SecretDocument, pkcs8::Error>,
) -> Result<Zeroizing<String>, KeyError> {
    document
        .ok()
        .and_then(|document| document.to_pem(form.label(), LineEnding::LF).ok())
        .ok_or(KeyError::Failed("written"))
}
