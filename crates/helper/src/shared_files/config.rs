//! A profile in, the AWS config file with it out; `configure` calls it. What else the profile says of where credentials come
//! from is in the way: it is named, and replaced only where that is asked for.

use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::ReplaceError;
use super::edit::{Edit, Piece, edit, joined, values};
use super::network::names;
use super::replace::{read_content, replace};

/// The keys that say where a profile's credentials come from (AWS SDKs and tools reference guide, "Standardized credential
/// providers"): a reader takes one of them, and which one differs.
const SOURCES: [&str; 17] = [
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_session_token",
    "credential_process",
    "credential_source",
    "duration_seconds",
    "ec2_metadata_service_endpoint",
    "external_id",
    "login_session",
    "mfa_serial",
    "role_arn",
    "source_profile",
    "sso_account_id",
    "sso_role_name",
    "sso_session",
    "sso_start_url",
    "web_identity_token_file",
];

/// What a profile should say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Its name; `default` has a header of its own form.
    pub name: String,
    /// Where its credentials come from: keys of the config file and their values.
    pub source: Vec<(&'static str, String)>,
    /// Its region, unless it has one already: that is of its services, and may be another than the helper's.
    pub region: Option<String>,
}

/// Why a config file is as it was.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// Not every SDK could read a profile of that name.
    #[error(
        "--profile: `{presented}` can't be the name of a profile that every AWS SDK reads: use letters, digits and `_ - . / % @ : +`"
    )]
    Name {
        /// As given, without control characters.
        presented: String,
    },
    /// A value that readers would cut or split.
    #[error(
        "{key}: no value of a config file may hold control characters, or a `#` or `;` behind a space, where readers see a comment: \
         give the files other names (`{presented}`)"
    )]
    Value {
        /// The key.
        key: &'static str,
        /// As given, control characters escaped.
        presented: String,
    },
    /// The profile is somebody else's.
    #[error(
        "profile `{name}` in `{}` gets its credentials in another way already ({}): choose another --profile, or give --force to replace that",
        path.display(),
        keys.join(", ")
    )]
    Taken {
        /// Of the profile.
        name: String,
        /// The file.
        path: PathBuf,
        /// The keys that are in the way.
        keys: Vec<String>,
    },
    /// The file system.
    #[error(transparent)]
    Replace(#[from] ReplaceError),
}

/// Writes the profile into the config file, safely as [`super::write_credentials`]; with `dry_run` nothing is written. Answers
/// with the lines that change, `-` or `+` before each, secrets hidden; none where all is so already.
///
/// # Errors
/// The file is as it was.
pub fn write_profile(
    path: &Path,
    profile: &Profile,
    overwrite: bool,
    dry_run: bool,
) -> Result<Vec<String>, ProfileError> {
    profile.check()?;
    let mut changes = Vec::new();
    let mut change = |before: &[u8]| {
        let pieces = profile.put_into(before, path, overwrite)?;
        changes = pieces.iter().filter_map(shown).collect();
        Ok::<Zeroizing<Vec<u8>>, ProfileError>(joined(&pieces))
    };
    if dry_run {
        change(&read_content(path)?)?;
    } else {
        replace(path, change)?;
    }
    Ok(changes)
}

impl Profile {
    /// What every reader takes as it is meant. Of names: the characters of an identifier in the SDKs' shared tests, so that
    /// none needs quotes.
    fn check(&self) -> Result<(), ProfileError> {
        let is_plain = |octet: u8| octet.is_ascii_alphanumeric() || b"_-./%@:+".contains(&octet);
        if self.name.is_empty() || !self.name.bytes().all(is_plain) {
            let presented = self.name.escape_debug().to_string();
            return Err(ProfileError::Name { presented });
        }
        let region = self.region.as_ref().map(|region| ("region", region));
        let source = self.source.iter().map(|(key, value)| (*key, value));
        for (key, value) in source.chain(region) {
            let comments = [" #", " ;", "\t#", "\t;"];
            let is_cut = comments.iter().any(|mark| value.contains(mark))
                || value.starts_with(['#', ';'])
                || value.trim() != value;
            if value.is_empty() || is_cut || value.contains(char::is_control) {
                let presented = value.escape_debug().to_string();
                return Err(ProfileError::Value { key, presented });
            }
        }
        Ok(())
    }

    /// `[default]`, `[profile NAME]`, and the forms of both that some reader takes.
    fn is_section(&self, title: &[u8]) -> bool {
        names(title, b"profile", &self.name) || (self.name == "default" && title == b"default")
    }

    fn put_into<'a>(
        &self,
        before: &'a [u8],
        path: &Path,
        overwrite: bool,
    ) -> Result<Vec<Piece<'a>>, ProfileError> {
        let is_section = |title: &[u8]| self.is_section(title);
        let present = values(before, &is_section);
        let is_wanted = |key: &str, value: &str| {
            let mut source = self.source.iter();
            source.any(|(name, wanted)| *name == key && wanted == value)
        };
        let keys: Vec<String> = present
            .iter()
            .filter(|(key, value)| SOURCES.contains(&&**key) && !is_wanted(key, value))
            .map(|(key, _)| key.clone())
            .collect();
        if !keys.is_empty() && !overwrite {
            return Err(ProfileError::Taken {
                name: self.name.clone(),
                path: path.to_owned(),
                keys,
            });
        }
        let has_region = present.iter().any(|(key, _)| key == "region");
        let region = self.region.as_deref().filter(|_| !has_region);
        let source = self.source.iter().map(|(key, value)| (*key, &**value));
        let set: Vec<(&str, &str)> = region
            .map(|region| ("region", region))
            .into_iter()
            .chain(source)
            .collect();
        let remove: Vec<&str> = SOURCES
            .into_iter()
            .filter(|key| !set.iter().any(|(name, _)| name == key))
            .collect();
        let title = match &*self.name {
            "default" => "default".to_owned(),
            name => format!("profile {name}"),
        };
        Ok(edit(
            before,
            &Edit {
                title: &title,
                is_section: &is_section,
                set: &set,
                remove: &remove,
                // Some readers know no comments behind a value: to them it is a part of the command.
                keep_comments: false,
            },
        ))
    }
}

/// Whether the section `name` of a credentials file holds an access key, which AWS's tools take before anything that the config
/// file says of the profile.
///
/// # Errors
/// The file can't be read.
pub fn has_static_keys(path: &Path, name: &str) -> Result<bool, ReplaceError> {
    let content = read_content(path)?;
    let keys = values(&content, &|title| title == name.as_bytes());
    Ok(keys.iter().any(|(key, _)| key == "aws_access_key_id"))
}

/// The keys by which the profile `name` of a config file gets its credentials.
///
/// # Errors
/// The file can't be read.
pub fn profile_sources(path: &Path, name: &str) -> Result<Vec<String>, ReplaceError> {
    let content = read_content(path)?;
    let profile = Profile {
        name: name.to_owned(),
        source: Vec::new(),
        region: None,
    };
    let keys = values(&content, &|title| profile.is_section(title));
    let names = keys.into_iter().map(|(key, _)| key);
    Ok(names.filter(|key| SOURCES.contains(&&**key)).collect())
}

/// A line of the change; secrets and blank ends are not shown.
fn shown(piece: &Piece<'_>) -> Option<String> {
    let (mark, octets) = match piece {
        Piece::Kept(_) => return None,
        Piece::Removed(octets) => ('-', *octets),
        Piece::Added(octets) => ('+', octets.as_slice()),
    };
    let line = String::from_utf8_lossy(octets.trim_ascii_end());
    let key = line.split(['=', ':']).next().unwrap_or_default().trim();
    let is_secret = ["aws_secret_access_key", "aws_session_token"]
        .iter()
        .any(|name| key.eq_ignore_ascii_case(name))
        || holds_secret(&line);
    // An indented line may be the rest of a secret.
    match (&*line, is_secret || line.starts_with([' ', '\t'])) {
        ("", _) => None,
        (_, true) => Some(format!("{mark} {key} = (hidden)")),
        (line, false) => Some(format!(
            "{mark} {}",
            line.replace(char::is_control, "\u{fffd}")
        )),
    }
}

/// Whether a line that was there before holds one: a helper's command may, in its flags, its URIs and its proxy.
fn holds_secret(line: &str) -> bool {
    let line = line.to_ascii_lowercase();
    let has = |part: &str| line.contains(part);
    has("password") || has("pin-value") || has("secret") || (has("://") && has("@"))
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;
