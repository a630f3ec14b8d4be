//! Programs on AWS's Rust SDK, from `tools/rust-clients`: built by cargo beside the binary under test, then run by tests.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::cache::{cache_folder, lock_cache};

/// The built programs.
#[derive(Debug, Clone)]
pub struct RustClients {
    folder: PathBuf,
}

impl RustClients {
    /// The programs, built as far as they are not; `binary` is the one under test, whose target folder they share.
    ///
    /// # Errors
    /// They don't build; the message has cargo's own.
    pub fn ready(binary: &Path) -> Result<Self> {
        let folder = binary.parent().context("the binary lies in no folder")?;
        let target = folder.parent().context("the binary lies in no target")?;
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../rust-clients/Cargo.toml");
        let _lock = lock_cache(&cache_folder()?, "rust-clients")?;
        let output = Command::new("cargo")
            .args(["build", "--locked", "--quiet", "--manifest-path"])
            .arg(manifest)
            .arg("--target-dir")
            .arg(target)
            .output()
            .context("starting cargo")?;
        if !output.status.success() {
            bail!(
                "building tools/rust-clients: {}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
        Ok(Self {
            folder: target.join("debug"),
        })
    }

    /// The program of `src/bin/NAME.rs`, with an empty environment.
    #[must_use]
    pub fn command(&self, name: &str) -> Command {
        let mut command = Command::new(self.folder.join(name));
        command.env_clear();
        command
    }
}
