//! `step certificate format [CRT]`: PEM enters and DER leaves, or the other way round.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::anyhow;
use anyrole_ca::render_certificate;

use super::refusal::check_count;
use super::{files, prompt, render_request, request_der};
use crate::atomic_file::{NewFile, SECRET};

/// Flags of `certificate format`.
#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// File of the certificate or request; without one, standard input
    #[arg(value_name = "CRT", num_args = 0..)]
    positional: Vec<String>,
    /// File to write to, not standard output
    #[arg(long, value_name = "FILE")]
    out: Option<String>,
    /// Overwrite the file without asking
    #[arg(long, short)]
    force: bool,
}

/// Writes.
pub fn run(arguments: &Arguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let usage = "step certificate format <crt-file> [--out=<file>]";
    check_count(&arguments.positional, 0, 1, usage)?;
    let name = arguments.positional.first().map_or("-", String::as_str);
    let bytes = files::read(Path::new(name))?;
    let written = turned(&bytes)?;
    let Some(target) = arguments.out.as_deref().filter(|name| !name.is_empty()) else {
        return Ok(out.write_all(&written)?);
    };
    // The mode of what was read, as step has it.
    let mode = fs::metadata(name).map_or(SECRET, |found| found.permissions().mode() & 0o777);
    let file = NewFile {
        path: Path::new(target),
        contents: &written,
        mode,
    };
    prompt::write(&[file], arguments.force)?;
    files::say(&format!("Your certificate has been saved in {target}"));
    Ok(())
}

/// The first certificate or request, in the other form.
pub fn turned(bytes: &[u8]) -> anyhow::Result<Vec<u8>> {
    let certificate = files::certificates_of(bytes)
        .ok()
        .and_then(|certificates| certificates.into_iter().next())
        // Of DER nothing else has looked at what is inside.
        .filter(|der| anyrole_x509::Certificate::parse_der(der.clone()).is_ok());
    let is_pem = files::is_pem(bytes);
    match (certificate, is_pem) {
        (Some(der), true) => Ok(der),
        (Some(der), false) => Ok(render_certificate(&der)?.into_bytes()),
        (None, true) => request_der(bytes)
            .ok_or_else(|| anyhow!("error decoding certificate: invalid PEM block")),
        (None, false) => request_der(bytes)
            .map(|der| render_request(&der).into_bytes())
            .ok_or_else(|| anyhow!("error parsing DER format certificate or certificate request")),
    }
}
