//! `cargo xtask`: the commands of people who work on Anyrole. `test` is what the README and `.ci/run` call.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a tool for the terminal reports there"
)]

mod fuzz;
mod fuzz_seeds;
mod helper_figures;
mod setup;
mod stages;
mod structure;
mod tally;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};

use crate::stages::Stage;

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    about = "Checks, tests and prepares this workspace"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Install what the tests need, run every check and every test, and close with the count
    Test {
        /// Run this stage alone (may be repeated)
        #[arg(long, value_enum)]
        only: Vec<Stage>,
    },
    /// Install what the tests need: Debian packages and the pinned AWS clients
    Setup {
        /// Also what the benchmarks need
        #[arg(long)]
        bench: bool,
    },
    /// Look for inputs that break a promise of the policy language; stops by itself
    Fuzz {
        /// How long, for all targets at once
        #[arg(long, default_value_t = 60)]
        seconds: u64,
    },
    /// Measure the helper beside AWS's own: time, memory, size, requests a second
    HelperFigures,
    /// Check the house rules that the compiler doesn't: directions, named paths, sizes, names, headers
    Structure,
}

fn main() -> ExitCode {
    match run(&Arguments::parse().command) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: &Command) -> Result<bool> {
    let root = workspace_root()?;
    match command {
        Command::Test { only } => stages::test(&root, only),
        Command::Setup { bench } => setup::install(*bench).map(|()| true),
        Command::Fuzz { seconds } => fuzz::run(&root, *seconds),
        Command::HelperFigures => helper_figures::run(&root),
        Command::Structure => structure::report(&root),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "cargo tells a program where its package is by the environment alone"
)]
fn workspace_root() -> Result<PathBuf> {
    // At run time, not `env!`: clones that share a build folder share this program too.
    let package = std::env::var_os("CARGO_MANIFEST_DIR").context("run this as `cargo xtask`")?;
    Path::new(&package)
        .join("../..")
        .canonicalize()
        .context("finding the workspace's root")
}
