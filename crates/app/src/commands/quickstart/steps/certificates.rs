//! Certificates, by `anyrole certificate …`: what is there and valid for a while is used again.

use anyhow::Context as _;
use anyrole_domain::ports::{Clock as _, Entropy as _};
use jiff::{SignedDuration, Timestamp};
use zeroize::Zeroizing;

use super::super::shell;
use super::super::walk::Walk;
use crate::atomic_file::{self, NewFile};
use crate::wiring::{SystemClock, SystemEntropy};

/// Thirty days: longer than the default, for folders that are kept.
const CLIENT_LIFE: &str = "720h";
/// A CA must outlive the client certificates that it issues.
const CA_LIFE_LEFT: SignedDuration = SignedDuration::from_hours(721);
/// What a client certificate must have left to be used again.
const CLIENT_LIFE_LEFT: &str = "1h";

/// The root signs the issuing CA and nothing else: its key is encrypted, and can be taken away once that is done.
pub fn root_ca(walk: &mut Walk, commands: &mut Vec<String>) -> anyhow::Result<String> {
    let inspect = ["certificate", "inspect", "root.crt", "--format", "json"];
    let lives = |until: Timestamp| until > SystemClock.now() + CA_LIFE_LEFT;
    if let Some(root) = inspected(walk, &inspect)?
        && lives(root.until)
        && (walk.place.file("root.key").exists() || issuing_ca_of(walk, &root)?.is_some())
    {
        commands.push(typed(&inspect));
        return Ok(format!(
            "already there: root.crt, valid until {}",
            root.until
        ));
    }
    make_password(walk, commands)?;
    let words = [
        "Quickstart Root CA",
        "root.crt",
        "root.key",
        "--profile",
        "root-ca",
        "--password-file",
        "root.password",
    ];
    create(walk, commands, &words)
}

/// The password of the root's key, in a file that only its owner reads; one that is there is used again.
fn make_password(walk: &Walk, commands: &mut Vec<String>) -> anyhow::Result<()> {
    commands.push("(umask 077 && openssl rand -hex 20 > root.password)".to_owned());
    let path = walk.place.file("root.password");
    if path.exists() {
        return Ok(());
    }
    let mut random = [0; 20];
    SystemEntropy.fill(&mut random);
    let password = Zeroizing::new(hex_simd::encode_to_string(
        random,
        hex_simd::AsciiCase::Lower,
    ));
    let file = NewFile {
        path: &path,
        contents: password.as_bytes(),
        mode: atomic_file::SECRET,
    };
    atomic_file::write(&[file], false).map(drop)
}

pub fn issuing_ca(walk: &mut Walk, commands: &mut Vec<String>) -> anyhow::Result<String> {
    let inspect = ["certificate", "inspect", "root.crt", "--format", "json"];
    let root = inspected(walk, &inspect)?.context("not tried: there is no root.crt")?;
    if let Some(until) = issuing_ca_of(walk, &root)? {
        commands.push(typed(&["certificate", "inspect", "ca.crt"]));
        return Ok(format!("already there: ca.crt, valid until {until}"));
    }
    let words = [
        "Quickstart Issuing CA",
        "ca.crt",
        "ca.key",
        "--profile",
        "intermediate-ca",
        "--ca",
        "root.crt",
        "--ca-key",
        "root.key",
        "--ca-password-file",
        "root.password",
        "--no-password",
        "--insecure",
    ];
    create(walk, commands, &words)
}

/// The end of the issuing CA's certificate, where it is of this root and outlives what it is to issue.
fn issuing_ca_of(walk: &Walk, root: &Inspected) -> anyhow::Result<Option<Timestamp>> {
    let found = inspected(
        walk,
        &["certificate", "inspect", "ca.crt", "--format", "json"],
    )?;
    let good = found.filter(|ca| {
        ca.issuer_key.is_some()
            && ca.issuer_key == root.own_key
            && ca.until > SystemClock.now() + CA_LIFE_LEFT
            && walk.place.file("ca.key").exists()
    });
    Ok(good.map(|ca| ca.until))
}

pub fn client(walk: &mut Walk, commands: &mut Vec<String>) -> anyhow::Result<String> {
    leaf(walk, commands, &CLIENT)
}

/// A leaf, who issues it, and what it leads to.
struct Leaf {
    crt: &'static str,
    key: &'static str,
    ca: &'static str,
    ca_key: &'static str,
    root: &'static str,
}

const CLIENT: Leaf = Leaf {
    crt: "client.crt",
    key: "client.key",
    ca: "ca.crt",
    ca_key: "ca.key",
    root: "root.crt",
};
const STRANGER: Leaf = Leaf {
    crt: "stranger.crt",
    key: "stranger.key",
    ca: "other-ca.crt",
    ca_key: "other-ca.key",
    root: "other-ca.crt",
};

pub fn stranger(walk: &mut Walk, commands: &mut Vec<String>) -> anyhow::Result<String> {
    if let Some(there) = leaf_already_there(walk, commands, &STRANGER)? {
        return Ok(there);
    }
    let words = [
        "Another Root CA",
        STRANGER.ca,
        STRANGER.ca_key,
        "--profile",
        "root-ca",
        "--no-password",
        "--insecure",
    ];
    create(walk, commands, &words)?;
    leaf(walk, commands, &STRANGER)
}

fn leaf(walk: &Walk, commands: &mut Vec<String>, leaf: &Leaf) -> anyhow::Result<String> {
    if let Some(there) = leaf_already_there(walk, commands, leaf)? {
        return Ok(there);
    }
    let words = [
        "quickstart-client",
        leaf.crt,
        leaf.key,
        "--ca",
        leaf.ca,
        "--ca-key",
        leaf.ca_key,
        "--not-after",
        CLIENT_LIFE,
        "--no-password",
        "--insecure",
    ];
    create(walk, commands, &words)
}

/// A leaf of this CA that is accepted by the rules of CreateSession, now and for a while.
fn leaf_already_there(
    walk: &Walk,
    commands: &mut Vec<String>,
    leaf: &Leaf,
) -> anyhow::Result<Option<String>> {
    let mut verify = vec!["certificate", "verify", leaf.crt, "--roots", leaf.root];
    if leaf.ca != leaf.root {
        verify.extend(["--intermediates", leaf.ca]);
    }
    verify.extend(["--at", CLIENT_LIFE_LEFT]);
    if !walk.place.file(leaf.crt).exists() || !walk.place.file(leaf.key).exists() {
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
        "already there: {}, valid until {}",
        leaf.crt,
        until.unwrap_or_default()
    )))
}

/// Runs `certificate create`; what expired, or is there by half, is overwritten.
fn create(walk: &Walk, commands: &mut Vec<String>, words: &[&str]) -> anyhow::Result<String> {
    let mut all = vec!["certificate", "create"];
    all.extend(words);
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

/// What is asked of a CA's certificate.
struct Inspected {
    until: Timestamp,
    own_key: Option<String>,
    issuer_key: Option<String>,
}

/// `None` where the certificate can't be read.
fn inspected(walk: &Walk, inspect: &[&str]) -> anyhow::Result<Option<Inspected>> {
    let printed = walk.program.run(inspect)?;
    if !printed.success {
        return Ok(None);
    }
    let json: serde_json::Value = serde_json::from_str(&printed.stdout)?;
    let text = |member: &str| {
        let text = json.get(member).and_then(serde_json::Value::as_str);
        text.map(str::to_owned)
    };
    let until = text("not_after").context("`certificate inspect` names no end")?;
    Ok(Some(Inspected {
        until: until.parse()?,
        own_key: text("subject_key_id"),
        issuer_key: text("authority_key_id"),
    }))
}

fn typed(words: &[&str]) -> String {
    let mut all = vec!["anyrole"];
    all.extend(words);
    shell::render(&all)
}
