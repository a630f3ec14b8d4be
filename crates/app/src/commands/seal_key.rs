//! `anyrole seal-key`: the keys that sessions are sealed with, shown and replaced, on a database that servers may be using.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::bail;
use anyrole_domain::ports::{Clock as _, Entropy};
use anyrole_domain::rotate_seal_key;

use crate::settings::{DEFAULT_DATA, Engine, StorageFlags};
use crate::wiring::{SystemClock, SystemEntropy, open_storage};

/// What to do with seal keys.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Show the keys: id, when it was made, from when on it is used
    List(Arguments),
    /// Make a new key now. Servers use it once each of them has it; sessions of the old one live on. With the embedded
    /// database the server must be stopped; it makes new keys itself by --seal-key-age
    Rotate(Arguments),
}

/// Which database.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Folder of the server's data [default: ./anyrole-data]
    #[arg(long, value_name = "DIR", env = "ANYROLE_DATA")]
    data: Option<PathBuf>,

    #[command(flatten)]
    storage: StorageFlags,
}

/// Runs the command.
pub fn run(command: Command, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let (rotate, arguments) = match command {
        Command::List(arguments) => (false, arguments),
        Command::Rotate(arguments) => (true, arguments),
    };
    let data = arguments
        .data
        .unwrap_or_else(|| Path::new(DEFAULT_DATA).to_owned());
    let settings = arguments.storage.resolve(&data)?;
    if matches!(settings.engine, Engine::Embedded) && !data.join("anyrole.db").exists() {
        bail!("--data {}: there is no database in it", data.display());
    }
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    super::server::runtime()?.block_on(async {
        let storage = open_storage(&settings, &data, &entropy).await?;
        if rotate {
            let made = rotate_seal_key(
                &storage.directory,
                SystemClock.now(),
                settings.seal_key_lead(),
                entropy.as_ref(),
                storage.secrets.as_ref(),
            )
            .await;
            let made =
                made.map_err(|refusal| anyhow::anyhow!("{} {}", refusal.public, refusal.private))?;
            writeln!(
                out,
                "seal key {} is used from {} on",
                made.id, made.usable_from
            )?;
            return Ok(ExitCode::SUCCESS);
        }
        for key in storage.directory.read().seal_keys() {
            writeln!(
                out,
                "{}\tmade {}\tused from {}",
                key.id, key.created_at, key.usable_from
            )?;
        }
        Ok(ExitCode::SUCCESS)
    })
}
