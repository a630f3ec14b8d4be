//! Flags as cfssl and cfssljson read them, with Go's package `flag`: words enter; values by name, and the words behind them, leave.
//! One dash or two, `-name value` or `-name=value`; the first word that is no flag ends them.

use std::collections::BTreeMap;

use anyhow::{Context, ensure};

/// A flag of a program.
pub struct Flag {
    /// Without dashes.
    pub name: &'static str,
    /// What its value is.
    pub kind: Kind,
    /// What it is for.
    pub help: &'static str,
}

/// What a flag's value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text, by default none.
    Text,
    /// Text with a default.
    TextOr(&'static str),
    /// On or off; a value only behind `=`.
    Switch,
    /// A whole number with a default.
    Number(i64),
    /// Text for something that is not here; refused where it is given.
    Missing,
}

/// What was given.
#[derive(Debug, Default)]
pub struct Given {
    values: BTreeMap<&'static str, String>,
}

/// What a command line asks for.
#[derive(Debug)]
pub enum Wish {
    /// To be helped.
    Help,
    /// To do it, with these flags and the words behind them.
    Run(Given, Vec<String>),
}

/// Reads words.
///
/// # Errors
/// A flag that there isn't, or whose value is none or missing.
pub fn read(flags: &[&Flag], words: impl IntoIterator<Item = String>) -> anyhow::Result<Wish> {
    let mut words = words.into_iter();
    let mut given = Given::default();
    let mut rest = Vec::new();
    while let Some(word) = words.next() {
        let Some(body) = word.strip_prefix('-').filter(|body| !body.is_empty()) else {
            rest.push(word);
            break;
        };
        if word == "--" {
            break;
        }
        let body = body.strip_prefix('-').unwrap_or(body);
        ensure!(!body.starts_with(['-', '=']), "bad flag syntax: {word}");
        let (name, value) = match body.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (body, None),
        };
        let known = flags.iter().find(|flag| flag.name == name);
        if known.is_none() && ["h", "help"].contains(&name) {
            return Ok(Wish::Help);
        }
        let flag = known.with_context(|| format!("flag provided but not defined: -{name}"))?;
        let value = match (flag.kind, value) {
            (Kind::Switch, value) => switch(name, value.as_deref().unwrap_or("true"))?,
            (_, Some(value)) => value,
            (_, None) => words
                .next()
                .with_context(|| format!("flag needs an argument: -{name}"))?,
        };
        if matches!(flag.kind, Kind::Number(_)) {
            let is_number = value.parse::<i64>().is_ok();
            ensure!(
                is_number,
                "invalid value `{value}` for flag -{name}: it is no whole number"
            );
        }
        ensure!(
            flag.kind != Kind::Missing || value.is_empty(),
            "-{name} is not built in; `cfssl` of Cloudflare has it ({})",
            flag.help
        );
        given.values.insert(flag.name, value);
    }
    rest.extend(words);
    Ok(Wish::Run(given, rest))
}

/// What Go's `strconv.ParseBool` takes.
fn switch(name: &str, value: &str) -> anyhow::Result<String> {
    let is_on = ["1", "t", "T", "true", "TRUE", "True"].contains(&value);
    let is_off = ["0", "f", "F", "false", "FALSE", "False"].contains(&value);
    ensure!(
        is_on || is_off,
        "invalid boolean value `{value}` for -{name}"
    );
    Ok(is_on.to_string())
}

impl Given {
    /// A flag's text; none where it isn't given.
    pub fn text(&self, name: &str) -> &str {
        self.values.get(name).map_or("", String::as_str)
    }

    /// A flag's text, where it is given and not empty.
    pub fn some(&self, name: &str) -> Option<&str> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    /// Whether a switch is on.
    pub fn is_on(&self, name: &str) -> bool {
        self.text(name) == "true"
    }

    /// A flag's number.
    pub fn number(&self, name: &str) -> Option<i64> {
        self.text(name).parse().ok()
    }
}

impl Flag {
    /// As the help shows it.
    pub fn shown(&self) -> String {
        let Self { name, kind, help } = self;
        match kind {
            Kind::Switch => format!("  -{name}\n      {help}\n"),
            Kind::Number(default) => {
                format!("  -{name} NUMBER\n      {help} [default: {default}]\n")
            }
            Kind::TextOr(default) => format!("  -{name} TEXT\n      {help} [default: {default}]\n"),
            Kind::Text | Kind::Missing => format!("  -{name} TEXT\n      {help}\n"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Flag, Kind, Wish, read};

    fn shown(line: &str) -> String {
        let flag = |name, kind| Flag {
            name,
            kind,
            help: "it",
        };
        let flags = [
            flag("ca", Kind::Text),
            flag("initca", Kind::Switch),
            flag("loglevel", Kind::Number(1)),
            flag("remote", Kind::Missing),
        ];
        let flags: Vec<&Flag> = flags.iter().collect();
        match read(&flags, line.split_whitespace().map(str::to_owned)) {
            Ok(Wish::Help) => "help".to_owned(),
            Ok(Wish::Run(given, rest)) => {
                let given: Vec<String> = given
                    .values
                    .iter()
                    .map(|(name, value)| format!("{name}={value}"))
                    .collect();
                format!("{} | {}", given.join(" "), rest.join(" "))
            }
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn words_are_read_as_go_reads_them() {
        let rows = [
            ("", " | "),
            ("-ca a b", "ca=a | b"),
            ("--ca=a=b b -initca", "ca=a=b | b -initca"),
            ("-ca -initca", "ca=-initca | "),
            ("-ca a -ca b", "ca=b | "),
            ("-initca b", "initca=true | b"),
            ("-initca=0 b", "initca=false | b"),
            ("-initca -- -ca b", "initca=true | -ca b"),
            ("- -ca b", " | - -ca b"),
            ("-h", "help"),
            ("-initca --help", "help"),
            ("-loglevel 0", "loglevel=0 | "),
            ("-remote=", "remote= | "),
            ("-ca", "flag needs an argument: -ca"),
            ("-bogus", "flag provided but not defined: -bogus"),
            ("---ca a", "bad flag syntax: ---ca"),
            ("-=a", "bad flag syntax: -=a"),
            ("-initca=maybe", "invalid boolean value `maybe` for -initca"),
            (
                "-loglevel x",
                "invalid value `x` for flag -loglevel: it is no whole number",
            ),
            (
                "-remote r",
                "-remote is not built in; `cfssl` of Cloudflare has it (it)",
            ),
        ];
        for (line, expected) in rows {
            assert_eq!(shown(line), expected, "{line}");
        }
    }
}
