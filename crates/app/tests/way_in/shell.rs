//! A person's shell, as both public walk-throughs need one: a server, a folder, the AWS CLI set up for root. Called by their
//! tests, by command and in the browser.
#![allow(dead_code, reason = "each test file uses its part")]

use std::process::Command;

use anyrole_testkit::{AwsCli, AwsOutput, Program, TestServer};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::way_in::{ANYROLE, S3_FULL_ACCESS, root};

/// A person's shell: a folder and the AWS CLI set up for root.
pub struct Shell {
    pub server: TestServer,
    pub root: AwsCli,
    pub folder: TempDir,
}

impl Shell {
    pub fn open() -> Self {
        let server = TestServer::start_default(ANYROLE).unwrap();
        let root = root(&server);
        let folder = TempDir::new().unwrap();
        Self {
            server,
            root,
            folder,
        }
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).unwrap();
    }

    /// `sh -c` in the folder, where it must end well.
    pub fn sh(&self, aws: &AwsCli, line: &str) -> String {
        self.try_sh(aws, line).success().unwrap().stdout
    }

    pub fn try_sh(&self, aws: &AwsCli, line: &str) -> AwsOutput {
        let folder = self.folder.path();
        let mut shell = Command::new("sh");
        aws.finish(shell.args(["-c", line]).current_dir(folder))
            .unwrap()
    }

    pub fn json(&self, line: &str) -> Value {
        serde_json::from_str(&self.sh(&self.root, line)).unwrap()
    }

    /// `aws rolesanywhere create-trust-anchor` with this certificate; the anchor's ARN.
    pub fn create_trust_anchor(&self, certificate: &str) -> String {
        let pem = std::fs::read_to_string(self.folder.path().join(certificate)).unwrap();
        let source =
            json!({"sourceType": "CERTIFICATE_BUNDLE", "sourceData": {"x509CertificateData": pem}});
        self.write("source.json", &source.to_string());
        let made = self.json("aws rolesanywhere create-trust-anchor --name walk --source file://source.json --enabled");
        text(&made["trustAnchor"]["trustAnchorArn"])
    }

    /// `aws iam create-role` with this condition, AmazonS3FullAccess, and `create-profile`; the ARNs of both.
    pub fn create_role_and_profile(&self, condition: &Value) -> (String, String) {
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
    pub fn configure(&self, name: &str, certificate: &str, key: &str, arns: [&str; 3]) -> AwsCli {
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
    pub fn lists_s3(&self, aws: &AwsCli, name: &str, identity: &str) {
        let caller = self.sh(
            aws,
            &format!("aws sts get-caller-identity --profile {name} --query Arn --output text"),
        );
        assert_eq!(caller.trim(), identity);
        self.sh(aws, &format!("aws s3 mb s3://walk-{name} --profile {name}"));
        let listed = self.sh(aws, &format!("aws s3 ls --profile {name}"));
        assert!(listed.ends_with(&format!(" walk-{name}\n")), "{listed}");
    }

    pub fn serial(&self, certificate: &str) -> String {
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

pub fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// The request for the second walk-through's root, as cfssl reads it.
pub const CA_JSON: &str = r#"{
  "CN": "Custom CA Root",
  "key": {"algo": "rsa", "size": 2048},
  "names": [{"C": "CH", "L": "Zurich", "O": "Custom CA", "OU": "Platform", "ST": "ZH"}]
}"#;

/// Its request for a workload of this organizational unit.
pub fn csr_json(unit: &str) -> String {
    json!({
        "CN": "workload",
        "key": {"algo": "ecdsa", "size": 256},
        "names": [{"C": "CH", "L": "Zurich", "O": "Example", "OU": unit, "ST": "ZH"}],
    })
    .to_string()
}
