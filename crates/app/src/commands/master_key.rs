//! `anyrole master-key`: the key that the servers of one database share.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use anyrole_issuers::MasterKey;

use crate::settings::Secret;
use crate::wiring::{SystemEntropy, with_token_key};

/// What to do with a master key.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Make a master key in a new file, readable by its owner alone; for `anyrole server --master-key-file`
    Create {
        /// The file; one that is there is not touched
        file: PathBuf,

        /// Encrypt it by this AES key on a PKCS#11 token, `pkcs11:token=LABEL;object=LABEL?module-path=FILE&pin-source=FILE`, which is made
        /// where there is none; the PIN also in ANYROLE_PKCS11_PIN. Servers then need --master-key-token beside the file
        #[arg(long, value_name = "URI")]
        token_key: Option<Secret>,

        /// Take the key of this file, which is not encrypted, and make none; the old file is left to be deleted
        #[arg(long, value_name = "FILE", requires = "token_key")]
        from: Option<PathBuf>,
    },
}

/// Runs the command.
pub fn run(command: &Command, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let Command::Create {
        file,
        token_key,
        from,
    } = command;
    let entropy = Arc::new(SystemEntropy);
    let name = || file.display().to_string();
    match token_key {
        None => drop(MasterKey::create(file, entropy).with_context(name)?),
        Some(uri) => with_token_key(uri, true, |token_key| match from {
            None => {
                MasterKey::create_by(file, token_key, entropy).with_context(name)?;
                Ok(())
            }
            Some(old) => MasterKey::move_to_token(old, file, token_key, entropy.as_ref())
                .with_context(|| old.display().to_string()),
        })?,
    }
    writeln!(out, "{}", file.display())?;
    Ok(ExitCode::SUCCESS)
}
