//! Passwords of key files: a flag's file or the terminal enters, a [`Password`] leaves. Not the command line, which every
//! process of the machine can read, but for the one flag that the official helper has.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use anyrole_keys::{FileKey, KeyError, Password};
use zeroize::Zeroizing;

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
}

impl Protection {
    /// Whether the flags go together; `flag` is the one that names a file with the new password.
    pub fn check(&self, flag: &str, file: Option<&Path>) -> anyhow::Result<()> {
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
        flag: &str,
        file: Option<&Path>,
        key: &Path,
    ) -> anyhow::Result<Option<Password>> {
        self.check(flag, file)?;
        match (self.no_password, file) {
            (true, _) => Ok(None),
            (false, Some(file)) => read_file(flag, file).map(Some),
            (false, None) => ask_twice(flag, key).map(Some),
        }
    }
}

/// The password of a helper's key.
#[derive(clap::Args)]
pub struct KeyPassword {
    /// Password of an encrypted PKCS#8 key. Every process of the machine can read a command line: a file, `-` for standard
    /// input or the environment (ANYROLE_PKCS8_PASSWORD) keep it to you.
    #[arg(long, value_name = "PASSWORD", conflicts_with = "pkcs8_password_file")]
    pkcs8_password: Option<String>,

    /// File with the password of an encrypted PKCS#8 key; `-` is standard input, /dev/fd/N an open file. Default: the
    /// environment (ANYROLE_PKCS8_PASSWORD), else you are asked.
    #[arg(long, value_name = "FILE")]
    pkcs8_password_file: Option<PathBuf>,

    /// Only the way in for the environment.
    #[arg(
        long,
        env = "ANYROLE_PKCS8_PASSWORD",
        hide = true,
        hide_env_values = true
    )]
    pkcs8_password_of_environment: Option<String>,
}

impl fmt::Debug for KeyPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyPassword").finish_non_exhaustive()
    }
}

impl KeyPassword {
    /// The password that was given, or, for a key that is encrypted, asked for. What is wrong with the key is said where
    /// it is used.
    pub fn read(self, key: &Path) -> anyhow::Result<Option<Password>> {
        const FILE: &str = "--pkcs8-password-file";
        if let Some(given) = self.pkcs8_password {
            return Ok(Some(Password::new(given.into_bytes())));
        }
        if let Some(file) = self.pkcs8_password_file {
            let file = if file.as_os_str() == "-" {
                Path::new("/dev/stdin")
            } else {
                &file
            };
            return read_file(FILE, file).map(Some);
        }
        if let Some(given) = self
            .pkcs8_password_of_environment
            .filter(|text| !text.is_empty())
        {
            return Ok(Some(Password::new(given.into_bytes())));
        }
        let pem = Zeroizing::new(fs::read(key).unwrap_or_default());
        if !matches!(
            FileKey::parse_pem(&pem, None),
            Err(KeyError::PasswordNeeded)
        ) {
            return Ok(None);
        }
        let prompt = format!("Password of {}: ", key.display());
        ask_secret(&prompt, &format!("give {FILE} FILE")).map(Some)
    }
}

/// Opens a key file; where it is encrypted, with the password from the file of `flag`, else from the terminal.
pub fn open_key(key: &Path, flag: &str, file: Option<&Path>) -> anyhow::Result<FileKey> {
    let pem = Zeroizing::new(
        fs::read(key).with_context(|| format!("cannot read key file `{}`", key.display()))?,
    );
    let opened = match FileKey::parse_pem(&pem, None) {
        Err(KeyError::PasswordNeeded) => {
            let password = match file {
                Some(file) => read_file(flag, file)?,
                None => ask_secret(
                    &format!("Password of {}: ", key.display()),
                    &format!("pass {flag} FILE"),
                )?,
            };
            FileKey::parse_pem(&pem, Some(&password))
        }
        opened => opened,
    };
    opened.with_context(|| format!("key file `{}`", key.display()))
}

/// The password in a file: its text without white space at the end, as `step` reads it.
fn read_file(flag: &str, file: &Path) -> anyhow::Result<Password> {
    let text = Zeroizing::new(
        fs::read(file).with_context(|| format!("{flag} `{}` can't be read", file.display()))?,
    );
    let password = Password::new(text.trim_ascii_end().to_vec());
    ensure!(
        !password.is_empty(),
        "{flag} `{}` holds no password",
        file.display()
    );
    Ok(password)
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
