//! The commands around the service and its certificates: all that a build with the helper alone goes without.

use std::ffi::OsString;
use std::process::ExitCode;

use anyrole_domain::ports::Clock as _;

use super::{
    acme, certificate, cfssl, explain, join_token, master_key, policy, quickstart, seal_key, server,
};
use crate::settings::ServerFlags;
use crate::wiring::SystemClock;

/// One of them.
#[derive(Debug, clap::Subcommand)]
#[command(defer = true)]
pub enum ServiceCommand {
    /// See it work: from a certificate to credentials that open S3, step by step
    Quickstart(quickstart::Arguments),
    /// Run the service: Roles Anywhere, IAM, STS and S3 on one address
    Server(Box<ServerFlags>),
    /// Ask why a session was refused, or whether a certificate would get one
    Explain(Box<explain::Arguments>),
    /// Make, sign, show and verify certificates
    #[command(subcommand)]
    Certificate(certificate::Command),
    /// Let machines get certificates of a CA by ACME, and say which
    Acme(Box<acme::Arguments>),
    /// Make, list and delete the tokens with which machines get their first certificate (enroll)
    #[command(subcommand)]
    JoinToken(join_token::Command),
    /// Make certificates as cfssl does: `anyrole cfssl gencert -h` says more
    #[command(disable_help_flag = true)]
    Cfssl(Words),
    /// Write the answers of cfssl to files, as cfssljson does
    #[command(disable_help_flag = true)]
    Cfssljson(Words),
    /// Ask what policies decide, and look for mistakes in them
    #[command(subcommand)]
    Policy(policy::Command),
    /// Make the key that the servers of one database share
    #[command(subcommand)]
    MasterKey(master_key::Command),
    /// Show and replace the keys that sessions are sealed with
    #[command(subcommand)]
    SealKey(Box<seal_key::Command>),
}

/// A command line of another program.
#[derive(Debug, clap::Args)]
pub struct Words {
    /// Command, flags and arguments, as that program takes them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    words: Vec<OsString>,
}

impl Words {
    /// With the program's name before it.
    fn of(self, name: &str) -> Vec<OsString> {
        std::iter::once(name.into()).chain(self.words).collect()
    }
}

/// Runs it.
pub fn run(command: ServiceCommand) -> anyhow::Result<ExitCode> {
    let now = SystemClock.now();
    let random = aws_lc_rs::rand::SystemRandom::new();
    let mut out = std::io::stdout();
    match command {
        ServiceCommand::Quickstart(arguments) => quickstart::run(arguments),
        ServiceCommand::Server(flags) => server::run(*flags),
        ServiceCommand::Explain(arguments) => explain::run(&arguments, now, &mut out),
        ServiceCommand::Acme(arguments) => acme::run(&arguments, now, &mut out),
        ServiceCommand::Certificate(command) => certificate::run(command, now, &random, &mut out),
        ServiceCommand::JoinToken(command) => join_token::run(&command, &mut out),
        ServiceCommand::Cfssl(words) => cfssl::run(words.of("cfssl")),
        ServiceCommand::Cfssljson(words) => cfssl::run_cfssljson(words.of("cfssljson")),
        ServiceCommand::Policy(command) => policy::run(&command, now, &mut out),
        ServiceCommand::MasterKey(command) => master_key::run(&command, &mut out),
        ServiceCommand::SealKey(command) => seal_key::run(*command, &mut out),
    }
}
