//! Called as `cfssl` or `cfssljson`: that program's command line enters, its exit status leaves.

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::bail;

/// As `cfssl`.
pub fn run(_words: Vec<OsString>) -> anyhow::Result<ExitCode> {
    bail!("not built in yet; Debian's package golang-cfssl has the program of this name")
}

/// As `cfssljson`.
pub fn run_cfssljson(_words: Vec<OsString>) -> anyhow::Result<ExitCode> {
    bail!("not built in yet; Debian's package golang-cfssl has the program of this name")
}
