//! `anyrole certificate bundle CRT CA FILE`: a certificate and its authority's enter; a file with the chain, in order, leaves.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::ensure;
use anyrole_ca::render_certificate;
use anyrole_x509::{Certificate, is_issued_by};

use super::read_certificates;
use crate::atomic_file::{self, NewFile};

/// Flags of `certificate bundle`.
#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// File with the certificate; those behind it are taken, too
    pub crt: PathBuf,
    /// File with the certificates of the authority
    pub ca: PathBuf,
    /// File to write
    pub bundle: PathBuf,
    /// Overwrite the file where it exists
    #[arg(long, short)]
    pub force: bool,
}

/// Writes; refuses an authority that has not issued what comes before it.
pub fn run(arguments: &Arguments, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let mut chain = read_certificates(&arguments.crt)?;
    for der in read_certificates(&arguments.ca)? {
        if !chain.contains(&der) {
            chain.push(der);
        }
    }
    let parsed = chain
        .iter()
        .map(|der| Certificate::parse_der(der.clone()))
        .collect::<Result<Vec<_>, _>>()?;
    for (certificate, issuer) in parsed.iter().zip(parsed.iter().skip(1)) {
        ensure!(
            is_issued_by(certificate, issuer),
            "`{}` was not issued by `{}`, which would follow it; name the authority that issued it",
            certificate.summary().subject,
            issuer.summary().subject
        );
    }
    let mut text = String::new();
    for der in &chain {
        text.push_str(&render_certificate(der)?);
    }
    let file = NewFile {
        path: &arguments.bundle,
        contents: text.as_bytes(),
        mode: atomic_file::PUBLIC,
    };
    atomic_file::write(&[file], arguments.force)?;
    writeln!(
        out,
        "{} certificates: {}",
        chain.len(),
        arguments.bundle.display()
    )?;
    Ok(ExitCode::SUCCESS)
}
