//! PINs of tokens and passwords of TPM keys: flags, environment or the terminal enter; whoever opens the device asks for them
//! when it needs them, which is seldom.

#[cfg(feature = "pkcs11")]
use std::path::PathBuf;

#[cfg(any(feature = "pkcs11", feature = "tpm"))]
use anyrole_keys::Password;

#[cfg(feature = "tpm")]
use crate::password::Origin;
#[cfg(feature = "pkcs11")]
use crate::password::read_secret_file;
use crate::password::{Secret, SecretFlags, TpmKeyPassword};
#[cfg(any(feature = "pkcs11", feature = "tpm"))]
use crate::terminal;

/// The user's PIN of a PKCS#11 token.
pub enum Pin {}

impl Secret for Pin {
    const NAME: &'static str = "PIN of the PKCS#11 token";
    const VALUE_FLAG: Option<&'static str> = None;
    const FILE_FLAG: &'static str = "--pin-source";
    const VARIABLE: &'static str = "ANYROLE_PKCS11_PIN";
}

/// Where the PIN is.
pub type PinFlags = SecretFlags<Pin>;

/// Where the TPM key's password is.
pub type TpmKeyPasswordFlags = SecretFlags<TpmKeyPassword>;

/// A secret as it was given, or nobody's but the person's at the terminal.
#[cfg(any(feature = "pkcs11", feature = "tpm"))]
pub struct Entry {
    given: Option<Password>,
    /// Where it was given, if it may be another one there by the next time.
    #[cfg(feature = "pkcs11")]
    file: Option<PathBuf>,
}

#[cfg(feature = "pkcs11")]
impl SecretFlags<Pin> {
    /// Who is asked for the PIN.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn into_entry(self) -> anyhow::Result<Entry> {
        self.entry()
    }

    /// The same, for who opens several keys.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn entry(&self) -> anyhow::Result<Entry> {
        let given = self.given()?.map(|(pin, _)| pin);
        let file = self.lasting_file().map(PathBuf::from);
        Ok(Entry { given, file })
    }
}

#[cfg(feature = "tpm")]
impl SecretFlags<TpmKeyPassword> {
    /// Who is asked for the password. What the environment has is used where a key has a password, and does no harm where it
    /// has none.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn into_password(self) -> anyhow::Result<anyrole_keys::TpmPassword> {
        self.tpm_password()
    }

    /// The same, for who opens several keys.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn tpm_password(&self) -> anyhow::Result<anyrole_keys::TpmPassword> {
        Ok(match self.given()? {
            Some((password, Origin::Flag(_))) => anyrole_keys::TpmPassword::Given(password),
            other => {
                let given = other.map(|(password, _)| password);
                let entry = Entry {
                    given,
                    #[cfg(feature = "pkcs11")]
                    file: None,
                };
                anyrole_keys::TpmPassword::Ask(std::sync::Arc::new(entry))
            }
        })
    }
}

/// What is asked at the terminal, or why it is not.
#[cfg(any(feature = "pkcs11", feature = "tpm"))]
fn ask(prompt: &str) -> Result<Password, String> {
    if !terminal::is_there() {
        return Err("there is no terminal to ask at".to_owned());
    }
    terminal::ask_secret(prompt, "").map_err(|error| error.to_string())
}

#[cfg(feature = "pkcs11")]
impl anyrole_keys::PinEntry for Entry {
    fn pin(&self, token: &str, for_signature: bool) -> Result<Password, String> {
        match (&self.file, &self.given) {
            _ if for_signature => ask(&format!("PIN of the token {token}, for this signature: ")),
            (Some(file), _) => {
                read_secret_file(Pin::FILE_FLAG, file).map_err(|error| format!("{error:#}"))
            }
            (None, Some(pin)) => Ok(pin.clone()),
            (None, None) => ask(&format!("PIN of the token {token}: ")),
        }
    }

    fn is_given(&self) -> bool {
        self.given.is_some()
    }

    fn may_change(&self) -> bool {
        self.file.is_some()
    }
}

#[cfg(feature = "tpm")]
impl anyrole_keys::PasswordEntry for Entry {
    fn password(&self, key: &str) -> Result<Password, String> {
        match &self.given {
            Some(password) => Ok(password.clone()),
            None => ask(&format!("Password of the TPM key {key}: ")),
        }
    }
}
