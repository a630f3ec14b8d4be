//! The pinned clients are there and reach the server they are pointed at; a stand-in answers, so no built server is needed.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

use anyrole_testkit::{AwsCli, PythonTools, SessionCredentials, TestServer, get};
use serde_json::json;
use tempfile::TempDir;

/// Takes the arguments of `anyrole server`, says where it listens and tells each caller what it was asked.
const STAND_IN: &str = r#"#!/usr/bin/env python3
import http.server, os, sys
assert sys.argv[1:3] == ["server", "--data"] and sys.argv[4] == "--listen", sys.argv
os.makedirs(sys.argv[3], exist_ok=True)
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self): self.answer()
    def do_POST(self): self.answer()
    def answer(self):
        key = self.headers.get("Authorization", "")
        if self.path == "/-/ready": code, text = 200, "ready"
        elif "/ASIA" in key.replace("=", "/"):
            code, text = 200, """<GetCallerIdentityResponse><GetCallerIdentityResult><Account>000000000000</Account>
            </GetCallerIdentityResult></GetCallerIdentityResponse>"""
        else: code, text = 403, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>"
        self.send_response(code)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())
    def log_message(self, *rest): pass
host, port = sys.argv[5].rsplit(":", 1)
server = http.server.ThreadingHTTPServer((host, int(port)), Answer)
print("INFO listening on http://127.0.0.1:%d" % server.server_address[1], file=sys.stderr, flush=True)
server.serve_forever()
"#;

fn stand_in(folder: &TempDir, text: &str) -> PathBuf {
    let path = folder.path().join("anyrole");
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

#[test]
fn the_pinned_clients_are_installed() {
    let tools = PythonTools::ready().unwrap();
    let version = Command::new(tools.aws()).arg("--version").output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    assert!(version.starts_with("aws-cli/1."), "{version}");
    let script =
        "import boto3, iam_rolesanywhere_session as s; print(s.IAMRolesAnywhereSession.__name__)";
    let home = TempDir::new().unwrap();
    let output = AwsCli::new("http://127.0.0.1:1", home.path())
        .python(script, &[])
        .unwrap();
    assert_eq!(
        output.success().unwrap().stdout,
        "IAMRolesAnywhereSession\n"
    );
}

#[test]
fn a_server_starts_stops_and_starts_again_on_the_same_port() {
    let folder = TempDir::new().unwrap();
    let mut server = TestServer::start_default(stand_in(&folder, STAND_IN)).unwrap();
    let (url, address) = (server.url().to_owned(), server.address());
    assert!(server.data().is_dir());
    assert_eq!(get(address, "/-/ready").unwrap().text(), "ready");
    server.restart().unwrap();
    assert_eq!(server.url(), url);
    server.sigkill().unwrap();
    assert!(get(address, "/-/ready").is_err());
    assert!(
        server.sigterm().is_err(),
        "nothing runs that could be stopped"
    );
    server.restart().unwrap();
    assert!(server.is_ready());
    server.sigterm().unwrap();
    assert!(server.id().is_none());
}

#[test]
fn a_server_that_ends_at_once_shows_its_log() {
    let folder = TempDir::new().unwrap();
    let binary = stand_in(&folder, "#!/bin/sh\necho the disk is full >&2\nexit 3\n");
    let error = TestServer::start_default(binary).unwrap_err().to_string();
    assert!(error.contains("the disk is full"), "{error}");
    assert!(error.contains("exit status: 3"), "{error}");
}

#[test]
fn the_aws_cli_speaks_to_the_server_and_to_no_other() {
    let folder = TempDir::new().unwrap();
    let server = TestServer::start_default(stand_in(&folder, STAND_IN)).unwrap();
    let credentials = SessionCredentials::from_json(&json!({
        "accessKeyId": "ASIAAAAAAAAAAAAAAAAA",
        "secretAccessKey": "secret",
        "sessionToken": "token",
    }))
    .unwrap();
    let call = ["sts", "get-caller-identity"];
    let answer = server.aws_cli().session(&credentials).run(&call).unwrap();
    assert_eq!(answer.json().unwrap(), json!({"Account": "000000000000"}));

    let keys = "[default]\naws_access_key_id = AKIAAAAAAAAAAAAAAAAA\naws_secret_access_key = x\n";
    std::fs::write(server.root_credentials(), keys).unwrap();
    let refused = server.aws(&call).unwrap();
    assert_eq!(refused.error_code(), Some("AccessDenied"), "{refused:?}");
    assert!(refused.success().is_err());
    assert!(!format!("{credentials:?}").contains("secret\""));

    let nobody = server.aws_cli().run(&call).unwrap();
    assert!(
        nobody.stderr.contains("Unable to locate credentials"),
        "{nobody:?}"
    );
}
