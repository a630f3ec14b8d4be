//! Log lines to standard error: for people, or JSON; colour only on a terminal.

use std::io::IsTerminal as _;

use anyhow::Context as _;
use tracing_subscriber::EnvFilter;

use crate::settings::{LogFormat, ServerSettings};

/// Never logged, whatever the filter says: s3s prints expected signatures at `debug`, and every refusal as an error.
const SILENCED: &str = "s3s=off";

/// Starts logging for the rest of the process.
pub fn start(settings: &ServerSettings) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&settings.log)
        .with_context(|| format!("--log {}", settings.log))?
        .add_directive(
            SILENCED
                .parse()
                .context("the directive that silences s3s")?,
        );
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let started = match settings.log_format {
        LogFormat::Human => subscriber.try_init(),
        LogFormat::Json => subscriber.json().try_init(),
    };
    started.map_err(|error| anyhow::anyhow!("logging can't be started: {error}"))
}
