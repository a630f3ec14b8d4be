//! Servers on one PostgreSQL: started at once or one by one, paused and resumed, with a way in that one of them made.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use anyrole_testkit::certificates::{Authority, CertificateRequest, Issued};
use anyrole_testkit::{Postgres, ServerBuilder, TestServer};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::call::{Answer, Call, Key, encode};

pub const ANYROLE: &str = env!("CARGO_BIN_EXE_anyrole");
const ROLE: &str = "arn:aws:iam::000000000000:role/app";
const S3_FULL_ACCESS: &str = "arn:aws:iam::aws:policy/AmazonS3FullAccess";
pub const DATABASE: &str = "anyrole";

/// A database and a master key.
pub struct Ground {
    pub postgres: Postgres,
    pub folder: TempDir,
    pub master_key: PathBuf,
}

impl Ground {
    pub fn new() -> Self {
        let postgres = Postgres::start().unwrap();
        postgres.create_database(DATABASE).unwrap();
        let folder = TempDir::new().unwrap();
        let master_key = folder.path().join("master.key");
        anyrole(&["master-key", "create", master_key.to_str().unwrap()]).unwrap();
        Self {
            postgres,
            folder,
            master_key,
        }
    }

    /// What will start a server.
    pub fn server(&self) -> ServerBuilder {
        TestServer::builder(ANYROLE)
            .env("ANYROLE_DATABASE", &self.postgres.url(DATABASE))
            .arg("--master-key-file")
            .arg(self.master_key.to_str().unwrap())
            // A fast machine makes more than AWS's thousand.
            .arg("--quota")
            .arg("roles=unlimited")
    }

    /// `anyrole seal-key …` beside the servers.
    pub fn seal_key(&self, words: &[&str], more: &[&str]) -> String {
        let url = self.postgres.url(DATABASE);
        let key = self.master_key.to_str().unwrap();
        let mut all = vec!["seal-key"];
        all.extend(words);
        all.extend(["--database", &url, "--master-key-file", key]);
        all.extend(more);
        anyrole(&all).unwrap()
    }

    pub fn sql(&self, sql: &str) -> String {
        self.postgres.sql(DATABASE, sql).unwrap()
    }
}

/// Runs the program to its end; what it printed on standard output, or on standard error where it fails.
pub fn anyrole(words: &[&str]) -> Result<String, String> {
    let output = Command::new(ANYROLE)
        .args(words)
        .env_clear()
        .output()
        .unwrap();
    if output.status.success() {
        Ok(String::from_utf8(output.stdout).unwrap())
    } else {
        Err(String::from_utf8(output.stderr).unwrap())
    }
}

/// What every server of the database knows.
pub struct Way {
    pub root: Key,
    pub anchor: String,
    profile: String,
    leaf: Issued,
}

impl Way {
    /// Makes anchor, role and profile on `server`, whose data folder has the root user's key.
    pub fn open(ground: &Ground, server: &TestServer) -> Self {
        let ca = Authority::root(&ground.folder.path().join("ca")).unwrap();
        let request = CertificateRequest::leaf("client").serial("1001");
        let mut way = Self {
            root: Key::root(&server.root_credentials()),
            anchor: String::new(),
            profile: String::new(),
            leaf: ca.issue("client", &request).unwrap(),
        };
        let at = server.address();
        let source = json!({
            "sourceType": "CERTIFICATE_BUNDLE",
            "sourceData": {"x509CertificateData": std::fs::read_to_string(ca.certificate()).unwrap()},
        });
        let anchor = json!({"name": "anchor", "source": source, "enabled": true});
        let made = way.rolesanywhere(at, "POST", "/trustanchors", &anchor);
        way.anchor = text(&made.expect(201).json()["trustAnchor"]["trustAnchorArn"]);
        let trust = json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow",
                "Principal": {"Service": "rolesanywhere.amazonaws.com"},
                "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
            }],
        });
        way.create_role(at, "app", &trust).unwrap().expect(200);
        way.app_policy(at, "AttachRolePolicy");
        let profile = json!({"name": "profile", "roleArns": [ROLE], "enabled": true});
        let made = way.rolesanywhere(at, "POST", "/profiles", &profile);
        way.profile = text(&made.expect(201).json()["profile"]["profileArn"]);
        way
    }

    /// A call of the control plane as root.
    pub fn rolesanywhere(
        &self,
        at: SocketAddr,
        method: &'static str,
        path: &str,
        body: &Value,
    ) -> Answer {
        Call::new(at, method, path)
            .header("content-type", "application/json")
            .body(body.to_string())
            .sign(&self.root, "rolesanywhere")
            .send()
            .unwrap()
    }

    /// Turns the anchor on or off.
    pub fn set_anchor(&self, at: SocketAddr, enabled: bool) {
        let (_, id) = self.anchor.rsplit_once('/').unwrap();
        let verb = if enabled { "enable" } else { "disable" };
        let path = format!("/trustanchor/{id}/{verb}");
        self.rolesanywhere(at, "POST", &path, &json!({}))
            .expect(200);
    }

    pub fn create_role(
        &self,
        at: SocketAddr,
        name: &str,
        trust: &Value,
    ) -> std::io::Result<Answer> {
        Call::query_protocol(
            at,
            &[
                ("Action", "CreateRole"),
                ("RoleName", name),
                ("AssumeRolePolicyDocument", &trust.to_string()),
            ],
        )
        .sign(&self.root, "iam")
        .send()
    }

    /// Attaches or detaches what lets the role list buckets.
    pub fn app_policy(&self, at: SocketAddr, action: &str) {
        let parameters = [
            ("Action", action),
            ("RoleName", "app"),
            ("PolicyArn", S3_FULL_ACCESS),
        ];
        self.iam(at, &parameters).expect(200);
    }

    /// A call of IAM as root.
    pub fn iam(&self, at: SocketAddr, parameters: &[(&str, &str)]) -> Answer {
        let call = Call::query_protocol(at, parameters).sign(&self.root, "iam");
        call.send().unwrap()
    }

    /// CreateSession, signed.
    pub fn session_call(&self, at: SocketAddr) -> Call {
        let query = format!(
            "profileArn={}&roleArn={}&trustAnchorArn={}",
            encode(&self.profile),
            encode(ROLE),
            encode(&self.anchor)
        );
        Call::new(at, "POST", "/sessions")
            .query(query)
            .header("content-type", "application/json")
            .body("{}")
            .sign_x509(&self.leaf)
    }

    pub fn session(&self, at: SocketAddr) -> Key {
        let answer = self.session_call(at).send().unwrap();
        answer.expect(201).credentials()
    }
}

/// A trust policy.
pub fn anyone() -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"},
    })
}

/// GetCallerIdentity with a key: whether a server verifies it.
pub fn who(at: SocketAddr, key: &Key) -> std::io::Result<Answer> {
    Call::query_protocol(at, &[("Action", "GetCallerIdentity")])
        .sign(key, "sts")
        .send()
}

/// ListBuckets with a key: whether a server lets it.
pub fn buckets(at: SocketAddr, key: &Key) -> Answer {
    Call::new(at, "GET", "/").sign(key, "s3").send().unwrap()
}

pub fn ready(at: SocketAddr) -> Answer {
    Call::new(at, "GET", "/-/ready").send().unwrap()
}

/// Sends a signal to a server. After `STOP` each of its threads has stopped: on a busy machine some go on for a while, and
/// would answer what is sent to a server that is taken for stopped.
pub fn signal(server: &TestServer, name: &str) {
    let id = server.id().unwrap().to_string();
    send_signal(&id, name);
    while name == "STOP" && !has_stopped(&id) {
        sleep(Duration::from_millis(1));
    }
}

/// Sends a signal to a process.
pub fn send_signal(id: &str, name: &str) {
    let sent = Command::new("sh")
        .args(["-c", &format!("kill -{name} {id}")])
        .status()
        .unwrap();
    assert!(sent.success());
}

/// Whether every thread is in state `T` (proc(5): the first word behind the name in parentheses).
fn has_stopped(id: &str) -> bool {
    let threads = std::fs::read_dir(format!("/proc/{id}/task")).unwrap();
    threads.flatten().all(|thread| {
        let stat = std::fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
        let (_, state) = stat.rsplit_once(") ").unwrap_or_default();
        stat.is_empty() || state.starts_with('T')
    })
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
