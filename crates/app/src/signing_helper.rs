//! AWS's `aws_signing_helper`, by whose name this binary may be called: its command line enters, its exit status leaves.
//! `anyrole` has the same commands, with the same words and the same statuses.

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

use clap::CommandFactory as _;
use clap::error::ErrorKind;
use clap_complete::Shell;

use crate::go_flags::{self, Strays};
use crate::{commands, exclusions};

/// Its name.
pub const NAME: &str = "aws_signing_helper";

/// The commands of AWS's helper. Flags of a command are made once it is the one that is called (`defer`): half of a call's start.
#[derive(Debug, clap::Subcommand)]
#[command(defer = true)]
pub enum HelperCommand {
    /// Get credentials with a certificate, as an AWS SDK's `credential_process` prints them
    CredentialProcess(Box<commands::credential_process::Arguments>),
    /// Keep fresh credentials in the AWS credentials file
    Update(Box<commands::update::Arguments>),
    /// Serve credentials to the programs of this machine, as the EC2 metadata service does
    Serve(Box<commands::serve::Arguments>),
    /// Sign a fixed text with a private key, to see that the key can be used
    SignString(Box<commands::sign_string::Arguments>),
    /// Print a certificate's key type, serial number and data as JSON, or list a store's certificates
    ReadCertificateData(Box<commands::read_certificate_data::Arguments>),
    /// Print the version
    Version,
}

impl HelperCommand {
    /// Does what is asked for. `keeps_sessions`: whether `credential-process` keeps credentials without being asked to.
    pub fn run(self, keeps_sessions: bool, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
        match self {
            Self::CredentialProcess(arguments) => {
                commands::credential_process::run(*arguments, keeps_sessions)
            }
            Self::Update(arguments) => commands::update::run(*arguments),
            Self::Serve(arguments) => commands::serve::run(*arguments),
            Self::SignString(arguments) => commands::sign_string::run(*arguments, out),
            Self::ReadCertificateData(arguments) => {
                commands::read_certificate_data::run(*arguments, out)
            }
            Self::Version => Ok(writeln!(out, "{}", env!("CARGO_PKG_VERSION"))?),
        }
        .map(|()| ExitCode::SUCCESS)
    }
}

/// Get AWS credentials with a certificate, from IAM Roles Anywhere
///
/// This is `anyrole`, called as AWS's helper; where the two part stands in docs/helper-differences.md.
#[derive(Debug, clap::Parser)]
#[command(name = NAME, arg_required_else_help = true)]
struct SigningHelper {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
#[command(defer = true)]
enum Command {
    #[command(flatten)]
    Helper(HelperCommand),
    /// Print a script that completes commands and flags in your shell
    #[command(arg_required_else_help = true)]
    Completion {
        /// The shell
        shell: Shell,
        /// Accepted for the official helper's sake: what a shell shows beside a word is the script's own
        #[arg(long)]
        no_descriptions: bool,
    },
}

/// Whatever is wrong, the status is 1: usage, too.
pub fn run(words: Vec<OsString>) -> anyhow::Result<ExitCode> {
    let mut out = std::io::stdout();
    match parse::<SigningHelper>(words, Strays::Ignored) {
        Ok(SigningHelper {
            command: Command::Helper(command),
        }) => command.run(false, &mut out),
        Ok(SigningHelper {
            command: Command::Completion { shell, .. },
        }) => {
            clap_complete::generate(shell, &mut SigningHelper::command(), NAME, &mut out);
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => print(&error, &mut out, 1),
    }
}

/// Parses words with the grammar and the exclusions of AWS's helper, where they are of one of its commands.
///
/// # Errors
/// Usage, and help that was asked for.
pub fn parse<P: clap::Parser>(words: Vec<OsString>, strays: Strays) -> Result<P, clap::Error> {
    let mut program = P::command();
    let words = go_flags::for_clap(&mut program, words, strays);
    let mut matches = match program.try_get_matches_from_mut(&words) {
        Ok(matches) => matches,
        // What excludes each other is said before what is missing.
        Err(error) if error.kind() == ErrorKind::MissingRequiredArgument => {
            let mut lenient = exclusions::without_requirements(P::command());
            if let Ok(matches) = lenient.try_get_matches_from_mut(&words) {
                exclusions::check(&mut lenient, &matches)?;
            }
            return Err(error);
        }
        Err(error) => return Err(error),
    };
    exclusions::check(&mut program, &matches)?;
    P::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut program))
}

/// Prints help on standard output and ends well, where help was asked for or nothing at all; else what is wrong, on
/// standard error.
pub fn print(error: &clap::Error, out: &mut dyn Write, status: u8) -> anyhow::Result<ExitCode> {
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        write!(out, "{error}")?;
        return Ok(ExitCode::SUCCESS);
    }
    error.print()?;
    Ok(match error.use_stderr() {
        true => ExitCode::from(status),
        false => ExitCode::SUCCESS,
    })
}
