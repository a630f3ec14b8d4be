//! `anyrole update`: flags enter, and the AWS credentials file is kept fresh. No rules here: `anyrole_helper` has them.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context as _;
use anyrole_helper::{Go, Update, UpdateEvent};

use super::session_flags::{SessionFlags, ThisMachine};

const EXAMPLE: &str = "\
  anyrole update --profile NAME --certificate CRT --private-key KEY
      --trust-anchor-arn ARN --profile-arn ARN --role-arn ARN

Then, in another window: aws sts get-caller-identity --profile NAME";

/// Keep fresh credentials in the AWS credentials file
///
/// Writes temporary credentials into one section of ~/.aws/credentials, and new ones five minutes before those end, until
/// it is stopped. Comments, other sections and their order stay as they are. What fails is tried again, and the file keeps
/// the last good credentials meanwhile.
#[derive(clap::Args, Debug)]
#[command(after_long_help = EXAMPLE)]
pub struct Arguments {
    #[command(flatten)]
    session: SessionFlags,

    /// The section of the credentials file to write.
    #[arg(long, value_name = "NAME", default_value = "default")]
    profile: String,

    /// Write credentials once and end.
    #[arg(long)]
    once: bool,

    /// The credentials file. Default: ~/.aws/credentials.
    #[arg(long, value_name = "FILE", env = "AWS_SHARED_CREDENTIALS_FILE")]
    credentials_file: Option<PathBuf>,

    /// Print what goes over the wire on stderr, without signatures and secrets.
    #[arg(long)]
    debug: bool,
}

/// Runs until it is stopped; with `--once`, until it has written.
pub fn run(arguments: Arguments) -> anyhow::Result<()> {
    let given = arguments
        .credentials_file
        .filter(|path| !path.as_os_str().is_empty());
    let update = Update {
        file: given.map_or_else(default_file, Ok)?,
        profile: arguments.profile,
        session: arguments.session.into_settings()?,
        debug: arguments.debug,
    };
    if arguments.once {
        update.once(&ThisMachine)?;
        return Ok(());
    }
    let shown = update.file.display().to_string();
    update.keep(&ThisMachine, |event| {
        let line = match event {
            UpdateEvent::Written { expiration, next } => {
                format!(
                    "wrote credentials to `{shown}` that end at {expiration}; the next at {next:.0}"
                )
            }
            UpdateEvent::Failed { error, next } => {
                format!("nothing was written: {error}\n  trying again at {next:.0}")
            }
        };
        // Nothing can be done about a standard error that is closed.
        let _: std::io::Result<()> = writeln!(std::io::stderr(), "{line}");
        Go::On
    });
    Ok(())
}

fn default_file() -> anyhow::Result<PathBuf> {
    std::env::home_dir()
        .filter(|home| !home.as_os_str().is_empty())
        .map(|home| home.join(".aws").join("credentials"))
        .context("there is no home folder (HOME is not set): give --credentials-file FILE")
}
