//! What the fuzzers begin with beside the corpus in the repository: every policy of `testdata/policy`, of refused ones too, AWS's
//! managed policies, and scenes by chance. Written anew for each run by `fuzz.rs`.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};

/// Where documents and tables of them are.
const SOURCES: [&str; 4] = [
    "testdata/policy",
    "testdata/policy/decisions",
    "testdata/policy/refused",
    "crates/domain/data/managed_policies",
];
/// Where a refusal points to in a table's text.
const PLACE: char = '▲';
/// Scenes by chance, and the bytes of each.
const SCENES: u64 = 64;
const SCENE_BYTES: usize = 256;

/// Writes the seeds of a target, one file each, in place of those of the run before; their count.
///
/// # Errors
/// The tables can't be read, or the folder can't be written.
pub fn write(root: &Path, target: &str, folder: &Path) -> Result<usize> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;
    let seeds = if target == "policy_parse" {
        documents(root)?
    } else {
        (0..SCENES).map(scene).collect()
    };
    for (number, seed) in seeds.iter().enumerate() {
        fs::write(folder.join(format!("{number:04}")), seed)?;
    }
    Ok(seeds.len())
}

fn documents(root: &Path) -> Result<Vec<Vec<u8>>> {
    let mut seeds = Vec::new();
    for source in SOURCES {
        let folder = root.join(source);
        for entry in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
            let path = entry?.path();
            let of_file = match path.extension().and_then(|extension| extension.to_str()) {
                Some("json") => of_json(&fs::read_to_string(&path)?)?,
                Some("toml") => of_toml(&fs::read_to_string(&path)?),
                _ => continue,
            };
            seeds.extend(of_file.iter().map(|text| latin1(text)));
        }
    }
    // In one order on every machine.
    seeds.sort_unstable();
    seeds.dedup();
    Ok(seeds)
}

/// A document as it stands, or a table of statements and conditions.
fn of_json(text: &str) -> Result<Vec<String>> {
    Ok(match serde_json::from_str(text)? {
        Value::Array(rows) => rows.iter().filter_map(of_row).collect(),
        _ => vec![text.to_owned()],
    })
}

fn of_row(row: &Value) -> Option<String> {
    let of_condition = |condition| json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition});
    let statement = row.get("statement").cloned();
    let statement = statement.or_else(|| row.get("condition").map(of_condition))?;
    Some(json!({"Version": "2012-10-17", "Statement": statement}).to_string())
}

/// The texts in single quotes: the inside of a statement, a condition, or a whole document.
fn of_toml(text: &str) -> Vec<String> {
    let literal = |line: &str| {
        let (name, value) = line.split_once(" = '")?;
        let inside = value.trim_matches('\'').replace(PLACE, "");
        Some(match name {
            "condition" => around(&format!(
                r#""Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {inside}"#
            )),
            _ if inside.starts_with('"') => around(&inside),
            _ => inside,
        })
    };
    text.lines().filter_map(literal).collect()
}

fn around(statement: &str) -> String {
    format!(r#"{{"Version": "2012-10-17", "Statement": [{{{statement}}}]}}"#)
}

/// The target reads each byte as a character; what has no byte is written as an escape, which is the same to it.
fn latin1(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for character in text.chars() {
        match u8::try_from(character) {
            Ok(byte) => bytes.push(byte),
            Err(_) => {
                let mut halves = [0; 2];
                for half in character.encode_utf16(&mut halves) {
                    bytes.extend_from_slice(format!("\\u{half:04x}").as_bytes());
                }
            }
        }
    }
    bytes
}

/// Choices by chance, the same for the same number (SplitMix64).
fn scene(number: u64) -> Vec<u8> {
    let mut state = number.wrapping_mul(0x5851_F42D_4C95_7F2D);
    let next = move || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let [first, ..] = (mixed ^ (mixed >> 27)).to_be_bytes();
        first
    };
    std::iter::repeat_with(next).take(SCENE_BYTES).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_is_a_source_of_seeds() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let folder = tempfile::tempdir().unwrap();
        let parse = folder.path().join("parse");
        let count = write(&root, "policy_parse", &parse).unwrap();
        assert!(count > 300, "{count}");
        // Again: in place of the first.
        assert_eq!(write(&root, "policy_parse", &parse).unwrap(), count);
        assert_eq!(fs::read_dir(&parse).unwrap().count(), count);
        let evaluate = folder.path().join("evaluate");
        assert_eq!(write(&root, "policy_evaluate", &evaluate).unwrap(), 64);
        let whole = of_toml("a = '\"Effect\": \"Allow\"'\ncondition = '{▲}'\nb = 'x'\nc = 1");
        assert_eq!(whole.len(), 3);
        assert!(whole[0].ends_with(r#"[{"Effect": "Allow"}]}"#), "{whole:?}");
        assert!(whole[1].ends_with(r#""Condition": {}}]}"#), "{whole:?}");
        assert_eq!(latin1("é→"), b"\xe9\\u2192");
    }
}
