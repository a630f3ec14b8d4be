//! The house rules that neither the compiler nor a lint knows. The workspace's root comes in, findings with file, line
//! and cure go out. Called by `cargo xtask structure` and `cargo xtask test`.

mod direction;
mod lock_files;
mod named_paths;
mod sources;
mod tree;

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::Result;

pub use self::direction::metadata;

use self::tree::Tree;

/// A place that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The file, from the workspace's root.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub cure: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file.display();
        write!(
            formatter,
            "{file}:{}: {}; {}",
            self.line, self.message, self.cure
        )
    }
}

/// Prints every finding; true if there is none.
///
/// # Errors
/// The workspace can't be read.
pub fn report(root: &Path) -> Result<bool> {
    let tree = Tree::read(root)?;
    let mut findings = direction::check(root, &direction::metadata(root)?)?;
    findings.extend(lock_files::check(root, &tree)?);
    findings.extend(named_paths::check(&tree)?);
    findings.extend(sources::check(&tree)?);
    for finding in &findings {
        println!("{finding}");
    }
    println!(
        "structure: {} files, {} findings",
        tree.files().len(),
        findings.len()
    );
    Ok(findings.is_empty())
}
