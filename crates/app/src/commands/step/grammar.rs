//! A command line as `step` reads it (flags of Go's `flag` package, in any order): words enter, and words that clap reads the same
//! way leave. What a flag does not say, the environment may: `STEP_PASSWORD_FILE` for `--password-file`.

use std::ffi::{OsStr, OsString};

use anyhow::{Context, bail};
use clap::{Arg, ArgAction, Command};

/// The words for clap. `environment` is asked for variables.
///
/// # Errors
/// A flag that the command has not, or one without its value.
pub fn for_clap(
    program: &Command,
    words: Vec<OsString>,
    environment: impl Fn(&str) -> Option<OsString>,
) -> anyhow::Result<Vec<OsString>> {
    let mut words = words.into_iter();
    let mut read: Vec<OsString> = words.next().into_iter().collect();
    let mut words: Vec<OsString> = words.collect();
    // `help create` is `create --help`.
    let is_help = words.first().is_some_and(|word| word == "help");
    if is_help {
        words.remove(0);
        words.push("--help".into());
    }
    let mut command = program;
    let mut words = words.into_iter().peekable();
    while let Some(below) = words.peek().and_then(|word| command.find_subcommand(word)) {
        read.extend(words.next());
        command = below;
    }
    if command.has_subcommands() {
        read.extend(words);
        return Ok(read);
    }
    let mut flags = Flags::default();
    let mut rest: Vec<OsString> = Vec::new();
    while let Some(word) = words.next() {
        if word == "--" {
            rest.extend(words);
            break;
        }
        let text = word.to_str().filter(|text| *text != "-");
        let Some(flag) = text.and_then(|text| text.strip_prefix('-')) else {
            rest.push(word);
            continue;
        };
        let flag = flag.strip_prefix('-').unwrap_or(flag);
        let (name, value) = match flag.split_once('=') {
            Some((name, value)) => (name, Some(OsString::from(value))),
            None => (flag, None),
        };
        if ["h", "help"].contains(&name) {
            read.push("--help".into());
            continue;
        }
        let arg = find(command, name)
            .with_context(|| format!("flag provided but not defined: -{name}"))?;
        let value = match arg.get_action() {
            ArgAction::SetTrue => value.unwrap_or_else(|| "true".into()),
            _ => value
                .or_else(|| words.next())
                .with_context(|| format!("flag needs an argument: -{name}"))?,
        };
        flags.put(arg, &value)?;
    }
    flags.fill_from(command, environment)?;
    read.extend(flags.words);
    read.push("--".into());
    read.extend(rest);
    Ok(read)
}

fn find<'a>(command: &'a Command, name: &str) -> Option<&'a Arg> {
    command.get_arguments().find(|arg| {
        arg.get_long() == Some(name)
            || arg.get_all_aliases().is_some_and(|all| all.contains(&name))
            || arg
                .get_short()
                .is_some_and(|short| name.chars().eq([short]))
    })
}

#[derive(Default)]
struct Flags {
    /// Long names of those that were given, `--x=false` among them.
    given: Vec<String>,
    words: Vec<OsString>,
}

impl Flags {
    /// Of several the last one counts, but for those that make a list.
    fn put(&mut self, arg: &Arg, value: &OsStr) -> anyhow::Result<()> {
        let name = arg.get_long().unwrap_or_default();
        let mut word = OsString::from(format!("--{name}="));
        let is_same = |known: &OsString| {
            let prefix = format!("--{name}");
            let known = known.to_string_lossy();
            known == prefix || known.starts_with(&format!("{prefix}="))
        };
        if !matches!(arg.get_action(), ArgAction::Append) {
            self.words.retain(|known| !is_same(known));
        }
        self.given.push(name.to_owned());
        if !matches!(arg.get_action(), ArgAction::SetTrue) {
            word.push(value);
            self.words.push(word);
            return Ok(());
        }
        match value.to_str() {
            Some("1" | "t" | "T" | "true" | "TRUE" | "True") => {
                self.words.push(format!("--{name}").into());
            }
            Some("0" | "f" | "F" | "false" | "FALSE" | "False") => {}
            _ => bail!(
                "invalid boolean value \"{}\" for -{name}",
                value.to_string_lossy()
            ),
        }
        Ok(())
    }

    fn fill_from(
        &mut self,
        command: &Command,
        environment: impl Fn(&str) -> Option<OsString>,
    ) -> anyhow::Result<()> {
        for arg in command.get_arguments() {
            let Some(name) = arg.get_long() else {
                continue;
            };
            let variable = format!("STEP_{}", name.to_uppercase().replace('-', "_"));
            let value = environment(&variable).filter(|value| !value.is_empty());
            if let (Some(value), false) = (value, self.given.iter().any(|given| given == name)) {
                self.put(arg, &value)
                    .with_context(|| format!("environment variable {variable}"))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program() -> Command {
        let flag = |name: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue);
        let value = |name: &'static str| Arg::new(name).long(name);
        let create = Command::new("create").args([
            flag("insecure"),
            flag("force").short('f'),
            value("profile"),
            value("curve").alias("crv"),
            value("san").action(ArgAction::Append),
        ]);
        Command::new("step").subcommand(Command::new("certificate").subcommand(create))
    }

    fn read(line: &str, environment: &[(&str, &str)]) -> Result<String, String> {
        let words = std::iter::once("step").chain(line.split_whitespace());
        let words = words.map(OsString::from).collect();
        let value = |name: &str| {
            let found = environment.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| OsString::from(value))
        };
        let words = for_clap(&program(), words, value).map_err(|error| format!("{error:#}"))?;
        let words: Vec<_> = words
            .iter()
            .map(|word| word.to_string_lossy().into_owned())
            .collect();
        Ok(words.join(" "))
    }

    #[test]
    fn flags_stand_anywhere_and_have_one_dash_or_two() {
        let rows = [
            ("a b --profile leaf c", "--profile=leaf -- a b c"),
            ("-profile=leaf a", "--profile=leaf -- a"),
            ("--insecure a", "--insecure -- a"),
            ("--insecure=false a", "-- a"),
            ("-f a --crv P-384", "--force --curve=P-384 -- a"),
            ("--profile a --profile b", "--profile=b --"),
            ("--san a --san b", "--san=a --san=b --"),
            ("--profile --insecure", "--profile=--insecure --"),
            ("- -- --profile", "-- - --profile"),
            ("-h", "--help --"),
        ];
        for (line, expected) in rows {
            let line = format!("certificate create {line}");
            let expected = format!("step certificate create {expected}");
            assert_eq!(read(&line, &[]).unwrap(), expected, "{line}");
        }
        let help = read("help certificate create", &[]).unwrap();
        assert_eq!(help, "step certificate create --help --");
        assert_eq!(
            read("certificate --help", &[]).unwrap(),
            "step certificate --help"
        );
        assert_eq!(read("ca init", &[]).unwrap(), "step ca init");
    }

    #[test]
    fn what_is_not_there_is_refused_as_go_does() {
        let rows = [
            ("--bogus", "flag provided but not defined: -bogus"),
            ("--profile", "flag needs an argument: -profile"),
            (
                "--insecure=maybe",
                "invalid boolean value \"maybe\" for -insecure",
            ),
        ];
        for (line, expected) in rows {
            let error = read(&format!("certificate create {line}"), &[]).unwrap_err();
            assert_eq!(error, expected, "{line}");
        }
    }

    #[test]
    fn the_environment_fills_in() {
        let environment = [("STEP_PROFILE", "leaf"), ("STEP_INSECURE", "1")];
        let read = |line: &str| read(&format!("certificate create {line}"), &environment).unwrap();
        assert_eq!(
            read("a"),
            "step certificate create --insecure --profile=leaf -- a"
        );
        assert_eq!(
            read("--profile x --insecure=0"),
            "step certificate create --profile=x --"
        );
    }
}
