//! The files that the flags name: whether they can be read, and by whom else.

use std::fs::{self, File, Metadata};
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use anyrole_sdk::TlsRoots;

use super::Doctor;
use super::finding::{Finding, Group, Of};

const OF: Of = Of(Group::Files);
const OTHERS_READ: u32 = 0o044;
const OTHERS_WRITE: u32 = 0o022;
const STICKY: u32 = 0o1000;

/// What is wrong with a file differs by what it holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holds {
    Key,
    Certificates,
}

pub(super) fn examine(doctor: &Doctor<'_>) -> Vec<Finding> {
    let identity = doctor.identity;
    let Some(certificate) = identity.certificate.as_deref() else {
        if identity.source().is_ok() {
            return vec![OF.skipped("certificate-file", "the certificate comes from a store")];
        }
        return vec![
            OF.failure("certificate-file", "no certificate is named")
                .look("give --certificate FILE"),
        ];
    };
    let holds = match identity.private_key {
        Some(_) => Holds::Certificates,
        None => Holds::Key,
    };
    let bundle = match &doctor.settings.tls_roots {
        TlsRoots::Bundle(path) => Some(path.as_path()),
        TlsRoots::System | TlsRoots::Unverified => None,
    };
    let rows = [
        (
            "certificate-file",
            "--certificate",
            Some(certificate),
            holds,
        ),
        (
            "private-key-file",
            "--private-key",
            identity.private_key.as_deref(),
            Holds::Key,
        ),
        (
            "intermediates-file",
            "--intermediates",
            identity.intermediates.as_deref(),
            Holds::Certificates,
        ),
        ("ca-bundle-file", "--ca-bundle", bundle, Holds::Certificates),
    ];
    rows.into_iter()
        .filter_map(|(check, flag, path, holds)| Some((check, flag, path?, holds)))
        .flat_map(|(check, flag, path, holds)| examine_file(check, flag, path, holds))
        .collect()
}

fn examine_file(check: &'static str, flag: &str, path: &Path, holds: Holds) -> Vec<Finding> {
    let shown = path.display();
    let text = path.to_string_lossy();
    let is_uri = text.split_once(':').is_some_and(|(scheme, _)| {
        scheme.len() > 1 && scheme.bytes().all(|octet| octet.is_ascii_alphanumeric())
    });
    if is_uri && !path.exists() {
        let shown = anyrole_keys::KeyUri::shown(path);
        return vec![OF.skipped(check, format!("{flag} `{shown}` is no file"))];
    }
    let metadata = match fs::metadata(path).and_then(|found| File::open(path).map(|_| found)) {
        Ok(metadata) if metadata.is_dir() => {
            let said = format!("{flag} `{shown}` is a folder");
            return vec![
                OF.failure(check, said)
                    .look("name the file in it")
                    .command(["ls", "-l", &text]),
            ];
        }
        Ok(metadata) => metadata,
        Err(error) => return vec![unreadable(check, flag, path, &error)],
    };
    let mut findings = too_open(check, flag, path, &metadata, holds);
    if findings.is_empty() {
        findings.push(OF.ok(check, format!("{flag} `{shown}` can be read")));
    }
    findings.extend(folder(check, path));
    findings
}

fn unreadable(check: &'static str, flag: &str, path: &Path, error: &std::io::Error) -> Finding {
    let (shown, text) = (path.display(), path.to_string_lossy());
    let finding = OF.failure(check, format!("{flag} cannot read `{shown}`: {error}"));
    match error.kind() {
        ErrorKind::PermissionDenied => finding
            .look("the user that runs this command must be let in by each folder of the path, and must be able to read the file")
            .command(["namei", "-l", &text])
            .command(["sudo", "chown", &user(), &text]),
        ErrorKind::NotFound => {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            let folder = folder.unwrap_or(Path::new(".")).to_string_lossy();
            finding.look("check the path").command(["ls", "-l", &folder])
        }
        _ => finding,
    }
}

/// By number, which `chown` takes, too.
fn user() -> String {
    rustix::process::geteuid().as_raw().to_string()
}

fn too_open(
    check: &'static str,
    flag: &str,
    path: &Path,
    metadata: &Metadata,
    holds: Holds,
) -> Vec<Finding> {
    let (shown, text) = (path.display(), path.to_string_lossy());
    let mode = metadata.mode() & 0o777;
    // Not of pipes and descriptors.
    if !metadata.is_file() {
        return Vec::new();
    }
    if holds == Holds::Key && mode & (OTHERS_READ | OTHERS_WRITE) != 0 {
        let said = format!(
            "{flag} `{shown}` holds the private key, and others than its owner may read or change it (mode {mode:04o})"
        );
        return vec![
            OF.warning(check, said)
                .look("let its owner alone read it; a key that others could read is to be replaced")
                .command(["chmod", "600", &text]),
        ];
    }
    if mode & OTHERS_WRITE != 0 {
        let said =
            format!("{flag} `{shown}` can be changed by others than its owner (mode {mode:04o})");
        return vec![OF.warning(check, said).command(["chmod", "go-w", &text])];
    }
    Vec::new()
}

/// Who may write to a folder may put another file in the place of one.
fn folder(check: &'static str, path: &Path) -> Option<Finding> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let mode = fs::metadata(folder).ok().filter(Metadata::is_dir)?.mode();
    let is_open = mode & 0o002 != 0 && mode & STICKY == 0;
    is_open.then(|| {
        let said = format!("anyone may replace files in `{}`", folder.display());
        OF.warning(check, said)
            .command(["chmod", "o-w", &folder.to_string_lossy()])
    })
}
