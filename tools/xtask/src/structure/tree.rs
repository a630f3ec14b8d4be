//! The files of the workspace as the checks see them: a folder comes in, sorted paths from its root go out.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Folders that hold no source: git's own, build artifacts, the data of a quickstart, Python's caches.
const LEFT_OUT: [&str; 5] = [
    ".git",
    "target",
    "anyrole-data",
    "__pycache__",
    "node_modules",
];

/// All files under a root.
#[derive(Debug)]
pub struct Tree {
    root: PathBuf,
    files: Vec<String>,
}

impl Tree {
    /// Lists the files under `root`.
    ///
    /// # Errors
    /// A folder can't be read.
    pub fn read(root: &Path) -> Result<Self> {
        let mut files = Vec::new();
        list(root, "", &mut files)?;
        files.sort();
        Ok(Self {
            root: root.to_owned(),
            files,
        })
    }

    /// The paths, from the root, with `/` between the parts.
    pub fn files(&self) -> &[String] {
        &self.files
    }

    /// The text of one of the files; what isn't UTF-8 is replaced.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn text(&self, file: &str) -> Result<String> {
        let bytes = fs::read(self.root.join(file)).with_context(|| format!("reading `{file}`"))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

fn list(folder: &Path, prefix: &str, files: &mut Vec<String>) -> Result<()> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("listing `{}`", folder.display()))?;
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        if entry.file_type()?.is_dir() {
            if !LEFT_OUT.contains(&name.as_str()) {
                list(&entry.path(), &format!("{path}/"), files)?;
            }
        } else {
            files.push(path);
        }
    }
    Ok(())
}
