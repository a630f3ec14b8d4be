//! A command line as AWS's helper reads it: words enter, and words that clap reads the same way leave. That helper is a Go
//! program (cobra and pflag), whose grammar differs from clap's: see the rows of the tests.

use std::ffi::{OsStr, OsString};

use clap::{Arg, ArgAction, Command};

/// The commands whose flags are read so.
pub const COMMANDS: [&str; 6] = [
    "credential-process",
    "serve",
    "update",
    "sign-string",
    "read-certificate-data",
    "version",
];

/// Ours, which takes the words of a call of theirs as they are.
const LIKE_THEM: &str = "doctor";

/// Flags whose value Go reads as a number of any base.
const INTEGERS: [&str; 3] = ["session-duration", "port", "hop-limit"];

/// What becomes of words that are neither flags nor their values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strays {
    /// Passed over, as AWS's helper does.
    Ignored,
    /// Left for clap to refuse.
    Kept,
}

/// The helper's command that is asked for, wherever it stands: flags may come before it.
pub fn command_of(words: &[OsString]) -> Option<(usize, &'static str)> {
    find(words, &COMMANDS)
}

fn find(words: &[OsString], commands: &[&'static str]) -> Option<(usize, &'static str)> {
    let mut position = 1;
    loop {
        let word = words.get(position)?.to_str()?;
        if word == "--" {
            return None;
        }
        if !word.starts_with('-') || word == "-" {
            let found = commands.iter().find(|command| **command == word)?;
            return Some((position, *found));
        }
        let takes_the_next = !word.contains('=') && !["-h", "--help"].contains(&word);
        position += if takes_the_next { 2 } else { 1 };
    }
}

/// The words of one of [`COMMANDS`], or of `doctor` in its place, in clap's grammar; those of any other command as they are.
pub fn for_clap(program: &mut Command, words: Vec<OsString>, strays: Strays) -> Vec<OsString> {
    let found = command_of(&words).or_else(|| find(&words, &[LIKE_THEM]));
    let Some((position, name)) = found else {
        return words;
    };
    let Some(command) = program.find_subcommand_mut(name) else {
        return words;
    };
    // Until then a command has no flags.
    command.build();
    let mut words = words;
    words.remove(position);
    let mut words = words.into_iter();
    let mut read = Read {
        command,
        strays,
        flags: Vec::new(),
        rest: Vec::new(),
    };
    let mut clap_words: Vec<OsString> = words.next().into_iter().collect();
    clap_words.push(name.into());
    while let Some(word) = words.next() {
        if word == "--" {
            if strays == Strays::Kept {
                read.rest.push(word);
                read.rest.extend(words);
            }
            break;
        }
        read.word(word, &mut words);
    }
    clap_words.extend(read.flags.into_iter().filter_map(|(_, word)| word));
    clap_words.extend(read.rest);
    clap_words
}

struct Read<'a> {
    command: &'a Command,
    strays: Strays,
    /// By name, since of several the last one counts; `None` for one that is not set after all.
    flags: Vec<(String, Option<OsString>)>,
    rest: Vec<OsString>,
}

impl Read<'_> {
    fn word(&mut self, word: OsString, behind: &mut std::vec::IntoIter<OsString>) {
        let text = word.to_str();
        let Some(flag) = text.and_then(|text| text.strip_prefix("--")) else {
            let is_short = text.is_some_and(|text| text.starts_with('-') && text != "-");
            if is_short || self.strays == Strays::Kept {
                self.rest.push(word);
            }
            return;
        };
        let (name, value) = match flag.split_once('=') {
            Some((name, value)) => (name, Some(OsString::from(value))),
            None => (flag, None),
        };
        let is_named = |arg: &&Arg| arg.get_long() == Some(name);
        match self.command.get_arguments().find(is_named) {
            None => self.rest.push(word),
            Some(arg) if matches!(arg.get_action(), ArgAction::SetTrue) => {
                let set = value.as_deref().map_or(Some(true), boolean);
                let read = match set {
                    Some(set) => set.then(|| format!("--{name}").into()),
                    // For clap to say what is wrong with it.
                    None => Some(word.clone()),
                };
                self.put(name, read);
            }
            // Of ours: the value may be left out.
            Some(arg) if value.is_none() && is_optional(arg) && begins_flag(behind.as_slice()) => {
                self.put(name, Some(word.clone()));
            }
            Some(arg) => match value.or_else(|| behind.next()) {
                None => self.rest.push(word),
                Some(value) => self.value(arg, name, &value),
            },
        }
    }

    /// An empty value counts as none, where there is no default that it would bring back.
    fn value(&mut self, arg: &Arg, name: &str, value: &OsStr) {
        if value.is_empty() && arg.get_default_values().is_empty() {
            return self.put(name, None);
        }
        let number = value.to_str().filter(|_| INTEGERS.contains(&name));
        let mut word = OsString::from(format!("--{name}="));
        match number.and_then(decimal) {
            Some(number) => word.push(number),
            None => word.push(value),
        }
        if matches!(arg.get_action(), ArgAction::Append) {
            self.rest.push(word);
        } else {
            self.put(name, Some(word));
        }
    }

    fn put(&mut self, name: &str, word: Option<OsString>) {
        self.flags.retain(|(known, _)| known != name);
        self.flags.push((name.to_owned(), word));
    }
}

/// Whether a flag may stand without its value.
fn is_optional(arg: &Arg) -> bool {
    let count = arg.get_num_args();
    count.is_some_and(|count| count.min_values() == 0)
}

/// Whether the next word is a flag, or there is none.
fn begins_flag(behind: &[OsString]) -> bool {
    let next = behind.first().and_then(|word| word.to_str());
    next.is_none_or(|word| word.starts_with("--"))
}

/// What Go's `strconv.ParseBool` takes.
fn boolean(value: &OsStr) -> Option<bool> {
    match value.to_str()? {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// A number with Go's prefix of another base, in decimal.
fn decimal(text: &str) -> Option<String> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let lower = digits.to_ascii_lowercase();
    let (base, digits) = if let Some(digits) = lower.strip_prefix("0x") {
        (16, digits)
    } else if let Some(digits) = lower.strip_prefix("0b") {
        (2, digits)
    } else if let Some(digits) = lower.strip_prefix("0o") {
        (8, digits)
    } else if lower.len() > 1 && lower.starts_with('0') {
        (8, &*lower)
    } else {
        (10, &*lower)
    };
    let is_plain = !digits.is_empty() && digits.bytes().all(|octet| octet.is_ascii_alphanumeric());
    let number = i64::from_str_radix(digits, base)
        .ok()
        .filter(|_| is_plain)?;
    Some(format!("{sign}{number}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program() -> Command {
        let flag = |name: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue);
        let value = |name: &'static str| Arg::new(name).long(name);
        let command = Command::new("credential-process").args([
            flag("debug"),
            flag("with-proxy"),
            value("certificate"),
            value("region"),
            value("session-duration").default_value("3600"),
            value("profile").default_value("default"),
            value("tag").action(ArgAction::Append),
            value("agent").num_args(0..=1),
        ]);
        Command::new("x").subcommand(command)
    }

    fn read(line: &str, strays: Strays) -> String {
        let words = format!("x {line}");
        // `''` is an empty word.
        let words = words
            .split(' ')
            .map(|word| OsString::from(word.replace("''", "")));
        let words = for_clap(&mut program(), words.collect(), strays);
        let words: Vec<String> = words
            .into_iter()
            .map(|word| word.into_string().unwrap())
            .collect();
        words.join(" ")
    }

    #[test]
    fn words_are_read_as_go_reads_them() {
        let rows = [
            // A flag takes the next word whatever it looks like.
            ("--certificate --debug", "--certificate=--debug"),
            ("--certificate -- --debug", "--certificate=-- --debug"),
            ("--certificate a=b=c", "--certificate=a=b=c"),
            // Of several the last one counts.
            ("--region a --region=b", "--region=b"),
            ("--debug --debug=false", ""),
            ("--debug=false --debug", "--debug"),
            ("--debug=T --with-proxy=0", "--debug"),
            ("--tag a --tag b", "--tag=a --tag=b"),
            // Nothing is as if it weren't there, but not where it would bring a default back.
            ("--certificate= --region ''", ""),
            ("--region a --region=", ""),
            // A flag of ours whose value may be left out.
            ("--agent --region a", "--agent --region=a"),
            ("--agent", "--agent"),
            ("--agent a --debug", "--agent=a --debug"),
            ("--profile ''", "--profile="),
            ("--session-duration=", "--session-duration="),
            // Words that are none of these are passed over.
            ("a --debug b -", "--debug"),
            ("--debug -- --region a", "--debug"),
            // Numbers have prefixes.
            ("--session-duration 0x384", "--session-duration=900"),
            ("--session-duration -0b11", "--session-duration=-3"),
            ("--session-duration +010", "--session-duration=8"),
            ("--session-duration 0o17", "--session-duration=15"),
            ("--session-duration 09", "--session-duration=09"),
            ("--session-duration 0x-1", "--session-duration=0x-1"),
            ("--session-duration 1h", "--session-duration=1h"),
            ("--region 0x10", "--region=0x10"),
            // What is wrong is left for clap to say.
            ("--debug=maybe", "--debug=maybe"),
            ("--bogus a", "--bogus"),
            ("--debug --certificate", "--debug --certificate"),
            ("-x", "-x"),
        ];
        for (line, expected) in rows {
            let expected = format!("x credential-process {expected}");
            let line = format!("credential-process {line}");
            assert_eq!(read(&line, Strays::Ignored), expected.trim_end(), "{line}");
        }
    }

    #[test]
    fn the_command_may_stand_behind_flags() {
        let rows = [
            (
                "--certificate a credential-process --debug",
                "x credential-process --certificate=a --debug",
            ),
            (
                "--certificate=a credential-process",
                "x credential-process --certificate=a",
            ),
            // The flag takes the word, whether it is one that does or not.
            ("--debug credential-process", "x --debug credential-process"),
            ("-h credential-process", "x credential-process -h"),
            ("other credential-process", "x other credential-process"),
            ("-- credential-process", "x -- credential-process"),
            ("", "x "),
        ];
        for (line, expected) in rows {
            assert_eq!(read(line, Strays::Ignored), expected, "{line}");
        }
        let kept = read("credential-process a --debug -- b", Strays::Kept);
        assert_eq!(kept, "x credential-process --debug a -- b");
    }
}
