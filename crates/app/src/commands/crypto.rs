//! `anyrole crypto …`: a key file enters, the same key under another password (or none) leaves; or nothing, and a new pair.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, ensure};
use anyrole_keys::FileKey;
use aws_lc_rs::rand::SecureRandom;

use super::key_type::KeyTypeFlags;
use crate::atomic_file::{self, NewFile};
use crate::key_protection::{Protection, open_key};
use crate::terminal::confirm;

/// Work with private keys.
#[derive(clap::Subcommand, Debug)]
#[command(defer = true)]
pub enum Command {
    /// Change or remove the password of a private key
    ChangePass(ChangePass),
    /// Make a pair of keys: the private one encrypted, the public one for everybody
    Keypair(Keypair),
}

/// Flags of `crypto keypair`.
#[derive(clap::Args, Debug)]
pub struct Keypair {
    /// File to write the public key to (PEM)
    pub public: PathBuf,
    /// File to write the private key to, encrypted (PKCS#8)
    pub private: PathBuf,
    #[command(flatten)]
    pub key_type: KeyTypeFlags,
    /// File with the password to encrypt the private key with; else it is asked for, twice
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// Protection of the private key.
    #[command(flatten)]
    pub protection: Protection,
    /// Overwrite both files where they exist
    #[arg(long, short)]
    pub force: bool,
}

/// Flags of `crypto change-pass`.
#[derive(clap::Args, Debug)]
pub struct ChangePass {
    /// File with the private key: PKCS#8, SEC1 or PKCS#1
    pub key: PathBuf,
    /// File with the present password; else it is asked for
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// File with the new password; else it is asked for, twice
    #[arg(long, value_name = "FILE")]
    pub new_password_file: Option<PathBuf>,
    /// Protection of the new file.
    #[command(flatten)]
    pub protection: Protection,
    /// File to write to; else KEY itself is replaced
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Replace the file without asking
    #[arg(long, short)]
    pub force: bool,
}

/// Runs one command; what it has to say goes to `out`.
pub fn run(
    command: &Command,
    random: &dyn SecureRandom,
    out: &mut dyn Write,
) -> anyhow::Result<ExitCode> {
    match command {
        Command::ChangePass(arguments) => change_pass(arguments, random, out),
        Command::Keypair(arguments) => keypair(arguments, random, out),
    }
}

fn keypair(
    arguments: &Keypair,
    random: &dyn SecureRandom,
    out: &mut dyn Write,
) -> anyhow::Result<ExitCode> {
    let (public, private) = (&arguments.public, &arguments.private);
    ensure!(
        public != private,
        "both keys would be in one file, `{}`; name two",
        public.display()
    );
    let spec = arguments.key_type.spec()?;
    for path in [public, private] {
        atomic_file::check_free(path, arguments.force)?;
    }
    let password_file = arguments.password_file.as_deref();
    let password = arguments
        .protection
        .new_password("--password-file", password_file, private)?;
    let key = FileKey::generate(spec)?;
    let private_pem = match &password {
        Some(password) => key.to_encrypted_pem(password, random)?,
        None => key.to_pem()?,
    };
    let public_pem = key.public_key_pem()?;
    let files = [
        NewFile {
            path: private,
            contents: private_pem.as_bytes(),
            mode: atomic_file::SECRET,
        },
        NewFile {
            path: public,
            contents: public_pem.as_bytes(),
            mode: atomic_file::PUBLIC,
        },
    ];
    atomic_file::write(&files, arguments.force)?;
    writeln!(out, "public key: {}", public.display())?;
    writeln!(out, "private key: {}", private.display())?;
    Ok(ExitCode::SUCCESS)
}

fn change_pass(
    arguments: &ChangePass,
    random: &dyn SecureRandom,
    out: &mut dyn Write,
) -> anyhow::Result<ExitCode> {
    let new_password_file = arguments.new_password_file.as_deref();
    arguments
        .protection
        .check("--new-password-file", new_password_file)?;
    let target = match &arguments.out {
        Some(path) => path.clone(),
        // A link stays a link: the file behind it is replaced.
        None => arguments
            .key
            .canonicalize()
            .with_context(|| format!("cannot read key file `{}`", arguments.key.display()))?,
    };
    let replaces = target.symlink_metadata().is_ok();
    if replaces && !arguments.force {
        let cure = "pass --force to replace it, or --out FILE to write another";
        let no_terminal = format!("`{}` exists already; {cure}", target.display());
        let agreed = confirm(&format!("Replace {}", target.display()), &no_terminal)?;
        ensure!(agreed, "nothing was written; {cure}");
    }
    let key = open_key(
        &arguments.key,
        "--password-file",
        arguments.password_file.as_deref(),
    )?;
    let password =
        arguments
            .protection
            .new_password("--new-password-file", new_password_file, &target)?;
    let pem = match &password {
        Some(password) => key.to_encrypted_pem(password, random)?,
        None => key.to_pem()?,
    };
    let file = NewFile {
        path: &target,
        contents: pem.as_bytes(),
        mode: atomic_file::SECRET,
    };
    atomic_file::write(&[file], replaces)?;
    writeln!(out, "private key: {}", target.display())?;
    Ok(ExitCode::SUCCESS)
}
