//! The console's routes, read off its source: the arms by which `serve` in `crates/console` tells the pages of an area apart. A page or a
//! form that is new must be come to by the browser, or the test that asks for these fails.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What `match` looks at where it tells pages apart.
const SUBJECTS: [&str; 4] = [
    "visit.segment(",
    "match action {",
    "visit.path.as_slice()",
    "visit.path.len()",
];

/// One literal segment of a path below an area.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Route {
    pub area: String,
    pub word: String,
    /// Whether only forms are sent there.
    pub is_posted: bool,
}

impl Route {
    /// Whether this kind of page, `trust-anchors/:id/edit?x` say, is of the route.
    pub fn has(&self, kind: &str) -> bool {
        let path = kind.split('?').next().unwrap();
        let mut segments = path.split('/');
        segments.next() == Some(&self.area) && segments.any(|it| it == self.word)
    }
}

/// The first segments of all paths, the first page's empty one included.
pub fn areas() -> Vec<String> {
    let arms = arms(&sources().join("routes.rs"));
    arms.into_iter().map(|(word, _)| word).collect()
}

/// The routes below the areas.
pub fn routes() -> BTreeSet<Route> {
    let areas = areas().into_iter().filter(|area| !area.is_empty());
    areas.flat_map(|area| below(&area)).collect()
}

fn below(area: &str) -> Vec<Route> {
    let folder = sources().join(area.replace('-', "_"));
    let files = std::fs::read_dir(folder).unwrap();
    let arms = files.flat_map(|file| arms(&file.unwrap().path()));
    let named = arms.filter(|(word, _)| !word.is_empty());
    named
        .map(|(word, is_posted)| Route {
            area: area.to_owned(),
            word,
            is_posted,
        })
        .collect()
}

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../console/src")
}

/// The literals in the arms of each `match` that tells pages apart, as rustfmt sets them, and whether the arm takes posts alone.
fn arms(file: &Path) -> Vec<(String, bool)> {
    let source = std::fs::read_to_string(file).unwrap();
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut found = Vec::new();
    let mut lines = source.lines();
    while let Some(line) = lines.next() {
        let is_told = line.trim_end().ends_with('{')
            && line.contains("match ")
            && SUBJECTS.iter().any(|subject| line.contains(subject));
        if !is_told {
            continue;
        }
        let depth = indent(line);
        for arm in lines.by_ref() {
            if indent(arm) <= depth {
                break;
            }
            let Some((pattern, _)) = arm.split_once("=>") else {
                continue;
            };
            if indent(arm) == depth + 4 {
                let is_posted = line.contains("match action {")
                    || pattern.contains("if visit.posted()")
                    || pattern.trim_start().starts_with("(true,");
                let words = literals(pattern).chain(constants(&source, pattern));
                found.extend(words.map(|word| (word.to_owned(), is_posted)));
            }
        }
    }
    found
}

fn literals(line: &str) -> impl Iterator<Item = &str> {
    line.split('"').skip(1).step_by(2)
}

/// What the file's constants say that stand in a pattern.
fn constants<'a>(source: &'a str, pattern: &str) -> Vec<&'a str> {
    let is_in = |name: &str| {
        pattern
            .split(|it: char| !it.is_alphanumeric())
            .any(|word| word == name)
    };
    let lines = source
        .lines()
        .filter_map(|line| line.trim().split_once(": &str = "));
    let named = lines.filter(|(name, _)| name.rsplit(' ').next().is_some_and(is_in));
    named.flat_map(|(_, value)| literals(value)).collect()
}

#[test]
fn the_source_tells_its_routes() {
    let areas = areas();
    assert!(
        areas.len() > 10 && areas.contains(&String::new()),
        "{areas:?}"
    );
    let routes = routes();
    for (area, word, is_posted) in [
        ("policies", "versions", false),
        ("roles", "~new", false),
        ("roles", "detach", true),
        ("authorities", "restore", true),
        ("trust-anchors", "edit", false),
        ("activity", "live", false),
    ] {
        let (area, word) = (area.to_owned(), word.to_owned());
        let route = Route {
            area,
            word,
            is_posted,
        };
        assert!(routes.contains(&route), "{route:?} is not in {routes:?}");
    }
}
