//! `anyrole certificate format CRT`: PEM enters and DER leaves, or the other way round.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;

use crate::atomic_file::{self, NewFile};
use crate::commands::step::turned;

/// Flags of `certificate format`.
#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// File with the certificate or the signing request, PEM or DER
    pub crt: PathBuf,
    /// File to write; without it standard output
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Overwrite the file where it exists
    #[arg(long, short)]
    pub force: bool,
}

/// Writes the first certificate or request in the other form.
pub fn run(arguments: &Arguments, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let shown = arguments.crt.display();
    let bytes = std::fs::read(&arguments.crt)
        .with_context(|| format!("cannot read certificate file `{shown}`"))?;
    let contents = turned(&bytes).with_context(|| format!("certificate file `{shown}`"))?;
    match &arguments.out {
        None => out.write_all(&contents)?,
        Some(path) => {
            let file = NewFile {
                path,
                contents: &contents,
                mode: atomic_file::PUBLIC,
            };
            atomic_file::write(&[file], arguments.force)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
