//! Key files and their passwords, in `certificate create` and `crypto change-pass`, beside openssl.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod folder;

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use folder::Folder;

#[test]
fn keys_are_encrypted_unless_both_flags_say_otherwise() {
    let folder = Folder::new();
    folder.succeeds("create Root ca.crt ca.key --profile root-ca --password-file pass");
    assert!(
        folder
            .text("ca.key")
            .starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----")
    );
    folder.openssl("pkey -in ca.key -passin file:pass -noout");
    let leaf = "create web web.crt web.key --ca ca.crt --ca-key ca.key";
    let open = "--no-password --insecure";
    let table = [
        (format!("{leaf} --no-password"), "add --insecure"),
        (format!("{leaf} --insecure"), "no terminal"),
        (
            format!("{leaf} {open} --password-file pass"),
            "exclude each other",
        ),
        (format!("{leaf} {open}"), "--ca-password-file"),
        (
            format!("{leaf} {open} --ca-password-file wrong"),
            "does not open the private key",
        ),
        (
            format!("{leaf} {open} --ca-password-file none"),
            "`none` can't be read",
        ),
        (
            format!("{leaf} --ca-password-file pass"),
            "pass --password-file FILE",
        ),
    ];
    for (line, expected) in table {
        let text = folder.fails(&line);
        assert!(text.contains(expected), "{line}: {text}");
        assert!(!text.contains("horse"), "{line}: {text}");
    }
    folder.succeeds(&format!("{leaf} {open} --ca-password-file pass"));
}

#[test]
fn changes_and_removes_passwords() {
    let folder = Folder::new();
    folder.openssl("genrsa -traditional -out a.key 2048");
    let public = folder.openssl("pkey -in a.key -pubout");
    fs::set_permissions(folder.path("a.key"), PermissionsExt::from_mode(0o644)).unwrap();
    let change = "crypto change-pass a.key";
    let refused = folder.fails(&format!("{change} --new-password-file pass"));
    assert!(
        refused.contains("--force") && refused.contains("--out"),
        "{refused}"
    );
    folder.succeeds(&format!("{change} --new-password-file pass --force"));
    assert!(
        folder
            .text("a.key")
            .starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----")
    );
    assert_eq!(folder.mode("a.key"), 0o600);
    assert_eq!(
        folder.openssl("pkey -in a.key -passin file:pass -pubout"),
        public
    );
    for (flags, expected) in [
        ("--force --no-password", "add --insecure"),
        (
            "--force --no-password --insecure",
            "pass --password-file FILE",
        ),
        (
            "--force --no-password --insecure --password-file wrong",
            "does not open",
        ),
        (
            "--force --password-file pass",
            "pass --new-password-file FILE",
        ),
        (
            "--out pass --password-file pass --no-password --insecure",
            "`pass` exists already",
        ),
    ] {
        let text = folder.fails(&format!("{change} {flags}"));
        assert!(text.contains(expected), "{flags}: {text}");
    }
    folder.succeeds(&format!(
        "{change} --password-file pass --no-password --insecure --out b.key"
    ));
    assert!(
        folder
            .text("b.key")
            .starts_with("-----BEGIN PRIVATE KEY-----")
    );
    assert_eq!(folder.mode("b.key"), 0o600);
    assert_eq!(folder.openssl("pkey -in b.key -pubout"), public);
    assert!(folder.text("a.key").contains("ENCRYPTED"));
    std::os::unix::fs::symlink("b.key", folder.path("link.key")).unwrap();
    folder.succeeds("crypto change-pass link.key --new-password-file wrong --force");
    assert!(
        fs::symlink_metadata(folder.path("link.key"))
            .unwrap()
            .is_symlink()
    );
    folder.openssl("pkey -in b.key -passin file:wrong -noout");
}

/// `script` gives the command a terminal of its own and types for us.
fn at_a_terminal(folder: &Folder, line: &str, typed: &str) -> String {
    let command = format!("{} {line}", env!("CARGO_BIN_EXE_anyrole"));
    let mut script = Command::new("script")
        .args(["--quiet", "--return", "--command", &command, "/dev/null"])
        .current_dir(folder.path(""))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    script
        .stdin
        .take()
        .unwrap()
        .write_all(typed.as_bytes())
        .unwrap();
    String::from_utf8(script.wait_with_output().unwrap().stdout).unwrap()
}

#[test]
fn a_new_password_is_asked_for_twice_at_a_terminal() {
    let folder = Folder::new();
    let create = "certificate create Root ca.crt ca.key --profile root-ca";
    let shown = at_a_terminal(&folder, create, "correct horse\nother horse\n");
    assert!(shown.contains("the two passwords differ"), "{shown}");
    assert_eq!(folder.names(), ["pass", "wrong"]);
    let shown = at_a_terminal(&folder, create, "correct horse\ncorrect horse\n");
    assert!(shown.contains("Password to encrypt ca.key: "), "{shown}");
    folder.openssl("pkey -in ca.key -passin file:pass -noout");
    let change = "crypto change-pass ca.key --no-password --insecure";
    at_a_terminal(&folder, change, "n\n");
    assert!(folder.text("ca.key").contains("ENCRYPTED"));
    at_a_terminal(&folder, change, "y\ncorrect horse\n");
    folder.openssl("pkey -in ca.key -noout");
}
