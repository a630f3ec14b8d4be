//! Refusals in `step`'s words: flags and values enter, errors leave. Scripts that look for these texts find them.

use anyhow::anyhow;

/// Between `least` and `most` positional arguments, else `step`'s error; `usage` is the command with their names.
pub fn check_count(given: &[String], least: usize, most: usize, usage: &str) -> anyhow::Result<()> {
    let what = match given.len() {
        count if count < least => "not enough",
        count if count > most => "too many",
        _ => return Ok(()),
    };
    Err(anyhow!(
        "{what} positional arguments were provided in '{usage}'"
    ))
}

/// A flag that another one must come with.
pub fn requires(flag: &str, required: &str) -> anyhow::Error {
    anyhow!("flag '--{flag}' requires the '--{required}' flag")
}

/// A flag's value that another flag must come with.
pub fn value_requires(flag: &str, value: &str, required: &str) -> anyhow::Error {
    anyhow!("'--{flag} {value}' requires the '--{required}' flag")
}

/// Two flags that exclude each other.
pub fn incompatible(flag: &str, with: &str) -> anyhow::Error {
    anyhow!("flag '--{flag}' is incompatible with '--{with}'")
}

/// A flag, and a value of another, that exclude each other.
pub fn incompatible_value(flag: &str, with: &str, value: &str) -> anyhow::Error {
    anyhow!("flag '--{flag}' is incompatible with flag '--{with} {value}'")
}

/// A value that a flag does not take.
pub fn invalid(flag: &str, value: &str, options: &str) -> anyhow::Error {
    let what = match value {
        "" => format!("missing value for flag '--{flag}'"),
        value => format!("invalid value '{value}' for flag '--{flag}'"),
    };
    match options {
        "" => anyhow!("{what}"),
        options => anyhow!("{what}; options are {options}"),
    }
}

/// Two positional arguments that name the same file.
pub fn equal_arguments(one: &str, other: &str, usage: &str) -> anyhow::Error {
    anyhow!("positional arguments <{one}> and <{other}> cannot be equal in '{usage}'")
}
