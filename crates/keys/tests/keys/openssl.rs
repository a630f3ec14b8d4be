//! openssl, the judge and the maker of keys.

use std::path::{Path, PathBuf};
use std::process::Command;

/// What each encrypted file is locked with; `file:pass` to openssl.
pub const PASSWORD: &str = "correct horse";

/// Runs `openssl` with the words of `line`, so file names must have no spaces.
pub fn openssl(dir: &Path, line: &str) -> Vec<u8> {
    let output = Command::new("openssl")
        .args(line.split_whitespace())
        .current_dir(dir)
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "openssl {line}: {stderr}");
    output.stdout
}

pub fn file(dir: &tempfile::TempDir, name: &str) -> PathBuf {
    dir.path().join(name)
}

/// A folder with the password in `pass`.
pub fn folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(file(&dir, "pass"), PASSWORD.to_owned() + "\n").unwrap();
    dir
}
