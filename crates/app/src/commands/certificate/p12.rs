//! `anyrole certificate p12 FILE [CRT KEY]`: a certificate and its key, or authorities alone, enter; a PKCS#12 file leaves.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, ensure};
use anyrole_keys::{NewPkcs12, Password};
use aws_lc_rs::rand::SecureRandom;

use super::{check_pair, named, read_certificates};
use crate::atomic_file::{self, NewFile};
use crate::key_protection::{Protection, open_key};

/// Flags of `certificate p12`.
#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// File to write
    pub p12: PathBuf,
    /// File with the certificate and its intermediates; without it the file holds the authorities of --ca, as trusted ones
    #[arg(requires = "key", required_unless_present = "ca")]
    pub crt: Option<PathBuf>,
    /// File with the private key
    pub key: Option<PathBuf>,
    /// File with certificates of authorities to put in (again for more)
    #[arg(long, value_name = "FILE")]
    pub ca: Vec<PathBuf>,
    /// File with the password of KEY; else it is asked for
    #[arg(long, value_name = "FILE")]
    pub key_password_file: Option<PathBuf>,
    /// File with the password to encrypt with; else it is asked for, twice
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// Protection of the file.
    #[command(flatten)]
    pub protection: Protection,
    /// For programs that read nothing newer: 3DES, RC2 and SHA-1, which protect next to nothing
    #[arg(long)]
    pub legacy: bool,
    /// Overwrite the file where it exists
    #[arg(long, short)]
    pub force: bool,
}

/// Writes.
pub fn run(
    arguments: &Arguments,
    random: &dyn SecureRandom,
    out: &mut dyn Write,
) -> anyhow::Result<ExitCode> {
    atomic_file::check_free(&arguments.p12, arguments.force)?;
    let mut authorities = Vec::new();
    for file in &arguments.ca {
        authorities.extend(read_certificates(file).context("--ca")?);
    }
    let identity = match (&arguments.crt, &arguments.key) {
        (Some(crt), Some(key)) => {
            let mut certificates = read_certificates(crt)?;
            let own = certificates.remove(0);
            // Its own intermediates come first.
            authorities.splice(..0, certificates);
            let flag = "--key-password-file";
            let opened = open_key(key, flag, arguments.key_password_file.as_deref())?;
            check_pair(&own, &opened)
                .with_context(|| format!("`{}` and `{}`", crt.display(), key.display()))?;
            Some((opened, own))
        }
        _ => None,
    };
    ensure!(
        identity.is_some() || !authorities.is_empty(),
        "there is nothing to put in; name CRT and KEY, or --ca"
    );
    let password = arguments.protection.new_password(
        "--password-file",
        arguments.password_file.as_deref(),
        &arguments.p12,
    )?;
    let authorities: Vec<_> = authorities.into_iter().map(named).collect();
    let new = NewPkcs12 {
        identity: identity
            .as_ref()
            .map(|(key, certificate)| (key, certificate.as_slice())),
        authorities: &authorities,
        legacy: arguments.legacy,
    };
    let password = password.unwrap_or_else(|| Password::new(Vec::new()));
    let file = NewFile {
        path: &arguments.p12,
        contents: &new.to_der(&password, random)?,
        mode: atomic_file::SECRET,
    };
    atomic_file::write(&[file], arguments.force)?;
    writeln!(out, "PKCS#12: {}", arguments.p12.display())?;
    Ok(ExitCode::SUCCESS)
}
