//! `anyrole exec -- COMMAND`: a command runs with credentials that are always fresh, and its exit status leaves.

mod signals;

use std::ffi::OsString;
use std::io::{ErrorKind, Write as _};
use std::net::{IpAddr, Ipv4Addr};
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, ExitCode, ExitStatus};

use anyhow::{Context as _, bail};
use anyrole_helper::{ContainerToken, has_static_keys, profile_sources};
use rustix::process::{Pid, kill_process};
use zeroize::Zeroizing;

use self::signals::Signals;
use super::configure::shared_file;
use super::metadata_service::{self, Listener, Offer};
use super::session_flags::SessionFlags;
use crate::device_secrets::Pin;
use crate::password::{Pkcs8Password, Pkcs12Password, Secret as _, TpmKeyPassword};

const EXAMPLE: &str = "\
  anyrole exec --certificate CRT --private-key KEY
      --trust-anchor-arn ARN --profile-arn ARN --role-arn ARN -- aws s3 ls";

/// Where SDKs look before they look where `exec` puts credentials: it must not be left to chance whose they take.
const SHADOWING: [&str; 12] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION",
    // Their names of old: botocore takes this token before the other one, the first SDK for Java these keys.
    "AWS_SECURITY_TOKEN",
    "AWS_ACCESS_KEY",
    "AWS_SECRET_KEY",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
];

/// What a command is not told, see [`Secret`].
const SECRET_VARIABLES: [&str; 4] = [
    Pkcs8Password::VARIABLE,
    Pkcs12Password::VARIABLE,
    TpmKeyPassword::VARIABLE,
    Pin::VARIABLE,
];

/// Run a command with fresh credentials
///
/// The command finds them by AWS_CONTAINER_CREDENTIALS_FULL_URI: a port of this machine and a token that only it gets; so
/// they stay fresh for as long as it runs. Signals reach it, and its exit status is that of `exec`.
#[derive(clap::Args, Debug)]
#[command(after_long_help = EXAMPLE)]
pub struct Arguments {
    #[command(flatten)]
    session: SessionFlags,

    /// Give the credentials in plain variables (AWS_ACCESS_KEY_ID and so on) instead; they are not renewed then.
    #[arg(long)]
    env: bool,

    /// Only the way in for the environment.
    #[arg(long, env = "AWS_SHARED_CREDENTIALS_FILE", hide = true)]
    credentials_file: Option<PathBuf>,

    /// Only the way in for the environment.
    #[arg(long, env = "AWS_CONFIG_FILE", hide = true)]
    config_file: Option<PathBuf>,

    /// Print what goes over the wire to the service on stderr, without signatures and secrets.
    #[arg(long)]
    debug: bool,

    /// The command and its arguments.
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

/// Runs the command; without credentials it is not begun.
pub fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let [program, words @ ..] = arguments.command.as_slice() else {
        bail!("name a command behind `--`");
    };
    let mut command = Command::new(program);
    command.args(words);
    if !arguments.env {
        hide_default_profile(
            &mut command,
            arguments.credentials_file,
            arguments.config_file,
        )?;
    }
    let session = arguments.session.into_settings()?;
    let keeper = metadata_service::keeper(session.clone(), arguments.debug, |outcome, next| {
        // What goes well is no business of the command's.
        if outcome.is_err() {
            metadata_service::tell("", outcome, next);
        }
    })?;
    let kept = keeper
        .get()
        .map_err(|failure| anyhow::anyhow!("{failure}"))?;
    // What opens our key is not the command's business.
    for name in SHADOWING.into_iter().chain(SECRET_VARIABLES) {
        command.env_remove(name);
    }
    let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let token = hex_simd::encode_to_string(metadata_service::secret(), hex_simd::AsciiCase::Lower);
    let token = Zeroizing::new(token);
    let offer = Offer {
        name: None,
        container_token: Some(ContainerToken::Text(token.clone())),
        in_metadata: false,
    };
    let role = metadata_service::served_role(&session, keeper, offer)?;
    let path = role.container_path();
    let metadata = metadata_service::metadata(vec![role]);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let status = runtime.block_on(async {
        if arguments.env {
            command
                .env("AWS_ACCESS_KEY_ID", &kept.credentials.access_key_id)
                .env(
                    "AWS_SECRET_ACCESS_KEY",
                    &*kept.credentials.secret_access_key,
                )
                .env("AWS_SESSION_TOKEN", &*kept.credentials.session_token)
                .env("AWS_CREDENTIAL_EXPIRATION", &kept.credentials.expiration);
            let signals = Signals::listen()?;
            return wait(start(&mut command)?, signals).await;
        }
        let listener = Listener::bind(loopback, 0, 64)?;
        let address = listener.address()?.context("the listener has no address")?;
        let url = format!("http://{address}{path}");
        let view = metadata.view(listener.reach()?, None);
        command
            .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", url)
            .env("AWS_CONTAINER_AUTHORIZATION_TOKEN", &*token);
        let signals = Signals::listen()?;
        let child = start(&mut command)?;
        tokio::select! {
            status = wait(child, signals) => status,
            () = metadata_service::serve(vec![(listener, view)], std::future::pending()) => bail!("the endpoint ended"),
        }
    });
    // Nobody is left who waits for the service.
    runtime.shutdown_background();
    let status = status?;
    // As shells say it.
    let code = status.code().or(status.signal().map(|signal| 128 + signal));
    Ok(ExitCode::from(
        code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1),
    ))
}

/// AWS's tools look at the default profile before they look at an endpoint. Keys in the credentials file are hidden from the
/// command; the config file holds more than that, so that a command which would take others than these is not begun.
fn hide_default_profile(
    command: &mut Command,
    credentials: Option<PathBuf>,
    config: Option<PathBuf>,
) -> anyhow::Result<()> {
    const DEFAULT: &str = "default";
    let of = |given: Option<PathBuf>, name| {
        let given = given.filter(|path| !path.as_os_str().is_empty());
        given.or_else(|| shared_file(name, "").ok())
    };
    let mut stderr = std::io::stderr();
    if let Some(path) = of(credentials, "credentials")
        && has_static_keys(&path, DEFAULT).unwrap_or(false)
    {
        command.env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
        // Nothing can be done about a standard error that is closed.
        let _: std::io::Result<()> = writeln!(
            stderr,
            "anyrole: section [default] of `{}` holds keys, which AWS's tools would take first: the file is hidden from the command",
            path.display()
        );
    }
    if let Some(path) = of(config, "config") {
        let sources = profile_sources(&path, DEFAULT).unwrap_or_default();
        if !sources.is_empty() {
            bail!(
                "the default profile in `{}` gets credentials in another way ({}), which AWS's tools would take first: give --env, or set \
                 AWS_CONFIG_FILE to a file without them",
                path.display(),
                sources.join(", ")
            );
        }
    }
    Ok(())
}

fn start(command: &mut Command) -> anyhow::Result<Child> {
    command.spawn().map_err(|error| {
        let name = command.get_program().display().to_string();
        match error.kind() {
            ErrorKind::NotFound => anyhow::anyhow!("there is no command `{name}`"),
            _ => anyhow::anyhow!("cannot run `{name}`: {error}"),
        }
    })
}

/// Waits for the command's end; what this process is sent is sent on.
async fn wait(mut child: Child, mut signals: Signals) -> anyhow::Result<ExitStatus> {
    let id = child.id().try_into().ok().and_then(Pid::from_raw);
    let pid = id.context("the command has no process id")?;
    let mut ended = tokio::task::spawn_blocking(move || child.wait());
    loop {
        tokio::select! {
            status = &mut ended => return Ok(status??),
            sent = signals.next() => {
                // It may have ended just now.
                let _: Result<(), _> = kill_process(pid, sent);
            }
        }
    }
}
