//! `serve` and `update` of the built program: started by flags, files and systemd's variables, against a service that does as it is told.

mod clients;
mod config;
mod faults;
mod life;
mod sockets;
mod updating;

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyrole_testkit::certificates::{Authority, CertificateRequest, Issued};
use anyrole_testkit::{Behaviour, RawResponse, ScriptedService, exchange};
use tempfile::TempDir;

use crate::way_in::ANYROLE;

const GOOD: Behaviour = Behaviour::Good { seconds: 3600 };
const TTL: &str = "x-aws-ec2-metadata-token-ttl-seconds: 60";

/// A scripted service, and a certificate to ask it with.
struct Stage {
    service: ScriptedService,
    folder: TempDir,
    leaf: Issued,
    attempt_timeout: &'static str,
}

impl Stage {
    fn new(behaviour: Behaviour) -> Self {
        let folder = TempDir::new().unwrap();
        let ca = Authority::root(folder.path()).unwrap();
        let leaf = ca
            .issue("host1", &CertificateRequest::leaf("host1"))
            .unwrap();
        Self {
            service: ScriptedService::start(behaviour).unwrap(),
            folder,
            leaf,
            attempt_timeout: "20",
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A file of the folder, for a command line.
    fn file(&self, name: &str, content: &str) -> String {
        std::fs::write(self.path(name), content).unwrap();
        self.path(name).to_str().unwrap().to_owned()
    }

    /// The flags of a session.
    fn flags(&self) -> Vec<String> {
        let arn = |kind: &str| format!("arn:aws:rolesanywhere:eu-west-1:111122223333:{kind}/x");
        let leaf = &self.leaf;
        [
            ("--certificate", leaf.certificate.to_str().unwrap()),
            ("--private-key", leaf.key.to_str().unwrap()),
            ("--trust-anchor-arn", &arn("trust-anchor")),
            ("--profile-arn", &arn("profile")),
            ("--role-arn", "arn:aws:iam::111122223333:role/path/app"),
            ("--attempt-timeout", self.attempt_timeout),
        ]
        .into_iter()
        .flat_map(|(flag, value)| [flag.to_owned(), value.to_owned()])
        .collect()
    }

    /// The same, but for the role, as a configuration file says it.
    fn defaults(&self) -> String {
        let flags = self.flags();
        let lines = flags.chunks(2).filter(|pair| pair[0] != "--role-arn");
        let line = |pair: &[String]| {
            let key = pair[0].trim_start_matches('-');
            match pair[1].parse::<u64>() {
                Ok(number) => format!("{key} = {number}\n"),
                Err(_) => format!("{key} = \"{}\"\n", pair[1]),
            }
        };
        format!("[defaults]\n{}", lines.map(line).collect::<String>())
    }

    fn command(&self, name: &str) -> Command {
        let mut command = Command::new(ANYROLE);
        command
            .arg(name)
            .env_clear()
            .env("HOME", self.folder.path())
            .env("AWS_ENDPOINT_URL", self.service.url())
            .stdin(Stdio::null());
        command
    }

    /// `serve` on a free port, with these words besides.
    fn serve(&self, more: &[&str]) -> Served {
        let mut command = self.command("serve");
        command.args(self.flags()).args(["--port", "0"]).args(more);
        Served::start(&mut command)
    }
}

/// A process that is ended when the test ends.
pub struct Served {
    child: Child,
    /// What it said on standard output.
    lines: Vec<String>,
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _status = self.child.wait();
    }
}

impl Served {
    /// Waits until it says where it listens.
    pub fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut lines = Vec::new();
        // All lines come in one piece.
        while lines.is_empty() || !out.buffer().is_empty() {
            let mut line = String::new();
            assert!(out.read_line(&mut line).unwrap() > 0, "it ended: {lines:?}");
            lines.push(line.trim_end().to_owned());
        }
        Self { child, lines }
    }

    /// The addresses of its metadata services.
    fn addresses(&self) -> Vec<SocketAddr> {
        let urls = self.lines.iter().filter_map(|line| {
            line.strip_prefix("export AWS_EC2_METADATA_SERVICE_ENDPOINT=http://")
        });
        urls.map(|url| url.trim_end_matches('/').parse().unwrap())
            .collect()
    }

    fn address(&self) -> SocketAddr {
        self.addresses()[0]
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    fn ask(&self, method: &str, path: &str, headers: &[&str]) -> RawResponse {
        ask(self.address(), method, path, headers)
    }

    /// The credentials document of a role, or the status and text that came instead.
    fn credentials(&self, role: &str) -> Result<serde_json::Value, (u16, String)> {
        let token = self.ask("PUT", "/latest/api/token", &[TTL]).text();
        let token = format!("x-aws-ec2-metadata-token: {token}");
        let path = format!("/latest/meta-data/iam/security-credentials/{role}");
        let answer = self.ask("GET", &path, &[&token]);
        if answer.status != 200 {
            return Err((answer.status, answer.text()));
        }
        Ok(serde_json::from_slice(&answer.body).unwrap())
    }

    fn metric(&self, row: &str) -> i64 {
        let page = self.ask("GET", "/-/metrics", &[]).text();
        let line = page.lines().find_map(|line| line.strip_prefix(row));
        line.unwrap_or_else(|| unreachable!("{row} in {page}"))
            .trim()
            .parse()
            .unwrap()
    }

    fn terminate(&mut self) -> ExitStatus {
        terminate(&mut self.child)
    }
}

fn ask(address: SocketAddr, method: &str, path: &str, headers: &[&str]) -> RawResponse {
    let headers: String = headers.iter().map(|line| format!("{line}\r\n")).collect();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{headers}\r\n"
    );
    exchange(address, request.as_bytes()).unwrap()
}

fn signal(child: &Child, name: &str) {
    let pid = child.id().to_string();
    let sent = Command::new("kill").args([name, &pid]).status().unwrap();
    assert!(sent.success());
}

fn terminate(child: &mut Child) -> ExitStatus {
    signal(child, "-TERM");
    child.wait().unwrap()
}

/// Waits for what comes by itself.
fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
