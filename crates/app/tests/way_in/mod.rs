//! The way in, as tests make it: anchor, role and profile by boto3 as root, and the commands that use them.
#![allow(dead_code, reason = "each test file uses its part")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyrole_testkit::certificates::{Authority, CertificateRequest, Issued};
use anyrole_testkit::{AwsCli, PythonTools, SessionCredentials, TestServer};
use serde_json::{Value, json};
use tempfile::TempDir;

pub const ANYROLE: &str = env!("CARGO_BIN_EXE_anyrole");
pub const S3_FULL_ACCESS: &str = "arn:aws:iam::aws:policy/AmazonS3FullAccess";

/// Runs `tests/clients/NAME` and returns what it printed; if an assertion in it fails, its traceback is the test's.
pub fn script(aws: &AwsCli, name: &str, arguments: &[&str]) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/clients")
        .join(name);
    let mut python = Command::new(PythonTools::ready().unwrap().python());
    // -B: no compiled files beside the scripts.
    let output = aws
        .finish(python.arg("-B").arg(path).args(arguments))
        .unwrap();
    assert!(
        output.status.success(),
        "{name}: {}\n{}\n{}",
        output.status,
        output.stdout,
        output.stderr
    );
    output.stdout
}

/// As root.
pub fn root(server: &TestServer) -> AwsCli {
    server
        .aws_cli()
        .credentials_file(&server.root_credentials())
}

/// A server with TLS, whose certificate the file beside it vouches for.
pub fn tls_server(folder: &Path) -> (TestServer, PathBuf) {
    let ca = Authority::root(&folder.join("tls")).unwrap();
    let own = ca
        .issue("server", &CertificateRequest::loopback_server())
        .unwrap();
    let server = TestServer::builder(ANYROLE)
        .tls(&own.certificate, &own.key)
        .start()
        .unwrap();
    (server, ca.certificate().to_owned())
}

/// A trust anchor, a role and a profile.
pub struct WayIn {
    pub anchor: String,
    pub role: String,
    pub profile: String,
}

impl WayIn {
    /// Makes one; `open_way.py` says what can be asked.
    pub fn open(root: &AwsCli, asked: &Value) -> Self {
        Self::open_all(root, std::slice::from_ref(asked)).remove(0)
    }

    /// Makes several with one start of Python.
    pub fn open_all(root: &AwsCli, asked: &[Value]) -> Vec<Self> {
        let made = script(
            root,
            "open_way.py",
            &[&Value::from(asked.to_vec()).to_string()],
        );
        let made: Vec<Value> = serde_json::from_str(&made).unwrap();
        let arn = |made: &Value, name: &str| made[name].as_str().unwrap().to_owned();
        made.iter()
            .map(|made| Self {
                anchor: arn(made, "anchor"),
                role: arn(made, "role"),
                profile: arn(made, "profile"),
            })
            .collect()
    }

    /// The flags that name it.
    pub fn arns(&self) -> [&str; 6] {
        [
            "--trust-anchor-arn",
            &self.anchor,
            "--profile-arn",
            &self.profile,
            "--role-arn",
            &self.role,
        ]
    }

    /// The words behind `anyrole` or `aws_signing_helper`.
    pub fn credential_process(&self, leaf: &Issued) -> Vec<String> {
        let words = [
            "credential-process",
            "--certificate",
            leaf.certificate.to_str().unwrap(),
            "--private-key",
            leaf.key.to_str().unwrap(),
        ];
        let words = words.into_iter().chain(self.arns());
        words.map(str::to_owned).collect()
    }

    /// One section of an AWS config file.
    pub fn config(&self, section: &str, program: &str, leaf: &Issued, more: &str) -> String {
        let words = self.credential_process(leaf).join(" ");
        format!(
            "[profile {section}]\nregion = us-east-1\ncredential_process = {program} {words}{more}\n"
        )
    }

    /// Credentials by `anyrole credential-process`.
    pub fn session(&self, server: &TestServer, leaf: &Issued) -> SessionCredentials {
        let output = anyrole(ANYROLE, server.url(), &self.credential_process(leaf));
        let json = succeeds(&output);
        SessionCredentials::from_json(&serde_json::from_str(&json).unwrap()).unwrap()
    }
}

/// A plain server that lets `host1` in.
pub struct Opened {
    pub server: TestServer,
    pub folder: TempDir,
    pub ca: Authority,
    pub leaf: Issued,
    pub way: WayIn,
}

impl Opened {
    /// For a role of this name with these managed policies; the server has these arguments besides.
    pub fn start(role: &str, managed: &[&str], arguments: &[&str]) -> Self {
        let builder = TestServer::builder(ANYROLE);
        let builder = arguments.iter().fold(builder, |it, word| it.arg(*word));
        let server = builder.start().unwrap();
        let folder = TempDir::new().unwrap();
        let ca = Authority::root(folder.path()).unwrap();
        let request = CertificateRequest::leaf("host1");
        let leaf = ca.issue("host1", &request).unwrap();
        let asked = json!({"name": role, "ca": ca.certificate(), "managed": managed});
        let way = WayIn::open(&root(&server), &asked);
        Self {
            server,
            folder,
            ca,
            leaf,
            way,
        }
    }
}

/// Runs the built program with `AWS_ENDPOINT_URL` and nothing else.
pub fn anyrole(program: &str, endpoint: &str, words: &[String]) -> Output {
    Command::new(program)
        .args(words)
        .env_clear()
        .env("AWS_ENDPOINT_URL", endpoint)
        .env("ANYROLE_CACHE", "off")
        .output()
        .unwrap()
}

/// What a program printed that must end well.
pub fn succeeds(output: &Output) -> String {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {stderr}", output.status);
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Runs `anyrole` with words split at spaces in `folder`, where it must end well.
pub fn anyrole_in(folder: &Path, words: &str) {
    let output = Command::new(ANYROLE)
        .args(words.split(' '))
        .current_dir(folder)
        .env_clear()
        .output()
        .unwrap();
    succeeds(&output);
}
