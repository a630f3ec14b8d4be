//! `anyrole doctor` against the built server: real refusals, TLS, and what is printed.

use std::process::{Command, Output};

use anyrole_testkit::TestServer;
use anyrole_testkit::certificates::{Authority, CertificateRequest, Issued};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::Runner;
use super::way_in::{ANYROLE, WayIn, root, succeeds, tls_server};

/// `anyrole doctor` with the words behind `credential-process`.
fn doctor(url: &str, words: &[String], more: &[&str]) -> Output {
    Command::new(ANYROLE)
        .arg("doctor")
        .args(words.iter().skip(1))
        .args(more)
        .env_clear()
        .env("AWS_ENDPOINT_URL", url)
        .output()
        .unwrap()
}

fn text(output: &Output) -> String {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(stderr, "", "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// The words with another value of a flag.
fn with(words: &[String], flag: &str, value: &str) -> Vec<String> {
    let mut words = words.to_vec();
    let at = words.iter().position(|word| word == flag).unwrap() + 1;
    words[at] = value.to_owned();
    words
}

#[test]
fn what_is_well() {
    let runner = Runner::new();
    let (server, words) = (&runner.server, &runner.words);
    let sound = doctor(server.url(), words, &[]);
    let printed = text(&sound);
    assert_eq!(sound.status.code(), Some(0), "{printed}");
    assert!(
        printed.starts_with("files\n  ok         --certificate"),
        "{printed}"
    );
    assert!(
        printed.contains("\nsession\n  ok         a session was granted: ASIA"),
        "{printed}"
    );
    assert!(
        printed.ends_with(" ok, 0 warnings, 0 failures, 0 skipped\n"),
        "{printed}"
    );
    // A pipe gets no colours.
    assert!(!printed.contains('\u{1b}'));

    // What may stand in a call of `credential-process`, as it stands there.
    let more = ["--no-cache", "--debug=false", "--session-duration", "0x384"];
    let more = [&more[..], &["--session-duration", "900", "--debug"]].concat();
    let wordy = doctor(server.url(), words, &more);
    let stderr = String::from_utf8_lossy(&wordy.stderr);
    assert_eq!(wordy.status.code(), Some(0), "{stderr}");
    assert!(
        stderr.starts_with("debug: attempt 1\ndebug: > POST "),
        "{stderr}"
    );
    assert!(!stderr.contains("Signature="), "{stderr}");

    let json = doctor(server.url(), words, &["--format", "json", "--offline"]);
    let json: Value = serde_json::from_str(&text(&json)).unwrap();
    assert_eq!(json["verdict"], "ok");
    let last = json["findings"].as_array().unwrap().last().unwrap();
    assert_eq!(
        *last,
        json!({"group": "session", "check": "create-session", "status": "skipped", "text": "--offline was given", "look": null, "commands": []})
    );
}

#[test]
fn what_the_server_refuses() {
    let runner = Runner::new();
    let (server, words) = (&runner.server, &runner.words);
    let stranger = Authority::root(&runner.folder.path().join("stranger")).unwrap();
    let foreign = stranger
        .issue("host2", &CertificateRequest::leaf("host2"))
        .unwrap();
    let of = |leaf: &Issued| {
        let words = with(words, "--certificate", leaf.certificate.to_str().unwrap());
        with(&words, "--private-key", leaf.key.to_str().unwrap())
    };
    let unusable = runner
        .ca
        .issue(
            "host3",
            &CertificateRequest::leaf("host3").extension("keyUsage", "critical,keyEncipherment"),
        )
        .unwrap();
    let unknown = "arn:aws:rolesanywhere:us-east-1:000000000000:trust-anchor/00000000-0000-4000-8000-000000000000";
    let role = "arn:aws:iam::000000000000:role/unlisted";
    let rows: [(Vec<String>, &[&str], &[&str]); 6] = [
        (
            with(words, "--role-arn", role),
            &[],
            &[
                "Requested Role isn't one of those listed",
                "aws rolesanywhere update-profile --profile-id",
                role,
            ],
        ),
        (
            with(words, "--trust-anchor-arn", unknown),
            &[],
            &[
                "Specified Trust Anchor wasn't found.",
                "aws rolesanywhere list-trust-anchors --region us-east-1 --endpoint-url",
            ],
        ),
        (
            with(
                words,
                "--profile-arn",
                &unknown.replace("trust-anchor", "profile"),
            ),
            &[],
            &[
                "Invalid or empty profile provided.",
                "aws rolesanywhere list-profiles",
            ],
        ),
        (
            of(&foreign),
            &[],
            &["Untrusted signing certificate", "--roots anchor.pem"],
        ),
        (
            of(&unusable),
            &[],
            &[
                "(no-digital-signature)",
                "Insufficient certificate",
                "anyrole certificate inspect",
            ],
        ),
        (
            words.clone(),
            &["--role-session-name", "build"],
            &[
                "Not authorized to set roleSessionName.",
                "--accept-role-session-name",
            ],
        ),
    ];
    for (words, more, said) in rows {
        let refused = doctor(server.url(), &words, more);
        let printed = text(&refused);
        assert_eq!(refused.status.code(), Some(1), "{printed}");
        for said in said {
            assert!(printed.contains(said), "`{said}` is not in\n{printed}");
        }
        assert!(printed.contains("$ anyrole explain "), "{printed}");
    }
}

#[test]
fn the_command_that_is_told_to_cure_it_does() {
    let runner = Runner::new();
    let (server, words) = (&runner.server, &runner.words);
    let role = "arn:aws:iam::000000000000:role/unlisted";
    let told = with(words, "--role-arn", role);
    let printed = text(&doctor(server.url(), &told, &[]));
    let command = printed
        .lines()
        .find_map(|line| {
            line.trim()
                .strip_prefix("$ aws rolesanywhere update-profile ")
        })
        .unwrap();
    let mut arguments = vec!["rolesanywhere", "update-profile"];
    arguments.extend(command.split(' '));
    let cured = root(server).run(&arguments).unwrap();
    let roles = &cured.json().unwrap()["profile"]["roleArns"];
    assert_eq!(*roles, json!([role]));
}

#[test]
fn tls_is_looked_at_and_not_believed_without_roots() {
    let folder = TempDir::new().unwrap();
    let (server, bundle) = tls_server(folder.path());
    let bundle = bundle.to_str().unwrap();
    let words = way(&server, &folder);
    let untrusted = doctor(server.url(), &words, &[]);
    let printed = text(&untrusted);
    assert_eq!(untrusted.status.code(), Some(1), "{printed}");
    for said in [
        "failure    the service's TLS certificate is not trusted: ",
        "TLS 1.3, with a certificate for localhost, 127.0.0.1, ::1 by `",
        "--ca-bundle FILE",
        "$ openssl s_client -showcerts -servername ",
        "skipped    its TLS certificate is not trusted",
        "skipped    the service can't be reached safely",
    ] {
        assert!(printed.contains(said), "`{said}` is not in\n{printed}");
    }
    let trusted = doctor(server.url(), &words, &["--ca-bundle", bundle]);
    let printed = text(&trusted);
    assert_eq!(trusted.status.code(), Some(0), "{printed}");
    assert!(
        printed.contains(&format!("trusted by the roots in `{bundle}`")),
        "{printed}"
    );
    let unchecked = doctor(server.url(), &words, &["--no-verify-ssl"]);
    let printed = text(&unchecked);
    assert_eq!(unchecked.status.code(), Some(0), "{printed}");
    assert!(
        printed.contains("it is not checked (--no-verify-ssl)"),
        "{printed}"
    );
    let no_bundle = doctor(server.url(), &words, &["--ca-bundle", "/none.pem"]);
    let printed = text(&no_bundle);
    assert!(
        printed.contains("failure    --ca-bundle cannot read `/none.pem`"),
        "{printed}"
    );
    assert!(
        printed.contains("skipped    there is no endpoint to ask"),
        "{printed}"
    );
}

fn way(server: &TestServer, folder: &TempDir) -> Vec<String> {
    let ca = Authority::root(&folder.path().join("clients")).unwrap();
    let leaf = ca
        .issue("host1", &CertificateRequest::leaf("host1"))
        .unwrap();
    let bundle = folder.path().join("tls/root.pem");
    let root = root(server);
    let root = if bundle.exists() {
        root.ca_bundle(&bundle)
    } else {
        root
    };
    let way = WayIn::open(&root, &json!({"name": "seen", "ca": ca.certificate()}));
    way.credential_process(&leaf)
}

#[test]
fn what_is_missing_or_locked_is_a_finding_like_others() {
    let folder = TempDir::new().unwrap();
    let arn = |kind: &str| format!("arn:aws:rolesanywhere:us-east-1:000000000000:{kind}/x");
    let words = [
        "credential-process".to_owned(),
        format!("--trust-anchor-arn={}", arn("trust-anchor")),
        format!("--profile-arn={}", arn("profile")),
        "--role-arn=arn:aws:iam::000000000000:role/r".to_owned(),
    ];
    let missing = folder.path().join("none.pem");
    let missing = missing.to_str().unwrap();
    for (more, said) in [
        (&["--offline"][..], "failure    no certificate is named"),
        (
            &["--offline", "--certificate", missing],
            "none.pem`: No such file or directory",
        ),
    ] {
        let output = doctor("", &words, more);
        let printed = text(&output);
        assert_eq!(output.status.code(), Some(1), "{printed}");
        assert!(printed.contains(said), "{printed}");
    }
    let pki = |name: &str| {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/helper/pki");
        format!("{folder}/{name}")
    };
    let (certificate, locked, store) = (pki("rsa.crt"), pki("rsa-locked.key"), pki("store"));
    let selector = "Key=x509Subject,Value=CN=ec";
    for (more, status, said) in [
        (
            &["--certificate", &certificate, "--private-key", &locked][..],
            1,
            "failure    a password is needed and there is no terminal to ask at; give --pkcs8-password-file",
        ),
        (
            &["--store-folder", &store, "--cert-selector", selector],
            0,
            "skipped    the certificate comes from a store",
        ),
        (
            &[
                "--store-folder",
                &store,
                "--cert-selector",
                "Key=x509Subject,Value=CN=none",
            ],
            1,
            "no certificate of the store matches the selector",
        ),
        (
            &["--store-folder", &store],
            1,
            "certificates match the selector",
        ),
    ] {
        let output = doctor("", &words, &[&["--offline"], more].concat());
        let printed = text(&output);
        assert_eq!(output.status.code(), Some(status), "{printed}");
        assert!(printed.contains(said), "`{said}` is not in\n{printed}");
    }
    let output = doctor("", &words[..2], &[]);
    let printed = text(&output);
    assert_eq!(output.status.code(), Some(1), "{printed}");
    for said in [
        "failure    --profile-arn is missing",
        "$ aws rolesanywhere list-profiles",
        "failure    --role-arn is missing",
        "skipped    the ARNs of trust anchor and profile say the region, and one is missing",
    ] {
        assert!(printed.contains(said), "`{said}` is not in\n{printed}");
    }
    let help = Command::new(ANYROLE)
        .args(["doctor", "--help"])
        .output()
        .unwrap();
    assert!(succeeds(&help).contains("Put `doctor` in the place of `credential-process`"));
}
