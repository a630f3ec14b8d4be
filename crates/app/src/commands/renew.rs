//! `anyrole certificate renew CRT KEY`: the present pair enters, and the next certificate is written in its place; once where it is
//! due, or each time that it is (`--daemon`). No rules here: `anyrole_helper` has them.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use anyrole_helper::{Go, IdentitySettings, NewKey, Renewal, RenewalEvent, SessionSettings};
use anyrole_keys::{KeyUri, Pkcs12};
use anyrole_sdk::{
    ClientSettings, Endpoint, EnrolmentClient, Region, Surroundings, ThisMachine, WireEvent,
};
use aws_lc_rs::rand::SystemRandom;
use jiff::{SignedDuration, Timestamp};
use tokio::signal::unix::{SignalKind, signal};

use super::enroll::client_settings;
use super::identity_flags::{DeviceKeyFlags, TokenFlags};
use super::metadata_service::{EndsWithIt, say};
use super::service_flags::ServiceFlags;
use crate::identity_passwords;
use crate::password::{Pkcs8Password, Pkcs12Password, SecretFlags};
use crate::systemd;

const HELP: &str = "\
From a timer, or by hand; nothing is done before it is due:
  anyrole certificate renew tls.crt tls.key --endpoint URL

For as long as it runs (docs/systemd/anyrole-renew.service):
  anyrole certificate renew tls.crt tls.key --endpoint URL --daemon --exec 'systemctl reload nginx'

SIGHUP renews at once, SIGTERM ends after a file that is being written. A certificate that has expired is renewed for as long as the
server's --renew-after-expiry says; later it takes a new join token: anyrole enroll --force.";

/// How long files that are being written may take when the process is told to stop.
const PARTING_TIME: Duration = Duration::from_secs(5);

/// Get the next certificate with the present one and its key, before it ends
///
/// The service is an `anyrole server` that enrolled it. The certificate is due when two thirds of its life are over, by chance
/// somewhat earlier. The file is replaced in one step, and the key stays as it is unless --new-key says otherwise.
#[derive(clap::Args, Debug)]
#[command(after_long_help = HELP)]
pub struct Arguments {
    /// File of the certificate, which is replaced
    crt: PathBuf,
    /// Its private key: a file, pkcs11:token=NAME;object=LABEL, or tpm:handle=0x81000101
    key: PathBuf,

    /// Renew now, though it is not due
    #[arg(long, short)]
    force: bool,

    /// Renew when it ends in less than this, instead of at two thirds of its life
    #[arg(long, value_name = "DURATION")]
    expires_in: Option<String>,

    /// Get the new certificate for a new key of the same kind, and replace KEY, too. A reader that knows to look for the certificate
    /// that belongs to the key never finds a pair that does not belong together
    #[arg(long)]
    new_key: bool,

    /// Keep running, and renew each time that it is due
    #[arg(long)]
    daemon: bool,

    /// Command for /bin/sh after each renewal, such as `systemctl reload nginx`; it has ANYROLE_CERTIFICATE and ANYROLE_PRIVATE_KEY
    #[arg(long, value_name = "COMMAND")]
    exec: Option<String>,

    /// Send a signal to the process of this file after each renewal
    #[arg(long, value_name = "FILE")]
    pid_file: Option<PathBuf>,

    /// Which signal
    #[arg(
        long,
        value_enum,
        value_name = "SIGNAL",
        ignore_case = true,
        default_value = "HUP",
        requires = "pid_file"
    )]
    signal: Signal,

    #[command(flatten)]
    key_password: SecretFlags<Pkcs8Password>,

    #[command(flatten)]
    pkcs12_password: SecretFlags<Pkcs12Password>,

    #[command(flatten)]
    tokens: TokenFlags,

    #[command(flatten)]
    devices: DeviceKeyFlags,

    #[command(flatten)]
    service: ServiceFlags,
}

/// Values of `--signal`.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum Signal {
    /// SIGHUP
    #[value(name = "HUP")]
    Hup,
    /// SIGUSR1
    #[value(name = "USR1")]
    Usr1,
    /// SIGUSR2
    #[value(name = "USR2")]
    Usr2,
    /// SIGTERM
    #[value(name = "TERM")]
    Term,
}

/// Renews once where it is due, or for as long as it runs.
pub fn run(arguments: Arguments, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let hooks = Hooks {
        certificate: arguments.crt.clone(),
        key: arguments.key.clone(),
        exec: arguments.exec,
        signal: arguments.pid_file.map(|file| (file, arguments.signal)),
    };
    let (crt, force, daemon) = (arguments.crt.clone(), arguments.force, arguments.daemon);
    let expires_in = arguments.expires_in.as_deref().map(duration).transpose()?;
    let password = identity_passwords::of_key(
        &arguments.key,
        None,
        &arguments.key_password,
        &arguments.pkcs12_password,
    )?;
    let mut devices = arguments.tokens.into_devices()?;
    arguments.devices.add_to(&mut devices)?;
    let settings = IdentitySettings {
        certificate: Some(arguments.crt),
        private_key: Some(arguments.key),
        key_password: password,
        devices,
        ..IdentitySettings::default()
    };
    let client = client_settings(arguments.service)?;
    let renewal = renewal(&settings, client, arguments.new_key, expires_in)?;
    if daemon {
        keep(renewal, hooks, force)?;
        return Ok(ExitCode::SUCCESS);
    }
    let surroundings = ThisMachine;
    let (present, due) = renewal.due(surroundings.random())?;
    if !force && surroundings.now() < due {
        let end = present.summary().not_after;
        writeln!(
            out,
            "not renewed: `{}` is due at {due:.0}, and ends at {end:.0}; --force renews it now",
            crt.display()
        )?;
        return Ok(ExitCode::SUCCESS);
    }
    let certificate = renewal.once(&surroundings)?;
    writeln!(out, "certificate: {}", crt.display())?;
    writeln!(out, "valid until: {:.0}", certificate.summary().not_after)?;
    hooks.run()?;
    Ok(ExitCode::SUCCESS)
}

/// The renewal of a pair: the certificate alone in a file of its own, the key wherever it is.
fn renewal(
    settings: &IdentitySettings,
    client: ClientSettings,
    new_key: bool,
    expires_in: Option<SignedDuration>,
) -> anyhow::Result<Renewal> {
    let certificate = settings
        .certificate
        .clone()
        .context("a renewal needs the certificate's file")?;
    let key = settings.private_key.as_deref();
    let key = key.context("a renewal needs the key in a place of its own: give --private-key")?;
    ensure!(
        key != certificate,
        "`{}`: certificate and key are the same file, of which the key would be lost; put them into two",
        certificate.display()
    );
    let content = std::fs::read(&certificate)
        .with_context(|| format!("cannot read `{}`", certificate.display()))?;
    ensure!(
        content.starts_with(b"-----BEGIN") || !Pkcs12::is_one(&content),
        "`{}` is PKCS#12, which can't be renewed; write certificate and key into PEM files",
        certificate.display()
    );
    let new_key = match new_key {
        true => Some(NewKey {
            path: plain_key_file(key)?,
            password: settings.key_password.clone(),
            random: SYSTEM_RANDOM.get_or_init(SystemRandom::new),
        }),
        false => None,
    };
    Ok(Renewal {
        identity: settings.source()?,
        certificate,
        new_key,
        expires_in,
        client: EnrolmentClient::new(client)?,
        writing: Arc::default(),
    })
}

/// For salts of new keys.
static SYSTEM_RANDOM: std::sync::OnceLock<SystemRandom> = std::sync::OnceLock::new();

fn plain_key_file(key: &Path) -> anyhow::Result<PathBuf> {
    let text = std::fs::read(key).unwrap_or_default();
    let text = zeroize::Zeroizing::new(text);
    let is_plain = !text.is_empty() && !text.windows(4).any(|four| four == b"TSS2");
    ensure!(
        is_plain,
        "--new-key: `{}` is no key in a file; keys on tokens and in TPMs stay what they are",
        KeyUri::shown(key)
    );
    Ok(key.to_owned())
}

/// The renewal beside `serve` and `update` (`--renew`), by their flags of certificate, key and service.
///
/// # Errors
/// A pair or a service that can't be renewed.
pub fn beside(session: &SessionSettings, identity: &IdentitySettings) -> anyhow::Result<Renewal> {
    let endpoint = session.endpoint.as_deref().filter(|url| !url.is_empty());
    let endpoint = endpoint.context(
        "--renew: AWS renews no certificates; give --endpoint URL of the `anyrole server` that enrolled this one",
    )?;
    let client = ClientSettings {
        endpoint: Endpoint::parse(endpoint).context("--endpoint")?,
        region: Region::parse("us-east-1")?,
        tls_roots: session.tls_roots.clone(),
        proxies: session.route.proxies.clone(),
        attempts: session.route.attempts,
    };
    renewal(identity, client, false, None).context("--renew")
}

/// The renewals beside several sessions: one for each certificate.
///
/// # Errors
/// As [`beside`]; one certificate that is said to belong to two keys.
pub fn beside_all<'a>(
    pairs: impl Iterator<Item = (&'a SessionSettings, &'a IdentitySettings)>,
) -> anyhow::Result<Vec<Renewal>> {
    let mut renewals = Vec::new();
    let mut known: Vec<&IdentitySettings> = Vec::new();
    for (session, identity) in pairs {
        match known
            .iter()
            .find(|known| known.certificate == identity.certificate)
        {
            Some(known) => ensure!(
                known.private_key == identity.private_key,
                "--renew: one certificate is used with two keys, of which it can't be renewed by both"
            ),
            None => {
                renewals.push(beside(session, identity)?);
                known.push(identity);
            }
        }
    }
    Ok(renewals)
}

/// Renews in a thread of its own for as long as the process runs.
///
/// # Errors
/// No thread can be had.
pub fn spawn(renewal: Renewal) -> std::io::Result<()> {
    std::thread::Builder::new()
        .name("renewal".to_owned())
        .spawn(move || {
            let _whole = EndsWithIt;
            renewal.keep(
                &ThisMachine,
                || false,
                |event| {
                    say(&line(event));
                    Go::On
                },
            );
        })
        .map(drop)
}

fn line(event: &RenewalEvent<'_>) -> String {
    match event {
        RenewalEvent::Waiting { not_after, due } => {
            format!("the certificate ends at {not_after:.0}, and is renewed at {due:.0}")
        }
        RenewalEvent::Renewed { certificate } => {
            let end = certificate.summary().not_after;
            format!("renewed the certificate; it ends at {end:.0}")
        }
        RenewalEvent::Failed { error, next } => {
            format!("the certificate was not renewed: {error}\n  trying again at {next:.0}")
        }
    }
}

/// What is done after each renewal.
struct Hooks {
    certificate: PathBuf,
    key: PathBuf,
    exec: Option<String>,
    signal: Option<(PathBuf, Signal)>,
}

impl Hooks {
    fn run(&self) -> anyhow::Result<()> {
        if let Some(command) = &self.exec {
            let status = Command::new("/bin/sh")
                .args(["-c", command])
                .env("ANYROLE_CERTIFICATE", &self.certificate)
                .env("ANYROLE_PRIVATE_KEY", KeyUri::shown(&self.key))
                .status()
                .context("--exec")?;
            ensure!(status.success(), "--exec: the command ended with {status}");
        }
        if let Some((file, signal)) = &self.signal {
            send(file, *signal).with_context(|| format!("--pid-file `{}`", file.display()))?;
        }
        Ok(())
    }
}

fn send(file: &Path, signal: Signal) -> anyhow::Result<()> {
    use rustix::process::{Pid, Signal as System, kill_process};
    let text = std::fs::read_to_string(file)?;
    let number = text.trim().parse::<i32>().ok().filter(|number| *number > 1);
    let pid = number
        .and_then(Pid::from_raw)
        .context("it holds no number of a process")?;
    let signal = match signal {
        Signal::Hup => System::HUP,
        Signal::Usr1 => System::USR1,
        Signal::Usr2 => System::USR2,
        Signal::Term => System::TERM,
    };
    Ok(kill_process(pid, signal)?)
}

/// A sleep that SIGHUP ends, and whether one was heard.
#[derive(Default)]
struct Bell {
    rung: AtomicBool,
    lock: Mutex<()>,
    ring: Condvar,
}

impl Bell {
    fn ring(&self) {
        self.rung.store(true, Ordering::SeqCst);
        let _held = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        self.ring.notify_all();
    }
}

impl Surroundings for Bell {
    fn now(&self) -> Timestamp {
        ThisMachine.now()
    }

    fn random(&self) -> [u8; 16] {
        ThisMachine.random()
    }

    fn sleep(&self, duration: Duration) {
        let held = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        let silent = |(): &mut ()| !self.rung.load(Ordering::SeqCst);
        drop(self.ring.wait_timeout_while(held, duration, silent));
    }

    fn observe(&self, _event: &WireEvent<'_>) {}
}

/// Until the process is told to stop.
fn keep(renewal: Renewal, hooks: Hooks, force: bool) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let writing = renewal.writing.clone();
    let bell = Arc::new(Bell::default());
    if force {
        bell.ring();
    }
    // A pair that can't be read at all is said now, and not every two minutes.
    renewal.due([0; 16])?;
    runtime.block_on(async {
        let stop = systemd::stop()?;
        let mut hangups = signal(SignalKind::hangup()).context("SIGHUP")?;
        let ringing = bell.clone();
        tokio::spawn(async move {
            while hangups.recv().await.is_some() {
                ringing.ring();
            }
        });
        std::thread::Builder::new()
            .name("renewal".to_owned())
            .spawn(move || {
                let _whole = EndsWithIt;
                keep_on(&renewal, &hooks, &bell);
            })?;
        stop.await;
        Ok::<(), anyhow::Error>(())
    })?;
    // A pair that is being written is written to its end, and no other one is begun.
    std::mem::forget(writing.try_lock_for(PARTING_TIME));
    Ok(())
}

fn keep_on(renewal: &Renewal, hooks: &Hooks, bell: &Bell) {
    let mut is_first = true;
    // A ring is heard when an attempt begins.
    let is_wanted = || bell.rung.load(Ordering::SeqCst);
    renewal.keep(bell, is_wanted, |event| {
        let line = line(event);
        say(&line);
        if !matches!(event, RenewalEvent::Waiting { .. }) {
            bell.rung.store(false, Ordering::SeqCst);
        }
        if matches!(event, RenewalEvent::Renewed { .. })
            && let Err(error) = hooks.run()
        {
            say(&format!("{error:#}"));
        }
        if std::mem::take(&mut is_first) {
            systemd::notify("READY=1");
        }
        systemd::notify(&format!(
            "STATUS={}",
            line.lines().next().unwrap_or_default()
        ));
        Go::On
    });
}

fn duration(text: &str) -> anyhow::Result<SignedDuration> {
    let read = text.trim().parse::<SignedDuration>();
    read.ok()
        .filter(|duration| duration.is_positive())
        .with_context(|| {
            format!("--expires-in: `{text}` is not a duration, such as `24h` or `90m`")
        })
}
