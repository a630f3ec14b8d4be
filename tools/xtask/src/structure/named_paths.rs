//! Every path that the documents name exists: markdown comes in, findings for names without a file go out.
//! In inline code a path is what begins with a folder of the workspace's root or ends like a source file; it may count
//! from the root, from a room (`x509/parse.rs`) or be the end of a path; `*`, `<name>` and `{a,b}` stand for others.

use std::path::PathBuf;

use anyhow::Result;

use super::Finding;
use super::tree::Tree;

/// Folders of the root that a document can name, be they there or not.
const TOP_FOLDERS: [&str; 8] = [
    ".ci", ".cargo", "benches", "crates", "docs", "fuzz", "testdata", "tools",
];

/// What files of the workspace end with, and files that Anyrole reads or makes at run time mostly don't.
const ENDINGS: [&str; 6] = [".rs", ".md", ".sql", ".toml", ".http", ".svg"];

/// Checks the documents of the root and of docs/. The changelog is left out: it may name what is gone.
///
/// # Errors
/// A document can't be read.
pub fn check(tree: &Tree) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for file in tree.files() {
        let is_document = matches!(
            file.as_str(),
            "ARCHITECTURE.md" | "CONTRIBUTING.md" | "README.md" | "SECURITY.md"
        ) || file.starts_with("docs/");
        if !is_document || !file.ends_with(".md") {
            continue;
        }
        let text = tree.text(file)?;
        for name in names(&text) {
            if !name.exists(tree, file) {
                findings.push(Finding {
                    file: PathBuf::from(file),
                    line: name.line,
                    message: format!("names `{}`, which is not there", name.path),
                    cure: "correct the path, or the document".to_owned(),
                });
            }
        }
    }
    Ok(findings)
}

/// A path as a document names it.
#[derive(Debug, PartialEq, Eq)]
struct Name {
    line: usize,
    path: String,
    /// Whether it is the target of a link, which counts from the document's own folder and nothing else.
    is_link: bool,
}

fn names(text: &str) -> Vec<Name> {
    let mut names = Vec::new();
    let mut fence: Option<&str> = None;
    for (index, line) in text.lines().enumerate() {
        let mark = ["```", "~~~"]
            .into_iter()
            .find(|mark| line.trim_start().starts_with(mark));
        match (fence, mark) {
            (None, Some(mark)) => fence = Some(mark),
            (Some(open), Some(mark)) if open == mark => fence = None,
            _ => {}
        }
        if fence.is_some() || mark.is_some() {
            continue;
        }
        // Every second piece between backticks is code.
        for code in line.split('`').skip(1).step_by(2) {
            if let Some(path) = path_in_code(code) {
                names.push(Name {
                    line: index + 1,
                    path,
                    is_link: false,
                });
            }
        }
        for target in line.split("](").skip(1) {
            let target = target.split([')', '#', ' ']).next().unwrap_or_default();
            if !target.is_empty() && !target.contains(':') {
                names.push(Name {
                    line: index + 1,
                    path: target.to_owned(),
                    is_link: true,
                });
            }
        }
    }
    names
}

fn path_in_code(code: &str) -> Option<String> {
    let code = code.trim_start_matches("./");
    // `file.rs:17` points at a line.
    let code = match code.rsplit_once(':') {
        Some((path, line)) if line.bytes().all(|b| b.is_ascii_digit()) => path,
        _ => code,
    };
    let known = |c: char| c.is_ascii_alphanumeric() || "_-./*<>{},".contains(c);
    if !code.contains('/') || code.starts_with('/') || !code.chars().all(known) {
        return None;
    }
    let first = code.split('/').next().unwrap_or_default();
    let is_placeholder = first.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    if is_placeholder || matches!(first, "target" | "anyrole-data" | "..") {
        return None;
    }
    let last = code.trim_end_matches('}');
    let is_path = TOP_FOLDERS.contains(&first) || ENDINGS.iter().any(|end| last.ends_with(end));
    is_path.then(|| code.to_owned())
}

impl Name {
    fn exists(&self, tree: &Tree, document: &str) -> bool {
        let folder = document.rsplit_once('/').map_or("", |(folder, _)| folder);
        if self.is_link {
            return is_there(tree, &join(folder, &self.path));
        }
        alternatives(&self.path).iter().all(|path| {
            let (room, rest) = path.split_once('/').unwrap_or((path, ""));
            [
                path.clone(),
                join(folder, path),
                format!("*/{room}/src/{rest}"),
                format!("*/{room}/{rest}"),
                format!("**/{path}"),
            ]
            .iter()
            .any(|pattern| is_there(tree, pattern))
        })
    }
}

/// Joins a relative path to a folder, without `.` and `..`.
fn join(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// `a/{b,c}.rs` is `a/b.rs` and `a/c.rs`; `<name>` is `*`.
fn alternatives(path: &str) -> Vec<String> {
    if let Some((before, rest)) = path.split_once('{')
        && let Some((inside, after)) = rest.split_once('}')
    {
        let paths = inside
            .split(',')
            .map(|choice| format!("{before}{choice}{after}"));
        return paths.flat_map(|path| alternatives(&path)).collect();
    }
    if let Some((before, rest)) = path.split_once('<')
        && let Some((_, after)) = rest.split_once('>')
    {
        return alternatives(&format!("{before}*{after}"));
    }
    vec![path.to_owned()]
}

/// Whether the pattern is a file, or a folder with files in it.
fn is_there(tree: &Tree, pattern: &str) -> bool {
    let pattern: Vec<&str> = pattern.split('/').filter(|part| !part.is_empty()).collect();
    tree.files().iter().any(|file| {
        let parts: Vec<&str> = file.split('/').collect();
        begins_with(&parts, &pattern)
    })
}

fn begins_with(parts: &[&str], pattern: &[&str]) -> bool {
    match (pattern.split_first(), parts.split_first()) {
        (None, _) => true,
        (Some((&"**", rest)), Some((_, deeper))) => {
            begins_with(parts, rest) || begins_with(deeper, pattern)
        }
        (Some((wanted, rest)), Some((part, deeper))) => {
            is_like(part, wanted) && begins_with(deeper, rest)
        }
        (Some(_), None) => false,
    }
}

/// Whether `name` is `pattern`, in which `*` stands for any letters.
fn is_like(name: &str, pattern: &str) -> bool {
    match pattern.split_once('*') {
        None => name == pattern,
        Some((before, after)) => name.strip_prefix(before).is_some_and(|rest| {
            rest.char_indices()
                .map(|(index, _)| index)
                .chain([rest.len()])
                .any(|index| rest.get(index..).is_some_and(|end| is_like(end, after)))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILES: [&str; 6] = [
        "crates/x509/src/parse.rs",
        "crates/x509/Cargo.toml",
        "crates/frontends/src/iam/create_role.rs",
        "docs/guide.md",
        "docs/adding/operation.md",
        "tools/xtask/src/main.rs",
    ];

    fn check_document(file: &str, text: &str) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        for path in FILES.iter().chain([&file]) {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        std::fs::write(folder.path().join(file), text).unwrap();
        let findings = check(&Tree::read(folder.path()).unwrap()).unwrap();
        findings.iter().map(Finding::to_string).collect()
    }

    #[test]
    fn what_is_there_passes() {
        for named in [
            "`crates/x509/src/parse.rs`, `crates/x509/`, `crates/*/src`, `./docs/guide.md`",
            "`x509/parse.rs:17` and `iam/create_role.rs` and `frontends/iam/create_role.rs`",
            "`crates/frontends/src/<service>/<operation>.rs` and `x509/{parse.rs,Cargo.toml}`",
            "[guide](docs/guide.md#top) [web](https://example.org/none.md) [here](#here)",
            "`/-/ready`, `application/json`, `AWS4/x`, `anyrole-data/x.toml`, `DATA/a.toml`, `/etc/a.toml`",
            "`http::HeaderMap`, `s3:Get/x.rs`, `a b/c.rs`",
            "```\ncrates/none.rs `crates/none.rs`\n```",
        ] {
            assert_eq!(check_document("ARCHITECTURE.md", named), [""; 0], "{named}");
        }
        assert_eq!(
            check_document("docs/adding/x.md", "[up](../guide.md) `operation.md`"),
            [""; 0]
        );
        assert_eq!(check_document("CHANGELOG.md", "`crates/gone.rs`"), [""; 0]);
    }

    #[test]
    fn what_is_not_there_is_found() {
        for (named, path) in [
            ("`crates/gone/src/lib.rs`", "crates/gone/src/lib.rs"),
            ("`x509/gone.rs`", "x509/gone.rs"),
            ("`testdata/wire`", "testdata/wire"),
            (".. `a` .. `tools/gone/` ..", "tools/gone/"),
            ("`crates/<room>/src/gone.rs`", "crates/<room>/src/gone.rs"),
            ("`x509/{parse.rs,gone.rs}`", "x509/{parse.rs,gone.rs}"),
            ("[guide](docs/gone.md)", "docs/gone.md"),
            ("![way](docs/way.svg)", "docs/way.svg"),
        ] {
            let expected = format!(
                "ARCHITECTURE.md:3: names `{path}`, which is not there; correct the path, or the document"
            );
            let text = format!("# Title\n\n{named}\n");
            assert_eq!(check_document("ARCHITECTURE.md", &text), [expected]);
        }
        assert_eq!(
            check_document("docs/deep/x.md", "[a](guide.md)\n`docs/gone.md`").len(),
            2
        );
    }

    #[test]
    fn stars_stand_for_any_letters() {
        for (name, pattern, like) in [
            ("create_role.rs", "*.rs", true),
            ("create_role.rs", "create_*.rs", true),
            ("create_role.rs", "*", true),
            ("é.rs", "*.rs", true),
            ("create_role.rs", "*.md", false),
            ("create_role.rs", "create", false),
        ] {
            assert_eq!(is_like(name, pattern), like, "{name} {pattern}");
        }
    }
}
