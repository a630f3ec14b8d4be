//! `anyrole configure`: flags enter, a profile in the AWS config file leaves. No rules here: `anyrole_helper` has them.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use anyrole_helper::{EndpointKind, Profile, endpoint_profile, process_profile};

use super::given_words::GivenWords;

const EXAMPLE: &str = "\
  anyrole configure credential-process --profile NAME
      --certificate CRT --private-key KEY
      --trust-anchor-arn ARN --profile-arn ARN --role-arn ARN
  aws sts get-caller-identity --profile NAME

  anyrole configure endpoint --profile NAME --url http://127.0.0.1:9911";

/// Write a profile into the AWS config file, so that AWS's tools get their credentials from here
///
/// Only the profile's own lines change: comments, order and other profiles stay as they are. A profile that gets its
/// credentials in another way already is left alone, unless --force is given.
#[derive(clap::Subcommand, Debug)]
#[command(after_long_help = EXAMPLE, defer = true)]
pub enum Command {
    /// A profile whose tools call `anyrole credential-process`
    CredentialProcess(Box<Process>),
    /// A profile whose tools ask a running `anyrole serve`
    Endpoint(Endpoint),
}

/// Which profile, and how it is written.
#[derive(clap::Args, Debug)]
pub struct Target {
    /// The profile to write: letters, digits and `_ - . / % @ : +`.
    #[arg(long, value_name = "NAME")]
    profile: String,

    /// The AWS config file. Default: ~/.aws/config.
    #[arg(long, value_name = "FILE", env = "AWS_CONFIG_FILE")]
    config_file: Option<PathBuf>,

    /// Only the way in for the environment.
    #[arg(long, env = "AWS_SHARED_CREDENTIALS_FILE", hide = true)]
    credentials_file: Option<PathBuf>,

    /// Replace another way to credentials that the profile has.
    #[arg(long)]
    force: bool,

    /// Show the lines that would change, and write nothing.
    #[arg(long)]
    dry_run: bool,
}

/// Flags of `configure credential-process`.
#[derive(clap::Args, Debug)]
pub struct Process {
    #[command(flatten)]
    target: Target,

    #[command(flatten)]
    session: GivenWords,

    /// The program that the profile calls. Default: this one, by its full path.
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
}

/// Flags of `configure endpoint`.
#[derive(clap::Args, Debug)]
pub struct Endpoint {
    #[command(flatten)]
    target: Target,

    /// Base URL of `anyrole serve`.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:9911")]
    url: String,

    /// Read the container credentials endpoint, which the environment names, instead of the metadata service; needs
    /// --assume-role-arn.
    #[arg(long, conflicts_with = "url")]
    container: bool,

    /// A role that the profile's tools should assume with the credentials that they got.
    #[arg(long, value_name = "ARN")]
    assume_role_arn: Option<String>,

    /// Region of the profile, unless it has one.
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
}

/// Writes the profile, and prints the lines that changed.
pub fn run(command: Command, out: &mut dyn Write) -> anyhow::Result<()> {
    match command {
        Command::CredentialProcess(process) => {
            let program = match process.program {
                Some(path) => std::path::absolute(path)?,
                None => std::env::current_exe().context("--program: this program's path")?,
            };
            let program = program
                .to_str()
                .context("--program: the path is not UTF-8")?;
            let mut words = vec![program.to_owned(), "credential-process".to_owned()];
            let (session, given) = process.session.into_parts()?;
            words.extend(given);
            let region = session.region_to_sign_for()?;
            let profile = process_profile(&process.target.profile, &words, region.as_str())?;
            write(&process.target, &profile, out)
        }
        Command::Endpoint(endpoint) => {
            let kind = match endpoint.container {
                true => EndpointKind::Container,
                false => EndpointKind::Metadata { url: endpoint.url },
            };
            let profile = endpoint_profile(
                &endpoint.target.profile,
                &kind,
                endpoint.assume_role_arn.as_deref(),
                endpoint.region.as_deref(),
            )?;
            write(&endpoint.target, &profile, out)
        }
    }
}

fn write(target: &Target, profile: &Profile, out: &mut dyn Write) -> anyhow::Result<()> {
    let given = target.config_file.as_deref();
    let path = match given.filter(|path| !path.as_os_str().is_empty()) {
        Some(path) => path.to_owned(),
        None => shared_file("config", "--config-file FILE")?,
    };
    let changes = anyrole_helper::write_profile(&path, profile, target.force, target.dry_run)?;
    for line in &changes {
        writeln!(out, "{line}")?;
    }
    let (name, shown) = (&profile.name, path.display());
    let mut stderr = std::io::stderr();
    match (changes.is_empty(), target.dry_run) {
        (true, _) => writeln!(stderr, "profile `{name}` in `{shown}` is so already")?,
        (false, true) => writeln!(stderr, "nothing was written to `{shown}` (--dry-run)")?,
        (false, false) => writeln!(
            stderr,
            "wrote profile `{name}` to `{shown}`; try: aws sts get-caller-identity --profile {name}"
        )?,
    }
    let given = target.credentials_file.clone();
    let credentials = given
        .filter(|path| !path.as_os_str().is_empty())
        .or_else(|| shared_file("credentials", "").ok());
    if let Some(path) = credentials.filter(|path| has_keys(path, name)) {
        writeln!(
            stderr,
            "warning: section [{name}] of `{}` holds keys, which AWS's tools take first: remove them",
            path.display()
        )?;
    }
    Ok(())
}

/// A credentials file that can't be read has no keys that anybody takes.
fn has_keys(path: &Path, profile: &str) -> bool {
    anyrole_helper::has_static_keys(path, profile).unwrap_or(false)
}

/// `~/.aws/NAME`.
pub fn shared_file(name: &str, cure: &str) -> anyhow::Result<PathBuf> {
    match std::env::home_dir().filter(|home| !home.as_os_str().is_empty()) {
        Some(home) => Ok(home.join(".aws").join(name)),
        None => bail!("there is no home folder (HOME is not set): give {cure}"),
    }
}
