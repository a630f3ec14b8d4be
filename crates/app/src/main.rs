//! The binary: which program was it called as, which command is asked for.

mod atomic_file;
mod commands;
#[cfg(feature = "server")]
mod expiry_notices;
mod key_protection;
#[cfg(feature = "server")]
mod listeners;
#[cfg(feature = "server")]
mod logging;
mod password;
#[cfg(feature = "server")]
mod settings;
#[cfg(feature = "server")]
mod signed_client;
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

use clap::{CommandFactory as _, Parser as _};

#[cfg(not(feature = "helper"))]
compile_error!(
    "the feature `helper` is in every build; `server`, `pkcs11` and `tpm` bring it along"
);

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
enum Command {
    #[cfg(feature = "server")]
    #[command(flatten)]
    Service(commands::ServiceCommand),
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
    /// Work with private keys
    #[command(subcommand)]
    Crypto(commands::crypto::Command),
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
    let random = aws_lc_rs::rand::SystemRandom::new();
    let mut out = std::io::stdout();
    match Anyrole::parse_from(arguments).command {
        #[cfg(feature = "server")]
        Command::Service(command) => commands::run_service(command),
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
        Command::Crypto(command) => commands::crypto::run(&command, &random, &mut out),
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
