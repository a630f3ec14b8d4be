//! Secrets of the command line (passwords, PINs): a flag's file, standard input, a file descriptor, the environment, the
//! terminal or, where the official helper has it so, the flag itself enters; a [`Password`] leaves, which is wiped.
//!
//! To add a secret: a type that implements [`Secret`] (four texts), and a field
//! `#[command(flatten)] pin: SecretFlags<Pin>` in the flags of the command. Then [`SecretFlags::given`] has what was given, and
//! [`SecretFlags::ask`] or [`SecretFlags::ask_until`] ask at the terminal. The clap ids, for exclusions, are the flags' long names.

use std::cell::OnceCell;
use std::fmt;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use anyhow::{bail, ensure};
use anyrole_keys::Password;
use clap::{Arg, ArgMatches, Command};
use zeroize::Zeroizing;

use crate::standard_input;
use crate::terminal::ask_secret;

/// How often the terminal is asked for one secret.
const TRIES: usize = 3;
/// The longest secret, in bytes.
const LIMIT: u64 = 4096;

/// A secret that a command takes.
pub trait Secret {
    /// What it is, in help, prompts and errors: `password of the PKCS#8 key`.
    const NAME: &'static str;
    /// The flag that takes the secret itself, dashes included; for those alone that the official helper has.
    const VALUE_FLAG: Option<&'static str>;
    /// The flag that names a file with the secret, dashes included.
    const FILE_FLAG: &'static str;
    /// The environment variable.
    const VARIABLE: &'static str;
}

/// The password of an encrypted private key in a file, PKCS#8 or PEM of old.
pub enum Pkcs8Password {}

impl Secret for Pkcs8Password {
    const NAME: &'static str = "password of the encrypted private key";
    const VALUE_FLAG: Option<&'static str> = Some("--pkcs8-password");
    const FILE_FLAG: &'static str = "--pkcs8-password-file";
    const VARIABLE: &'static str = "ANYROLE_PKCS8_PASSWORD";
}

/// The password of a TPM's key.
pub enum TpmKeyPassword {}

impl Secret for TpmKeyPassword {
    const NAME: &'static str = "password of the TPM key";
    const VALUE_FLAG: Option<&'static str> = Some("--tpm-key-password");
    const FILE_FLAG: &'static str = "--tpm-key-password-file";
    const VARIABLE: &'static str = "ANYROLE_TPM_KEY_PASSWORD";
}

/// The password of a PKCS#12 file. The official helper takes none but the empty one, so no flag takes the password itself.
pub enum Pkcs12Password {}

impl Secret for Pkcs12Password {
    const NAME: &'static str = "password of the PKCS#12 file";
    const VALUE_FLAG: Option<&'static str> = None;
    const FILE_FLAG: &'static str = "--pkcs12-password-file";
    const VARIABLE: &'static str = "ANYROLE_PKCS12_PASSWORD";
}

/// Where a secret came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A flag, this one: it is for this command and no other.
    Flag(&'static str),
    /// The environment: it may be there for another command.
    Environment,
}

/// What the command line says of one secret.
pub struct SecretFlags<S> {
    value: Option<Zeroizing<String>>,
    file: Option<PathBuf>,
    /// What was given: a pipe can be read once.
    read: OnceCell<Option<(Password, Origin)>>,
    secret: PhantomData<S>,
}

impl<S: Secret> SecretFlags<S> {
    /// The secret, if one was given: by flag, from the file of the other flag, or by the environment. Empty values of
    /// flag and environment count as none. Warns of a secret in a command line.
    ///
    /// # Errors
    /// The file can't be read or is empty.
    pub fn given(&self) -> anyhow::Result<Option<(Password, Origin)>> {
        if let Some(read) = self.read.get() {
            return Ok(read.clone());
        }
        let read = self.read_it()?;
        Ok(self.read.get_or_init(|| read).clone())
    }

    /// The file that the secret is in, where it may hold another one by the next time: no pipe, and not what is read before it.
    #[cfg(feature = "pkcs11")]
    pub fn lasting_file(&self) -> Option<&Path> {
        let is_given_otherwise = self.value.as_ref().is_some_and(|value| !value.is_empty());
        let file = self.file.as_deref().filter(|_| !is_given_otherwise)?;
        std::fs::metadata(file)
            .is_ok_and(|found| found.is_file())
            .then_some(file)
    }

    fn read_it(&self) -> anyhow::Result<Option<(Password, Origin)>> {
        let value = self.value.as_ref().filter(|value| !value.is_empty());
        if let (Some(value), Some(flag)) = (value, S::VALUE_FLAG) {
            warn_of_command_line(flag, S::FILE_FLAG, S::VARIABLE);
            return Ok(Some((Password::from(value.as_str()), Origin::Flag(flag))));
        }
        if let Some(file) = &self.file {
            let secret = read_secret_file(S::FILE_FLAG, file)?;
            return Ok(Some((secret, Origin::Flag(S::FILE_FLAG))));
        }
        Ok(of_environment(S::VARIABLE).map(|secret| (secret, Origin::Environment)))
    }

    /// Asks for the secret once. `of` says whose it is, such as the file's name.
    ///
    /// # Errors
    /// There is no terminal.
    pub fn ask(of: &str) -> anyhow::Result<Password> {
        let prompt = format!("{} {of}: ", capitalised(S::NAME));
        let cure = format!("give {} FILE, or set {}", S::FILE_FLAG, S::VARIABLE);
        ask_secret(&prompt, &cure)
    }

    /// Asks until `open` takes the secret (`Some`), at most three times.
    ///
    /// # Errors
    /// There is no terminal; what `open` says; no answer was the right one.
    pub fn ask_until<T>(
        of: &str,
        mut open: impl FnMut(&Password) -> anyhow::Result<Option<T>>,
    ) -> anyhow::Result<T> {
        for attempt in 1..=TRIES {
            if let Some(opened) = open(&Self::ask(of)?)? {
                return Ok(opened);
            }
            if attempt < TRIES {
                say("That is not it. Once more.");
            }
        }
        bail!("three answers, none of them the {} {of}", S::NAME);
    }
}

/// Nothing was given: the environment and the terminal are left.
impl<S> Default for SecretFlags<S> {
    fn default() -> Self {
        SecretFlags {
            value: None,
            file: None,
            read: OnceCell::new(),
            secret: PhantomData,
        }
    }
}

impl<S> fmt::Debug for SecretFlags<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretFlags")
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}

impl<S: Secret> clap::Args for SecretFlags<S> {
    fn augment_args(command: Command) -> Command {
        let name = S::NAME;
        let (file_flag, variable) = (S::FILE_FLAG, S::VARIABLE);
        let file = Arg::new(long(file_flag))
            .long(long(file_flag))
            .value_name("FILE")
            .value_parser(clap::value_parser!(PathBuf))
            .help(format!(
                "File with the {name}; `-` is standard input, /dev/fd/N an open file descriptor. Default: the environment \
                 ({variable}), else you are asked"
            ));
        let Some(value_flag) = S::VALUE_FLAG else {
            return command.arg(file);
        };
        let value = Arg::new(long(value_flag))
            .long(long(value_flag))
            .value_name("TEXT")
            .conflicts_with(long(file_flag))
            .help(format!(
                "{}. Every process of the machine can read a command line: {file_flag} or the environment ({variable}) keep \
                 it to you",
                capitalised(name)
            ));
        command.arg(value).arg(file)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<S: Secret> clap::FromArgMatches for SecretFlags<S> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Self::from_arg_matches_mut(&mut matches.clone())
    }

    /// Takes the value out, so that no copy stays behind.
    fn from_arg_matches_mut(matches: &mut ArgMatches) -> Result<Self, clap::Error> {
        let value = S::VALUE_FLAG.and_then(|flag| matches.remove_one::<String>(long(flag)));
        Ok(SecretFlags {
            value: value.map(Zeroizing::new),
            file: matches.remove_one::<PathBuf>(long(S::FILE_FLAG)),
            read: OnceCell::new(),
            secret: PhantomData,
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// The secret in a file: its text without white space at the end, as `step` reads it.
pub fn read_secret_file(flag: &'static str, file: &Path) -> anyhow::Result<Password> {
    let text = standard_input::read(flag, file, LIMIT)?;
    let secret = Password::new(text.trim_ascii_end().to_vec());
    ensure!(
        !secret.is_empty(),
        "{flag}: `{}` holds no password",
        file.display()
    );
    Ok(secret)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the command's edge: here the environment comes in"
)]
fn of_environment(variable: &str) -> Option<Password> {
    let value = std::env::var_os(variable)?;
    Some(Password::new(value.into_encoded_bytes())).filter(|secret| !secret.is_empty())
}

/// Says that everybody can read what the flag holds.
pub fn warn_of_command_line(flag: &str, file_flag: &str, variable: &str) {
    say(&format!(
        "anyrole: warning: {flag}: every process of this machine can read a command line; {file_flag} FILE or {variable} keep \
         the secret to you"
    ));
}

#[expect(clippy::print_stderr, reason = "a word to the person at the terminal")]
fn say(text: &str) {
    eprintln!("{text}");
}

fn long(flag: &'static str) -> &'static str {
    flag.trim_start_matches('-')
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(characters).collect()
}
