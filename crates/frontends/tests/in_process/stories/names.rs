//! Names for what is different each time: `{{AIDA-1}}` is the first user's id of a story, `{{marker}}` the last marker.

use std::collections::BTreeMap;

/// The beginnings of unique ids.
const PREFIXES: &[&str] = &["AIDA", "AGPA", "AKIA", "ANPA", "AROA", "AIPA", "ASIA"];

/// Names and what they stand for.
#[derive(Default)]
pub struct Names {
    known: Vec<(String, String)>,
    counts: BTreeMap<&'static str, usize>,
}

impl Names {
    pub fn know(&mut self, name: &str, value: &str) {
        self.known.retain(|(known, _)| known != name);
        self.known.push((name.to_owned(), value.to_owned()));
    }

    /// A request with the values in place of their names.
    pub fn filled(&self, text: &str) -> String {
        self.known
            .iter()
            .fold(text.to_owned(), |text, (name, value)| {
                text.replace(&format!("{{{{{name}}}}}"), value)
            })
    }

    /// An answer with names in place of the values.
    pub fn named(&mut self, text: &str) -> String {
        let text = self.element(text, "RequestId", "request-id");
        let text = self.element(&text, "SecretAccessKey", "secret");
        let text = self.element(&text, "SessionToken", "token");
        let text = self.element(&text, "Marker", "marker");
        let text = self.message(&text);
        let text = self.element(&text, "DeletionTaskId", "task");
        self.learn(&text);
        self.known.iter().fold(text, |text, (name, value)| {
            text.replace(value.as_str(), &format!("{{{{{name}}}}}"))
        })
    }

    fn element(&mut self, text: &str, element: &str, name: &str) -> String {
        let (open, close) = (format!("<{element}>"), format!("</{element}>"));
        let found = text.split_once(&open).and_then(|(before, rest)| {
            let (value, after) = rest.split_once(&close)?;
            Some((before, value, after))
        });
        let Some((before, value, after)) = found else {
            return text.to_owned();
        };
        self.know(name, value);
        format!("{before}{open}{{{{{name}}}}}{close}{after}")
    }

    /// The encoded message of a refusal.
    fn message(&mut self, text: &str) -> String {
        const MARK: &str = "Encoded authorization failure message: ";
        let Some((before, rest)) = text.split_once(MARK) else {
            return text.to_owned();
        };
        let (message, after) = rest.split_once('<').unwrap();
        self.know("message", message);
        format!("{before}{MARK}{{{{message}}}}<{after}")
    }

    /// Gives each new unique id a number.
    fn learn(&mut self, text: &str) {
        let is_id = |word: &&str| (20..=21).contains(&word.len());
        let words = text.split(|c: char| !c.is_ascii_alphanumeric());
        for word in words.filter(is_id) {
            let Some(prefix) = PREFIXES.iter().find(|prefix| word.starts_with(**prefix)) else {
                continue;
            };
            if self.known.iter().any(|(_, value)| value == word) {
                continue;
            }
            let count = self.counts.entry(prefix).or_default();
            *count += 1;
            self.known
                .push((format!("{prefix}-{count}"), word.to_owned()));
        }
    }
}
