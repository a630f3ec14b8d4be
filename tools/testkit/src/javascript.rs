//! The AWS SDK for JavaScript, playwright-core and axe-core, installed once from `tools/testkit/javascript/package-lock.json`.
//! Called by tests that run scripts with it and by `cargo xtask setup`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::cache::{cache_folder, lock_cache};
use crate::programs::{Program, run};

const PACKAGE: &str = include_str!("../javascript/package.json");
/// The pinned list; its text is also the mark of a complete folder.
const LOCK: &str = include_str!("../javascript/package-lock.json");

/// A folder with `@aws-sdk/client-rolesanywhere`, `@aws-sdk/client-iam`, `playwright-core` and `axe-core` in its
/// `node_modules`.
#[derive(Debug, Clone)]
pub struct JavaScriptTools {
    folder: PathBuf,
}

impl JavaScriptTools {
    /// The folder, made now if no earlier run made it; processes that ask at once wait for the first.
    ///
    /// # Errors
    /// Node.js or npm is missing, or npm fails; the message has npm's own.
    pub fn ready() -> Result<Self> {
        Self::ready_in(&cache_folder()?)
    }

    fn ready_in(cache: &Path) -> Result<Self> {
        let folder = cache.join("javascript");
        let mark = folder.join("complete");
        let _lock = lock_cache(cache, "javascript")?;
        if fs::read_to_string(&mark).is_ok_and(|made_from| made_from == LOCK) {
            return Ok(Self { folder });
        }
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("package.json"), PACKAGE)?;
        fs::write(folder.join("package-lock.json"), LOCK)?;
        // `ci` empties node_modules first, and takes nothing that the lock file's hashes don't name.
        run(Program::Npm
            .command()?
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
            .current_dir(&folder))
        .context("installing the pinned modules for Node.js")?;
        fs::write(&mark, LOCK)?;
        Ok(Self { folder })
    }

    /// `node`, which is to run `script`; its first argument is the folder of the modules.
    ///
    /// # Errors
    /// Node.js is missing.
    pub fn node(&self, script: &Path) -> Result<Command> {
        let mut command = Program::Node.command()?;
        command.arg(script).arg(self.folder.join("node_modules"));
        Ok(command)
    }
}
