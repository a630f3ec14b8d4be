//! PKCS#12 files (RFC 7292), as OpenSSL, Java, Windows and browsers write them: bytes and a password enter, keys and certificates
//! leave. The MAC is checked first: with another password nothing is decrypted. `write.rs` goes the other way.

mod mac;
mod shape;
mod write;

use der::asn1::{AnyRef, OctetStringRef};
use der::{Decode, Encode};
use zeroize::Zeroizing;

use self::shape::{CertificateBag, EncryptedData, Pfx, SafeBag};
pub(crate) use self::shape::{ContentInfo, DATA, SIGNED_DATA};
pub use self::write::NewPkcs12;
use crate::encryption::{Effort, Secret, decrypt, wide};
use crate::file::{decrypt_pkcs8, parse_pkcs8};
use crate::form::{DerForm, without_line_end};
use crate::open::MAX_FILE_BYTES;
use crate::{FileKey, KeyError, Password};

const KEY_BAG: &str = "1.2.840.113549.1.12.10.1.1";
const SHROUDED_KEY_BAG: &str = "1.2.840.113549.1.12.10.1.2";
const CERTIFICATE_BAG: &str = "1.2.840.113549.1.12.10.1.3";
const NESTED_BAGS: &str = "1.2.840.113549.1.12.10.1.6";
const X509_CERTIFICATE: &str = "1.2.840.113549.1.9.22.1";
/// A file for a helper has two or three parts.
const MAX_PARTS: usize = 32;
/// And a chain's bags.
const MAX_BAGS: usize = 512;

/// What a PKCS#12 file holds, in its order.
#[derive(Debug)]
pub struct Pkcs12 {
    keys: Vec<FileKey>,
    certificates_der: Vec<Vec<u8>>,
    unusable_key: Option<KeyError>,
}

impl Pkcs12 {
    /// Whether these bytes are PKCS#12, going by their outermost elements.
    pub fn is_one(bytes: &[u8]) -> bool {
        DerForm::of(bytes) == Some(DerForm::Pkcs12)
    }

    /// Opens a file. No password stands for the empty one, which is tried in both of the ways that programs write it.
    ///
    /// # Errors
    /// [`KeyError::PasswordNeeded`] when there is none and the empty one does not fit; [`KeyError::WrongPassword`];
    /// [`KeyError::BrokenPkcs12`], [`KeyError::UnsupportedEncryption`], [`KeyError::TooCostly`], [`KeyError::TooLarge`].
    pub fn open(bytes: &[u8], password: Option<&Password>) -> Result<Self, KeyError> {
        if bytes.len() > MAX_FILE_BYTES {
            return Err(KeyError::TooLarge {
                limit: MAX_FILE_BYTES,
            });
        }
        let pfx = Pfx::from_der(without_line_end(bytes)).map_err(broken)?;
        if pfx.version != 3 {
            return Err(broken(format!("version {}", pfx.version)));
        }
        if pfx.contents.kind.to_string() != DATA {
            return Err(broken("it is signed with a certificate, not by a password"));
        }
        let safe: &OctetStringRef = pfx.contents.content.decode_as().map_err(broken)?;
        let mut effort = Effort::of_one_file();
        let typed = password.filter(|password| !password.is_empty());
        let (text, wide_text) = match typed {
            Some(password) => (password.expose(), wide(password)),
            None => (&[][..], Zeroizing::new(vec![0, 0])),
        };
        let mut secrets = vec![Secret {
            text,
            wide: &wide_text,
        }];
        if typed.is_none() {
            secrets.push(Secret { text, wide: &[] });
        }
        let mut outcome = Err(KeyError::WrongPassword);
        for secret in &secrets {
            outcome = mac::check(pfx.mac.as_ref(), secret, safe.as_bytes(), &mut effort)
                .and_then(|()| Self::read(safe.as_bytes(), secret, &mut effort));
            if !matches!(outcome, Err(KeyError::WrongPassword)) {
                break;
            }
        }
        match outcome {
            Err(KeyError::WrongPassword) if typed.is_none() => Err(KeyError::PasswordNeeded),
            outcome => outcome,
        }
    }

    /// The keys that can be used.
    pub fn keys(&self) -> &[FileKey] {
        &self.keys
    }

    /// The certificates, DER.
    pub fn certificates_der(&self) -> &[Vec<u8>] {
        &self.certificates_der
    }

    /// Takes the key that `fits`, of several; says why where there is none.
    ///
    /// # Errors
    /// [`KeyError::NoKeyInPkcs12`], or what is wrong with the key that is there.
    pub fn into_key(self, fits: impl Fn(&FileKey) -> bool) -> Result<FileKey, KeyError> {
        let unusable = self.unusable_key.unwrap_or(KeyError::NoKeyInPkcs12);
        let mut keys = self.keys;
        let found = keys.iter().position(fits).unwrap_or(0);
        match found < keys.len() {
            true => Ok(keys.swap_remove(found)),
            false => Err(unusable),
        }
    }

    /// Takes the first key.
    pub(crate) fn into_first_key(self) -> Result<FileKey, KeyError> {
        self.into_key(|_| true)
    }

    fn read(safe: &[u8], secret: &Secret<'_>, effort: &mut Effort) -> Result<Self, KeyError> {
        let mut found = Pkcs12 {
            keys: Vec::new(),
            certificates_der: Vec::new(),
            unusable_key: None,
        };
        let parts = Vec::<ContentInfo<'_>>::from_der(safe).map_err(broken)?;
        if parts.len() > MAX_PARTS {
            return Err(broken(format!("over {MAX_PARTS} parts")));
        }
        for part in parts {
            match part.kind.to_string().as_str() {
                DATA => {
                    let bags: &OctetStringRef = part.content.decode_as().map_err(broken)?;
                    found.take_bags(bags.as_bytes(), secret, effort)?;
                }
                shape::ENCRYPTED_DATA => {
                    let data: EncryptedData<'_> = part.content.decode_as().map_err(broken)?;
                    let content = &data.content;
                    let encrypted = content.data.as_bytes();
                    let bags = decrypt(&content.algorithm, secret, encrypted, effort)?;
                    found.take_bags(&bags, secret, effort)?;
                }
                other => return Err(broken(format!("a part of type {other}"))),
            }
        }
        Ok(found)
    }

    fn take_bags(
        &mut self,
        bags: &[u8],
        secret: &Secret<'_>,
        effort: &mut Effort,
    ) -> Result<(), KeyError> {
        let bags = Vec::<SafeBag<'_>>::from_der(bags).map_err(broken)?;
        if bags.len() > MAX_BAGS {
            return Err(broken(format!("over {MAX_BAGS} entries")));
        }
        for bag in bags {
            match bag.kind.to_string().as_str() {
                KEY_BAG => self.take_key(parse_pkcs8(&whole(bag.value)?)),
                SHROUDED_KEY_BAG => {
                    let plain = decrypt_pkcs8(&whole(bag.value)?, secret, effort);
                    match plain {
                        Err(error @ (KeyError::WrongPassword | KeyError::TooCostly { .. })) => {
                            return Err(error);
                        }
                        plain => self.take_key(plain.and_then(|plain| parse_pkcs8(&plain))),
                    }
                }
                CERTIFICATE_BAG => {
                    let bag: CertificateBag<'_> = bag.value.decode_as().map_err(broken)?;
                    if bag.kind.to_string() == X509_CERTIFICATE {
                        self.certificates_der
                            .push(bag.certificate.as_bytes().to_vec());
                    }
                }
                NESTED_BAGS => return Err(broken("entries within entries")),
                // Revocation lists and secrets of other kinds.
                _ => {}
            }
        }
        Ok(())
    }

    /// One key that can't be used is no harm beside another that can.
    fn take_key(&mut self, key: Result<FileKey, KeyError>) {
        match key {
            Ok(key) => self.keys.push(key),
            Err(error) => self.unusable_key = self.unusable_key.take().or(Some(error)),
        }
    }
}

/// Tag and length in front again.
fn whole(value: AnyRef<'_>) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    value.to_der().map(Zeroizing::new).map_err(broken)
}

fn broken(detail: impl ToString) -> KeyError {
    KeyError::BrokenPkcs12 {
        detail: detail.to_string(),
    }
}
