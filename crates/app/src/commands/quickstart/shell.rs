//! Commands as a person types them: words enter, a line for a POSIX shell leaves, that can be pasted as it stands.

use std::borrow::Cow;

/// Where a line is broken.
const WIDTH: usize = 100;
/// What stands before a continued line.
pub const CONTINUED: &str = "    ";

pub use anyrole_helper::quote;

/// A command of words; `$NAME` stays a variable. Long lines are broken before flags.
pub fn render(words: &[&str]) -> String {
    wrap(words.iter().map(|word| match word.strip_prefix('$') {
        Some(_) => Cow::Owned(format!("\"{word}\"")),
        None => quote(word),
    }))
}

/// A command of words as one word of another command, in double quotes; `$NAME` stays a variable.
pub fn render_quoted(words: &[&str]) -> String {
    let inner = wrap(words.iter().map(|word| match word.strip_prefix('$') {
        Some(_) => Cow::Borrowed(*word),
        None => Cow::Owned(escape_in_double_quotes(&quote(word))),
    }));
    format!("\"{inner}\"")
}

fn escape_in_double_quotes(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '\\' | '"' | '`' | '$') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

fn wrap<'a>(words: impl Iterator<Item = Cow<'a, str>>) -> String {
    let mut text = String::new();
    let mut column = 0;
    // A flag and its values stay together.
    let mut groups: Vec<String> = Vec::new();
    for word in words {
        match groups.last_mut() {
            Some(group) if !word.starts_with("--") => {
                group.push(' ');
                group.push_str(&word);
            }
            _ => groups.push(word.into_owned()),
        }
    }
    for group in groups {
        if column == 0 {
            column = group.len();
        } else if column + 1 + group.len() > WIDTH {
            text.push_str(" \\\n");
            text.push_str(CONTINUED);
            column = group.len();
        } else {
            text.push(' ');
            column += 1 + group.len();
        }
        text.push_str(&group);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a shell makes of a line.
    fn words_of(line: &str) -> Vec<String> {
        let output = std::process::Command::new("sh")
            .args(["-c", &format!("VALUE='a  b'; printf '%s\\0' {line}")])
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        text.split_terminator('\0').map(str::to_owned).collect()
    }

    #[test]
    fn a_shell_reads_back_the_words() {
        let long = "x".repeat(90);
        let words = [
            "it's", "", "a b", "$(id)", "\"`\\", "--flag", &long, "--other", "é",
        ];
        // A word that begins with `$` would be a variable.
        let words: Vec<&str> = words
            .into_iter()
            .filter(|word| !word.starts_with('$'))
            .collect();
        let line = render(&words);
        assert!(line.contains("\\\n"), "{line}");
        assert_eq!(words_of(&line), words);
        assert_eq!(words_of(&render(&["--x", "$VALUE"])), ["--x", "a  b"]);
    }

    #[test]
    fn a_quoted_command_is_one_word_that_a_shell_reads_again() {
        let words = ["/a b/it's $5", "--flag", "x\\y`\"", "$VALUE"];
        let once = words_of(&render_quoted(&words));
        assert_eq!(once.len(), 1, "{once:?}");
        assert_eq!(
            words_of(&once[0]),
            ["/a b/it's $5", "--flag", "x\\y`\"", "a", "b"]
        );
    }

    #[test]
    fn plain_words_stay_plain() {
        assert_eq!(
            render(&["anyrole", "--at=1h", "a/b.crt"]),
            "anyrole --at=1h a/b.crt"
        );
        assert_eq!(quote("two words"), "'two words'");
    }
}
