//! `anyrole policy …`: documents, a principal and keys enter by flags and files, decisions with their reasons and findings
//! leave. The rules are in the room `policy`.

mod documents;
mod lint;
mod print;
mod simulate;

use std::io::Write;
use std::process::ExitCode;

use jiff::Timestamp;

use super::output_format::Format;

/// Nothing was denied, or found.
const FINE: u8 = 0;
/// A request is denied, or a document has errors: the answer, not a failure.
const FOUND: u8 = 3;

/// Ask what policies decide, and look for mistakes in them.
#[derive(clap::Subcommand, Debug)]
pub enum Command {
    /// Decide requests by policies, and say why
    Simulate(Box<simulate::Arguments>),
    /// Look for mistakes in policies
    Lint(lint::Arguments),
}

/// Runs one command; what it has to say goes to `out`.
pub fn run(command: &Command, now: Timestamp, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let code = match command {
        Command::Simulate(arguments) => simulate::run(arguments, now, out),
        Command::Lint(arguments) => lint::run(arguments, out),
    }?;
    Ok(ExitCode::from(code))
}
