//! Each workspace's lock file says what its manifests say. The tree comes in, a finding for each stale lock file goes out.
//! The workspaces beside the main one (fuzz targets, tools) are built only by late tests, each with `--locked`.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use super::Finding;
use super::tree::Tree;

/// Asks cargo about each lock file; one that it can't resolve at all is a finding, too.
pub fn check(root: &Path, tree: &Tree) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for file in tree.files() {
        let Some(workspace) = file.strip_suffix("Cargo.lock") else {
            continue;
        };
        let output = Command::new("cargo")
            .args(["update", "--workspace", "--locked", "--quiet"])
            .current_dir(root.join(workspace))
            .stdin(Stdio::null())
            .output()
            .context("starting `cargo update`")?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            let said = said.lines().find(|line| line.starts_with("error"));
            findings.push(Finding {
                file: file.into(),
                line: 1,
                message: said.unwrap_or("cargo failed without a word").to_owned(),
                cure: "run `cargo update --workspace` beside it and commit what changed".to_owned(),
            });
        }
    }
    Ok(findings)
}
