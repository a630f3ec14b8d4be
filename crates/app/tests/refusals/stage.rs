//! A server with what the tables need: anchors, profiles and roles of every kind, made through the wire as root.

use std::fs;
use std::path::Path;

use anyrole_testkit::certificates::Authority;
use anyrole_testkit::{RootKey, TestServer};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::exchange::{Answer, Request};
use super::signed::{Key, Signature};

pub const ACCOUNT: &str = "000000000000";
pub const S3_FULL_ACCESS: &str = "arn:aws:iam::aws:policy/AmazonS3FullAccess";
const TRUST_ACTIONS: [&str; 3] = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"];

/// A running server and the way in to it.
pub struct Stage {
    pub server: TestServer,
    pub folder: TempDir,
    pub root: Key,
    pub ca: Authority,
    /// Enabled, of `ca`.
    pub anchor: String,
    /// Enabled; for 12 hours; holds [`Stage::ROLES`] and takes no session names.
    pub profile: String,
}

impl Stage {
    /// The roles of the profile; `gone` does not exist.
    pub const ROLES: [&str; 7] = [
        "app",
        "brief",
        "gone",
        "no-assume",
        "no-tag",
        "no-source",
        "denied",
    ];

    pub fn new() -> Self {
        Self::on(TestServer::start_default(env!("CARGO_BIN_EXE_anyrole")).unwrap())
    }

    pub fn on(server: TestServer) -> Self {
        let folder = TempDir::new().unwrap();
        let ca = Authority::root(folder.path()).unwrap();
        let mut stage = Self {
            root: root_key(&server.root_credentials()),
            server,
            folder,
            ca,
            anchor: String::new(),
            profile: String::new(),
        };
        stage.anchor = stage.make_anchor(true);
        stage.make_roles();
        stage.profile = stage.make_profile(&Self::ROLES, true, false);
        stage
    }

    pub fn role_arn(name: &str) -> String {
        format!("arn:aws:iam::{ACCOUNT}:role/{name}")
    }

    /// A trust anchor of the stage's authority.
    pub fn make_anchor(&self, enabled: bool) -> String {
        self.make_anchor_of(&self.ca, enabled)
    }

    /// A trust anchor of an authority.
    pub fn make_anchor_of(&self, ca: &Authority, enabled: bool) -> String {
        let source = json!({
            "sourceType": "CERTIFICATE_BUNDLE",
            "sourceData": {"x509CertificateData": fs::read_to_string(ca.certificate()).unwrap()},
        });
        let asked = json!({"name": "anchor", "source": source, "enabled": enabled});
        let made = self.rolesanywhere("POST", "/trustanchors", &asked);
        text(&made["trustAnchor"]["trustAnchorArn"])
    }

    /// A profile of these roles.
    pub fn make_profile(&self, roles: &[&str], enabled: bool, takes_names: bool) -> String {
        let arns: Vec<String> = roles.iter().map(|name| Self::role_arn(name)).collect();
        let asked = json!({
            "name": "profile",
            "roleArns": arns,
            "enabled": enabled,
            "durationSeconds": 43_200,
            "acceptRoleSessionName": takes_names,
        });
        let made = self.rolesanywhere("POST", "/profiles", &asked);
        text(&made["profile"]["profileArn"])
    }

    fn make_roles(&self) {
        self.make_role("app", &allow(&TRUST_ACTIONS), 43_200);
        self.make_role("unlisted", &allow(&TRUST_ACTIONS), 43_200);
        self.make_role("brief", &allow(&TRUST_ACTIONS), 3600);
        let [assume, tag, source] = TRUST_ACTIONS;
        self.make_role("no-assume", &allow(&[tag, source]), 43_200);
        self.make_role("no-tag", &allow(&[assume, source]), 43_200);
        self.make_role("no-source", &allow(&[assume, tag]), 43_200);
        let mut denied = allow(&TRUST_ACTIONS);
        let deny = json!({
            "Effect": "Deny",
            "Principal": {"Service": "rolesanywhere.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:PrincipalTag/x509Subject/CN": "client"}},
        });
        denied["Statement"].as_array_mut().unwrap().push(deny);
        self.make_role("denied", &denied, 43_200);
        self.iam(&[
            ("Action", "AttachRolePolicy"),
            ("RoleName", "app"),
            ("PolicyArn", S3_FULL_ACCESS),
        ]);
    }

    pub fn make_role(&self, name: &str, trust: &Value, longest: u32) {
        self.iam(&[
            ("Action", "CreateRole"),
            ("RoleName", name),
            ("AssumeRolePolicyDocument", &trust.to_string()),
            ("MaxSessionDuration", &longest.to_string()),
        ]);
    }

    /// The role `app`, as it was made.
    pub fn make_app_again(&self) {
        self.make_role("app", &allow(&TRUST_ACTIONS), 43_200);
        self.iam(&[
            ("Action", "AttachRolePolicy"),
            ("RoleName", "app"),
            ("PolicyArn", S3_FULL_ACCESS),
        ]);
    }

    /// A granted call of the control plane as root.
    pub fn rolesanywhere(&self, method: &'static str, path: &str, body: &Value) -> Value {
        let request = Request::new(&self.server, method, path)
            .header("content-type", "application/json")
            .body(body.to_string());
        let answer = Signature::new(&self.root, "rolesanywhere")
            .sign(request)
            .send(&self.server);
        assert!(answer.is_granted(), "{answer:?}");
        answer.json()
    }

    /// A granted call of IAM as root.
    pub fn iam(&self, parameters: &[(&str, &str)]) {
        let answer = self.query(&Signature::new(&self.root, "iam"), parameters);
        assert!(answer.is_granted(), "{answer:?}");
    }

    /// A call in the Query protocol.
    pub fn query(&self, signature: &Signature<'_>, parameters: &[(&str, &str)]) -> Answer {
        signature
            .sign(self.query_request(parameters))
            .send(&self.server)
    }

    pub fn query_request(&self, parameters: &[(&str, &str)]) -> Request {
        let pairs: Vec<String> = parameters
            .iter()
            .map(|(name, value)| format!("{name}={}", encode(value)))
            .collect();
        Request::new(&self.server, "POST", "/")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(pairs.join("&"))
    }
}

/// A trust policy that lets Roles Anywhere do these.
fn allow(actions: &[&str]) -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": {"Service": "rolesanywhere.amazonaws.com"},
            "Action": actions,
        }],
    })
}

/// Percent-encodes everything but letters and digits.
pub fn encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            encoded.push(byte.into());
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

pub fn root_key(path: &Path) -> Key {
    let RootKey { id, secret } = RootKey::read(path).unwrap();
    Key {
        id,
        secret,
        token: None,
    }
}
