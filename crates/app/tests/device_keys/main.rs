//! Keys that stay in their place, by the built program: PKCS#11 tokens of SoftHSM and keys of a TPM in software, with AWS's
//! own helper beside it, SVIDs of a SPIFFE agent, and sessions of the built server.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod authorities;
mod enrolling;
mod issuing;
mod pkcs11;
mod pkcs11_errors;
mod renewing;
mod spiffe;
mod tpm;
#[path = "../way_in/mod.rs"]
mod way_in;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyrole_testkit::{Program, SessionCredentials, TestServer};
use aws_lc_rs::digest::{SHA256, digest};

use way_in::{ANYROLE, WayIn, succeeds};

/// A program's way to the devices: environment variables.
type Environment = Vec<(&'static str, PathBuf)>;

/// Runs a program with these variables and nothing else.
fn run(program: &Path, environment: &Environment, words: &[&str]) -> Output {
    let mut command = Command::new(program);
    command.args(words).env_clear().env("HOME", "/nonexistent");
    // Each call is to sign for a session of its own.
    command.env("ANYROLE_CACHE", "off");
    command.envs(environment.iter().map(|(name, value)| (*name, value)));
    command.output().unwrap()
}

/// `anyrole` must do it.
fn ours(environment: &Environment, words: &[&str]) -> Vec<u8> {
    let output = run(Path::new(ANYROLE), environment, words);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words:?}: {stderr}");
    output.stdout
}

/// The same by a shell, for standard input and open descriptors; `$ANYROLE` is the program.
fn by_shell(environment: &Environment, line: &str) -> Vec<u8> {
    let mut environment = environment.clone();
    environment.push(("ANYROLE", ANYROLE.into()));
    let output = run(Path::new("/bin/sh"), &environment, &["-c", line]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{line}: {stderr}");
    assert_eq!(stderr, "", "{line}");
    output.stdout
}

/// `anyrole` must not do it, with 1, and say all of `said`; what it said.
fn refuses(environment: &Environment, words: &[&str], said: &[&str]) -> String {
    let output = run(Path::new(ANYROLE), environment, words);
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{words:?}: {stderr}");
    assert!(output.stdout.is_empty(), "{words:?}");
    for said in said {
        assert!(stderr.contains(said), "{words:?}: `{said}` in {stderr}");
    }
    stderr
}

/// The caller's ARN by the credentials that `credential-process` gets with these words.
fn caller(server: &TestServer, way: &WayIn, environment: &Environment, words: &[&str]) -> String {
    let mut environment = environment.clone();
    environment.push(("AWS_ENDPOINT_URL", server.url().into()));
    // The words last: --spiffe-socket takes the next one, if there is any.
    let words = [&["credential-process"], &way.arns()[..], words].concat();
    let document = serde_json::from_slice(&ours(&environment, &words)).unwrap();
    let session = SessionCredentials::from_json(&document).unwrap();
    let client = server.aws_cli().session(&session);
    let caller = client.run(&["sts", "get-caller-identity"]).unwrap();
    caller.json().unwrap()["Arn"].as_str().unwrap().to_owned()
}

/// That `signature` is what `sign-string` makes with the EC key of this public key (PEM).
fn assert_signed(public: &Path, hash: &str, signature: &[u8]) {
    let folder = public.parent().unwrap();
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let openssl = |words: &[&str]| {
        let output = Program::Openssl
            .command()
            .unwrap()
            .args(words)
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{words:?}: {stderr}");
        output.stdout
    };
    let der = openssl(&["pkey", "-pubin", "-in", &text(public), "-outform", "DER"]);
    // The uncompressed point ends the structure.
    let sizes = [(91, 65), (120, 97), (158, 133)];
    let (_, size) = sizes.iter().find(|(whole, _)| *whole == der.len()).unwrap();
    let point = &der[der.len() - size..];
    let hashed = digest(&SHA256, &[b"IAM RA", point].concat());
    let message = [
        b"AWS Roles Anywhere Credential Helper Signing Test1",
        hashed.as_ref(),
    ]
    .concat();
    let (message_file, signature_file) = (folder.join("message"), folder.join("signature"));
    std::fs::write(&message_file, message).unwrap();
    std::fs::write(&signature_file, signature).unwrap();
    let words = [
        "dgst",
        hash,
        "-verify",
        &text(public),
        "-signature",
        &text(&signature_file),
        &text(&message_file),
    ];
    openssl(&words);
}

/// The public key of a private key or certificate, as PEM beside it.
fn public_of(key: &Path) -> PathBuf {
    let public = key.with_extension("public");
    let mut openssl = Program::Openssl.command().unwrap();
    openssl
        .arg("pkey")
        .arg("-in")
        .arg(key)
        .arg("-pubout")
        .arg("-out")
        .arg(&public);
    succeeds(&openssl.output().unwrap());
    public
}
