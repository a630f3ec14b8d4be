//! `anyrole env`: flags enter, credentials leave as lines for a shell. No rules here: `anyrole_helper` has them.

use std::io::Write;

use anyrole_helper::{EnvironmentFormat, render_environment};

use super::session_flags::{SessionFlags, ThisMachine};

/// Print credentials as lines that a shell takes
///
/// For bash and sh: eval "$(anyrole env …)". They are not renewed: `anyrole exec` and `anyrole serve` do that.
#[derive(clap::Args, Debug)]
pub struct Arguments {
    #[command(flatten)]
    session: SessionFlags,

    /// For which shell; `ini` is a section of a credentials file.
    #[arg(long, value_enum, default_value_t = Shell::Bash)]
    shell: Shell,

    /// The name of the section of `--shell ini`.
    #[arg(long, value_name = "NAME", default_value = "default")]
    profile: String,

    /// Print what goes over the wire to the service on stderr, without signatures and secrets.
    #[arg(long)]
    debug: bool,
}

#[derive(clap::ValueEnum, Clone, Copy, Debug)]
enum Shell {
    Bash,
    Fish,
    Powershell,
    Ini,
}

/// Prints one line for each variable.
pub fn run(arguments: Arguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let format = match arguments.shell {
        Shell::Bash => EnvironmentFormat::Bash,
        Shell::Fish => EnvironmentFormat::Fish,
        Shell::Powershell => EnvironmentFormat::PowerShell,
        Shell::Ini => EnvironmentFormat::Ini {
            profile: arguments.profile,
        },
    };
    let mut stderr = std::io::stderr();
    let debug = arguments.debug.then_some(&mut stderr as &mut dyn Write);
    let session = arguments.session.into_settings()?;
    let credentials = session.create_credentials(&ThisMachine, debug)?;
    out.write_all(&render_environment(&credentials, &format)?)?;
    out.flush()?;
    Ok(())
}
