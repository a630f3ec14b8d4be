//! Rules about one source file each: how long it is, what it is called, that it opens by saying what it is.

use std::path::PathBuf;

use anyhow::Result;

use super::Finding;
use super::tree::Tree;

/// No source file is longer.
const LONGEST: usize = 600;

/// Names that say nothing of what is inside.
const EMPTY_NAMES: [&str; 9] = [
    "utils", "util", "common", "helpers", "manager", "managers", "misc", "shared", "stuff",
];

/// Checks every Rust file.
///
/// # Errors
/// A file can't be read.
pub fn check(tree: &Tree) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for file in tree.files() {
        if !file.ends_with(".rs") {
            continue;
        }
        let text = tree.text(file)?;
        findings.extend(length(file, &text));
        findings.extend(name(file));
        if is_product_source(file) {
            findings.extend(header(file, &text));
        }
    }
    Ok(findings)
}

fn length(file: &str, text: &str) -> Option<Finding> {
    let lines = text.lines().count();
    (lines > LONGEST).then(|| Finding {
        file: PathBuf::from(file),
        line: LONGEST + 1,
        message: format!("has {lines} lines, {LONGEST} are the limit"),
        cure: "take a part that has a name of its own into a file of its own".to_owned(),
    })
}

fn name(file: &str) -> Option<Finding> {
    let empty = file
        .split('/')
        .map(|part| part.strip_suffix(".rs").unwrap_or(part))
        .find(|part| EMPTY_NAMES.contains(part))?;
    Some(Finding {
        file: PathBuf::from(file),
        line: 1,
        message: format!("`{empty}` says nothing of what is inside"),
        cure: "call it by the noun or the AWS operation that it is about".to_owned(),
    })
}

/// Whether `file` is below `crates/*/src` or `tools/*/src`.
fn is_product_source(file: &str) -> bool {
    let mut parts = file.split('/');
    let first = parts.next();
    matches!(first, Some("crates" | "tools")) && parts.nth(1) == Some("src")
}

fn header(file: &str, text: &str) -> Option<Finding> {
    (!text.starts_with("//!")).then(|| Finding {
        file: PathBuf::from(file),
        line: 1,
        message: "does not begin with `//!`".to_owned(),
        cure: "say in one to three lines what enters, what leaves and who calls".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_one(file: &str, text: &str) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        let findings = check(&Tree::read(folder.path()).unwrap()).unwrap();
        findings.iter().map(Finding::to_string).collect()
    }

    #[test]
    fn a_sound_file_passes() {
        let longest = format!("//! Header\n{}", "\n".repeat(599));
        assert_eq!(check_one("crates/x/src/role.rs", &longest), [""; 0]);
        assert_eq!(check_one("crates/x/tests/role.rs", "use x;\n"), [""; 0]);
        assert_eq!(check_one("target/debug/utils.rs", ""), [""; 0]);
        assert_eq!(check_one("testdata/common/case.json", "{}"), [""; 0]);
    }

    #[test]
    fn a_long_file_is_found() {
        let long = format!("//! Header\n{}", "\n".repeat(600));
        let found = check_one("crates/x/src/role.rs", &long);
        assert!(
            found[0].starts_with("crates/x/src/role.rs:601: has 601 lines"),
            "{found:?}"
        );
        assert_eq!(found.len(), 1);
    }

    #[test]
    fn empty_names_are_found_in_files_and_folders() {
        for (file, named) in [
            ("crates/x/src/utils.rs", "`utils`"),
            ("crates/x/src/role/manager.rs", "`manager`"),
            ("crates/x/tests/common/mod.rs", "`common`"),
            ("fuzz/helpers.rs", "`helpers`"),
        ] {
            let found = check_one(file, "//! Header\n");
            assert!(
                found[0].starts_with(&format!("{file}:1: {named}")),
                "{found:?}"
            );
        }
    }

    #[test]
    fn a_missing_header_is_found() {
        for text in [
            "fn main() {}\n",
            "",
            "// not this kind\n",
            "#![allow(x)]\n//! late\n",
        ] {
            let found = check_one("crates/x/src/main.rs", text);
            assert!(found[0].contains("does not begin with `//!`"), "{found:?}");
        }
        assert_eq!(check_one("tools/x/src/main.rs", "fn main() {}\n").len(), 1);
    }
}
