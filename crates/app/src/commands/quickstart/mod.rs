//! `anyrole quickstart`: a server is started in this process, and the public walk-through is done against it, through
//! the wire API and the public commands alone. Each step prints what a person would type for it.

mod child;
mod printer;
mod shell;
mod steps;
mod surroundings;
mod walk;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::ensure;

use self::printer::Printer;
use self::walk::{Place, Tally, Walk};
use super::server::{Bound, runtime, stop_signal};
use crate::logging;
use crate::settings::{LogFormat, ServerFlags, ServerSettings};

/// How a process ends that Ctrl-C stopped before it was done.
const INTERRUPTED: u8 = 130;

/// See it work: from a certificate to credentials that open S3, step by step
///
/// Starts the service on loopback and does the whole walk-through against it: a certificate authority, a client
/// certificate, a trust anchor, a role, a profile, credentials, an S3 bucket and object, and two refusals. Each step
/// prints the command that you would type for it. Then it serves until Ctrl-C. Run again on the same folder, it goes on
/// with what is there.
#[derive(clap::Args, Debug)]
pub struct Arguments {
    /// Folder that holds everything. Made if it is not there [default: ./anyrole-data]
    #[arg(long, value_name = "DIR", env = "ANYROLE_DATA")]
    data: Option<PathBuf>,

    /// Loopback address and port to listen on; port 0 takes a free one [default: 127.0.0.1:9910]
    #[arg(long, value_name = "ADDR:PORT", env = "ANYROLE_LISTEN")]
    listen: Option<SocketAddr>,

    /// Exit after the walk-through: with 0, or with 1 if a step failed
    #[arg(long)]
    once: bool,

    /// How the server's log lines look [default: human]
    #[arg(long, value_enum, value_name = "FORMAT", env = "ANYROLE_LOG_FORMAT")]
    log_format: Option<LogFormat>,

    /// What the server logs, e.g. `info`, `debug` [default: warn]
    #[arg(long, value_name = "FILTER", env = "ANYROLE_LOG")]
    log: Option<String>,
}

/// Runs the command.
pub fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let once = arguments.once;
    let settings = arguments.into_settings()?;
    logging::start(&settings)?;
    let runtime = runtime()?;
    let outcome = runtime.block_on(async {
        let bound = Bound::bind(&settings).await?;
        let place = Place::new(&settings.data, bound.url()?, bound.account())?;
        let walk = Walk::new(place, Arc::new(AtomicBool::new(false)));
        serve(bound, walk?, once).await
    });
    // A step that was stopped may still wait for an answer that nobody needs.
    runtime.shutdown_background();
    outcome
}

impl Arguments {
    fn into_settings(self) -> anyhow::Result<ServerSettings> {
        if let Some(listen) = self.listen {
            ensure!(
                listen.ip().is_loopback(),
                "--listen {listen} is not a loopback address, and quickstart serves plain HTTP; \
                 use 127.0.0.1, or `anyrole server` with TLS"
            );
        }
        ServerSettings::resolve(ServerFlags {
            data: self.data,
            listen: self.listen,
            log_format: self.log_format,
            // The server's lines would drown the steps: two of them are refusals, which is what it logs at `info`.
            log: Some(self.log.unwrap_or_else(|| "warn".to_owned())),
            ..ServerFlags::default()
        })
    }
}

/// Serves while the walk-through goes on in a thread of its own, and after it unless `once`.
async fn serve(bound: Bound, mut walk: Walk, once: bool) -> anyhow::Result<ExitCode> {
    let cancelled = walk.program.cancelled.clone();
    let mut signal = std::pin::pin!(stop_signal()?);
    let colours = surroundings::shows_colours();
    let mut walking = tokio::task::spawn_blocking(move || {
        let mut printer = Printer::new(Box::new(std::io::stdout()), colours);
        let tally = walk.go(&mut printer)?;
        if let Some(tally) = tally {
            printer.closing(&walk.place, tally, once)?;
        }
        Ok::<_, std::io::Error>(tally)
    });
    let mut ended = None;
    let stop = async {
        tokio::select! {
            outcome = &mut walking => {
                let goes_on = !once && matches!(outcome, Ok(Ok(Some(_))));
                ended = Some(outcome);
                if goes_on {
                    signal.await;
                }
            }
            () = &mut signal => cancelled.store(true, Ordering::Relaxed),
        }
    };
    bound.serve(stop).await;
    let outcome = match ended {
        Some(outcome) => outcome,
        None => walking.await,
    };
    let tally = outcome??;
    if tally.is_none() || !once {
        Printer::new(Box::new(std::io::stdout()), false).stopped()?;
    }
    Ok(match tally {
        None => ExitCode::from(INTERRUPTED),
        Some(Tally { failed, .. }) if once => ExitCode::from(u8::from(failed > 0)),
        Some(_) => ExitCode::SUCCESS,
    })
}
