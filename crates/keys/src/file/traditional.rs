//! A [`FileKey`] enters, PEM as it was before PKCS#8 leaves: SEC1 and PKCS#1, plain or under PEM's own encryption (RFC 1421), as
//! openssl's `-traditional` and `step` write it. Called where the file is to be such a program's; our own files are PKCS#8.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SecureRandom;
use der::pem::{self, LineEnding};
use pkcs8::PrivateKeyInfoRef;
use zeroize::Zeroizing;

use super::{FileKey, Pair};
use crate::encryption::{OLD_PEM_CIPHER, encrypt_pem};
use crate::form::Form;
use crate::{KeyError, Password};

/// A form and a key's DER in it.
type Traditional = (Form, Zeroizing<Vec<u8>>);

impl FileKey {
    /// The key as unencrypted PEM: `EC PRIVATE KEY` or `RSA PRIVATE KEY`; an ML-DSA key, which has no such form, as PKCS#8.
    ///
    /// # Errors
    /// [`KeyError::Failed`] when it can't be serialised.
    pub fn to_traditional_pem(&self) -> Result<Zeroizing<String>, KeyError> {
        let Some((form, der)) = self.traditional_der()? else {
            return self.to_pem();
        };
        let text = pem::encode_string(form.label(), LineEnding::LF, &der);
        text.map(Zeroizing::new)
            .map_err(|_| KeyError::Failed("written"))
    }

    /// The same under PEM's own encryption with AES-256-CBC, whose key is one MD5 away from the password: anybody who has the
    /// file tries passwords as fast as MD5 goes. An ML-DSA key is encrypted as PKCS#8 is.
    ///
    /// # Errors
    /// [`KeyError::EmptyPassword`]; [`KeyError::Failed`] when it can't be serialised or there is no randomness.
    pub fn to_traditional_encrypted_pem(
        &self,
        password: &Password,
        random: &dyn SecureRandom,
    ) -> Result<Zeroizing<String>, KeyError> {
        if password.is_empty() {
            return Err(KeyError::EmptyPassword);
        }
        let Some((form, der)) = self.traditional_der()? else {
            return self.to_encrypted_pem(password, random);
        };
        let mut iv = [0; 16];
        random
            .fill(&mut iv)
            .map_err(|_| KeyError::Failed("encrypted"))?;
        let encrypted = encrypt_pem(password, &iv, &der).ok_or(KeyError::Failed("encrypted"))?;
        let label = form.label();
        let body = pem::encode_string(label, LineEnding::LF, &encrypted)
            .map_err(|_| KeyError::Failed("written"))?;
        let iv: String = iv.iter().map(|octet| format!("{octet:02x}")).collect();
        let begin = format!("-----BEGIN {label}-----\n");
        let headers = format!("{begin}Proc-Type: 4,ENCRYPTED\nDEK-Info: {OLD_PEM_CIPHER},{iv}\n\n");
        Ok(Zeroizing::new(body.replacen(&begin, &headers, 1)))
    }

    /// The DER and its form; `None` for a kind of key that was never written so.
    fn traditional_der(&self) -> Result<Option<Traditional>, KeyError> {
        let failed = KeyError::Failed("written");
        match &self.pair {
            Pair::Ec(pair) => {
                let der = pair.private_key().as_der().map_err(|_| failed)?;
                Ok(Some((Form::Sec1, Zeroizing::new(der.as_ref().to_vec()))))
            }
            Pair::Rsa(_) => {
                let pkcs8 = self.to_pkcs8_der()?;
                let info = PrivateKeyInfoRef::try_from(pkcs8.as_slice()).map_err(|_| failed)?;
                let der = Zeroizing::new(info.private_key.as_bytes().to_vec());
                Ok(Some((Form::Pkcs1, der)))
            }
            Pair::MlDsa(_) => Ok(None),
        }
    }
}

impl FileKey {
    /// The public key as PEM, `PUBLIC KEY`.
    ///
    /// # Errors
    /// [`KeyError::Failed`] when it can't be encoded.
    pub fn public_key_pem(&self) -> Result<String, KeyError> {
        pem::encode_string("PUBLIC KEY", LineEnding::LF, &self.public_key_der)
            .map_err(|_| KeyError::Failed("written"))
    }
}
