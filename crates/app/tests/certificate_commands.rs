//! `anyrole certificate …` and `anyrole crypto …` as a person types them, beside openssl.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

const ROOT: &str = "create Root root.crt root.key --profile root-ca --no-password --insecure";
const BY_ROOT: &str = "--ca root.crt --ca-key root.key --no-password --insecure";

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Folder(tempfile::tempdir().unwrap());
        folder.put("pass", "correct horse\n");
        folder.put("wrong", "wrong horse\n");
        folder
    }

    fn with_root() -> Self {
        let folder = Self::new();
        folder.succeeds(ROOT);
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn put(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn mode(&self, name: &str) -> u32 {
        fs::metadata(self.path(name)).unwrap().permissions().mode() & 0o7777
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(self.0.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// Runs the words of `line` without a terminal: `certificate` is put before, unless it begins with `crypto`.
    fn run(&self, line: &str) -> Output {
        let mut words: Vec<_> = line.split_whitespace().collect();
        if words[0] != "crypto" {
            words.insert(0, "certificate");
        }
        // A session of its own has no controlling terminal.
        Command::new("setsid")
            .arg("--wait")
            .arg(env!("CARGO_BIN_EXE_anyrole"))
            .args(words)
            .current_dir(self.0.path())
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    fn succeeds(&self, line: &str) -> String {
        let output = self.run(line);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{line}: {stderr}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Both streams of a command that fails.
    fn fails(&self, line: &str) -> String {
        let before = self.names();
        let output = self.run(line);
        assert!(!output.status.success(), "{line} succeeded");
        assert_eq!(self.names(), before, "{line} left files behind");
        String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
    }

    fn openssl(&self, line: &str) -> String {
        let output = Command::new("openssl")
            .args(line.split_whitespace())
            .current_dir(self.0.path())
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "openssl {line}: {stderr}");
        String::from_utf8(output.stdout).unwrap()
    }
}

#[test]
fn a_chain_of_three_is_taken_by_openssl_and_by_verify() {
    let folder = Folder::with_root();
    folder.succeeds(&format!(
        "create Middle middle.crt middle.key --profile intermediate-ca {BY_ROOT}"
    ));
    folder.succeeds(
        "create CN=web,OU=ops,O=Example leaf.crt leaf.key --ca middle.crt --ca-key middle.key --bundle \
         --san web.example.com --san 10.1.2.3 --not-after 1h --no-password --insecure",
    );
    assert_eq!(
        folder.text("leaf.crt").matches("BEGIN CERTIFICATE").count(),
        2
    );
    for (name, mode) in [
        ("leaf.crt", 0o644),
        ("leaf.key", 0o600),
        ("root.key", 0o600),
    ] {
        assert_eq!(folder.mode(name), mode, "{name}");
    }
    folder.openssl("verify -x509_strict -CAfile root.crt -untrusted middle.crt leaf.crt");
    let accepted = folder.succeeds("verify leaf.crt --roots root.crt");
    assert!(
        accepted.starts_with("accepted: CN=web,OU=ops,O=Example\n"),
        "{accepted}"
    );
    let json = folder
        .succeeds("verify leaf.crt --roots root.crt --intermediates middle.crt --format json");
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["accepted"], true);
    assert_eq!(
        json["path_sha256_fingerprints"].as_array().unwrap().len(),
        3
    );
    let fingerprint = folder.succeeds("fingerprint leaf.crt");
    assert_eq!(json["path_sha256_fingerprints"][0], fingerprint.trim());
    let theirs = folder.openssl("x509 -in leaf.crt -noout -fingerprint -sha256");
    let theirs = theirs
        .trim()
        .replace("sha256 Fingerprint=", "")
        .replace(':', "");
    assert_eq!(fingerprint.trim(), theirs.to_lowercase());
    assert_eq!(
        folder
            .succeeds("fingerprint leaf.crt --bundle")
            .lines()
            .count(),
        2
    );
}

#[test]
fn verify_refuses_with_the_reasons_of_create_session() {
    let folder = Folder::with_root();
    folder.succeeds(&format!("create web leaf.crt leaf.key {BY_ROOT}"));
    folder.succeeds("create Other other.crt other.key --profile root-ca --no-password --insecure");
    folder.succeeds("create self self.crt self.key --profile self-signed --no-password --insecure");
    folder.succeeds(&format!(
        "create old old.crt old.key --not-before -2h --not-after -1h {BY_ROOT}"
    ));
    let table = [
        ("leaf.crt --roots root.crt --at 25h", "leaf-expired"),
        ("leaf.crt --roots root.crt --at -5m", "leaf-not-yet-valid"),
        ("old.crt --roots root.crt", "leaf-expired"),
        ("leaf.crt --roots leaf.crt", "anchor-not-ca"),
        ("leaf.crt --roots other.crt", "untrusted"),
        ("self.crt --roots root.crt", "untrusted"),
        ("root.crt --roots root.crt", "leaf-is-ca"),
    ];
    for (arguments, expected) in table {
        let json = folder.fails(&format!("verify {arguments} --format json"));
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json["accepted"], false);
        let reason = json["reason"].as_str().unwrap();
        assert_eq!(reason, expected, "{arguments}");
        let text = folder.fails(&format!("verify {arguments}"));
        assert!(text.starts_with(&format!("refused: {reason}: ")), "{text}");
    }
    assert!(
        folder
            .fails("verify leaf.crt --roots none.crt")
            .contains("none.crt")
    );
    assert!(
        folder
            .fails("verify leaf.crt --roots root.crt --at never")
            .contains("--at")
    );
}

#[test]
fn every_kind_of_key_and_certificate() {
    let folder = Folder::with_root();
    let table = [
        ("", "EC P-256"),
        ("--kty EC --curve P-384", "EC P-384"),
        ("--kty ec --curve p-521", "EC P-521"),
        ("--kty RSA", "RSA 2048"),
        ("--kty RSA --size 3072", "RSA 3072"),
    ];
    for (flags, kind) in table {
        folder.succeeds(&format!(
            "create web leaf.crt leaf.key --force {flags} {BY_ROOT}"
        ));
        let json = folder.succeeds("inspect leaf.crt --format json");
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json["key"], kind);
        assert_eq!(json["subject"], "CN=web");
        assert_eq!(json["issuer"], "CN=Root");
        assert_eq!(json["version"], 3);
        assert_eq!(json["basic_constraints"]["ca"], false);
        assert_eq!(json["signature_algorithm"], "ecdsa-with-SHA256");
        assert_eq!(json["subject_alt_names"][0]["value"], "web");
        folder.openssl("pkey -in leaf.key -check -noout");
        folder.succeeds("verify leaf.crt --roots root.crt");
    }
    let text = folder.succeeds("inspect root.crt");
    for expected in [
        "CA, path length 1",
        "keyCertSign, cRLSign",
        "Other names     none",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    assert_eq!(
        folder.succeeds("inspect root.crt --format pem"),
        folder.text("root.crt")
    );
    folder.succeeds(&format!(
        "create two-words-not-a.name- x.crt x.key {BY_ROOT}"
    ));
}

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
fn nothing_is_overwritten_and_nothing_is_left_half_done() {
    let folder = Folder::with_root();
    let (certificate, key) = (folder.text("root.crt"), folder.text("root.key"));
    folder.put("there", "x");
    let table = [
        (ROOT.to_owned(), "`root.crt` exists already; pass --force"),
        (
            ROOT.replace("root.key", "new.key"),
            "`root.crt` exists already",
        ),
        (
            ROOT.replace("root.crt", "new.crt"),
            "`root.key` exists already",
        ),
        (
            ROOT.replace("root.crt", "none/new.crt")
                .replace("root.key", "new.key"),
            "cannot write `none/new.crt`",
        ),
        (
            ROOT.replace("root.crt", "a").replace("root.key", "a"),
            "the same file",
        ),
        (
            format!("create web root.crt new.key --force {BY_ROOT}"),
            "needed as input",
        ),
        (
            format!("create web new.crt there {BY_ROOT}"),
            "`there` exists already",
        ),
        (
            format!("create web new.crt . --force {BY_ROOT}"),
            "is a directory",
        ),
        (
            format!("create web new.crt new.key --kty RSA --size 1024 {BY_ROOT}"),
            "2048, 3072 or 4096",
        ),
        (
            format!("create web new.crt new.key --kty RSA --curve P-256 {BY_ROOT}"),
            "--size",
        ),
        (
            format!("create web new.crt new.key --size 2048 {BY_ROOT}"),
            "--curve",
        ),
        (
            format!("create web new.crt new.key --san host:80 {BY_ROOT}"),
            "--san `host:80`",
        ),
        (
            format!("create web new.crt new.key --not-after soon {BY_ROOT}"),
            "`soon`",
        ),
        (
            format!("create web new.crt new.key --not-after -1h {BY_ROOT}"),
            "not after its start",
        ),
        (
            format!("create X=web new.crt new.key {BY_ROOT}"),
            "unknown type `X`",
        ),
        (
            format!("create R new.crt new.key --profile root-ca {BY_ROOT}"),
            "--ca does not go with",
        ),
        (
            "create web new.crt new.key --no-password --insecure".to_owned(),
            "needs --ca FILE",
        ),
        (
            "create web new.crt new.key --ca root.crt --ca-key there --no-password --insecure"
                .to_owned(),
            "`there`",
        ),
    ];
    for (line, expected) in table {
        let text = folder.fails(&line);
        assert!(text.contains(expected), "{line}: {text}");
    }
    assert_eq!(folder.text("root.crt"), certificate);
    assert_eq!(folder.text("root.key"), key);
    folder.succeeds(&format!("{ROOT} --force"));
    assert_ne!(folder.text("root.key"), key);
    assert_eq!(
        folder.names(),
        ["pass", "root.crt", "root.key", "there", "wrong"]
    );
}

#[test]
fn signs_requests_of_openssl() {
    let folder = Folder::with_root();
    folder.openssl(
        "req -new -newkey rsa:2048 -nodes -keyout svc.key -out svc.csr -subj /O=Org/OU=ops/CN=svc \
         -addext subjectAltName=DNS:svc.example.com",
    );
    let pem = folder.succeeds("sign svc.csr root.crt root.key --bundle --not-after 2h");
    assert_eq!(pem.matches("BEGIN CERTIFICATE").count(), 2);
    folder.put("svc.crt", &pem);
    folder.openssl("verify -x509_strict -CAfile root.crt svc.crt");
    folder.succeeds("verify svc.crt --roots root.crt");
    let subject = folder.openssl("x509 -in svc.crt -noout -subject -ext subjectAltName");
    assert!(subject.contains("O = Org, OU = ops, CN = svc"), "{subject}");
    assert!(subject.contains("DNS:svc.example.com"), "{subject}");
    let middle = folder.succeeds("sign svc.csr root.crt root.key --profile intermediate-ca");
    folder.put("middle.crt", &middle);
    assert!(
        folder
            .succeeds("inspect middle.crt")
            .contains("CA, path length 0")
    );
    let table = [
        (
            "sign root.crt root.crt root.key",
            "signing request `root.crt`",
        ),
        ("sign none.csr root.crt root.key", "`none.csr`"),
        (
            "sign svc.csr root.crt svc.key",
            "does not belong to certificate",
        ),
        ("sign svc.csr svc.crt svc.key", "CA:TRUE"),
        (
            "sign svc.csr root.crt root.key --path-len 1",
            "intermediate-ca only",
        ),
    ];
    for (line, expected) in table {
        let text = folder.fails(line);
        assert!(text.contains(expected), "{line}: {text}");
    }
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
        .current_dir(folder.0.path())
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
