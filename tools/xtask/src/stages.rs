//! The stages of `cargo xtask test`, each of which can run alone: each says when it begins, how it ended and how long
//! it took; the last line is the count of all tests that ran.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::ValueEnum;

use crate::tally::Tally;
use crate::{fuzz, setup, structure};

/// Of each fuzz target, in a whole run.
const FUZZ_SECONDS: u64 = 60;

/// The builds that must be without warnings: everything, the library with all that it can do, and the helper alone, which is
/// what small machines get.
const BUILDS: [&[&str]; 3] = [
    &["--workspace", "--all-targets"],
    &["-p", "anyrole-sdk", "--all-targets", "--all-features"],
    &[
        "-p",
        "anyrole",
        "--bins",
        "--no-default-features",
        "--features",
        "helper",
    ],
];

/// A part of the test run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Stage {
    /// Install what the tests need
    Setup,
    /// The format of the source
    Fmt,
    /// The house rules that no lint knows
    Structure,
    /// All lints, warnings included
    Clippy,
    /// Unit and integration tests of the whole workspace
    Unit,
    /// The examples in the documentation
    Doc,
    /// A minute of fuzzing
    Fuzz,
}

impl Stage {
    /// In the order of a whole run: what fails fast comes first.
    const ALL: [Self; 7] = [
        Self::Setup,
        Self::Fmt,
        Self::Structure,
        Self::Clippy,
        Self::Unit,
        Self::Doc,
        Self::Fuzz,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Setup => "setup",
            Self::Fmt => "fmt",
            Self::Structure => "structure",
            Self::Clippy => "clippy",
            Self::Unit => "unit",
            Self::Doc => "doc",
            Self::Fuzz => "fuzz",
        }
    }
}

/// Runs the stages of `only`, or all of them, and prints the count of tests; true if nothing failed.
///
/// A stage that fails doesn't keep the later ones from running, but for setup, without which they would fail too.
///
/// # Errors
/// A stage can't be started at all.
pub fn test(root: &Path, only: &[Stage]) -> Result<bool> {
    let started = Instant::now();
    let mut tally = Tally::default();
    let mut failed = Vec::new();
    for stage in Stage::ALL {
        if !only.is_empty() && !only.contains(&stage) {
            continue;
        }
        let name = stage.name();
        println!("==> {name} (at {})", elapsed(started.elapsed()));
        let stage_started = Instant::now();
        let passed = run(stage, root, &mut tally)?;
        let outcome = if passed { "passed" } else { "FAILED" };
        println!(
            "==> {name} {outcome} in {}",
            elapsed(stage_started.elapsed())
        );
        if !passed {
            failed.push(name);
            if stage == Stage::Setup {
                break;
            }
        }
    }
    if !failed.is_empty() {
        println!("failed stages: {}", failed.join(", "));
    }
    println!("\n{tally}");
    Ok(failed.is_empty() && tally.failed == 0)
}

fn run(stage: Stage, root: &Path, tally: &mut Tally) -> Result<bool> {
    match stage {
        Stage::Setup => Ok(setup::install(false)
            .inspect_err(|error| println!("error: {error:#}"))
            .is_ok()),
        Stage::Fmt => cargo(root, &["fmt", "--all", "--", "--check"], tally),
        Stage::Structure => structure::report(root),
        Stage::Clippy => {
            let mut passed = true;
            for build in BUILDS {
                let lint = ["--quiet", "--", "-D", "warnings"];
                passed &= cargo(root, &[&["clippy"], build, &lint].concat(), tally)?;
            }
            Ok(passed)
        }
        Stage::Unit => {
            let before = tally.passed;
            let passed = cargo(
                root,
                &["test", "--workspace", "--tests", "--no-fail-fast"],
                tally,
            )?;
            let library = ["-p", "anyrole-sdk", "--all-features", "--tests"];
            let passed = passed & cargo(root, &[&["test"], &library[..]].concat(), tally)?;
            // A suite that ran nothing has shown nothing.
            Ok(passed && tally.passed > before)
        }
        Stage::Doc => cargo(
            root,
            &["test", "--workspace", "--doc", "--no-fail-fast"],
            tally,
        ),
        Stage::Fuzz => fuzz::run(root, FUZZ_SECONDS),
    }
}

/// Runs cargo, shows what it prints as it comes, and counts the tests in it.
fn cargo(root: &Path, arguments: &[&str], tally: &mut Tally) -> Result<bool> {
    let mut child = Command::new("cargo")
        .args(arguments)
        .current_dir(root)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("starting `cargo {}`", arguments.join(" ")))?;
    if let Some(stdout) = child.stdout.take() {
        let mut reader = BufReader::new(stdout);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line)? > 0 {
            let text = String::from_utf8_lossy(&line);
            print!("{text}");
            tally.add_line(text.trim_end());
            line.clear();
        }
    }
    Ok(child.wait()?.success())
}

fn elapsed(time: Duration) -> String {
    let seconds = time.as_secs();
    format!("{}:{:02}", seconds / 60, seconds % 60)
}
