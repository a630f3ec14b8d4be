//! Called as `step`: that program's command line enters, its exit status leaves.

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::bail;

/// As `step`.
pub fn run(_words: Vec<OsString>) -> anyhow::Result<ExitCode> {
    bail!("not built in yet; `anyrole certificate` and `anyrole crypto` are")
}
