//! The binary by the names of other programs.

mod links;
mod real;
mod said;
mod terminal;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyrole_testkit::{GoProgram, Program, say_skipped};
use tempfile::TempDir;

const ANYROLE: &str = env!("CARGO_BIN_EXE_anyrole");

/// A folder, and the `step` that is called there.
pub struct Side {
    pub folder: TempDir,
    /// Where its `step` is.
    bin: PathBuf,
}

impl Side {
    /// Ours, by links.
    pub fn ours() -> Self {
        let folder = TempDir::new().unwrap();
        let bin = folder.path().join("bin");
        let made = Command::new(ANYROLE)
            .arg("link")
            .arg(&bin)
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        Self { folder, bin }
    }

    /// Smallstep's, where Go is there to build it.
    pub fn real(test: &str) -> Option<Self> {
        let bin = GoProgram::STEP.ready().unwrap();
        if bin.is_none() {
            say_skipped(test, "Go is not installed");
        }
        Some(Self {
            folder: TempDir::new().unwrap(),
            bin: bin?,
        })
    }

    /// The program.
    pub fn step(&self) -> PathBuf {
        self.bin.join("step")
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn put(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::write(self.path(name), text).unwrap();
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    pub fn text(&self, name: &str) -> String {
        String::from_utf8(self.read(name)).unwrap()
    }

    /// `sh -c` in the folder, with `step` in front of all other programs.
    fn shell(&self, line: &str) -> Command {
        let mut command = Command::new("setsid");
        command
            .args(["--wait", "sh", "-c", line])
            .current_dir(self.folder.path())
            .env_clear()
            .env("HOME", self.folder.path())
            .env("PATH", format!("{}:/usr/bin:/bin", self.bin.display()))
            .stdin(Stdio::null());
        command
    }

    /// Without a terminal.
    pub fn run(&self, line: &str) -> Output {
        self.shell(line).output().unwrap()
    }

    pub fn succeeds(&self, line: &str) -> String {
        let output = self.run(line);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{line}: {stderr}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// The DER of the first certificate of a PEM file.
    pub fn der(&self, name: &str) -> Vec<u8> {
        openssl(self.folder.path(), &format!("x509 -in {name} -outform DER"))
    }
}

/// openssl with the words of a line, which must do it.
pub fn openssl(folder: &Path, line: &str) -> Vec<u8> {
    let output = Program::Openssl
        .command()
        .unwrap()
        .args(line.split_whitespace())
        .current_dir(folder)
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "openssl {line}: {stderr}");
    output.stdout
}
