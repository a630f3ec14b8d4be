//! The configuration file of `serve` and `update`: TOML enters, what the command line would say of each role leaves. Its keys are
//! the flags' names, and the flags' own parser reads them, so that the two can't part. docs/running-the-helper.md describes it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use anyrole_helper::{IdentitySettings, SessionSettings};
use clap::{Args as _, CommandFactory as _, FromArgMatches as _, Parser};
use serde::Deserialize;
use toml::{Table, Value};
use zeroize::Zeroizing;

use super::session_flags::SessionFlags;
use crate::exclusions;

/// The file, as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Written {
    /// Flags for all roles and profiles, unless they say otherwise.
    #[serde(default)]
    defaults: Table,
    #[serde(default)]
    role: Vec<Table>,
    #[serde(default)]
    profile: Vec<Table>,
    #[serde(default)]
    listen: Vec<Listen>,
}

/// A socket of `serve`.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Listen {
    /// The `FileDescriptorName=` of a socket of systemd's, which is taken instead of the address or path.
    pub name: Option<String>,
    /// Address and port.
    pub address: Option<SocketAddr>,
    /// Or a path.
    pub socket: Option<PathBuf>,
    /// Of the path; octal, as in `0660`. Default: 0600.
    pub mode: Option<String>,
    /// Names of the roles that are shown there; all, if it isn't said.
    pub roles: Option<Vec<String>>,
}

/// A role of `serve`.
#[derive(Debug)]
pub struct Role {
    /// How credentials are got.
    pub session: SessionSettings,
    /// Where certificate and key are.
    pub identity: IdentitySettings,
    /// What it is called.
    pub name: Option<String>,
    /// What opens the container endpoint.
    pub container_token_file: Option<PathBuf>,
    /// Whether the metadata service has it; if it isn't said, those without a token do.
    pub metadata: Option<bool>,
}

/// A profile of `update`.
#[derive(Debug)]
pub struct Profile {
    /// How credentials are got.
    pub session: SessionSettings,
    /// Where certificate and key are.
    pub identity: IdentitySettings,
    /// The section.
    pub profile: String,
    /// The file, if it isn't the one of all.
    pub credentials_file: Option<PathBuf>,
}

/// What is read for `serve`.
#[derive(Debug)]
pub struct Roles {
    /// At least one.
    pub roles: Vec<Role>,
    /// In the file's order.
    pub listen: Vec<Listen>,
}

/// The flags that a table's keys are.
#[derive(Debug, Parser)]
#[command(no_binary_name = true, disable_help_flag = true)]
struct Flags {
    #[command(flatten)]
    session: SessionFlags,
}

/// The roles and sockets of a file.
///
/// # Errors
/// What is wrong, with file and table.
pub fn roles(path: &Path) -> anyhow::Result<Roles> {
    let written = read(path)?;
    let about =
        |what: &str, place: usize| format!("--config `{}`: [[{what}]] {place}", path.display());
    ensure!(
        !written.role.is_empty(),
        "--config `{}`: there is no [[role]] in it",
        path.display()
    );
    let mut roles = Vec::new();
    for (table, place) in written.role.into_iter().zip(1..) {
        roles.push(role(table, &written.defaults).with_context(|| about("role", place))?);
    }
    for (listen, place) in written.listen.iter().zip(1..) {
        check_listen(listen).with_context(|| about("listen", place))?;
    }
    Ok(Roles {
        roles,
        listen: written.listen,
    })
}

/// The profiles of a file; at least one.
///
/// # Errors
/// What is wrong, with file and table.
pub fn profiles(path: &Path) -> anyhow::Result<Vec<Profile>> {
    let written = read(path)?;
    ensure!(
        !written.profile.is_empty(),
        "--config `{}`: there is no [[profile]] in it",
        path.display()
    );
    let mut profiles = Vec::new();
    for (table, place) in written.profile.into_iter().zip(1..) {
        let about = || format!("--config `{}`: [[profile]] {place}", path.display());
        profiles.push(profile(table, &written.defaults).with_context(about)?);
    }
    Ok(profiles)
}

fn role(mut table: Table, defaults: &Table) -> anyhow::Result<Role> {
    let name = take_text(&mut table, "name")?;
    let container_token_file = take_text(&mut table, "container-token-file")?.map(Into::into);
    let metadata = take_switch(&mut table, "metadata")?;
    let (session, identity) = session(defaults, table)?;
    Ok(Role {
        session,
        identity,
        name,
        container_token_file,
        metadata,
    })
}

fn profile(mut table: Table, defaults: &Table) -> anyhow::Result<Profile> {
    let profile = take_text(&mut table, "profile")?;
    let profile = profile.context("`profile`, the section to write, is missing")?;
    let credentials_file = take_text(&mut table, "credentials-file")?.map(Into::into);
    let (session, identity) = session(defaults, table)?;
    Ok(Profile {
        session,
        identity,
        profile,
        credentials_file,
    })
}

fn read(path: &Path) -> anyhow::Result<Written> {
    let about = || format!("--config `{}`", path.display());
    let text = Zeroizing::new(std::fs::read_to_string(path).with_context(about)?);
    toml::from_str(&text).map_err(|error| {
        // The parser's own text shows the line, and that may hold anything.
        let before = error.span().and_then(|span| text.get(..span.start));
        let before = before.unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before
            .rsplit('\n')
            .next()
            .unwrap_or_default()
            .chars()
            .count()
            + 1;
        let path = path.display();
        anyhow::anyhow!(
            "--config `{path}`, line {line}, column {column}: {}",
            error.message()
        )
    })
}

/// Who gives a file gives nothing of a session by flags: half here and half there would be a riddle.
///
/// # Errors
/// The command line has such a flag.
pub fn refuse_flags() -> anyhow::Result<()> {
    let flags = SessionFlags::augment_args(clap::Command::new("flags"));
    for word in std::env::args_os().skip(1) {
        let word = word.to_string_lossy();
        let name = word
            .strip_prefix("--")
            .and_then(|word| word.split('=').next());
        let is_session = flags.get_arguments().any(|flag| flag.get_long() == name);
        ensure!(
            name.is_none() || !is_session,
            "--config: `--{}` is for one role from flags; write it into the file, under [defaults] if it is that of all",
            name.unwrap_or_default()
        );
    }
    Ok(())
}

/// Whoever may read the file would read it.
fn refuse_secret(key: &str, value: &Value) -> anyhow::Result<()> {
    let is_secret = ["password", "pin"].into_iter().any(|kind| {
        let rest = key.strip_suffix(kind);
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('-')) && !key.starts_with("no-")
    });
    let holds_one = value
        .as_str()
        .is_some_and(|text| text.contains("pin-value="));
    ensure!(
        !(is_secret || holds_one),
        "`{key}`: no secrets in this file; write it into one of its own, and name that with the flag's companion that ends in `-file`, or by `pin-source`"
    );
    Ok(())
}

fn check_listen(listen: &Listen) -> anyhow::Result<()> {
    ensure!(
        listen.address.is_none() || listen.socket.is_none(),
        "`address` and `socket` exclude each other: write two [[listen]]"
    );
    ensure!(
        listen.address.is_some() || listen.socket.is_some() || listen.name.is_some(),
        "one of `address`, `socket` and `name` must be there"
    );
    listen.mode().map(|_| ())
}

impl Listen {
    /// The mode of the path.
    ///
    /// # Errors
    /// It is no octal number.
    pub fn mode(&self) -> anyhow::Result<u32> {
        let Some(mode) = &self.mode else {
            return Ok(0o600);
        };
        match u32::from_str_radix(mode, 8) {
            Ok(mode) if mode <= 0o777 => Ok(mode),
            _ => bail!("`mode = \"{mode}\"` is no octal number up to 0777"),
        }
    }
}

fn take_text(table: &mut Table, key: &str) -> anyhow::Result<Option<String>> {
    match table.remove(key) {
        None => Ok(None),
        Some(Value::String(text)) if !text.is_empty() => Ok(Some(text)),
        Some(_) => bail!("`{key}` must be a text that is not empty"),
    }
}

fn take_switch(table: &mut Table, key: &str) -> anyhow::Result<Option<bool>> {
    match table.remove(key) {
        None => Ok(None),
        Some(Value::Boolean(on)) => Ok(Some(on)),
        Some(_) => bail!("`{key}` must be true or false"),
    }
}

fn parse(words: Vec<String>) -> Result<Flags, clap::Error> {
    let mut command = Flags::command();
    let given = command.try_get_matches_from_mut(words)?;
    exclusions::check_flags(&mut command, &given)?;
    Flags::from_arg_matches(&given)
}

/// What the flags would say: those of the table, then those of the defaults that it doesn't say.
fn session(defaults: &Table, table: Table) -> anyhow::Result<(SessionSettings, IdentitySettings)> {
    let mut all = defaults.clone();
    all.extend(table);
    let mut words = Vec::new();
    for (key, value) in all {
        refuse_secret(&key, &value)?;
        match value {
            Value::String(text) => words.push(format!("--{key}={text}")),
            Value::Integer(number) => words.push(format!("--{key}={number}")),
            Value::Boolean(true) => words.push(format!("--{key}")),
            Value::Boolean(false) => {}
            _ => bail!("`{key}` must be a text, a whole number, true or false"),
        }
    }
    let flags = parse(words).map_err(|error| {
        let text = error.render().to_string();
        // The rest is how to call the command.
        let told: Vec<&str> = text.lines().take_while(|line| !line.is_empty()).collect();
        anyhow::anyhow!("{}", told.join("\n").trim_start_matches("error: "))
    })?;
    flags.session.into_settings_and_identity()
}
