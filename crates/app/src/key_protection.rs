//! Keys that commands write or open again: flags and a key's file enter, the password of a new key, or an opened key, leaves.

use std::fs;
use std::path::Path;

use anyhow::{Context, bail, ensure};
use anyrole_keys::{FileKey, KeyError, KeyUri, Password, Pkcs12};
use zeroize::Zeroizing;

use crate::password::read_secret_file;
use crate::password_quality::judge;
use crate::terminal::ask_secret;

/// How a new key file is to be protected.
#[derive(clap::Args, Debug)]
pub struct Protection {
    /// Write the private key without encryption; needs --insecure
    #[arg(long)]
    pub no_password: bool,
    /// Confirm that the private key is to be written without encryption
    #[arg(long)]
    pub insecure: bool,
    /// Refuse a new password that is weak; without it, that is said on standard error
    #[arg(long)]
    pub strong_password: bool,
}

impl Protection {
    /// Whether the flags go together; `flag` is the one that names a file with the new password.
    pub fn check(&self, flag: &'static str, file: Option<&Path>) -> anyhow::Result<()> {
        ensure!(
            self.insecure || !self.no_password,
            "--no-password leaves the private key unencrypted; add --insecure if that is meant"
        );
        ensure!(
            !self.no_password || file.is_none(),
            "--no-password and {flag} exclude each other; give one of them"
        );
        Ok(())
    }

    /// The password to encrypt a new key with: from the file of `flag`, else asked for twice. `None` for no encryption.
    pub fn new_password(
        &self,
        flag: &'static str,
        file: Option<&Path>,
        key: &Path,
    ) -> anyhow::Result<Option<Password>> {
        self.check(flag, file)?;
        let password = match (self.no_password, file) {
            (true, _) => return Ok(None),
            (false, Some(file)) => read_secret_file(flag, file)?,
            (false, None) => ask_twice(flag, key)?,
        };
        judge(&password, self.strong_password)?;
        Ok(Some(password))
    }
}

/// Opens a key file; where it is encrypted, with the password from the file of `flag`, else from the terminal.
pub fn open_key(key: &Path, flag: &'static str, file: Option<&Path>) -> anyhow::Result<FileKey> {
    open_key_asking(key, "Password of", flag, file)
}

/// The same; `question` is what is asked at the terminal, up to the file's name. An empty `flag` is none.
pub fn open_key_asking(
    key: &Path,
    question: &str,
    flag: &'static str,
    file: Option<&Path>,
) -> anyhow::Result<FileKey> {
    if KeyUri::of(key).is_some() {
        bail!(
            "`{}` is a key on a token or in a TPM, which stays there: this command takes keys in files alone",
            KeyUri::shown(key)
        );
    }
    let pem = Zeroizing::new(
        fs::read(key).with_context(|| format!("cannot read key file `{}`", key.display()))?,
    );
    if Pkcs12::is_one(&pem) {
        let key = key.display();
        bail!(
            "`{key}` is PKCS#12, which holds certificates, too; take the key out with `openssl pkcs12 -in {key} -nocerts -out NEW`"
        );
    }
    let opened = match FileKey::parse(&pem, None) {
        Err(KeyError::PasswordNeeded) => {
            let password = match file {
                Some(file) => read_secret_file(flag, file)?,
                None => {
                    let cure = match flag {
                        "" => "take its password off first (`crypto change-pass`)".to_owned(),
                        flag => format!("pass {flag} FILE"),
                    };
                    ask_secret(&format!("{question} {}: ", key.display()), &cure)?
                }
            };
            FileKey::parse(&pem, Some(&password))
        }
        opened => opened,
    };
    opened.with_context(|| format!("key file `{}`", key.display()))
}

fn ask_twice(flag: &str, key: &Path) -> anyhow::Result<Password> {
    let cure =
        format!("pass {flag} FILE, or --no-password --insecure for a key without encryption");
    let prompt = format!("Password to encrypt {}: ", key.display());
    let first = ask_secret(&prompt, &cure)?;
    ensure!(!first.is_empty(), "the password is empty; {cure}");
    let second = ask_secret("The same once more: ", &cure)?;
    ensure!(
        first.expose() == second.expose(),
        "the two passwords differ; nothing was written"
    );
    Ok(first)
}
