//! One certificate, or several, of each front end that issues: all of them must pass zlint's RFC 5280, 5480 and 8813 lints and openssl's strictest
//! look.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyrole_testkit::{Program, Zlint};

use crate::acme::{Site, lego};
use crate::way_in::{ANYROLE, script, succeeds};

/// Roots of the commands, whose keys are in files; and what is issued below them.
const LOCAL: [&str; 16] = [
    "$ANYROLE certificate create 'Own Root' own-root.pem own-root.key --profile root-ca $OPEN",
    "$ANYROLE certificate create 'Own Sub' own-sub.pem own-sub.key --profile intermediate-ca --ca own-root.pem --ca-key own-root.key $OPEN",
    "$ANYROLE certificate create own.corp.example own-leaf.pem own-leaf.key --ca own-sub.pem --ca-key own-sub.key $OPEN",
    "$ANYROLE certificate create own.corp.example own-rsa.pem own-rsa.key --kty RSA --ca own-sub.pem --ca-key own-sub.key $OPEN",
    "openssl req -new -newkey rsa:2048 -nodes -keyout asked.key -subj /CN=asked.corp.example -addext subjectAltName=DNS:asked.corp.example -out asked.csr",
    "$ANYROLE certificate sign asked.csr own-sub.pem own-sub.key > own-signed.pem",
    "cp own-sub.pem own-leaf.chain; cp own-sub.pem own-rsa.chain; cp own-sub.pem own-signed.chain",
    "$ANYROLE link bin",
    "bin/step certificate create 'Step Root' step-root.pem step-root.key --profile root-ca $OPEN",
    "bin/step certificate create 'Step Sub' step-sub.pem step-sub.key --profile intermediate-ca --ca step-root.pem --ca-key step-root.key $OPEN",
    "bin/step certificate create step.corp.example step-leaf.pem step-leaf.key --ca step-sub.pem --ca-key step-sub.key $OPEN",
    "bin/step certificate sign asked.csr step-sub.pem step-sub.key > step-signed.pem",
    "cp step-sub.pem step-leaf.chain; cp step-sub.pem step-signed.chain",
    "bin/cfssl gencert -initca ca.json | bin/cfssljson -bare cfssl-root",
    "bin/cfssl gencert -ca cfssl-root.pem -ca-key cfssl-root-key.pem csr.json | bin/cfssljson -bare cfssl-leaf",
    "bin/cfssl sign -ca cfssl-root.pem -ca-key cfssl-root-key.pem -hostname asked.corp.example asked.csr | bin/cfssljson -bare cfssl-signed",
];

const CFSSL: &str = r#"{"CN": "cfssl.corp.example", "hosts": ["cfssl.corp.example"], "key": {"algo": "ecdsa", "size": 256},
    "names": [{"C": "US", "L": "Seattle", "O": "Custom CA", "OU": "Ops", "ST": "Washington"}]}"#;
const CFSSL_CA: &str = r#"{"CN": "Custom CA", "key": {"algo": "rsa", "size": 2048}, "names": [{"C": "US", "O": "Custom CA"}]}"#;

/// What is issued, by the root that is above it.
const WAYS: [(&str, &[&str]); 4] = [
    ("root", &["acme", "enrolled", "renewed"]),
    (
        "own-root",
        &["own-sub", "own-leaf", "own-rsa", "own-signed"],
    ),
    ("step-root", &["step-sub", "step-leaf", "step-signed"]),
    ("cfssl-root", &["cfssl-leaf", "cfssl-signed"]),
];

#[test]
fn what_each_front_end_issues_breaks_no_rule() {
    let site = Site::open();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let text = folder.to_str().unwrap();
    // Private CA and ACM.
    script(&site.operator(), "front_ends.py", &[text, &site.ca_arn]);
    let mut rows: Vec<(String, String)> = named(folder, ".chain")
        .into_iter()
        .map(|name| (name, "root".to_owned()))
        .collect();
    assert!(rows.len() > 45, "{rows:?}");
    acme(&site, folder);
    enrolled(&site, folder);
    std::fs::write(folder.join("ca.json"), CFSSL_CA).unwrap();
    std::fs::write(folder.join("csr.json"), CFSSL).unwrap();
    for line in LOCAL {
        let mut shell = Command::new("setsid");
        shell
            .args(["--wait", "sh", "-e", "-c", line])
            .current_dir(folder)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", folder)
            .env("ANYROLE", ANYROLE)
            .env("OPEN", "--no-password --insecure");
        succeeds(&shell.output().unwrap());
    }
    for (root, names) in WAYS {
        let names = names.iter().chain([&root]);
        rows.extend(names.map(|name| ((*name).to_owned(), root.to_owned())));
    }
    let mut files = Vec::new();
    for (name, root) in &rows {
        files.push(strictly_verified(folder, name, root));
    }
    Zlint::ready().unwrap().check(&files).unwrap();
}

/// The names of files that end so, without that end.
fn named(folder: &Path, end: &str) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names
        .filter_map(|name| name.strip_suffix(end).map(str::to_owned))
        .collect()
}

/// Openssl takes it below its root; a file with it alone.
fn strictly_verified(folder: &Path, name: &str, root: &str) -> PathBuf {
    let file = |name: &str, end: &str| folder.join(format!("{name}.{end}"));
    let chain = file(name, "chain");
    let mut openssl = Program::Openssl.command().unwrap();
    openssl
        .args(["verify", "-x509_strict", "-CAfile"])
        .arg(file(root, "pem"));
    if std::fs::read(&chain).is_ok_and(|text| !text.is_empty()) {
        openssl.arg("-untrusted").arg(&chain);
    }
    let output = openssl.arg(file(name, "pem")).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {said}");
    // A file of several certificates is known by its first.
    let pem = std::fs::read_to_string(file(name, "pem")).unwrap();
    let end = "-----END CERTIFICATE-----\n";
    let (first, _) = pem.split_once(end).unwrap();
    let alone = file(name, "alone");
    std::fs::write(&alone, format!("{first}{end}")).unwrap();
    alone
}

fn acme(site: &Site, folder: &Path) {
    let port = format!("127.0.0.1:{}", site.http_port);
    let challenge = ["--http", "--http.port", &port];
    lego(site, &site.key(), &challenge, &["run"]);
    let made = site.path("lego/certificates/lego.corp.example.crt");
    std::fs::copy(made, folder.join("acme.pem")).unwrap();
}

/// By a join token, and the next one by the first.
fn enrolled(site: &Site, folder: &Path) {
    let token = folder.join("token");
    let anyrole = |words: &[&str]| {
        let mut command = Command::new(ANYROLE);
        command.args(words).current_dir(folder).env_clear();
        command.env("AWS_ENDPOINT_URL", site.server.url());
        command.env("SSL_CERT_FILE", &site.tls_root);
        succeeds(&command.output().unwrap());
    };
    let data = site.server.data().to_str().unwrap();
    let out = token.to_str().unwrap();
    anyrole(&[
        "join-token",
        "create",
        "CN=web,O=Example",
        "--san",
        "web.corp.example",
        "--ca",
        &site.ca_arn,
        "--data",
        data,
        "--out",
        out,
    ]);
    let words = [
        "--san",
        "web.corp.example",
        "--token-file",
        out,
        "--no-password",
        "--insecure",
    ];
    anyrole(&[&["enroll", "enrolled.pem", "enrolled.key"], &words[..]].concat());
    std::fs::copy(folder.join("enrolled.pem"), folder.join("renewed.pem")).unwrap();
    anyrole(&[
        "certificate",
        "renew",
        "renewed.pem",
        "enrolled.key",
        "--force",
    ]);
}
