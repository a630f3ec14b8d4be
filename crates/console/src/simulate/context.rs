//! Condition keys as they are typed, `key=value` on each line with a type before it where it is no string, come in; the API's context entries
//! leave.

use anyrole_domain::simulation::ContextEntry;

/// Types of one value (IAM API reference, ContextEntry); that of several has `List` behind it.
const TYPES: [&str; 6] = ["string", "numeric", "boolean", "ip", "binary", "date"];
const LIST: &str = "List";

/// The entries; a key that comes again has several values.
pub(super) fn entries(text: &str) -> Vec<ContextEntry> {
    let mut entries: Vec<ContextEntry> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (left, value) = line.split_once('=').unwrap_or((line, ""));
        let (kind, key) = typed(left.trim());
        let value = value.trim().to_owned();
        let same = |entry: &&mut ContextEntry| entry.context_key_name.as_deref() == Some(key);
        if let Some(entry) = entries.iter_mut().find(same) {
            entry.context_key_values.push(value);
            entry.context_key_type = entry.context_key_type.as_deref().map(of_several);
        } else {
            entries.push(ContextEntry {
                context_key_name: Some(key.to_owned()),
                context_key_values: vec![value],
                context_key_type: Some(kind.to_owned()),
            });
        }
    }
    entries
}

/// The type that stands before a key, or a string's. No key begins with such a word: each has its service before a colon.
fn typed(left: &str) -> (&str, &str) {
    match left.split_once(char::is_whitespace) {
        Some((kind, key)) if TYPES.contains(&kind.strip_suffix(LIST).unwrap_or(kind)) => {
            (kind, key.trim_start())
        }
        _ => ("string", left),
    }
}

fn of_several(kind: &str) -> String {
    let one = kind.strip_suffix(LIST).unwrap_or(kind);
    format!("{one}{LIST}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_is_a_key_with_a_value_and_maybe_a_type() {
        for (text, expected) in [
            (
                "aws:PrincipalTag/x509Subject/OU = a=b\naws:TagKeys=one\naws:TagKeys=two\n",
                "aws:PrincipalTag/x509Subject/OU string a=b; aws:TagKeys stringList one|two",
            ),
            (
                "date aws:CurrentTime=2026-01-31T00:00:00Z",
                "aws:CurrentTime date 2026-01-31T00:00:00Z",
            ),
            ("numeric  s3:max-keys = 7", "s3:max-keys numeric 7"),
            (
                "ip x:a=10.0.0.1\nip x:a=10.0.0.2",
                "x:a ipList 10.0.0.1|10.0.0.2",
            ),
            ("booleanList x:a=true", "x:a booleanList true"),
            // A tag's key may have a space in it, and a word that is no type is a part of it.
            (
                "aws:PrincipalTag/cost center=7\ninteger x:a=7",
                "aws:PrincipalTag/cost center string 7; integer x:a string 7",
            ),
            ("x:a\n\n", "x:a string "),
        ] {
            let entries = entries(text);
            let shown: Vec<_> = entries
                .iter()
                .map(|entry| {
                    let (name, kind) = (&entry.context_key_name, &entry.context_key_type);
                    let (name, kind) = (name.as_deref().unwrap(), kind.as_deref().unwrap());
                    format!("{name} {kind} {}", entry.context_key_values.join("|"))
                })
                .collect();
            assert_eq!(shown.join("; "), expected, "{text}");
        }
    }
}
