//! The two walk-throughs that the public knows, command by command: one with step-like commands and
//! `credential_process`, one with cfssl and a trust policy that asks for an organizational unit.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod way_in;

use std::path::Path;
use std::process::Command;

use anyrole_testkit::{AwsCli, AwsOutput, Program, TestServer};
use serde_json::{Value, json};
use tempfile::TempDir;

use way_in::{ANYROLE, S3_FULL_ACCESS, anyrole_in, root};

/// A person's shell: a folder and the AWS CLI set up for root.
struct Shell {
    server: TestServer,
    root: AwsCli,
    folder: TempDir,
}

impl Shell {
    fn open() -> Self {
        let server = TestServer::start_default(ANYROLE).unwrap();
        let root = root(&server);
        let folder = TempDir::new().unwrap();
        Self {
            server,
            root,
            folder,
        }
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).unwrap();
    }

    /// `sh -c` in the folder, where it must end well.
    fn sh(&self, aws: &AwsCli, line: &str) -> String {
        self.try_sh(aws, line).success().unwrap().stdout
    }

    fn try_sh(&self, aws: &AwsCli, line: &str) -> AwsOutput {
        let folder = self.folder.path();
        let mut shell = Command::new("sh");
        aws.finish(shell.args(["-c", line]).current_dir(folder))
            .unwrap()
    }

    fn json(&self, line: &str) -> Value {
        serde_json::from_str(&self.sh(&self.root, line)).unwrap()
    }

    /// `aws rolesanywhere create-trust-anchor` with this certificate; the anchor's ARN.
    fn create_trust_anchor(&self, certificate: &str) -> String {
        let pem = std::fs::read_to_string(self.folder.path().join(certificate)).unwrap();
        let source =
            json!({"sourceType": "CERTIFICATE_BUNDLE", "sourceData": {"x509CertificateData": pem}});
        self.write("source.json", &source.to_string());
        let made = self.json("aws rolesanywhere create-trust-anchor --name walk --source file://source.json --enabled");
        text(&made["trustAnchor"]["trustAnchorArn"])
    }

    /// `aws iam create-role` with this condition, AmazonS3FullAccess, and `create-profile`; the ARNs of both.
    fn create_role_and_profile(&self, condition: &Value) -> (String, String) {
        let trust = json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow",
                "Principal": {"Service": "rolesanywhere.amazonaws.com"},
                "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
                "Condition": condition,
            }],
        });
        self.write("trust.json", &trust.to_string());
        let role = self.json("aws iam create-role --role-name walker --assume-role-policy-document file://trust.json");
        let role = text(&role["Role"]["Arn"]);
        let attach =
            format!("aws iam attach-role-policy --role-name walker --policy-arn {S3_FULL_ACCESS}");
        self.sh(&self.root, &attach);
        let profile =
            format!("aws rolesanywhere create-profile --name walk --role-arns {role} --enabled");
        let profile = self.json(&profile);
        (role, text(&profile["profile"]["profileArn"]))
    }

    /// Writes an AWS config file whose section `name` asks for credentials with this certificate.
    fn configure(&self, name: &str, certificate: &str, key: &str, arns: [&str; 3]) -> AwsCli {
        let folder = self.folder.path().display();
        let [anchor, profile, role] = arns;
        self.write(
            &format!("{name}.config"),
            &format!(
                "[profile {name}]\nregion = us-east-1\ncredential_process = {ANYROLE} credential-process \
                 --certificate {folder}/{certificate} --private-key {folder}/{key} \
                 --trust-anchor-arn {anchor} --profile-arn {profile} --role-arn {role}\n"
            ),
        );
        let config = self.folder.path().join(format!("{name}.config"));
        self.server.aws_cli().env("AWS_CONFIG_FILE", config)
    }

    /// What a profile whose CA was just trusted can do: say who it is, make a bucket, list it.
    fn lists_s3(&self, aws: &AwsCli, name: &str, identity: &str) {
        let caller = self.sh(
            aws,
            &format!("aws sts get-caller-identity --profile {name} --query Arn --output text"),
        );
        assert_eq!(caller.trim(), identity);
        self.sh(aws, &format!("aws s3 mb s3://walk-{name} --profile {name}"));
        let listed = self.sh(aws, &format!("aws s3 ls --profile {name}"));
        assert!(listed.ends_with(&format!(" walk-{name}\n")), "{listed}");
    }

    fn serial(&self, certificate: &str) -> String {
        let mut openssl = Program::Openssl.command().unwrap();
        let output = openssl
            .args(["x509", "-noout", "-serial", "-in", certificate])
            .current_dir(self.folder.path())
            .output()
            .unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        printed
            .trim()
            .strip_prefix("serial=")
            .unwrap()
            .to_lowercase()
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

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

/// The files of the second walk-through.
const CA_JSON: &str = r#"{
  "CN": "Custom CA Root",
  "key": {"algo": "rsa", "size": 2048},
  "names": [{"C": "CH", "L": "Zurich", "O": "Custom CA", "OU": "Platform", "ST": "ZH"}]
}"#;

fn csr_json(unit: &str) -> String {
    json!({
        "CN": "workload",
        "key": {"algo": "ecdsa", "size": 256},
        "names": [{"C": "CH", "L": "Zurich", "O": "Example", "OU": unit, "ST": "ZH"}],
    })
    .to_string()
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
