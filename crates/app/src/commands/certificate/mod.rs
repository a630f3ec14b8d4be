//! `anyrole certificate …`: flags enter, certificates and key files leave. Flags mean what they mean to `step`; the
//! rules are in the rooms `ca` (issuing) and `x509` (verifying).

mod bundle;
mod create;
mod fingerprint;
mod format;
mod inspect;
mod issuer;
mod p12;
mod pair;
mod sign;
mod verify;

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use aws_lc_rs::rand::SecureRandom;
use jiff::Timestamp;

pub use issuer::new_serial;
pub use pair::{check_pair, named};

/// Make, sign, show and verify certificates.
#[derive(clap::Subcommand, Debug)]
pub enum Command {
    /// Make a key and a certificate for it
    Create(Box<create::Arguments>),
    /// Show what a certificate says
    Inspect(inspect::Arguments),
    /// Verify a certificate by the rules of CreateSession
    Verify(verify::Arguments),
    /// Sign a certificate signing request; prints the certificate
    Sign(Box<sign::Arguments>),
    /// Print the SHA-256 fingerprint of a certificate
    Fingerprint(fingerprint::Arguments),
    /// Get the next certificate with the present one and its key, before it ends
    Renew(Box<super::renew::Arguments>),
    /// Put a certificate and its authority's into one file
    Bundle(bundle::Arguments),
    /// Put a certificate and its key, or authorities, into a PKCS#12 file
    P12(Box<p12::Arguments>),
    /// Turn PEM into DER, or DER into PEM
    Format(format::Arguments),
}

/// Runs one command; what it has to say goes to `out`.
pub fn run(
    command: Command,
    now: Timestamp,
    random: &dyn SecureRandom,
    out: &mut dyn Write,
) -> anyhow::Result<ExitCode> {
    match command {
        Command::Create(arguments) => create::run(&arguments, now, random, out),
        Command::Inspect(arguments) => inspect::run(&arguments, out),
        Command::Verify(arguments) => verify::run(&arguments, now, out),
        Command::Sign(arguments) => sign::run(&arguments, now, random, out),
        Command::Fingerprint(arguments) => fingerprint::run(&arguments, out),
        Command::Renew(arguments) => super::renew::run(*arguments, out),
        Command::Bundle(arguments) => bundle::run(&arguments, out),
        Command::P12(arguments) => p12::run(&arguments, random, out),
        Command::Format(arguments) => format::run(&arguments, out),
    }
}

/// The certificates of a file, in DER; at least one.
pub fn read_certificates(path: &Path) -> anyhow::Result<Vec<Vec<u8>>> {
    let text = std::fs::read(path)
        .with_context(|| format!("cannot read certificate file `{}`", path.display()))?;
    anyrole_ca::parse_certificates(&text)
        .with_context(|| format!("certificate file `{}`", path.display()))
}
