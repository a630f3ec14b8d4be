//! "The same by command": a line for a POSIX shell, made of words that someone may have chosen.

use crate::Visit;

/// A command with its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// Words in the order of the line, quoted; a flag stands with its value.
    parts: Vec<String>,
}

impl Command {
    /// `aws SERVICE OPERATION`, at this server.
    pub fn aws(visit: &Visit<'_>, service: &str, operation: &str) -> Self {
        let start = format!("aws {service} {operation}");
        Self { parts: vec![start] }.flag("--endpoint-url", &visit.endpoint)
    }

    /// `anyrole …`, whose words are ours.
    pub fn anyrole(words: &str) -> Self {
        Self {
            parts: vec![format!("anyrole {words}")],
        }
    }

    /// A flag with its value.
    #[must_use]
    pub fn flag(mut self, name: &str, value: impl AsRef<str>) -> Self {
        self.parts
            .push(format!("{name} {}", quoted(value.as_ref())));
        self
    }

    /// A flag with several values.
    #[must_use]
    pub fn flags<T: AsRef<str>>(mut self, name: &str, values: impl IntoIterator<Item = T>) -> Self {
        let values: Vec<_> = values
            .into_iter()
            .map(|value| quoted(value.as_ref()))
            .collect();
        self.parts.push(format!("{name} {}", values.join(" ")));
        self
    }

    /// A flag without a value.
    #[must_use]
    pub fn switch(mut self, name: &str) -> Self {
        self.parts.push(name.to_owned());
        self
    }

    /// A word without a flag.
    #[must_use]
    pub fn word(mut self, value: impl AsRef<str>) -> Self {
        self.parts.push(quoted(value.as_ref()));
        self
    }

    /// The command, each flag on a line of its own.
    pub fn text(&self) -> String {
        self.parts.join(" \\\n  ")
    }
}

/// A word that a POSIX shell reads as this text, whatever is in it.
fn quoted(value: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@,+%".contains(c);
    if !value.is_empty() && value.chars().all(is_plain) {
        return value.to_owned();
    }
    format!("'{}'", value.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_back_what_was_meant() {
        for (value, expected) in [
            ("plain-1.2/x:y", "plain-1.2/x:y"),
            ("", "''"),
            ("two words", "'two words'"),
            ("it's $HOME `id`", r"'it'\''s $HOME `id`'"),
            ("line\nline", "'line\nline'"),
            ("~root", "'~root'"),
        ] {
            assert_eq!(quoted(value), expected);
        }
    }

    #[test]
    fn each_flag_has_its_line() {
        let command = Command::anyrole("explain")
            .word("a b")
            .flag("--at", "now")
            .switch("--json");
        assert_eq!(
            command.text(),
            "anyrole explain \\\n  'a b' \\\n  --at now \\\n  --json"
        );
    }
}
