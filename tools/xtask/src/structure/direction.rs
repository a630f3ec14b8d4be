//! The direction of dependencies: rooms depend downwards only, and some outside crates have one room each.
//! `cargo metadata` comes in, findings that point into the manifests go out.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::Finding;

/// Each room with the rooms that it may depend on. ARCHITECTURE.md says why.
const ROOMS: [(&str, &[&str]); 21] = [
    ("policy", &[]),
    ("signing", &[]),
    ("x509", &[]),
    ("jwt", &[]),
    ("wire", &[]),
    ("outbound", &[]),
    ("keys", &[]),
    ("ca", &["x509", "keys"]),
    ("cfssl", &["ca", "keys", "x509"]),
    ("domain", &["x509", "policy", "ca", "jwt", "keys"]),
    ("stores", &["domain"]),
    ("issuers", &["domain", "keys"]),
    ("objects", &["domain"]),
    ("console", &["domain", "policy", "x509", "ca", "wire"]),
    (
        "frontends",
        &["console", "domain", "wire", "signing", "x509"],
    ),
    ("sdk", &["wire", "signing", "keys", "x509"]),
    ("helper", &["sdk", "keys", "x509"]),
    ("app", EVERY_ROOM),
    ("policy-proof", &["policy"]),
    ("testkit", &[]),
    ("xtask", &["testkit"]),
];

const EVERY_ROOM: &[&str] = &[
    "policy",
    "signing",
    "x509",
    "jwt",
    "wire",
    "keys",
    "ca",
    "cfssl",
    "console",
    "domain",
    "stores",
    "issuers",
    "objects",
    "outbound",
    "frontends",
    "sdk",
    "helper",
];

/// Outside crates that only these rooms may use, outside of tests.
const GUARDED: [(&str, &[&str]); 13] = [
    ("sqlx", &["stores"]),
    ("clap", &["app", "xtask"]),
    ("clap_complete", &["app", "xtask"]),
    ("anyhow", &["app", "xtask", "testkit"]),
    ("axum", WEB),
    ("hyper", WEB),
    ("hyper-util", WEB),
    ("ureq", &["sdk", "outbound", "app"]),
    ("s3s", &["frontends", "objects"]),
    ("s3s-fs", &[]),
    ("rpassword", &["app"]),
    ("openssl", &[]),
    ("ring", &[]),
];

const WEB: &[&str] = &["frontends", "helper", "app"];

/// What cargo knows of the workspace's own packages.
///
/// # Errors
/// cargo fails, for instance on a manifest that can't be read.
pub fn metadata(root: &Path) -> Result<Value> {
    let output = Command::new("cargo")
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(root)
        .output()
        .context("starting `cargo metadata`")?;
    if !output.status.success() {
        bail!(
            "`cargo metadata`: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// Checks the dependencies of every package in `metadata`.
///
/// Dev-dependencies go in any direction but up to the app: tests may stand on rooms that the product may not.
///
/// # Errors
/// A manifest that `metadata` names can't be read.
pub fn check(root: &Path, metadata: &Value) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for package in array(metadata, "packages") {
        let path = Path::new(text(package, "manifest_path"));
        let manifest = Manifest {
            file: path.strip_prefix(root).unwrap_or(path).to_owned(),
            text: fs::read_to_string(path)
                .with_context(|| format!("reading `{}`", path.display()))?,
        };
        let room = room_name(text(package, "name"));
        let Some((_, below)) = ROOMS.iter().find(|(name, _)| *name == room) else {
            findings.push(manifest.finding(
                "name",
                format!("`{room}` is no known room"),
                "give it a row in tools/xtask/src/structure/direction.rs and in ARCHITECTURE.md",
            ));
            continue;
        };
        for dependency in array(package, "dependencies") {
            findings.extend(check_dependency(room, below, dependency, &manifest));
        }
    }
    Ok(findings)
}

fn check_dependency(
    room: &str,
    below: &[&str],
    dependency: &Value,
    manifest: &Manifest,
) -> Option<Finding> {
    let name = text(dependency, "name");
    let for_tests = text(dependency, "kind") == "dev";
    let other = room_name(name);
    if is_room(other) && dependency.get("path").is_some_and(Value::is_string) {
        let allowed = if for_tests {
            !matches!(other, "app" | "xtask")
        } else {
            below.contains(&other)
        };
        return (!allowed).then(|| {
            manifest.finding(
                name,
                format!("`{room}` must not depend on `{other}`"),
                &format!(
                    "rooms depend downwards only: {room} -> {}",
                    rooms_or_none(below)
                ),
            )
        });
    }
    let (_, users) = GUARDED.iter().find(|(guarded, _)| *guarded == name)?;
    (!for_tests && !users.contains(&room)).then(|| {
        manifest.finding(
            name,
            format!("`{room}` must not use `{name}`"),
            &format!("`{name}` belongs to: {}", rooms_or_none(users)),
        )
    })
}

fn rooms_or_none(rooms: &[&str]) -> String {
    if rooms.is_empty() {
        "no room".to_owned()
    } else {
        rooms.join(", ")
    }
}

/// The room of a package: `anyrole-x509` is x509, `anyrole` is the app, tools go by their own name.
fn room_name(package: &str) -> &str {
    match package {
        "anyrole" => "app",
        other => other.strip_prefix("anyrole-").unwrap_or(other),
    }
}

fn is_room(name: &str) -> bool {
    ROOMS.iter().any(|(room, _)| *room == name)
}

struct Manifest {
    file: PathBuf,
    text: String,
}

impl Manifest {
    /// A finding at the line where `key` is set.
    fn finding(&self, key: &str, message: String, cure: &str) -> Finding {
        let line = self
            .text
            .lines()
            .position(|line| {
                let line = line.trim();
                let rest = line.strip_prefix(key);
                rest.is_some_and(|rest| rest.starts_with([' ', '.', '=']))
                    || line.ends_with(&format!("dependencies.{key}]"))
            })
            .map_or(1, |index| index + 1);
        Finding {
            file: self.file.clone(),
            line,
            message,
            cure: cure.to_owned(),
        }
    }
}

fn array<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value
        .get(key)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A workspace of one package with these lines of dependencies, read by cargo itself.
    fn check_package(name: &str, dependencies: &str) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let package = |folder: &str, name: &str, rest: &str| {
            let path = root.join(folder);
            std::fs::create_dir_all(path.join("src")).unwrap();
            std::fs::write(path.join("src/lib.rs"), "").unwrap();
            let manifest = format!("[package]\nname = \"{name}\"\nedition = \"2024\"\n{rest}");
            std::fs::write(path.join("Cargo.toml"), manifest).unwrap();
        };
        for other in [
            "anyrole-domain",
            "anyrole-x509",
            "anyrole-testkit",
            "anyrole",
        ] {
            package(other, other, "");
        }
        package("here", name, dependencies);
        let workspace = "[workspace]\nresolver = \"3\"\nmembers = [\"here\"]\n\
            exclude = [\"anyrole-domain\", \"anyrole-x509\", \"anyrole-testkit\", \"anyrole\"]\n";
        std::fs::write(root.join("Cargo.toml"), workspace).unwrap();
        let findings = check(&root, &metadata(&root).unwrap()).unwrap();
        findings.iter().map(Finding::to_string).collect()
    }

    #[test]
    fn downwards_is_allowed() {
        let dependencies =
            "[dependencies]\nanyrole-x509 = { path = \"../anyrole-x509\" }\nserde = \"1\"\n";
        assert_eq!(
            check_package("anyrole-domain2", "")[0],
            "here/Cargo.toml:2: `domain2` is no known room; \
            give it a row in tools/xtask/src/structure/direction.rs and in ARCHITECTURE.md"
        );
        assert_eq!(check_package("anyrole-ca", dependencies), [""; 0]);
    }

    #[test]
    fn upwards_is_found() {
        let dependencies =
            "[dependencies]\nserde = \"1\"\nanyrole-domain = { path = \"../anyrole-domain\" }\n";
        assert_eq!(
            check_package("anyrole-sdk", dependencies),
            ["here/Cargo.toml:6: `sdk` must not depend on `domain`; \
              rooms depend downwards only: sdk -> wire, signing, keys, x509"]
        );
        assert!(check_package("anyrole-policy", dependencies)[0].ends_with("policy -> no room"));
        let for_builds = dependencies.replace("[dependencies]", "[build-dependencies]");
        assert_eq!(check_package("anyrole-sdk", &for_builds).len(), 1);
    }

    #[test]
    fn tests_may_stand_on_other_rooms_but_not_on_the_app() {
        let dependencies = "[dev-dependencies]\nanyrole-testkit = { path = \"../anyrole-testkit\" }\n\
            anyrole-domain = { path = \"../anyrole-domain\" }\nanyhow = \"1\"\n";
        assert_eq!(check_package("anyrole-sdk", dependencies), [""; 0]);
        let for_all = dependencies.replace("dev-dependencies", "dependencies");
        assert_eq!(check_package("anyrole-sdk", &for_all).len(), 3);
        let app = "[dev-dependencies]\nanyrole = { path = \"../anyrole\" }\n";
        assert!(check_package("anyrole-sdk", app)[0].contains("must not depend on `app`"));
    }

    #[test]
    fn guarded_crates_are_found_outside_their_rooms() {
        for (guarded, stranger, owner) in [
            ("sqlx", "anyrole-domain", Some("anyrole-stores")),
            ("clap", "anyrole-helper", Some("anyrole")),
            ("anyhow", "anyrole-frontends", Some("anyrole-testkit")),
            ("clap", "anyrole-testkit", Some("xtask")),
            ("axum", "anyrole-sdk", Some("anyrole-helper")),
            ("hyper", "anyrole-wire", Some("anyrole-frontends")),
            ("ring", "anyrole-keys", None),
        ] {
            let dependencies = format!("[dependencies]\n{guarded}.version = \"1\"\n");
            let found = check_package(stranger, &dependencies);
            assert!(
                found[0].contains(&format!("must not use `{guarded}`")),
                "{found:?}"
            );
            assert!(found[0].starts_with("here/Cargo.toml:5: "), "{found:?}");
            if let Some(owner) = owner {
                assert_eq!(check_package(owner, &dependencies), [""; 0]);
            }
        }
    }
}
