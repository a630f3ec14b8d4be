//! `step certificate p12 P12 [CRT] [KEY]`: a certificate and its key, or authorities alone, enter; a PKCS#12 file leaves.

use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use anyrole_keys::{NewPkcs12, Password};
use aws_lc_rs::rand::SecureRandom;

use super::refusal::{check_count, incompatible, requires};
use super::{files, prompt};
use crate::atomic_file::{NewFile, SECRET};
use crate::commands::certificate::{check_pair, named};
use crate::key_protection::open_key_asking;
use crate::password::read_secret_file;

/// Flags of `certificate p12`.
#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// File to write, and the files of certificate and key
    #[arg(value_name = "P12 [CRT KEY]", num_args = 0..)]
    positional: Vec<String>,
    /// File of an authority's certificates to put in, too (again for more)
    #[arg(long, value_name = "FILE")]
    ca: Vec<PathBuf>,
    /// File with the password to encrypt with
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Encrypt with the empty password; needs --insecure
    #[arg(long)]
    no_password: bool,
    /// For old programs: RC2, 3DES and SHA-1
    #[arg(long)]
    legacy: bool,
    /// Overwrite the file without asking
    #[arg(long, short)]
    force: bool,
    /// Allow what is insecure: --no-password
    #[arg(long)]
    insecure: bool,
}

/// Writes.
pub fn run(arguments: &Arguments, random: &dyn SecureRandom) -> anyhow::Result<()> {
    let usage = "step certificate p12 <p12-path> [<crt-path>] [<key-path>]";
    check_count(&arguments.positional, 1, 3, usage)?;
    let word = |at: usize| arguments.positional.get(at).map_or("", String::as_str);
    let has_identity = arguments.positional.len() == 3;
    if arguments.positional.len() == 2 {
        bail!("missing positional argument <key_file> in '{usage}'");
    }
    if !has_identity && arguments.ca.is_empty() {
        bail!("flag '--ca' must be provided when no <crt_path> and <key_path> are present");
    }
    if arguments.no_password && arguments.password_file.is_some() {
        return Err(incompatible("no-password", "password-file"));
    }
    if arguments.no_password && !arguments.insecure {
        return Err(requires("no-password", "insecure"));
    }
    let mut authorities = Vec::new();
    for file in &arguments.ca {
        authorities.extend(files::certificates(file).context("error reading CA certificate")?);
    }
    let password = arguments.password()?;
    let identity = match has_identity {
        false => None,
        true => {
            let mut certificates =
                files::certificates(Path::new(word(1))).context("error reading certificate")?;
            let own = certificates.remove(0);
            authorities.extend(certificates);
            let question = "Please enter the password to decrypt";
            let key = open_key_asking(Path::new(word(2)), question, "", None)
                .context("error reading key")?;
            check_pair(&own, &key).map_err(|_| {
                anyhow!(
                    "the key `{}` does not belong to the certificate `{}`",
                    word(2),
                    word(1)
                )
            })?;
            Some((key, own))
        }
    };
    let authorities = authorities.into_iter().map(named).collect::<Vec<_>>();
    let new = NewPkcs12 {
        identity: identity
            .as_ref()
            .map(|(key, certificate)| (key, certificate.as_slice())),
        authorities: &authorities,
        legacy: arguments.legacy,
    };
    let file = NewFile {
        path: Path::new(word(0)),
        contents: &new.to_der(&password, random)?,
        mode: SECRET,
    };
    prompt::write(&[file], arguments.force)?;
    files::say(&format!("Your .p12 bundle has been saved as {}.", word(0)));
    Ok(())
}

impl Arguments {
    fn password(&self) -> anyhow::Result<Password> {
        match (&self.password_file, self.no_password) {
            (_, true) => Ok(Password::new(Vec::new())),
            (Some(file), false) => read_secret_file("--password-file", file),
            (None, false) => prompt::asked(
                "Please enter a password to encrypt the .p12 file",
                "--password-file",
            ),
        }
    }
}
