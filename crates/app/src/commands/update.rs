//! `anyrole update`: flags enter, and the AWS credentials file is kept fresh. No rules here: `anyrole_helper` has them.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use anyrole_helper::{Go, Renewal, Update, UpdateEvent};

use super::metadata_service::{EndsWithIt, say, say_kept};
use super::renew;
use super::roles_file;
use super::session_flags::{SessionFlags, ThisMachine};
use crate::systemd;

const EXAMPLE: &str = "\
  anyrole update --profile NAME --certificate CRT --private-key KEY
      --trust-anchor-arn ARN --profile-arn ARN --role-arn ARN

Then, in another window: aws sts get-caller-identity --profile NAME

Several profiles, from a file whose keys are the flags' names:
  anyrole update --config /etc/anyrole/roles.toml

  [defaults]
  certificate = \"/etc/anyrole/tls.crt\"
  private-key = \"/etc/anyrole/tls.key\"
  trust-anchor-arn = \"ARN\"
  profile-arn = \"ARN\"
  [[profile]]
  profile = \"app\"
  role-arn = \"ARN\"
  [[profile]]
  profile = \"batch\"
  role-arn = \"ARN\"";

/// How long a file that is being written may take when the process is told to stop: another program may hold the lock.
const PARTING_TIME: Duration = Duration::from_secs(5);

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

    /// Write the profiles of this file (TOML) instead of one from flags; its keys are the flags' names.
    #[arg(long, value_name = "FILE", conflicts_with = "profile")]
    config: Option<PathBuf>,

    /// Write credentials once and end.
    #[arg(long)]
    once: bool,

    /// The credentials file. Default: ~/.aws/credentials.
    #[arg(long, value_name = "FILE", env = "AWS_SHARED_CREDENTIALS_FILE")]
    credentials_file: Option<PathBuf>,

    /// Renew the certificate before it ends, at the same service (an `anyrole server` that enrolled it), in the file that
    /// --certificate names; with --config, each certificate of the file.
    #[arg(long, conflicts_with = "once")]
    renew: bool,

    /// Print what goes over the wire on stderr, without signatures and secrets.
    #[arg(long)]
    debug: bool,
}

/// Runs until it is stopped; with `--once`, until it has written.
pub fn run(arguments: Arguments) -> anyhow::Result<()> {
    let once = arguments.once;
    let (updates, renewals) = updates(arguments)?;
    for update in &updates {
        update.session.check()?;
    }
    if once {
        write_once(&updates)
    } else {
        for renewal in renewals {
            renew::spawn(renewal)?;
        }
        keep(updates)
    }
}

/// Of the flags, or of the file.
fn updates(arguments: Arguments) -> anyhow::Result<(Vec<Update>, Vec<Renewal>)> {
    let given = arguments
        .credentials_file
        .filter(|path| !path.as_os_str().is_empty());
    let file = |own: Option<PathBuf>| own.or(given.clone()).map_or_else(default_file, Ok);
    let writing = Arc::default();
    let Some(config) = arguments.config else {
        let (session, identity) = arguments.session.into_settings_and_identity()?;
        let renewals = match arguments.renew {
            true => vec![renew::beside(&session, &identity)?],
            false => Vec::new(),
        };
        let update = Update {
            file: file(None)?,
            profile: arguments.profile,
            session,
            debug: arguments.debug,
            writing,
        };
        return Ok((vec![update], renewals));
    };
    arguments.session.refuse_beside("--config")?;
    roles_file::refuse_flags()?;
    let mut updates: Vec<Update> = Vec::new();
    let profiles = roles_file::profiles(&config)?;
    let pairs = profiles.iter().map(|one| (&one.session, &one.identity));
    let renewals = match arguments.renew {
        true => renew::beside_all(pairs)?,
        false => Vec::new(),
    };
    for profile in profiles {
        let file = file(profile.credentials_file)?;
        let is_same = |other: &Update| other.profile == profile.profile && other.file == file;
        ensure!(
            !updates.iter().any(is_same),
            "--config: two [[profile]] write the section `{}` of `{}`",
            profile.profile,
            file.display()
        );
        updates.push(Update {
            file,
            profile: profile.profile,
            session: profile.session,
            debug: arguments.debug,
            writing: Arc::clone(&writing),
        });
    }
    Ok((updates, renewals))
}

/// All are tried; the first failure is the command's.
fn write_once(updates: &[Update]) -> anyhow::Result<()> {
    let mut outcome = Ok(());
    for update in updates {
        let Err(error) = update.once(&ThisMachine) else {
            continue;
        };
        if outcome.is_ok() {
            outcome = Err(error.into());
        } else {
            say(&format!("{}: {error}", update.profile));
        }
    }
    outcome
}

/// Until the process is told to stop.
fn keep(updates: Vec<Update>) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let writing = updates.first().map(|update| update.writing.clone());
    let waiting = Arc::new(AtomicUsize::new(updates.len()));
    let several = updates.len() > 1;
    runtime.block_on(async {
        let stop = systemd::stop()?;
        for update in updates {
            let waiting = waiting.clone();
            std::thread::Builder::new()
                .name("update".to_owned())
                .spawn(move || {
                    let _whole = EndsWithIt;
                    keep_one(update, several, &waiting);
                })?;
        }
        stop.await;
        Ok::<(), anyhow::Error>(())
    })?;
    // A file that is being written is written to its end, and no other one is begun.
    if let Some(writing) = writing {
        std::mem::forget(writing.try_lock_for(PARTING_TIME));
    }
    Ok(())
}

/// `waiting`: how many of them have not been tried yet.
fn keep_one(mut update: Update, several: bool, waiting: &AtomicUsize) {
    let clock = Arc::new(update.session.clock.over(ThisMachine));
    update.session = update.session.lasting(clock, say_kept);
    let about = if several {
        format!("{}: ", update.profile)
    } else {
        String::new()
    };
    let shown = update.file.display().to_string();
    let mut is_first = true;
    update.keep(&ThisMachine, |event| {
        let line = match event {
            UpdateEvent::Written { expiration, next } => {
                format!(
                    "{about}wrote credentials to `{shown}` that end at {expiration}; the next at {next:.0}"
                )
            }
            UpdateEvent::Failed { error, next } => {
                format!("{about}nothing was written: {error}\n  trying again at {next:.0}")
            }
        };
        say(&line);
        if std::mem::take(&mut is_first) && waiting.fetch_sub(1, Ordering::SeqCst) == 1 {
            systemd::notify("READY=1");
        }
        systemd::notify(&format!("STATUS={}", line.lines().next().unwrap_or_default()));
        Go::On
    });
}

fn default_file() -> anyhow::Result<PathBuf> {
    std::env::home_dir()
        .filter(|home| !home.as_os_str().is_empty())
        .map(|home| home.join(".aws").join("credentials"))
        .context("there is no home folder (HOME is not set): give --credentials-file FILE")
}
