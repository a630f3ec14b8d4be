//! The binary: which program was it called as, which command is asked for.

mod atomic_file;
mod called_as;
mod commands;
mod device_secrets;
mod exclusions;
#[cfg(feature = "server")]
mod expiry_notices;
mod go_flags;
mod identity_passwords;
mod key_protection;
#[cfg(feature = "server")]
mod key_source;
#[cfg(feature = "server")]
mod listeners;
#[cfg(feature = "server")]
mod logging;
mod password;
mod password_quality;
#[cfg(feature = "server")]
mod settings;
#[cfg(feature = "server")]
mod signed_client;
mod signing_helper;
mod standard_input;
mod systemd;
mod terminal;
#[cfg(feature = "server")]
mod wiring;
#[cfg(feature = "server")]
mod xml;

use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;

use clap::CommandFactory as _;

use crate::called_as::Program;
use crate::go_flags::Strays;
use crate::signing_helper::HelperCommand;

#[cfg(not(feature = "helper"))]
compile_error!(
    "the feature `helper` is in every build; `server`, `pkcs11` and `tpm` bring it along"
);

/// A request takes some hundred small pieces of memory and gives them back on another thread.
#[cfg(feature = "server")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// IAM Roles Anywhere, whole: the service, the credential helper, the certificate authority, and S3.
#[derive(Debug, clap::Parser)]
#[command(name = "anyrole", version, arg_required_else_help = true)]
#[cfg_attr(
    not(feature = "server"),
    command(about = "IAM Roles Anywhere's credential helper; built without the service")
)]
struct Anyrole {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
#[command(defer = true)]
enum Command {
    #[cfg(feature = "server")]
    #[command(flatten)]
    Service(commands::ServiceCommand),
    #[command(flatten)]
    Helper(HelperCommand),
    /// Run a command with fresh credentials
    Exec(Box<commands::exec::Arguments>),
    /// Print credentials as lines that a shell takes
    Env(Box<commands::env::Arguments>),
    /// Get a first certificate with a join token, for a key that is made here
    Enroll(Box<commands::enroll::Arguments>),
    /// Keep certificates fresh
    #[cfg(not(feature = "server"))]
    #[command(subcommand)]
    Certificate(CertificateCommand),
    /// Look for what keeps a certificate from getting credentials
    Doctor(Box<commands::doctor::Arguments>),
    /// Write a profile into the AWS config file
    #[command(subcommand)]
    Configure(commands::configure::Command),
    /// Work with private keys
    #[command(subcommand)]
    Crypto(commands::crypto::Command),
    /// Make links by which this program is step, cfssl, cfssljson and aws_signing_helper
    Link(commands::link::Arguments),
    /// Print a script that completes commands and flags in your shell
    Completion {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// What a build without the authority has of `anyrole certificate`.
#[cfg(not(feature = "server"))]
#[derive(Debug, clap::Subcommand)]
#[command(defer = true)]
enum CertificateCommand {
    /// Get the next certificate with the present one and its key, before it ends
    Renew(Box<commands::renew::Arguments>),
}

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let program = Program::of(arguments.first());
    let outcome = match program {
        Program::Anyrole => anyrole(arguments),
        Program::SigningHelper => signing_helper::run(arguments),
        #[cfg(feature = "server")]
        Program::Step => commands::step::run(arguments),
        #[cfg(feature = "server")]
        Program::Cfssl => commands::cfssl::run(arguments),
        #[cfg(feature = "server")]
        Program::Cfssljson => commands::cfssl::run_cfssljson(arguments),
        #[cfg(not(feature = "server"))]
        Program::Step | Program::Cfssl | Program::Cfssljson => Err(anyhow::anyhow!(
            "this build of anyrole is the helper alone; it needs the feature `server`"
        )),
    };
    outcome.unwrap_or_else(|error| {
        let mut stderr = std::io::stderr().lock();
        // Nothing can be done about a standard error that is closed.
        let _: std::io::Result<()> = writeln!(stderr, "{}: {error:#}", program.name());
        ExitCode::FAILURE
    })
}

fn anyrole(arguments: Vec<OsString>) -> anyhow::Result<ExitCode> {
    let random = aws_lc_rs::rand::SystemRandom::new();
    let mut out = std::io::stdout();
    // AWS's helper ends with 1 whatever is wrong, and so do its commands here; clap's own status is 2.
    let status = match go_flags::command_of(&arguments) {
        Some(_) => 1,
        None => 2,
    };
    let command = match signing_helper::parse::<Anyrole>(arguments, Strays::Kept) {
        Ok(parsed) => parsed.command,
        Err(error) => return signing_helper::print(&error, &mut out, status),
    };
    match command {
        #[cfg(feature = "server")]
        Command::Service(command) => commands::run_service(command),
        Command::Helper(command) => command.run(true, &mut out),
        Command::Exec(arguments) => commands::exec::run(*arguments),
        Command::Env(arguments) => {
            commands::env::run(*arguments, &mut out).map(|()| ExitCode::SUCCESS)
        }
        Command::Enroll(arguments) => commands::enroll::run(*arguments, &random, &mut out),
        #[cfg(not(feature = "server"))]
        Command::Certificate(CertificateCommand::Renew(arguments)) => {
            commands::renew::run(*arguments, &mut out)
        }
        Command::Doctor(arguments) => commands::doctor::run(*arguments, &mut out),
        Command::Configure(command) => {
            commands::configure::run(command, &mut out).map(|()| ExitCode::SUCCESS)
        }
        Command::Crypto(command) => commands::crypto::run(&command, &random, &mut out),
        Command::Link(arguments) => {
            commands::link::run(&arguments, &mut out).map(|()| ExitCode::SUCCESS)
        }
        Command::Completion { shell } => {
            clap_complete::generate(shell, &mut Anyrole::command(), "anyrole", &mut out);
            Ok(ExitCode::SUCCESS)
        }
    }
}
