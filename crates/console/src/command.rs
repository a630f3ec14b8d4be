//! "The same by command": a line for a POSIX shell, made of words that someone may have chosen.

use crate::Visit;

/// A command with its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// Words in the order of the line, quoted; a flag stands with its value.
    parts: Vec<String>,
    /// A value would be read as something else than itself.
    is_treacherous: bool,
}

/// Stands for a command that would send one of the reader's own files.
const TREACHEROUS: &str = "# One of the values begins with `file://` or `fileb://`, which the AWS CLI would replace by a file of yours: no command is shown";

impl Command {
    /// `aws SERVICE OPERATION`, at this server.
    pub fn aws(visit: &Visit<'_>, service: &str, operation: &str) -> Self {
        let start = format!("aws {service} {operation}");
        Self::begin(start).flag("--endpoint-url", &visit.endpoint)
    }

    /// `anyrole …`, whose words are ours.
    pub fn anyrole(words: &str) -> Self {
        Self::begin(format!("anyrole {words}"))
    }

    /// A look into the audit trail's file, on the server itself: no API hands the trail out.
    pub fn on_the_trail(program: &'static str) -> Self {
        Self::begin(format!("# On the server, in its data folder\n{program}"))
    }

    fn begin(start: String) -> Self {
        Self {
            parts: vec![start],
            is_treacherous: false,
        }
    }

    /// A flag with its value.
    #[must_use]
    pub fn flag(mut self, name: &str, value: impl AsRef<str>) -> Self {
        let value = value.as_ref();
        // What begins with a dash is read as a flag, quoted or not.
        let between = if value.starts_with('-') { '=' } else { ' ' };
        let value = self.argument(value);
        self.parts.push(format!("{name}{between}{value}"));
        self
    }

    /// A flag with several values.
    #[must_use]
    pub fn flags<T: AsRef<str>>(mut self, name: &str, values: impl IntoIterator<Item = T>) -> Self {
        let values: Vec<_> = values
            .into_iter()
            .map(|value| self.argument(value.as_ref()))
            .collect();
        self.parts.push(format!("{name} {}", values.join(" ")));
        self
    }

    /// A flag of the AWS CLI whose value is what a text file of the reader's holds.
    #[must_use]
    pub fn file(mut self, name: &str, file: &'static str) -> Self {
        self.parts.push(format!("{name} file://{file}"));
        self
    }

    /// A flag of the AWS CLI whose value is what a file of the reader's holds, byte for byte.
    #[must_use]
    pub fn binary_file(mut self, name: &str, file: &'static str) -> Self {
        self.parts.push(format!("{name} fileb://{file}"));
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
        let value = value.as_ref();
        if value.starts_with('-') {
            self.parts.push("--".to_owned());
        }
        let value = self.argument(value);
        self.parts.push(value);
        self
    }

    fn argument(&mut self, value: &str) -> String {
        self.is_treacherous |= value.starts_with("file://") || value.starts_with("fileb://");
        quoted(value)
    }

    /// The command, each flag on a line of its own.
    pub fn text(&self) -> String {
        if self.is_treacherous {
            return TREACHEROUS.to_owned();
        }
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
    fn no_value_is_read_as_a_flag_or_as_a_file() {
        let text = |value: &str| Command::anyrole("x").flag("--name", value).text();
        assert_eq!(
            text("--no-verify-ssl"),
            "anyrole x \\\n  --name=--no-verify-ssl"
        );
        assert_eq!(text("-a b"), "anyrole x \\\n  --name='-a b'");
        assert_eq!(text("file:///etc/passwd"), TREACHEROUS);
        assert_eq!(text("fileb://x"), TREACHEROUS);
        let word = Command::anyrole("x").word("-f").text();
        assert_eq!(word, "anyrole x \\\n  -- \\\n  -f");
        let ours = Command::anyrole("x").file("--pem", "ca.pem").text();
        assert_eq!(ours, "anyrole x \\\n  --pem file://ca.pem");
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
