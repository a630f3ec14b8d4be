//! Keys in a TPM 2.0: a handle or a key file enters, a [`TpmKey`] leaves that signs. The TPM is spoken to by its device file
//! or a UNIX socket, without a library. Called by the SDK's token identity.

mod commands;
mod create;
mod device;
mod error;
mod key_file;
mod public_area;
mod wire;

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::digest;

pub use self::error::TpmError;

use self::commands::{Failure, Refusal};
use self::device::Device;
use self::key_file::KeyFile;
use self::public_area::{ECDSA, PublicArea, RSASSA, SHA256, SHA384, SHA512};
use crate::public_key::{coordinate_length, ecdsa_der};
use crate::refused::{note, was_refused};
use crate::{KeyAlgorithm, KeyError, Password, SignatureScheme, SigningKey, TpmUri};

/// The first of the handles of objects that stay (Part 2, section 7.4).
const PERSISTENT: u8 = 0x81;

/// Whoever knows the password of a TPM key: environment, file or the person at the terminal.
pub trait PasswordEntry: Send + Sync {
    /// The password of the key called `key`.
    ///
    /// # Errors
    /// Why there is none, such as that there is no terminal.
    fn password(&self, key: &str) -> Result<Password, String>;
}

/// The password of a TPM key.
#[derive(Clone, Default)]
pub enum TpmPassword {
    /// The key has none (`--no-tpm-key-password`).
    #[default]
    None,
    /// It was given (`--tpm-key-password`).
    Given(Password),
    /// It is asked for when it is needed.
    Ask(Arc<dyn PasswordEntry>),
}

impl fmt::Debug for TpmPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Given(_) => "Given(..)",
            Self::Ask(_) => "Ask(..)",
        })
    }
}

/// How the TPM is reached.
#[derive(Clone, Debug, Default)]
pub struct TpmSettings {
    /// Device file or UNIX socket (`TPM_DEVICE`). Default: `/dev/tpmrm0`, else `/dev/tpm0`.
    pub device: Option<PathBuf>,
    /// Of the key.
    pub password: TpmPassword,
}

impl TpmSettings {
    /// The same for the TPM that a URI names, where it names one.
    #[must_use]
    pub fn for_uri(self, uri: &TpmUri) -> Self {
        Self {
            device: uri.device.clone().or(self.device),
            ..self
        }
    }
}

/// A private key in a TPM.
pub struct TpmKey {
    place: Place,
    public: PublicArea,
    settings: TpmSettings,
    name: String,
    /// Once it has served.
    password: Mutex<Option<Password>>,
}

enum Place {
    Handle(u32),
    File(KeyFile),
}

impl fmt::Debug for TpmKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TpmKey")
            .field("name", &self.name)
            .field("algorithm", &self.public.key.algorithm)
            .finish_non_exhaustive()
    }
}

impl TpmKey {
    /// Whether the PEM text holds a TPM key.
    pub fn is_key_file(pem: &[u8]) -> bool {
        key_file::is_one(pem)
    }

    /// The key at a persistent handle: `handle:0x81000101`, or without `0x`. Its public part is read from the TPM.
    ///
    /// # Errors
    /// A malformed or empty handle, no TPM, a key that can't sign.
    pub fn at_handle(text: &str, settings: TpmSettings) -> Result<Self, KeyError> {
        let handle = parse_handle(text)?;
        let mut device = Device::open(settings.device.as_deref())?;
        let public =
            commands::read_public(&mut device, handle).map_err(|failure| match failure {
                Failure::Refused(_, Refusal::Handle) => TpmError::NoSuchHandle { handle },
                failure => failure.say(),
            })?;
        Ok(Self::new(
            Place::Handle(handle),
            PublicArea::parse(&public)?,
            settings,
            text.to_owned(),
        ))
    }

    /// The key of a `TSS2 PRIVATE KEY` file's text; `name` is how a person is asked for its password. The TPM is not asked
    /// anything yet.
    ///
    /// # Errors
    /// A broken file, a kind of key that can't sign, a password for a key that has none.
    pub fn from_pem(pem: &[u8], name: &str, settings: TpmSettings) -> Result<Self, KeyError> {
        let file = KeyFile::parse(pem)?;
        if file.empty_auth && matches!(settings.password, TpmPassword::Given(_)) {
            return Err(TpmError::PasswordNotNeeded.into());
        }
        let public = PublicArea::parse(&file.public)?;
        Ok(Self::new(
            Place::File(file),
            public,
            settings,
            name.to_owned(),
        ))
    }

    fn new(place: Place, public: PublicArea, settings: TpmSettings, name: String) -> Self {
        Self {
            place,
            public,
            settings,
            name,
            password: Mutex::default(),
        }
    }
}

fn parse_handle(text: &str) -> Result<u32, TpmError> {
    let digits = text.strip_prefix("handle:").unwrap_or(text);
    let digits = digits
        .strip_prefix("0x")
        .or_else(|| digits.strip_prefix("0X"))
        .unwrap_or(digits);
    let is_hex = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let handle = is_hex
        .then(|| u32::from_str_radix(digits, 16).ok())
        .flatten()
        .ok_or_else(|| TpmError::MalformedHandle {
            presented: text.to_owned(),
        })?;
    if handle.to_be_bytes().first() == Some(&PERSISTENT) {
        Ok(handle)
    } else {
        Err(TpmError::NotPersistent { handle })
    }
}

impl SigningKey for TpmKey {
    fn public_key_der(&self) -> &[u8] {
        &self.public.key.spki_der
    }

    fn algorithm(&self) -> KeyAlgorithm {
        self.public.key.algorithm
    }

    fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let (tpm_scheme, digest) = self.digest(scheme, message)?;
        // Held until the TPM has answered: no second thread tries the same wrong password.
        let mut state = self.password.lock().unwrap_or_else(PoisonError::into_inner);
        let password = match &*state {
            Some(password) => password.clone(),
            None => self.ask()?,
        };
        // The key itself stands for the device: the same key has the same password.
        let device_key = &self.public.key.spki_der;
        if was_refused(device_key, &password) {
            return Err(TpmError::WrongPassword.into());
        }
        let mut device = Device::open(self.settings.device.as_deref())?;
        let numbers = self.sign_digest(&mut device, &password, tpm_scheme, &digest);
        match &numbers {
            Err(TpmError::WrongPassword) => note(device_key, &password),
            Err(_) => {}
            Ok(_) => *state = Some(password),
        }
        drop(state);
        let signature = match &numbers?[..] {
            [signature] => signature.clone(),
            [r, s] => ecdsa_der(r, s)?,
            _ => return Err(KeyError::SigningFailed),
        };
        if !self.public.key.verifies(scheme, message, &signature) {
            return Err(TpmError::BadSignature.into());
        }
        Ok(signature)
    }
}

impl TpmKey {
    fn ask(&self) -> Result<Password, TpmError> {
        let has_none = matches!(&self.place, Place::File(file) if file.empty_auth);
        match &self.settings.password {
            _ if has_none => Ok(Password::from("")),
            TpmPassword::None => Ok(Password::from("")),
            TpmPassword::Given(password) => Ok(password.clone()),
            TpmPassword::Ask(entry) => {
                entry
                    .password(&self.name)
                    .map_err(|detail| TpmError::PasswordNeeded {
                        detail: if detail.is_empty() {
                            detail
                        } else {
                            format!(" ({detail})")
                        },
                    })
            }
        }
    }

    /// The scheme, and the digest in the length that goes with it.
    fn digest(
        &self,
        scheme: SignatureScheme,
        message: &[u8],
    ) -> Result<((u16, u16), Vec<u8>), KeyError> {
        let algorithm = self.public.key.algorithm;
        let mismatch = KeyError::SchemeMismatch { algorithm, scheme };
        let is_rsa = matches!(algorithm, KeyAlgorithm::Rsa { .. });
        let (hash, id, for_rsa) = match scheme {
            SignatureScheme::RsaPkcs1Sha256 => (&digest::SHA256, SHA256, true),
            SignatureScheme::RsaPkcs1Sha384 => (&digest::SHA384, SHA384, true),
            SignatureScheme::RsaPkcs1Sha512 => (&digest::SHA512, SHA512, true),
            SignatureScheme::EcdsaSha256 => (&digest::SHA256, SHA256, false),
            SignatureScheme::EcdsaSha384 => (&digest::SHA384, SHA384, false),
            SignatureScheme::EcdsaSha512 => (&digest::SHA512, SHA512, false),
            SignatureScheme::RsaPssSha256
            | SignatureScheme::RsaPssSha384
            | SignatureScheme::RsaPssSha512
            | SignatureScheme::MlDsa => return Err(mismatch),
        };
        if is_rsa != for_rsa {
            return Err(mismatch);
        }
        let hashed = digest::digest(hash, message);
        let bound = self.public.bound_hash;
        let other_hash = |bound: u16| TpmError::Unsupported {
            reason: format!("the key is bound to hash 0x{bound:04x}, and 0x{id:04x} is needed"),
        };
        if is_rsa {
            return match bound {
                Some(bound) if bound != id => Err(other_hash(bound).into()),
                _ => Ok(((RSASSA, id), hashed.as_ref().to_vec())),
            };
        }
        let named = bound.unwrap_or(match algorithm {
            KeyAlgorithm::EcP256 => SHA256,
            KeyAlgorithm::EcP384 => SHA384,
            _ => SHA512,
        });
        let length = match named {
            SHA256 => 32,
            SHA384 => 48,
            SHA512 => 64,
            other => return Err(other_hash(other).into()),
        };
        let fitted = fit(hashed.as_ref(), coordinate_length(algorithm), length)
            .ok_or_else(|| other_hash(named))?;
        Ok(((ECDSA, named), fitted))
    }

    fn sign_digest(
        &self,
        device: &mut Device,
        password: &Password,
        scheme: (u16, u16),
        digest: &[u8],
    ) -> Result<Vec<Vec<u8>>, TpmError> {
        match &self.place {
            Place::Handle(handle) => {
                commands::sign(device, *handle, password.expose(), scheme, digest).map_err(
                    |failure| match failure {
                        Failure::Refused(_, Refusal::Handle) => {
                            TpmError::NoSuchHandle { handle: *handle }
                        }
                        failure => failure.say(),
                    },
                )
            }
            Place::File(file) => {
                let key = load(device, file)?;
                let signed = commands::sign(device, key, password.expose(), scheme, digest);
                commands::flush(device, key);
                signed.map_err(Failure::say)
            }
        }
    }
}

/// Loads a file's key under its parent; a parent that was made for it is gone again afterwards.
fn load(device: &mut Device, file: &KeyFile) -> Result<u32, TpmError> {
    let of_parent = |failure| match failure {
        Failure::Refused(_, Refusal::Password) => TpmError::ParentPassword {
            parent: file.parent,
        },
        Failure::Refused(_, Refusal::Handle) => TpmError::NoParent {
            parent: file.parent,
        },
        failure => failure.say(),
    };
    if file.parent.to_be_bytes().first() == Some(&PERSISTENT) {
        return commands::load(device, file.parent, &file.private, &file.public).map_err(of_parent);
    }
    let primary =
        commands::create_primary(device, file.parent, file.rsa_parent).map_err(of_parent)?;
    let key = commands::load(device, primary, &file.private, &file.public);
    commands::flush(device, primary);
    key.map_err(Failure::say)
}

/// A hash in the length that the TPM wants for a key whose order has `order` octets. FIPS 186-5 section 6.4.1 reads a hash
/// as a number, of which the leftmost bits up to the order's length count; so what is shorter gets zeros on the left up to
/// there, and on the right beyond. `None`: it can't be said in so few octets.
fn fit(hash: &[u8], order: usize, length: usize) -> Option<Vec<u8>> {
    let number: Vec<u8> = hash.iter().take(order).copied().collect();
    let left = order.min(length).checked_sub(number.len())?;
    let mut fitted = vec![0; left];
    fitted.extend(number);
    fitted.resize(length, 0);
    Some(fitted)
}

#[cfg(test)]
mod tests {
    use super::{fit, parse_handle};

    #[test]
    fn handles_are_read_with_and_without_0x() {
        for (text, handle) in [
            ("handle:0x81000101", Some(0x8100_0101)),
            ("handle:81000101", Some(0x8100_0101)),
            ("handle:0X81ffffff", Some(0x81ff_ffff)),
        ] {
            assert_eq!(parse_handle(text).ok(), handle, "{text}");
        }
        for text in [
            "handle:",
            "handle:0x",
            "handle:0x1810001010",
            "handle:+81000101",
            "handle:0x80000001",
            "handle:xyz",
        ] {
            assert!(parse_handle(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_hash_keeps_its_number_in_every_length() {
        let hash: Vec<u8> = (1..=32).collect();
        assert_eq!(fit(&hash, 32, 32), Some(hash.clone()));
        let padded = [vec![0; 16], hash.clone()].concat();
        assert_eq!(fit(&hash, 48, 48), Some(padded));
        // A longer hash that the key is bound to: the leftmost octets count.
        let wide = [hash.clone(), vec![0; 16]].concat();
        assert_eq!(fit(&hash, 32, 48), Some(wide));
        let long: Vec<u8> = (1..=64).collect();
        assert_eq!(fit(&long, 32, 32), Some(hash.clone()));
        assert_eq!(fit(&long, 48, 32), None);
        assert_eq!(fit(&hash, 66, 64).map(|fitted| fitted.len()), Some(64));
    }
}
