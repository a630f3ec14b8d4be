//! `anyrole master-key`: the key that the servers of one database share.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use anyrole_issuers::MasterKey;

use crate::wiring::SystemEntropy;

/// What to do with a master key.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Make a master key in a new file, readable by its owner alone; for `anyrole server --master-key-file`
    Create {
        /// The file; one that is there is not touched
        file: PathBuf,
    },
}

/// Runs the command.
pub fn run(command: &Command, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let Command::Create { file } = command;
    MasterKey::create(file, Arc::new(SystemEntropy)).with_context(|| file.display().to_string())?;
    writeln!(out, "{}", file.display())?;
    Ok(ExitCode::SUCCESS)
}
