//! `anyrole quickstart`: what it does, what it prints, and that what it prints is true.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod by_hand;
mod fresh_shell;
mod printed;
mod process;

use std::path::Path;
use std::process::{Command, Output, Stdio};

use anyrole_testkit::TestServer;
use printed::Printed;

const ANYROLE: &str = env!("CARGO_BIN_EXE_anyrole");

fn quickstart(data: &Path) -> Command {
    let mut command = Command::new(ANYROLE);
    command
        .args(["quickstart", "--listen", "127.0.0.1:0", "--data"])
        .arg(data)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn once(data: &Path) -> (Output, Printed) {
    let output = quickstart(data).arg("--once").output().unwrap();
    let printed = Printed::parse(&String::from_utf8(output.stdout.clone()).unwrap());
    printed.assert_whole();
    (output, printed)
}

#[test]
fn each_step_has_its_outcome_and_no_secret_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (output, printed) = once(&data);
    assert!(output.status.success(), "{printed:?}");
    assert_eq!(printed.failed(), [""; 0]);
    assert_eq!(printed.sum, "17 steps, 0 failed");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let outcome = |title| printed.step(title).outcome.as_str();
    assert!(
        outcome("trust anchor")
            .starts_with("arn:aws:rolesanywhere:us-east-1:000000000000:trust-anchor/")
    );
    assert_eq!(
        outcome("Create a role"),
        "arn:aws:iam::000000000000:role/quickstart-role"
    );
    assert!(
        outcome("Ask who").starts_with("arn:aws:sts::000000000000:assumed-role/quickstart-role/")
    );
    assert_eq!(outcome("List the bucket"), "hello.txt");
    assert_eq!(outcome("Get the object"), "Hello from a certificate");
    assert!(outcome("Delete the object").starts_with("refused, as expected: AccessDenied: User: "));
    assert!(outcome("with that one").contains("AccessDeniedException: Untrusted"));
    let shown = String::from_utf8(output.stdout).unwrap();
    let root = std::fs::read_to_string(data.join("root-credentials")).unwrap();
    let secret = root
        .lines()
        .find_map(|line| line.strip_prefix("aws_secret_access_key = "));
    for never in [
        secret.unwrap(),
        "SecretAccessKey",
        "SessionToken",
        "PRIVATE KEY",
        "\u{1b}",
    ] {
        assert!(!shown.contains(never), "{never}");
    }
}

#[test]
fn a_second_run_goes_on_with_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    assert!(once(folder.path()).0.status.success());
    let (output, printed) = once(folder.path());
    assert!(output.status.success(), "{printed:?}");
    let there: Vec<_> = printed
        .steps
        .iter()
        .filter(|step| step.outcome.starts_with("already there"))
        .map(|step| {
            step.title
                .split_whitespace()
                .take(4)
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect();
    assert_eq!(
        there,
        [
            "Create a root CA",
            "Create the CA that",
            "Create a client certificate",
            "Create the trust anchor:",
            "Create a role that",
            "Attach AmazonS3FullAccess to the",
            "Create a profile for",
            "Make that a profile",
            "Create a bucket with",
            "Create a client certificate",
        ]
    );
}

#[test]
fn a_new_ca_reaches_the_trust_anchor() {
    let folder = tempfile::tempdir().unwrap();
    assert!(once(folder.path()).0.status.success());
    // Without the root's key the issuing CA goes on; without both there is a new root.
    let quickstart = folder.path().join("quickstart");
    std::fs::remove_file(quickstart.join("root.key")).unwrap();
    std::fs::remove_file(quickstart.join("client.crt")).unwrap();
    let (output, printed) = once(folder.path());
    assert!(output.status.success(), "{printed:?}");
    let root = &printed.step("Create a root CA").outcome;
    assert!(root.starts_with("already there"), "{root}");
    std::fs::remove_file(quickstart.join("ca.key")).unwrap();
    let (output, printed) = once(folder.path());
    assert!(output.status.success(), "{printed:?}");
    let anchor = printed.step("trust anchor");
    assert!(
        anchor.outcome.contains("updated with the new root.crt"),
        "{anchor:?}"
    );
    assert!(
        anchor.commands[1].contains("update-trust-anchor"),
        "{anchor:?}"
    );
    assert!(printed.step("Create a root CA").commands[1].contains("--force"));
}

#[test]
fn a_certificate_about_to_end_is_renewed() {
    let folder = tempfile::tempdir().unwrap();
    assert!(once(folder.path()).0.status.success());
    let words = "certificate create old client.crt client.key --ca ca.crt --ca-key ca.key --not-after 30m --force";
    let short = Command::new(ANYROLE)
        .args(words.split(' '))
        .args(["--no-password", "--insecure"])
        .current_dir(folder.path().join("quickstart"))
        .output()
        .unwrap();
    assert!(short.status.success(), "{short:?}");
    let (output, printed) = once(folder.path());
    assert!(output.status.success(), "{printed:?}");
    let client = &printed.step("Create a client certificate").commands[0];
    assert!(
        client.contains("create quickstart-client client.crt") && client.contains("--force"),
        "{client}"
    );
}

#[test]
fn a_role_that_does_not_let_it_in_is_a_failure_in_the_services_words() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut server = TestServer::builder(ANYROLE).data(&data).start().unwrap();
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",
        "Principal":{"Service":"rolesanywhere.amazonaws.com"}}]}"#;
    let create = [
        "iam",
        "create-role",
        "--role-name",
        "quickstart-role",
        "--assume-role-policy-document",
        trust,
    ];
    server.aws(&create).unwrap().success().unwrap();
    server.sigterm().unwrap();
    let (output, printed) = once(&data);
    assert_eq!(output.status.code(), Some(1));
    let credentials = printed.step("Get credentials");
    assert!(
        credentials
            .outcome
            .contains("Unable to assume role for arn:aws:iam::000000000000:role/quickstart-role"),
        "{credentials:?}"
    );
    // What needs the credentials was not tried, and the certificate of another CA is still refused.
    assert_eq!(printed.failed().len(), 7, "{printed:?}");
    assert_eq!(printed.sum, "17 steps, 7 failed");
    assert!(
        printed
            .step("Create a bucket")
            .outcome
            .starts_with("not tried")
    );
    assert!(printed.step("with that one").good);
    assert!(
        printed
            .step("Create a role")
            .outcome
            .starts_with("already there")
    );
}
