//! The harness of the certificate tests: a folder, the built binary without a terminal, and openssl beside it.
#![allow(dead_code, reason = "each test file uses its part")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

/// Makes a root authority.
pub const ROOT: &str = "create Root root.crt root.key --profile root-ca --no-password --insecure";

/// A folder of its own for one test, with a file of a password in it and one of another.
pub struct Folder(tempfile::TempDir);

impl Folder {
    pub fn new() -> Self {
        let folder = Folder(tempfile::tempdir().unwrap());
        folder.put("pass", "correct horse\n");
        folder.put("wrong", "wrong horse\n");
        folder
    }

    pub fn with_root() -> Self {
        let folder = Self::new();
        folder.succeeds(ROOT);
        folder
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn put(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    pub fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub fn mode(&self, name: &str) -> u32 {
        fs::metadata(self.path(name)).unwrap().permissions().mode() & 0o7777
    }

    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(self.0.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// Runs the words of `line` without a terminal: `certificate` is put before, unless it begins with `crypto`.
    pub fn run(&self, line: &str) -> Output {
        let mut words: Vec<_> = line.split_whitespace().collect();
        if words[0] != "crypto" {
            words.insert(0, "certificate");
        }
        // A session of its own has no controlling terminal.
        Command::new("setsid")
            .arg("--wait")
            .arg(env!("CARGO_BIN_EXE_anyrole"))
            .args(words)
            .current_dir(self.0.path())
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    pub fn succeeds(&self, line: &str) -> String {
        let output = self.run(line);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{line}: {stderr}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Both streams of a command that fails.
    pub fn fails(&self, line: &str) -> String {
        let before = self.names();
        let output = self.run(line);
        assert!(!output.status.success(), "{line} succeeded");
        assert_eq!(self.names(), before, "{line} left files behind");
        String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
    }

    pub fn openssl(&self, line: &str) -> String {
        let output = Command::new("openssl")
            .args(line.split_whitespace())
            .current_dir(self.0.path())
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "openssl {line}: {stderr}");
        String::from_utf8(output.stdout).unwrap()
    }
}
