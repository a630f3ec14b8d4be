//! Certificates, by `anyrole certificate …`: what is there and valid for a while is used again.

use anyhow::Context as _;
use anyrole_domain::ports::Clock as _;
use jiff::{SignedDuration, Timestamp};

use super::super::shell;
use super::super::walk::Walk;
use crate::wiring::SystemClock;

/// Thirty days: longer than the default, for folders that are kept.
const CLIENT_LIFE: &str = "720h";
/// A CA must outlive the client certificates that it issues.
const CA_LIFE_LEFT: SignedDuration = SignedDuration::from_hours(721);
/// What a client certificate must have left to be used again.
const CLIENT_LIFE_LEFT: &str = "1h";

pub fn root_ca(walk: &mut Walk, commands: &mut Vec<String>) -> anyhow::Result<String> {
    let inspect = ["certificate", "inspect", "root.crt", "--format", "json"];
    if let Some(until) = valid_until(walk, &inspect)?
        && walk.place.file("root.key").exists()
        && until > SystemClock.now() + CA_LIFE_LEFT
    {
        commands.push(typed(&inspect));
        return Ok(format!("already there: root.crt, valid until {until}"));
    }
    create(
        walk,
        commands,
        &[
            "Quickstart Root CA",
            "root.crt",
            "root.key",
            "--profile",
            "root-ca",
        ],
    )
}

pub fn client(walk: &mut Walk, commands: &mut Vec<String>) -> anyhow::Result<String> {
    let files = ["client.crt", "client.key", "root.crt", "root.key"];
    leaf(walk, commands, files)
}

pub fn stranger(walk: &mut Walk, commands: &mut Vec<String>) -> anyhow::Result<String> {
    let files = [
        "stranger.crt",
        "stranger.key",
        "other-ca.crt",
        "other-ca.key",
    ];
    if let Some(there) = leaf_already_there(walk, commands, files)? {
        return Ok(there);
    }
    create(
        walk,
        commands,
        &[
            "Another Root CA",
            "other-ca.crt",
            "other-ca.key",
            "--profile",
            "root-ca",
        ],
    )?;
    leaf(walk, commands, files)
}

fn leaf(walk: &Walk, commands: &mut Vec<String>, files: [&str; 4]) -> anyhow::Result<String> {
    if let Some(there) = leaf_already_there(walk, commands, files)? {
        return Ok(there);
    }
    let [crt, key, ca, ca_key] = files;
    let words = [
        "quickstart-client",
        crt,
        key,
        "--ca",
        ca,
        "--ca-key",
        ca_key,
        "--not-after",
        CLIENT_LIFE,
    ];
    create(walk, commands, &words)
}

/// A leaf of this CA that is accepted by the rules of CreateSession, now and for a while.
fn leaf_already_there(
    walk: &Walk,
    commands: &mut Vec<String>,
    [crt, key, ca, _]: [&str; 4],
) -> anyhow::Result<Option<String>> {
    let verify = [
        "certificate",
        "verify",
        crt,
        "--roots",
        ca,
        "--at",
        CLIENT_LIFE_LEFT,
    ];
    if !walk.place.file(crt).exists() || !walk.place.file(key).exists() {
        return Ok(None);
    }
    let printed = walk.program.run(&verify)?;
    if !printed.success {
        return Ok(None);
    }
    commands.push(typed(&verify));
    let until = printed
        .stdout
        .lines()
        .find(|line| line.contains("valid until"));
    let until = until.unwrap_or_default().split_whitespace().next_back();
    Ok(Some(format!(
        "already there: {crt}, valid until {}",
        until.unwrap_or_default()
    )))
}

/// Runs `certificate create`; what expired, or is there by half, is overwritten.
fn create(walk: &Walk, commands: &mut Vec<String>, words: &[&str]) -> anyhow::Result<String> {
    let mut all = vec!["certificate", "create"];
    all.extend(words);
    all.extend(["--no-password", "--insecure"]);
    if words
        .iter()
        .skip(1)
        .take(2)
        .any(|file| walk.place.file(file).exists())
    {
        all.push("--force");
    }
    commands.push(typed(&all));
    let printed = walk.program.succeed(&all)?;
    Ok(printed.lines().collect::<Vec<_>>().join(", "))
}

/// The end of a certificate's validity; `None` where it can't be read.
fn valid_until(walk: &Walk, inspect: &[&str]) -> anyhow::Result<Option<Timestamp>> {
    let printed = walk.program.run(inspect)?;
    if !printed.success {
        return Ok(None);
    }
    let json: serde_json::Value = serde_json::from_str(&printed.stdout)?;
    let text = json.get("not_after").and_then(serde_json::Value::as_str);
    let until = text
        .context("`certificate inspect` names no end")?
        .parse()?;
    Ok(Some(until))
}

fn typed(words: &[&str]) -> String {
    let mut all = vec!["anyrole"];
    all.extend(words);
    shell::render(&all)
}
