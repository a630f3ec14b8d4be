//! A folder with files, in which programs of one name and different makers are called.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyrole_testkit::{GoProgram, Program, say_skipped};
use serde_json::Value;
use tempfile::TempDir;

const ANYROLE: &str = env!("CARGO_BIN_EXE_anyrole");

/// Whose programs.
#[derive(Clone, Debug)]
pub struct Maker {
    pub name: &'static str,
    /// Where `cfssl` and `cfssljson` are.
    folder: PathBuf,
}

/// A folder for one test.
pub struct Desk {
    folder: TempDir,
    pub ours: Maker,
}

impl Desk {
    /// With links to our binary, made by `anyrole link`.
    pub fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let bin = folder.path().join("bin");
        let made = Command::new(ANYROLE)
            .arg("link")
            .arg(&bin)
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        let ours = Maker {
            name: "ours",
            folder: bin,
        };
        Self { folder, ours }
    }

    /// Debian's, and today's where Go is.
    pub fn theirs(test: &str) -> Vec<Maker> {
        let debian = Program::Cfssl.path().unwrap();
        let mut makers = vec![Maker {
            name: "Debian's",
            folder: debian.parent().unwrap().to_owned(),
        }];
        match GoProgram::CFSSL.ready().unwrap() {
            Some(folder) => makers.push(Maker {
                name: "today's",
                folder,
            }),
            None => say_skipped(test, "Go is not installed"),
        }
        makers
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn put(&self, name: &str, text: &str) {
        fs::write(self.path().join(name), text).unwrap();
    }

    pub fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).unwrap()
    }

    pub fn mode(&self, name: &str) -> u32 {
        let file = fs::metadata(self.path().join(name)).unwrap();
        file.permissions().mode() & 0o7777
    }

    /// Runs a line in a shell whose `cfssl` and `cfssljson` are this maker's; there is no terminal.
    pub fn sh(&self, maker: &Maker, line: &str) -> Output {
        let bin = maker.folder.display();
        Command::new("setsid")
            .args(["--wait", "sh", "-c"])
            .arg(format!("export PATH={bin}:$PATH; {line}"))
            .current_dir(self.path())
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    /// As [`Desk::sh`]; it must end well. What is printed.
    pub fn succeeds(&self, maker: &Maker, line: &str) -> String {
        let output = self.sh(maker, line);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{} $ {line}: {stderr}", maker.name);
        String::from_utf8(output.stdout).unwrap()
    }

    pub fn json(&self, maker: &Maker, line: &str) -> Value {
        serde_json::from_str(&self.succeeds(maker, line)).unwrap()
    }

    pub fn openssl(&self, line: &str) -> String {
        let output = Command::new("openssl")
            .args(line.split_whitespace())
            .current_dir(self.path())
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "openssl {line}: {stderr}");
        String::from_utf8(output.stdout).unwrap()
    }
}
