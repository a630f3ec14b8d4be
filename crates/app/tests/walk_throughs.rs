//! The two walk-throughs that the public knows, command by command: one with step-like commands and
//! `credential_process`, one with cfssl and a trust policy that asks for an organizational unit.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

#[path = "way_in/shell.rs"]
mod shell;
mod way_in;

use std::path::Path;

use anyrole_testkit::Program;
use serde_json::{Value, json};

use shell::{CA_JSON, Shell, csr_json};
use way_in::{ANYROLE, anyrole_in};

fn first(root_flags: &str, leaf_flags: &str) -> Shell {
    let shell = Shell::open();
    let folder = shell.folder.path();
    shell.write("password", "correct horse\n");
    anyrole_in(
        folder,
        &format!(
            "certificate create Example-Root root.crt root.key --profile root-ca {root_flags}"
        ),
    );
    anyrole_in(
        folder,
        &format!(
            "certificate create client client.crt client.key --profile leaf --ca root.crt --ca-key root.key \
             {leaf_flags}--not-after 24h --no-password --insecure"
        ),
    );
    let anchor = shell.create_trust_anchor("root.crt");
    let source = json!({"ArnEquals": {"aws:SourceArn": anchor}});
    let (role, profile) = shell.create_role_and_profile(&source);
    let aws = shell.configure(
        "client",
        "client.crt",
        "client.key",
        [&anchor, &profile, &role],
    );
    let identity = format!(
        "arn:aws:sts::000000000000:assumed-role/walker/{}",
        shell.serial("client.crt")
    );
    shell.lists_s3(&aws, "client", &identity);
    audited(&shell, folder);
    shell
}

/// The trail has each step, by whom, and no secret.
fn audited(shell: &Shell, folder: &Path) {
    let trail = std::fs::read_to_string(shell.server.data().join("audit.jsonl")).unwrap();
    for event in [
        "rolesanywhere:CreateTrustAnchor",
        "iam:CreateRole",
        "iam:AttachRolePolicy",
        "rolesanywhere:CreateProfile",
        "rolesanywhere:CreateSession",
        "sts:GetCallerIdentity",
        "s3:CreateBucket",
        "s3:ListBuckets",
    ] {
        assert!(
            trail.contains(&format!("\"{event}\"")),
            "{event} is not in\n{trail}"
        );
    }
    let key = std::fs::read_to_string(folder.join("client.key")).unwrap();
    let secrets = std::fs::read_to_string(shell.server.root_credentials()).unwrap();
    let secrets = secrets
        .lines()
        .filter_map(|line| line.split_once("secret_access_key"));
    for secret in secrets
        .map(|(_, value)| value.trim_start_matches([' ', '=']))
        .chain(key.lines().nth(1))
    {
        assert!(secret.len() > 20);
        assert!(!trail.contains(secret) && !shell.server.log().contains(secret));
    }
}

#[test]
fn the_first_with_a_root_key_in_the_open() {
    first("--no-password --insecure", "");
}

#[test]
fn the_first_with_a_root_key_under_a_password() {
    let shell = first("--password-file password", "--ca-password-file password ");
    let key = std::fs::read_to_string(shell.folder.path().join("root.key")).unwrap();
    assert!(
        key.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"),
        "{key}"
    );
}

#[test]
fn the_second_with_cfssl_and_an_organizational_unit() {
    Program::Cfssl.path().unwrap();
    second(&Shell::open(), "");
}

#[test]
fn the_second_through_links_to_the_binary() {
    let shell = Shell::open();
    shell.sh(&shell.root, &format!("{ANYROLE} link bin"));
    second(&shell, "export PATH=$PWD/bin:$PATH; ");
}

/// `first` goes before each line with `cfssl` and `cfssljson` in it.
fn second(shell: &Shell, first: &str) {
    shell.write("ca.json", CA_JSON);
    shell.sh(
        &shell.root,
        &format!("{first}cfssl gencert -initca ca.json | cfssljson -bare ca"),
    );
    for (name, unit) in [("ops", "Operations"), ("dev", "Development")] {
        shell.write(&format!("{name}.json"), &csr_json(unit));
        shell.sh(
            &shell.root,
            &format!(
                "{first}cfssl gencert -ca ca.pem -ca-key ca-key.pem {name}.json | cfssljson -bare {name}"
            ),
        );
    }
    let anchor = shell.create_trust_anchor("ca.pem");
    let unit = json!({"StringEquals": {"aws:PrincipalTag/x509Subject/OU": "Operations"}});
    let (role, profile) = shell.create_role_and_profile(&unit);
    let arns = [anchor.as_str(), &profile, &role];

    let aws = shell.configure("ops", "ops.pem", "ops-key.pem", arns);
    let identity = format!(
        "arn:aws:sts::000000000000:assumed-role/walker/{}",
        shell.serial("ops.pem")
    );
    shell.lists_s3(&aws, "ops", &identity);

    let aws = shell.configure("dev", "dev.pem", "dev-key.pem", arns);
    let refused = shell.try_sh(&aws, "aws s3 ls --profile dev");
    assert!(!refused.status.success());
    assert!(refused.stdout.is_empty());
    let wanted = format!("Unable to assume role for {role}");
    assert!(refused.stderr.contains(&wanted), "{}", refused.stderr);
    let trail = std::fs::read_to_string(shell.server.data().join("audit.jsonl")).unwrap();
    let last: Value = serde_json::from_str(trail.lines().last().unwrap()).unwrap();
    assert_eq!(last["event"], "rolesanywhere:CreateSession", "{last}");
    assert!(last.to_string().contains("OU=Development"), "{last}");
}

/// The lines of the first walk-through as they are printed, at a terminal: what each asks for and is answered.
const FIRST: [(&str, &[&str]); 5] = [
    (
        r#"step certificate create --profile root-ca "Example Testing" example-test.crt example-test.key"#,
        &["encrypt the private key: ", PASSWORD],
    ),
    (
        "step certificate create --profile leaf example-client example-client.crt example-client.key --ca example-test.crt --ca-key example-test.key --no-password --insecure",
        &["decrypt example-test.key: ", PASSWORD],
    ),
    (CREDENTIALS, &[]),
    (
        "step crypto change-pass example-client.key",
        &["encrypt example-client.key: ", PASSWORD, "[y/n]", "y"],
    ),
    (CREDENTIALS, &["example-client.key", PASSWORD]),
];
const CREDENTIALS: &str = "aws_signing_helper credential-process --certificate $PUBLIC_KEY --private-key $PRIVATE_KEY --role-arn $ROLE --profile-arn $PROFILE --trust-anchor-arn $TRUST_ANCHOR";
const PASSWORD: &str = "correct horse battery staple";

/// One line at a terminal, with the links in front of all other programs; what was shown.
fn typed(shell: &Shell, line: &str, answers: &[&str], environment: &[(&str, String)]) -> String {
    let folder = shell.folder.path();
    let output = Program::Python3
        .command()
        .unwrap()
        .args(["-c", include_str!("step/terminal.py"), "60"])
        .arg(folder)
        .args(answers)
        .args(["--", "/bin/sh", "-c", line])
        .env_clear()
        .env("PATH", format!("{}/bin:/usr/bin:/bin", folder.display()))
        .env("AWS_ENDPOINT_URL", shell.server.url())
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .output()
        .unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{line}: {shown}");
    shown
}

/// openssl, in the folder.
fn openssl(shell: &Shell, line: &str) -> String {
    let output = Program::Openssl
        .command()
        .unwrap()
        .args(line.split_whitespace())
        .current_dir(shell.folder.path())
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "openssl {line}: {stderr}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_first_letter_for_letter_through_the_links() {
    let shell = Shell::open();
    shell.write("pass", PASSWORD);
    anyrole_in(shell.folder.path(), "link bin");
    let [
        (root, asked),
        (leaf, of_ca),
        (before, none),
        (change, anew),
        (after, of_key),
    ] = FIRST;
    let shown = typed(&shell, root, asked, &[]);
    assert!(
        shown.contains("Your certificate has been saved in example-test.crt."),
        "{shown}"
    );
    openssl(&shell, "x509 -in example-test.crt -noout -checkend 86400");
    let key = openssl(
        &shell,
        "pkey -in example-test.key -passin file:pass -pubout",
    );
    assert_eq!(
        openssl(&shell, "x509 -in example-test.crt -noout -pubkey"),
        key
    );
    typed(&shell, leaf, of_ca, &[]);
    openssl(
        &shell,
        "verify -x509_strict -CAfile example-test.crt example-client.crt",
    );
    openssl(&shell, "pkey -in example-client.key -check -noout");
    let names = openssl(
        &shell,
        "x509 -in example-client.crt -noout -ext subjectAltName",
    );
    assert!(names.contains("DNS:example-client"), "{names}");

    let anchor = shell.create_trust_anchor("example-test.crt");
    let source = json!({"ArnEquals": {"aws:SourceArn": anchor}});
    let (role, profile) = shell.create_role_and_profile(&source);
    let environment = [
        ("PUBLIC_KEY", "example-client.crt".to_owned()),
        ("PRIVATE_KEY", "example-client.key".to_owned()),
        ("ROLE", role),
        ("PROFILE", profile),
        ("TRUST_ANCHOR", anchor),
    ];
    let credentials = |line, answers: &[&str]| -> Value {
        let shown = typed(&shell, line, answers, &environment);
        let json = shown.lines().find(|line| line.starts_with('{'));
        assert!(json.is_some(), "{line}: {shown}");
        serde_json::from_str(json.unwrap()).unwrap()
    };
    assert_eq!(credentials(before, none)["Version"], 1);
    typed(&shell, change, anew, &[]);
    let key = std::fs::read_to_string(shell.folder.path().join("example-client.key")).unwrap();
    assert!(key.contains("Proc-Type: 4,ENCRYPTED"), "{key}");
    openssl(
        &shell,
        "pkey -in example-client.key -passin file:pass -check -noout",
    );
    let opened = credentials(after, of_key);
    let session = anyrole_testkit::SessionCredentials::from_json(&opened).unwrap();
    let aws = shell.server.aws_cli().session(&session);
    let caller = shell.sh(
        &aws,
        "aws sts get-caller-identity --query Arn --output text",
    );
    assert!(caller.contains(":assumed-role/walker/"), "{caller}");
    shell.sh(&aws, "aws s3 ls");
}
