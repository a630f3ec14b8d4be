//! Log lines to standard error: for people, or JSON; colour only on a terminal.

use std::io::IsTerminal as _;

use anyhow::Context as _;
use tracing_subscriber::filter::{FilterExt as _, filter_fn};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, registry};

use crate::settings::{LogFormat, ServerSettings};

/// Never logged, whatever the filter says: s3s prints expected signatures at `debug`, and every refusal as an error.
const SILENCED: &str = "s3s";

/// Starts logging for the rest of the process.
pub fn start(settings: &ServerSettings) -> anyhow::Result<()> {
    let asked =
        EnvFilter::try_new(&settings.log).with_context(|| format!("--log {}", settings.log))?;
    let filter = asked.and(filter_fn(|metadata| !is_silenced(metadata.target())));
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let started = match settings.log_format {
        LogFormat::Human => registry().with(layer.with_filter(filter)).try_init(),
        LogFormat::Json => registry().with(layer.json().with_filter(filter)).try_init(),
    };
    started.map_err(|error| anyhow::anyhow!("logging can't be started: {error}"))
}

fn is_silenced(target: &str) -> bool {
    target
        .strip_prefix(SILENCED)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_s3_library_and_its_modules_stay_silent() {
        for (target, silent) in [
            ("s3s", true),
            ("s3s::ops::signature", true),
            ("s3s_fs", false),
            ("anyrole_frontends::s3", false),
        ] {
            assert_eq!(is_silenced(target), silent, "{target}");
        }
    }
}
