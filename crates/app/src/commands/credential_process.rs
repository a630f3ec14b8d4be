//! `anyrole credential-process`: flags enter, the helper's JSON leaves on stdout. No rules here: `anyrole_helper` has them.

use std::ffi::OsString;
use std::io::Write;

use anyhow::Context as _;
use anyrole_helper::{SessionCache, cache_folders, cached_credential_process, credential_process};

use super::session_flags::{SessionFlags, ThisMachine};

const EXAMPLE: &str = "\
In ~/.aws/config (all of credential_process on one line):
  [profile NAME]
  region = REGION
  credential_process = anyrole credential-process
      --certificate CRT --private-key KEY
      --trust-anchor-arn ARN --profile-arn ARN --role-arn ARN

Then: aws sts get-caller-identity --profile NAME";

/// Exchange a certificate for temporary AWS credentials
///
/// Calls CreateSession of IAM Roles Anywhere (AWS's, or an `anyrole server`) and prints the credentials as JSON, as an
/// AWS SDK expects them of a `credential_process`. Before anything is sent it is checked that key and certificate belong
/// together, that the certificate is valid now, and that the ARNs make sense. Errors go to stderr, with exit status 1.
///
/// As `anyrole`, credentials are kept until a quarter of an hour before they end, in files that you alone can read
/// ($XDG_RUNTIME_DIR/anyrole, else /run/user/UID/anyrole, else anyrole-UID in the place for temporary files), so that many
/// calls make one session.
#[derive(clap::Args, Debug)]
#[command(after_long_help = EXAMPLE)]
pub struct Arguments {
    #[command(flatten)]
    session: SessionFlags,

    /// Keep credentials for the next call, and take what an earlier call kept. As `anyrole` that is so by itself.
    #[arg(long, overrides_with = "no_cache")]
    cache: bool,

    /// Get new credentials, and keep nothing. As `aws_signing_helper` that is so by itself. ANYROLE_CACHE=on and
    /// ANYROLE_CACHE=off say it for all calls.
    #[arg(long, overrides_with = "cache")]
    no_cache: bool,

    /// Only the way in for the environment.
    #[arg(long, env = "ANYROLE_CACHE", hide = true, value_parser = switch)]
    cache_of_environment: Option<Switch>,

    /// Only the way in for the environment.
    #[arg(long, env = "XDG_RUNTIME_DIR", hide = true)]
    runtime_folder: Option<OsString>,

    /// Print what goes over the wire on stderr, without signatures and secrets.
    #[arg(long)]
    debug: bool,
}

/// On or off; nothing where the variable is set to nothing.
#[derive(Clone, Copy, Debug)]
struct Switch(Option<bool>);

fn switch(presented: &str) -> Result<Switch, &'static str> {
    match presented.to_ascii_lowercase().as_str() {
        "" => Ok(Switch(None)),
        "on" | "true" | "yes" | "1" => Ok(Switch(Some(true))),
        "off" | "false" | "no" | "0" => Ok(Switch(Some(false))),
        _ => Err("say on or off"),
    }
}

/// Prints the credentials without a newline, as the official helper does; kept ones, if `cached_by_default` or asked for.
pub fn run(arguments: Arguments, cached_by_default: bool) -> anyhow::Result<()> {
    let of_environment = arguments.cache_of_environment.and_then(|switch| switch.0);
    let by_default = of_environment.unwrap_or(cached_by_default);
    let cached = arguments.cache || (by_default && !arguments.no_cache);
    let mut stderr = std::io::stderr();
    let runtime = arguments.runtime_folder;
    let folders = || cache_folders(runtime, &std::env::temp_dir());
    let cache = cached.then(|| SessionCache::open(&folders())).transpose();
    let cache = cache.unwrap_or_else(|error| {
        if arguments.cache || arguments.debug {
            // Nothing can be done about a standard error that is closed.
            let _: std::io::Result<()> = writeln!(stderr, "anyrole: no cache: {error}");
        }
        None
    });
    let writer = arguments.debug.then_some(&mut stderr as &mut dyn Write);
    let json = match cache {
        Some(cache) => {
            let mut identity = None;
            let settings = arguments.session.with_identity(|flags| {
                let (settings, _) = identity.insert(flags.before_passwords()?);
                Ok(settings.source()?)
            })?;
            // Passwords are asked for only where nothing is kept.
            let open = move || {
                let (mut settings, passwords) = identity.context("there is no identity")?;
                passwords.add_to(&mut settings)?;
                Ok::<_, anyhow::Error>(settings.source()?)
            };
            cached_credential_process(&settings, &cache, &ThisMachine, writer, open)?
        }
        None => {
            let settings = arguments.session.into_settings()?;
            credential_process(&settings, &ThisMachine, writer)?
        }
    };
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(json.as_bytes())?;
    stdout.flush()?;
    Ok(())
}
