//! The SPIFFE Workload API as a source: an agent by gRPC's own server, sessions, renewal, refusals.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyrole_testkit::certificates::{Authority, CertificateRequest, Issued};
use anyrole_testkit::{Program, PythonTools, TestServer};
use serde_json::json;
use tempfile::TempDir;

use super::way_in::{WayIn, root};
use super::{Environment, caller, refuses};

/// An agent's process.
struct Agent(Child, BufReader<std::process::ChildStdout>);

impl Agent {
    fn start(socket: &Path, files: &[PathBuf]) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/workload_api.py");
        let mut child = Command::new(PythonTools::with_spiffe().unwrap().python())
            .arg("-B")
            .arg(script)
            .arg(socket)
            .args(files)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        let mut agent = Self(child, lines);
        assert_eq!(agent.says(), "ready");
        agent
    }

    fn says(&mut self) -> String {
        let mut line = String::new();
        self.1.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ended = self.0.kill();
        let _reaped = self.0.wait();
    }
}

fn der(from: &Path, words: &[&str], to: &Path) {
    let mut openssl = Program::Openssl.command().unwrap();
    openssl
        .args(words)
        .args(["-outform", "DER"])
        .arg("-in")
        .arg(from)
        .arg("-out")
        .arg(to);
    assert!(openssl.status().unwrap().success());
}

/// The files that the agent reads.
fn give(issued: &Issued, middle: &Path, files: &[PathBuf]) {
    der(&issued.certificate, &["x509"], &files[0]);
    der(middle, &["x509"], &files[1]);
    der(&issued.key, &["pkcs8", "-topk8", "-nocrypt"], &files[2]);
}

#[test]
fn an_agents_svid_gets_a_session_and_a_renewed_one_counts_at_once() {
    let server = TestServer::start_default(super::way_in::ANYROLE).unwrap();
    let folder = TempDir::new().unwrap();
    let ca = Authority::root(folder.path()).unwrap();
    let middle = ca
        .intermediate("middle", &CertificateRequest::authority("Middle"))
        .unwrap();
    let way = WayIn::open(
        &root(&server),
        &json!({"name": "workload", "ca": ca.certificate()}),
    );
    let socket = folder.path().join("agent.sock");
    let files = ["leaf.der", "middle.der", "key.der"].map(|name| folder.path().join(name));
    let mut agent = None;
    let address = format!("unix://{}", socket.display());
    let given = Environment::new();
    let named = vec![("SPIFFE_ENDPOINT_SOCKET", PathBuf::from(&address))];
    for (serial, environment, words) in [
        ("4097", &given, vec!["--spiffe-socket", &address]),
        ("4098", &named, vec!["--spiffe-socket"]),
    ] {
        let request = CertificateRequest::leaf("host1")
            .serial(serial)
            .extension("subjectAltName", "URI:spiffe://example.org/workload");
        give(
            &middle.issue(serial, &request).unwrap(),
            middle.certificate(),
            &files,
        );
        let agent = agent.get_or_insert_with(|| Agent::start(&socket, &files));
        let arn = caller(&server, &way, environment, &words);
        assert_eq!(agent.says(), "call true");
        assert!(
            arn.ends_with(&format!(":assumed-role/workload/{serial}")),
            "{arn}"
        );
    }
}

#[test]
fn an_agent_that_gives_nothing_is_explained() {
    let folder = TempDir::new().unwrap();
    let socket = folder.path().join("agent.sock");
    let address = format!("unix://{}", socket.display());
    let none = Environment::new();
    let words = ["sign-string", "--spiffe-socket", &address];
    refuses(
        &none,
        &words,
        &["cannot reach the SPIFFE agent", "agent.sock"],
    );
    let _agent = Agent::start(&socket, &[]);
    refuses(
        &none,
        &words,
        &["no identity issued", "spire-server entry show"],
    );
    refuses(
        &none,
        &["sign-string", "--spiffe-socket"],
        &["SPIFFE_ENDPOINT_SOCKET"],
    );
    refuses(
        &none,
        &["sign-string", "--spiffe-socket", "/run/agent.sock"],
        &["unix:///PATH"],
    );

    // Something else listens there.
    let other = folder.path().join("other.sock");
    let listener = std::os::unix::net::UnixListener::bind(&other).unwrap();
    let answers = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        std::io::Write::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
    });
    let address = format!("unix:{}", other.display());
    refuses(
        &none,
        &["sign-string", "--spiffe-socket", &address],
        &["can't be read"],
    );
    answers.join().unwrap();
}
