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

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};

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

/// Standard output up to a line that has these words, and what reads on from there.
fn read_until(child: &mut Child, words: &str) -> (String, BufReader<ChildStdout>) {
    let mut text = String::new();
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    while !text.contains(words) {
        assert_ne!(
            reader.read_line(&mut text).unwrap(),
            0,
            "ended before `{words}`: {text}"
        );
    }
    (text, reader)
}

fn interrupt(child: &Child) {
    let pid = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .unwrap()
            .success()
    );
}

#[test]
fn each_step_has_its_outcome_and_no_secret_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (output, printed) = once(&data);
    assert!(output.status.success(), "{printed:?}");
    assert_eq!(printed.failed(), [""; 0]);
    assert_eq!(printed.sum, "16 steps, 0 failed");
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
    std::fs::remove_file(folder.path().join("quickstart/root.key")).unwrap();
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
    assert!(printed.step("Create a root CA").commands[0].contains("--force"));
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
    assert_eq!(printed.sum, "16 steps, 7 failed");
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

#[test]
fn it_serves_after_the_walk_through_until_ctrl_c() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = quickstart(folder.path()).spawn().unwrap();
    let (shown, mut reader) = read_until(&mut child, "until Ctrl-C.");
    let printed = Printed::parse(&shown);
    printed.assert_whole();
    let done = fresh_shell::run(folder.path(), &printed.closing);
    interrupt(&child);
    assert_eq!(done.len(), 3);
    for one in &done {
        assert_eq!(one.status, 0, "{one:?}");
    }
    assert!(
        done[1].stdout.contains(&printed.step("Ask who").outcome),
        "{done:?}"
    );
    assert!(done[2].stdout.contains("quickstart-bucket"), "{done:?}");
    let mut rest = String::new();
    reader.read_to_string(&mut rest).unwrap();
    assert_eq!(rest.trim(), "Stopped.");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn ctrl_c_in_the_middle_stops_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = quickstart(folder.path()).spawn().unwrap();
    let (_, mut reader) = read_until(&mut child, "1/16 ");
    interrupt(&child);
    let mut rest = String::new();
    reader.read_to_string(&mut rest).unwrap();
    assert!(
        rest.ends_with("Stopped.\n") && !rest.contains('✗'),
        "{rest}"
    );
    assert_eq!(child.wait().unwrap().code(), Some(130));
    // Nothing is half there: it goes on where it was stopped.
    assert!(once(folder.path()).0.status.success());
}

#[test]
fn addresses_that_cannot_be_are_refused_by_the_flags_name() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    for (address, words) in [
        (taken.local_addr().unwrap().to_string(), "the port is taken"),
        ("0.0.0.0:0".to_owned(), "is not a loopback address"),
    ] {
        let data = folder.path().join("data");
        let output = Command::new(ANYROLE)
            .args(["quickstart", "--once", "--listen", &address, "--data"])
            .arg(&data)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1));
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(
            stderr.contains(&format!("--listen {address}")) && stderr.contains(words),
            "{stderr}"
        );
        assert!(!data.exists(), "a refused start leaves the data alone");
    }
}
