//! Where things that are made once and used by many test runs are kept: a folder beside the build's artifacts,
//! outside the source tree. Called by the parts of testkit that install or make something slow.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The folder for what outlives one test run: `$CARGO_TARGET_DIR/testkit`, else `target/testkit` of the workspace.
///
/// It is created if it isn't there. A relative `CARGO_TARGET_DIR` counts from the workspace's root.
///
/// # Errors
/// The folder can't be created.
#[expect(
    clippy::disallowed_methods,
    reason = "cargo tells a test where its build folder is by the environment alone"
)]
pub fn cache_folder() -> Result<PathBuf> {
    // At run time, not `env!`: clones that share a build folder share this library too. Every package is two folders deep.
    let package = std::env::var_os("CARGO_MANIFEST_DIR").context("run this under cargo")?;
    let workspace = Path::new(&package).join("../..");
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| workspace.join("target"), |dir| workspace.join(dir));
    let folder = target.join("testkit");
    fs::create_dir_all(&folder)
        .with_context(|| format!("creating the cache folder `{}`", folder.display()))?;
    folder
        .canonicalize()
        .with_context(|| format!("resolving `{}`", folder.display()))
}

/// Takes the lock file `NAME.lock` in `folder` and waits for whoever holds it; the lock ends when the file is dropped.
///
/// Test binaries run side by side as processes, so the lock is one of the kernel, not of this process.
///
/// # Errors
/// The lock file can't be created or locked.
pub fn lock_cache(folder: &Path, name: &str) -> Result<File> {
    let path = folder.join(format!("{name}.lock"));
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .with_context(|| format!("opening the lock file `{}`", path.display()))?;
    file.lock()
        .with_context(|| format!("locking `{}`", path.display()))?;
    Ok(file)
}
