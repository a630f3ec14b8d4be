//! `step certificate bundle CRT CA FILE`: two certificates enter, a file with both leaves.

use std::path::Path;

use anyhow::anyhow;
use anyrole_ca::{parse_certificates, render_certificate};

use super::refusal::check_count;
use super::{files, prompt};
use crate::atomic_file::{NewFile, SECRET};

/// Flags of `certificate bundle`.
#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// File of the certificate, file of the authority's, file to write
    #[arg(value_name = "CRT CA FILE", num_args = 0..)]
    positional: Vec<String>,
    /// Overwrite the file without asking
    #[arg(long, short)]
    force: bool,
}

/// Writes.
pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let usage = "step certificate bundle <crt-file> <ca> <bundle-file>";
    check_count(&arguments.positional, 3, 3, usage)?;
    let mut text = String::new();
    for name in arguments.positional.iter().take(2) {
        let bytes = files::read(Path::new(name))?;
        let certificates = parse_certificates(&bytes)
            .map_err(|_| anyhow!("could not parse certificate file '{name}'"))?;
        // The first of each, as step has it.
        for der in certificates.iter().take(1) {
            text.push_str(&render_certificate(der)?);
        }
    }
    let name = arguments.positional.get(2).map_or("", String::as_str);
    let file = NewFile {
        path: Path::new(name),
        contents: text.as_bytes(),
        mode: SECRET,
    };
    prompt::write(&[file], arguments.force)?;
    files::say(&format!("Your certificate has been saved in {name}."));
    Ok(())
}
