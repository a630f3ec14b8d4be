//! The programs from outside that tests run: where they are on this machine and which Debian package brings them.
//! Called by the certificate makers and by `cargo xtask setup`.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result, anyhow, bail};

use crate::postgres;

/// A program that a test or a benchmark runs and Debian packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// `openssl`, the command-line tool.
    Openssl,
    /// `cfssl`, the certificate authority of the second walk-through.
    Cfssl,
    /// `cfssljson`, which writes cfssl's answers to files.
    Cfssljson,
    /// `certbot`, the ACME client of the Let's Encrypt project.
    Certbot,
    /// `lego`, an ACME client in Go.
    Lego,
    /// `curl`, which asks a TLS server whether it is ready.
    Curl,
    /// `python3`, with its `venv` module.
    Python3,
    /// `node`, which runs the AWS SDK for JavaScript and drives the browser.
    Node,
    /// `npm`, which installs what it needs for that.
    Npm,
    /// `chromium`, the browser that the console is clicked through with.
    Chromium,
    /// `fish`, the shell that takes the lines of `anyrole env --shell fish`.
    Fish,
    /// `strace`, which shows the syncs before an answer.
    Strace,
    /// `postgres`, the database of many servers.
    Postgres,
    /// `softhsm2-util`, tokens in software.
    SoftHsm,
    /// `pkcs11-tool`, which fills them.
    Pkcs11Tool,
    /// `swtpm`, a TPM in software.
    Swtpm,
    /// `tpm2_getcap` and its likes, which fill it.
    Tpm2Tools,
    /// openssl's provider for TPM keys: no program, but a library that it loads.
    Tpm2Openssl,
    /// `wrk`, the load of the benchmarks.
    Wrk,
    /// GNU `time`, which tells how much memory a program had.
    Time,
    /// `nginx`, which the benchmarks measure against.
    Nginx,
}

impl Program {
    /// What the test suite needs.
    pub const FOR_TESTS: [Self; 18] = [
        Self::Openssl,
        Self::Cfssl,
        Self::Cfssljson,
        Self::Certbot,
        Self::Lego,
        Self::Curl,
        Self::Python3,
        Self::Node,
        Self::Npm,
        Self::Chromium,
        Self::Fish,
        Self::Strace,
        Self::Postgres,
        Self::SoftHsm,
        Self::Pkcs11Tool,
        Self::Swtpm,
        Self::Tpm2Tools,
        Self::Tpm2Openssl,
    ];
    /// What only the benchmarks need.
    pub const FOR_BENCHMARKS: [Self; 3] = [Self::Wrk, Self::Nginx, Self::Time];

    /// The name that the program is called by.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Openssl => "openssl",
            Self::Cfssl => "cfssl",
            Self::Cfssljson => "cfssljson",
            Self::Certbot => "certbot",
            Self::Lego => "lego",
            Self::Curl => "curl",
            Self::Python3 => "python3",
            Self::Node => "node",
            Self::Npm => "npm",
            Self::Chromium => "chromium",
            Self::Fish => "fish",
            Self::Strace => "strace",
            Self::Postgres => "postgres",
            Self::SoftHsm => "softhsm2-util",
            Self::Pkcs11Tool => "pkcs11-tool",
            Self::Swtpm => "swtpm",
            Self::Tpm2Tools => "tpm2_getcap",
            Self::Tpm2Openssl => "tpm2.so",
            Self::Wrk => "wrk",
            Self::Nginx => "nginx",
            Self::Time => "time",
        }
    }

    /// The Debian package that brings it.
    #[must_use]
    pub const fn debian_package(self) -> &'static str {
        match self {
            Self::Openssl => "openssl",
            Self::Cfssl | Self::Cfssljson => "golang-cfssl",
            Self::Certbot => "certbot",
            Self::Lego => "lego",
            Self::Curl => "curl",
            Self::Python3 => "python3-venv",
            Self::Node => "nodejs",
            Self::Npm => "npm",
            Self::Chromium => "chromium",
            Self::Fish => "fish",
            Self::Strace => "strace",
            Self::Postgres => "postgresql",
            Self::SoftHsm => "softhsm2",
            Self::Pkcs11Tool => "opensc",
            Self::Swtpm => "swtpm",
            Self::Tpm2Tools => "tpm2-tools",
            Self::Tpm2Openssl => "tpm2-openssl",
            Self::Wrk => "wrk",
            Self::Nginx => "nginx-light",
            Self::Time => "time",
        }
    }

    /// Where the program is.
    ///
    /// # Errors
    /// It isn't on `PATH`; the message says how to install it.
    pub fn path(self) -> Result<PathBuf> {
        if self == Self::Postgres {
            return Ok(postgres::binaries()?.join(self.name()));
        }
        let found = match self {
            Self::Tpm2Openssl => openssl_module(self.name()),
            _ => find_on_path(self.name()),
        };
        found.ok_or_else(|| {
            anyhow!(
                "`{}` is not installed; run `cargo xtask setup` or `apt-get install {}`",
                self.name(),
                self.debian_package()
            )
        })
    }

    /// A command for the program that reads nothing from the terminal.
    ///
    /// # Errors
    /// As [`Program::path`].
    pub fn command(self) -> Result<Command> {
        let mut command = Command::new(self.path()?);
        command.stdin(Stdio::null());
        Ok(command)
    }
}

/// The Debian packages that bring those of `programs` that aren't here, each once.
///
/// `python3` counts as missing when it can't make a virtual environment, which Debian packages apart.
#[must_use]
pub fn missing_packages(programs: &[Program]) -> Vec<&'static str> {
    let mut packages: Vec<&'static str> = programs
        .iter()
        .filter(|program| !is_usable(**program))
        .map(|program| program.debian_package())
        .collect();
    packages.dedup();
    packages
}

fn is_usable(program: Program) -> bool {
    let Ok(mut command) = program.command() else {
        return false;
    };
    if program != Program::Python3 {
        return true;
    }
    command
        .args(["-c", "import venv, ensurepip"])
        .output()
        .is_ok_and(|output| output.status.success())
}

/// A provider where Debian puts them, in the folder of the machine's kind.
fn openssl_module(name: &str) -> Option<PathBuf> {
    std::fs::read_dir("/usr/lib")
        .ok()?
        .flatten()
        .map(|folder| folder.path().join("ossl-modules").join(name))
        .find(|candidate| candidate.is_file())
}

/// The first executable called `name` in the folders of `PATH`, `/usr/sbin` and `/sbin`.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "programs are looked up where the shell would look for them"
)]
pub fn find_on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain([PathBuf::from("/usr/sbin"), PathBuf::from("/sbin")])
        .map(|folder| folder.join(name))
        .find(|candidate| candidate.is_file())
}

/// Runs `command` to its end and returns what it printed on standard output.
///
/// # Errors
/// It can't be started, or ends with another status than 0; then the message has its standard error.
pub(crate) fn run(command: &mut Command) -> Result<Vec<u8>> {
    let Output {
        status,
        stdout,
        stderr,
    } = command
        .output()
        .with_context(|| format!("starting {command:?}"))?;
    if !status.success() {
        bail!(
            "{command:?} ended with {status}: {}",
            String::from_utf8_lossy(&stderr).trim()
        );
    }
    Ok(stdout)
}
