//! The binary: which program was it called as, which command is asked for.

mod atomic_file;
mod commands;
mod expiry_notices;
mod key_protection;
mod listeners;
mod logging;
mod password;
mod settings;
mod signed_client;
mod standard_input;
mod terminal;
mod wiring;
mod xml;

use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;

use anyrole_domain::ports::Clock as _;
use clap::{CommandFactory as _, Parser as _};

use crate::settings::ServerFlags;
use crate::wiring::SystemClock;

/// IAM Roles Anywhere, whole: the service, the credential helper, the certificate authority, and S3.
#[derive(Debug, clap::Parser)]
#[command(name = "anyrole", version, arg_required_else_help = true)]
struct Anyrole {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// See it work: from a certificate to credentials that open S3, step by step
    Quickstart(commands::quickstart::Arguments),
    /// Run the service: Roles Anywhere, IAM, STS and S3 on one address
    Server(Box<ServerFlags>),
    /// Get credentials with a certificate, as an AWS SDK's `credential_process` prints them
    CredentialProcess(Box<commands::credential_process::Arguments>),
    /// Keep fresh credentials in the AWS credentials file
    Update(Box<commands::update::Arguments>),
    /// Serve credentials to the programs of this machine, as the EC2 metadata service does
    Serve(Box<commands::serve::Arguments>),
    /// Run a command with fresh credentials
    Exec(Box<commands::exec::Arguments>),
    /// Print credentials as lines that a shell takes
    Env(Box<commands::env::Arguments>),
    /// Sign a fixed text with a private key, to see that the key can be used
    SignString(commands::sign_string::Arguments),
    /// Print a certificate's key type, serial number and data as JSON
    ReadCertificateData(commands::read_certificate_data::Arguments),
    /// Ask why a session was refused, or whether a certificate would get one
    Explain(Box<commands::explain::Arguments>),
    /// Make, sign, show and verify certificates
    #[command(subcommand)]
    Certificate(commands::certificate::Command),
    /// Work with private keys
    #[command(subcommand)]
    Crypto(commands::crypto::Command),
    /// Ask what policies decide, and look for mistakes in them
    #[command(subcommand)]
    Policy(commands::policy::Command),
    /// Make the key that the servers of one database share
    #[command(subcommand)]
    MasterKey(commands::master_key::Command),
    /// Show and replace the keys that sessions are sealed with
    #[command(subcommand)]
    SealKey(Box<commands::seal_key::Command>),
    /// Print a script that completes commands and flags in your shell
    Completion {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// AWS's helper, by whose name this binary may be called.
#[derive(Debug, clap::Parser)]
#[command(name = "aws_signing_helper", arg_required_else_help = true)]
struct SigningHelper {
    #[command(subcommand)]
    command: SigningHelperCommand,
}

#[derive(Debug, clap::Subcommand)]
enum SigningHelperCommand {
    /// Get credentials with a certificate, as an AWS SDK's `credential_process` prints them
    CredentialProcess(Box<commands::credential_process::Arguments>),
    /// Keep fresh credentials in the AWS credentials file
    Update(Box<commands::update::Arguments>),
    /// Serve credentials to the programs of this machine, as the EC2 metadata service does
    Serve(Box<commands::serve::Arguments>),
    /// Sign a fixed text with a private key, to see that the key can be used
    SignString(commands::sign_string::Arguments),
    /// Print a certificate's key type, serial number and data as JSON
    ReadCertificateData(commands::read_certificate_data::Arguments),
    /// Print the version
    Version,
}

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let called_as = arguments
        .first()
        .map(std::path::Path::new)
        .and_then(std::path::Path::file_stem)
        .and_then(std::ffi::OsStr::to_str);
    let outcome = match called_as {
        Some("aws_signing_helper") => signing_helper(arguments),
        _ => anyrole(arguments),
    };
    outcome.unwrap_or_else(|error| {
        let mut stderr = std::io::stderr().lock();
        // Nothing can be done about a standard error that is closed.
        let _: std::io::Result<()> = writeln!(stderr, "anyrole: {error:#}");
        ExitCode::FAILURE
    })
}

fn anyrole(arguments: Vec<OsString>) -> anyhow::Result<ExitCode> {
    let now = SystemClock.now();
    let random = aws_lc_rs::rand::SystemRandom::new();
    let mut out = std::io::stdout();
    match Anyrole::parse_from(arguments).command {
        Command::Quickstart(arguments) => commands::quickstart::run(arguments),
        Command::Server(flags) => commands::server::run(*flags),
        Command::CredentialProcess(arguments) => {
            commands::credential_process::run(*arguments).map(|()| ExitCode::SUCCESS)
        }
        Command::Update(arguments) => commands::update::run(*arguments).map(|()| ExitCode::SUCCESS),
        Command::Serve(arguments) => commands::serve::run(*arguments).map(|()| ExitCode::SUCCESS),
        Command::Exec(arguments) => commands::exec::run(*arguments),
        Command::Env(arguments) => {
            commands::env::run(*arguments, &mut out).map(|()| ExitCode::SUCCESS)
        }
        Command::SignString(arguments) => {
            commands::sign_string::run(arguments, &mut out).map(|()| ExitCode::SUCCESS)
        }
        Command::ReadCertificateData(arguments) => {
            commands::read_certificate_data::run(arguments, &mut out).map(|()| ExitCode::SUCCESS)
        }
        Command::Explain(arguments) => commands::explain::run(&arguments, now, &mut out),
        Command::Certificate(command) => {
            commands::certificate::run(&command, now, &random, &mut out)
        }
        Command::Policy(command) => commands::policy::run(&command, now, &mut out),
        Command::Crypto(command) => commands::crypto::run(&command, &random, &mut out),
        Command::MasterKey(command) => commands::master_key::run(&command, &mut out),
        Command::SealKey(command) => commands::seal_key::run(*command, &mut out),
        Command::Completion { shell } => {
            clap_complete::generate(shell, &mut Anyrole::command(), "anyrole", &mut out);
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// The official helper ends with 1 whatever is wrong, usage included.
fn signing_helper(arguments: Vec<OsString>) -> anyhow::Result<ExitCode> {
    let mut out = std::io::stdout();
    match SigningHelper::try_parse_from(arguments) {
        Ok(parsed) => match parsed.command {
            SigningHelperCommand::CredentialProcess(arguments) => {
                commands::credential_process::run(*arguments).map(|()| ExitCode::SUCCESS)
            }
            SigningHelperCommand::Update(arguments) => {
                commands::update::run(*arguments).map(|()| ExitCode::SUCCESS)
            }
            SigningHelperCommand::Serve(arguments) => {
                commands::serve::run(*arguments).map(|()| ExitCode::SUCCESS)
            }
            SigningHelperCommand::SignString(arguments) => {
                commands::sign_string::run(arguments, &mut out).map(|()| ExitCode::SUCCESS)
            }
            SigningHelperCommand::ReadCertificateData(arguments) => {
                commands::read_certificate_data::run(arguments, &mut out)
                    .map(|()| ExitCode::SUCCESS)
            }
            SigningHelperCommand::Version => {
                writeln!(out, "{}", env!("CARGO_PKG_VERSION"))?;
                Ok(ExitCode::SUCCESS)
            }
        },
        Err(usage) => {
            usage.print()?;
            Ok(ExitCode::from(u8::from(usage.use_stderr())))
        }
    }
}
