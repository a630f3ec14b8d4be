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

/// An RSA key, whose signatures are the same each time, in many forms; the password is in `pass`.
fn key_in_each_form() -> Folder {
    let folder = Folder::new();
    for line in [
        "req -x509 -newkey rsa:2048 -nodes -days 2 -keyout key.pem -out leaf.pem -subj /CN=leaf",
        "req -x509 -newkey rsa:2048 -nodes -days 2 -keyout other.pem -out authority.pem -subj /CN=authority",
        "pkey -in key.pem -outform DER -out key.der",
        "pkey -in key.pem -traditional -aes256 -passout file:pass -out old.pem",
        "pkcs8 -topk8 -in key.pem -passout file:pass -out locked.pem",
        "pkcs12 -export -inkey key.pem -in leaf.pem -certfile authority.pem -passout file:pass -out new.p12",
        "pkcs12 -export -legacy -inkey key.pem -in leaf.pem -passout file:pass -out old.p12",
        "pkcs12 -export -inkey key.pem -in leaf.pem -passout pass: -out open.p12",
        "x509 -in leaf.pem -outform DER -out leaf.der",
        "crl2pkcs7 -nocrl -certfile leaf.pem -certfile authority.pem -out both.p7b",
        "genpkey -algorithm ed25519 -out ed25519.pem",
    ] {
        folder.openssl(line);
    }
    // The leaf behind another certificate, and its key: found by each other.
    let parts = ["authority.pem", "leaf.pem", "key.pem"].map(|name| folder.text(name));
    folder.put("all.pem", &parts.concat());
    folder
}

/// `anyrole` and what follows, by a shell without a terminal, for redirections.
fn shell(folder: &Folder, line: &str) -> std::process::Output {
    let anyrole = env!("CARGO_BIN_EXE_anyrole");
    Command::new("setsid")
        .args(["--wait", "bash", "-c", &line.replace("anyrole", anyrole)])
        .current_dir(folder.path(""))
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

#[test]
fn a_key_and_its_password_come_in_each_form_and_by_each_way() {
    let folder = key_in_each_form();
    let plain = shell(&folder, "anyrole sign-string --private-key key.pem");
    assert!(plain.status.success(), "{plain:?}");
    for line in [
        "anyrole sign-string --private-key key.der",
        "anyrole sign-string --private-key old.pem --pkcs8-password-file pass",
        "anyrole sign-string --private-key locked.pem --pkcs8-password-file - < pass",
        "anyrole sign-string --private-key locked.pem --pkcs8-password-file <(cat pass)",
        "anyrole sign-string --private-key locked.pem --pkcs8-password-file /dev/fd/7 7< pass",
        "anyrole sign-string --private-key - --pkcs8-password-file /dev/fd/7 7< pass < locked.pem",
        "ANYROLE_PKCS8_PASSWORD='correct horse' anyrole sign-string --private-key locked.pem",
        // What the environment says may be meant for another key.
        "ANYROLE_PKCS8_PASSWORD='correct horse' anyrole sign-string --private-key key.pem",
        "anyrole sign-string --private-key - < key.pem",
        "cat key.pem | anyrole sign-string --private-key -",
        "anyrole sign-string --private-key <(cat key.pem)",
        "anyrole sign-string --private-key /dev/fd/7 7< <(cat key.der)",
        "anyrole sign-string --certificate - < all.pem",
        "anyrole sign-string --certificate leaf.der --private-key - < key.pem",
        "anyrole sign-string --certificate both.p7b --private-key key.pem",
        "anyrole sign-string --certificate new.p12 --pkcs12-password-file pass",
        "anyrole sign-string --certificate old.p12 --pkcs12-password-file - < pass",
        "anyrole sign-string --certificate - --pkcs12-password-file pass < new.p12",
        "ANYROLE_PKCS12_PASSWORD='correct horse' anyrole sign-string --certificate new.p12",
        "anyrole sign-string --certificate open.p12",
        "anyrole sign-string --certificate leaf.pem --private-key new.p12 --pkcs12-password-file pass",
    ] {
        let output = shell(&folder, line);
        assert!(output.status.success(), "{line}: {output:?}");
        assert_eq!(output.stdout, plain.stdout, "{line}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{line}");
    }
    let by_flag = "anyrole sign-string --private-key locked.pem --pkcs8-password 'correct horse'";
    let output = shell(&folder, by_flag);
    assert_eq!(output.stdout, plain.stdout);
    let warning = String::from_utf8_lossy(&output.stderr);
    assert!(
        warning.contains("every process of this machine can read"),
        "{warning}"
    );
    let data = "anyrole read-certificate-data --certificate";
    let expected = shell(&folder, &format!("{data} leaf.pem")).stdout;
    for form in [
        "leaf.der",
        "open.p12",
        "new.p12 --pkcs12-password-file pass",
        "- < leaf.pem",
    ] {
        let output = shell(&folder, &format!("{data} {form}"));
        assert_eq!(output.stdout, expected, "{form}: {output:?}");
    }
}

#[test]
fn each_refusal_of_a_key_names_flag_file_and_cure() {
    let folder = key_in_each_form();
    let session = "anyrole credential-process --endpoint http://127.0.0.1:9 --role-arn arn:aws:iam::123456789012:role/r \
                   --profile-arn arn:aws:rolesanywhere:us-east-1:123456789012:profile/00000000-0000-0000-0000-000000000000 \
                   --trust-anchor-arn arn:aws:rolesanywhere:us-east-1:123456789012:trust-anchor/00000000-0000-0000-0000-000000000000";
    let beside = format!(
        "{session} --certificate new.p12 --pkcs12-password-file pass --intermediates authority.pem"
    );
    let table: [(&str, &[&str]); 10] = [
        (
            "anyrole sign-string --private-key key.pem --pkcs8-password-file pass",
            &[
                "--pkcs8-password-file: ",
                "`key.pem` is not encrypted",
                "crypto change-pass",
            ],
        ),
        (
            "anyrole sign-string --private-key locked.pem --pkcs8-password-file wrong",
            &[
                "--private-key: ",
                "`locked.pem`",
                "does not open",
                "--pkcs8-password-file FILE",
            ],
        ),
        (
            "anyrole sign-string --private-key locked.pem",
            &[
                "no terminal",
                "--pkcs8-password-file FILE",
                "ANYROLE_PKCS8_PASSWORD",
            ],
        ),
        (
            "anyrole sign-string --certificate new.p12",
            &[
                "no terminal",
                "--pkcs12-password-file FILE",
                "ANYROLE_PKCS12_PASSWORD",
            ],
        ),
        (
            "anyrole sign-string --certificate new.p12 --pkcs12-password-file wrong",
            &[
                "--certificate: ",
                "`new.p12`",
                "does not open",
                "--pkcs12-password-file FILE",
            ],
        ),
        (
            "anyrole sign-string --certificate leaf.pem --private-key new.p12 --pkcs8-password-file pass",
            &[
                "--pkcs8-password-file: ",
                "`new.p12` is PKCS#12",
                "--pkcs12-password-file FILE",
            ],
        ),
        (
            "anyrole sign-string --certificate - --private-key - < all.pem",
            &[
                "--private-key: standard input was read already, for --certificate",
                "/dev/fd/N",
            ],
        ),
        (
            "anyrole sign-string --private-key ed25519.pem",
            &[
                "--private-key: ",
                "`ed25519.pem`",
                "type Ed25519",
                "openssl genpkey",
            ],
        ),
        (
            "anyrole crypto change-pass open.p12 --no-password --insecure --force",
            &[
                "`open.p12` is PKCS#12",
                "openssl pkcs12 -in open.p12 -nocerts",
            ],
        ),
        (
            &beside,
            &[
                "--intermediates: ",
                "PKCS#12 file `new.p12` itself",
                "leave them out",
            ],
        ),
    ];
    for (line, expected) in table {
        let output = shell(&folder, line);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{line}: {stderr}");
        for expected in expected {
            assert!(stderr.contains(expected), "{line}: {stderr}");
        }
        assert!(!stderr.contains("horse"), "{line}: {stderr}");
    }
}

#[test]
fn a_password_is_asked_for_three_times_at_most() {
    let folder = key_in_each_form();
    let plain = shell(&folder, "anyrole sign-string --private-key key.pem").stdout;
    let plain = String::from_utf8(plain).unwrap();
    for file in [
        "--private-key locked.pem",
        "--private-key old.pem",
        "--certificate new.p12",
    ] {
        let line = format!("sign-string {file}");
        let shown = at_a_terminal(&folder, &line, "a\nb\ncorrect horse\n");
        assert!(shown.contains(&plain), "{line}: {shown}");
        assert_eq!(shown.matches("Once more").count(), 2, "{line}: {shown}");
        let shown = at_a_terminal(&folder, &line, "a\nb\nc\ncorrect horse\n");
        assert!(shown.contains("three answers"), "{line}: {shown}");
        assert!(!shown.contains(&plain), "{line}: {shown}");
    }
}
