//! `anyrole credential-process`: flags enter, the helper's JSON leaves on stdout. No rules here: `anyrole_helper` has them.

use std::io::Write;

use anyrole_helper::credential_process;

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
#[derive(clap::Args, Debug)]
#[command(after_long_help = EXAMPLE)]
pub struct Arguments {
    #[command(flatten)]
    session: SessionFlags,

    /// Print what goes over the wire on stderr, without signatures and secrets.
    #[arg(long)]
    debug: bool,
}

/// Prints the credentials without a newline, as the official helper does.
pub fn run(arguments: Arguments) -> anyhow::Result<()> {
    let debug = arguments.debug;
    let settings = arguments.session.into_settings()?;
    let mut stderr = std::io::stderr();
    let writer = debug.then_some(&mut stderr as &mut dyn Write);
    let json = credential_process(&settings, &ThisMachine, writer)?;
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(json.as_bytes())?;
    stdout.flush()?;
    Ok(())
}
