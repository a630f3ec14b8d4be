//! The flags of a session together with the words that they were given by: `configure` writes these into a file, `doctor`
//! into the commands that it tells. Relative paths become absolute ones, and secrets are refused.

use std::any::TypeId;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyrole_helper::SessionSettings;
use anyrole_keys::{TpmKeyName, TpmUri};
use anyrole_sdk::FileSource;
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};

use super::session_flags::SessionFlags;

/// What was asked for, and in which words.
#[derive(Debug)]
pub struct GivenWords {
    flags: SessionFlags,
    words: Vec<String>,
}

impl GivenWords {
    /// The settings, without an identity that can be used (no password is asked for); and the words.
    ///
    /// # Errors
    /// None is known.
    pub fn into_parts(self) -> anyhow::Result<(SessionSettings, Vec<String>)> {
        let nobody = Arc::new(FileSource::new(PathBuf::new()));
        let settings = self.flags.with_identity(|_| Ok(nobody))?;
        Ok((settings, self.words))
    }
}

impl Args for GivenWords {
    fn augment_args(command: Command) -> Command {
        SessionFlags::augment_args(command)
    }

    fn augment_args_for_update(command: Command) -> Command {
        SessionFlags::augment_args_for_update(command)
    }
}

impl FromArgMatches for GivenWords {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Self::from_arg_matches_mut(&mut matches.clone())
    }

    fn from_arg_matches_mut(matches: &mut ArgMatches) -> Result<Self, clap::Error> {
        let words = words(matches)?;
        let flags = SessionFlags::from_arg_matches_mut(matches)?;
        Ok(Self { flags, words })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// The ARNs last, which need no quotes.
fn words(matches: &ArgMatches) -> Result<Vec<String>, clap::Error> {
    let command = SessionFlags::augment_args(Command::new("session"));
    let (mut words, mut arns) = (Vec::new(), Vec::new());
    for argument in command.get_arguments() {
        let Some(flag) = argument.get_long() else {
            continue;
        };
        let id = argument.get_id().as_str();
        // What the environment says now it can say then, and it may be meant for this one call.
        if matches.value_source(id) != Some(ValueSource::CommandLine) {
            continue;
        }
        if !argument.get_action().takes_values() {
            if matches.get_flag(id) {
                words.push(format!("--{flag}"));
            }
            continue;
        }
        for value in matches.get_raw(id).into_iter().flatten() {
            let value = value
                .to_str()
                .ok_or_else(|| refused(flag, "is not UTF-8"))?;
            if value.is_empty() {
                continue;
            }
            let place = if flag.ends_with("-arn") {
                &mut arns
            } else {
                &mut words
            };
            place.extend([format!("--{flag}"), lasting(argument, flag, value)?]);
        }
    }
    words.extend(arns);
    Ok(words)
}

/// What the value means in any folder, and for whoever reads the line later.
fn lasting(argument: &Arg, flag: &str, value: &str) -> Result<String, clap::Error> {
    let has_user = value.split_once("://").is_some_and(|(_, rest)| {
        rest.split(['/', '?'])
            .next()
            .unwrap_or_default()
            .contains('@')
    });
    let is_secret = flag.ends_with("password") || flag.ends_with("-pin");
    if is_secret || has_user || value.contains("pin-value=") {
        return Err(refused(
            flag,
            "holds a secret that would stand in a file: name a file with it instead, or set it in the environment",
        ));
    }
    if argument.get_value_parser().type_id() != TypeId::of::<PathBuf>() {
        return Ok(value.to_owned());
    }
    if value == "-" || value.starts_with("/dev/fd/") || value.starts_with("/dev/std") {
        return Err(refused(
            flag,
            "names an open file, which whoever calls later doesn't have",
        ));
    }
    // `pkcs11:…` and its like are no paths.
    let is_uri = value.split_once(':').is_some_and(|(scheme, _)| {
        scheme.len() > 1 && scheme.bytes().all(|octet| octet.is_ascii_alphanumeric())
    });
    if is_uri && !Path::new(value).exists() {
        let uri = TpmUri::parse(value).map(|uri| uri.key);
        if matches!(uri, Ok(TpmKeyName::File(file)) if file.is_relative()) {
            return Err(refused(
                flag,
                "names its file from the present folder: give the whole path",
            ));
        }
        return Ok(value.to_owned());
    }
    let path = std::path::absolute(value).map_err(|error| refused(flag, &error.to_string()))?;
    let path = path.to_str().ok_or_else(|| refused(flag, "is not UTF-8"))?;
    Ok(path.to_owned())
}

fn refused(flag: &str, why: &str) -> clap::Error {
    clap::Error::raw(ErrorKind::ValueValidation, format!("--{flag} {why}\n"))
}
