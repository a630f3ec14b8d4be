//! `anyrole certificate fingerprint CRT`: a certificate file enters, the SHA-256 of its DER leaves in lower-case hex.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyrole_x509::sha256_fingerprint;

use super::inspect::hex;
use super::read_certificates;

/// Flags of `certificate fingerprint`.
#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// File with the certificate
    pub crt: PathBuf,
    /// Print one line for each certificate of the file, not only for the first
    #[arg(long)]
    pub bundle: bool,
}

/// Prints.
pub fn run(arguments: &Arguments, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let certificates = read_certificates(&arguments.crt)?;
    let shown = if arguments.bundle {
        certificates.len()
    } else {
        1
    };
    for der in certificates.iter().take(shown) {
        writeln!(out, "{}", hex(&sha256_fingerprint(der)))?;
    }
    Ok(ExitCode::SUCCESS)
}
