//! What happens while `serve` runs: credentials end with a thousand callers waiting, certificates are renewed, and it is told to stop.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyrole_testkit::Behaviour;
use anyrole_testkit::certificates::{Authority, CertificateRequest};

use super::{GOOD, Served, Stage, eventually, signal};
use crate::way_in::ANYROLE;

/// Credentials that have ended, a service that gives new ones five seconds after it is asked, and a token.
fn at_their_end() -> (Stage, Served, String) {
    // Handed out until 10 seconds before their end; new ones are asked for when half of the time is over, and come too late.
    let stage = Stage::new(Behaviour::Good { seconds: 25 });
    let served = stage.serve(&[]);
    let token = served.ask("PUT", "/latest/api/token", &[super::TTL]).text();
    assert_eq!(stage.service.requests(), 1);
    let after = Duration::from_secs(5);
    let late = Behaviour::Late {
        seconds: 3600,
        after,
    };
    stage.service.behave(late).unwrap();
    eventually("they end", || {
        served.ask("GET", "/-/healthy", &[]).status == 503
    });
    (stage, served, token)
}

#[test]
fn a_thousand_requests_at_the_moment_of_expiry_make_one_session() {
    let (stage, served, token) = at_their_end();
    assert!(stage.service.requests() <= 2);

    let address = served.address();
    let request = format!(
        "GET /latest/meta-data/iam/security-credentials/app HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\nx-aws-ec2-metadata-token: {token}\r\n\r\n"
    );
    let mut callers: Vec<TcpStream> = (0..1000)
        .map(|_| TcpStream::connect(address).unwrap())
        .collect();
    for caller in &mut callers {
        caller.write_all(request.as_bytes()).unwrap();
    }
    for caller in &mut callers {
        let mut answer = String::new();
        caller.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        assert!(answer.contains(r#""AccessKeyId":"ASIA2""#), "{answer}");
    }
    assert_eq!(stage.service.requests(), 2);
}

#[test]
fn who_is_being_answered_when_it_stops_gets_the_rest() {
    let (stage, mut served, token) = at_their_end();
    let address = served.address();
    let mut caller = TcpStream::connect(address).unwrap();
    write!(caller, "GET /latest/meta-data/iam/security-credentials/app HTTP/1.1\r\nhost: {address}\r\nx-aws-ec2-metadata-token: {token}\r\n\r\n").unwrap();
    eventually("it is asked for", || stage.service.requests() == 2);
    // That may have been the refresh ahead. Who is answered after the caller was accepted after it.
    assert_eq!(served.ask("GET", "/-/healthy", &[]).status, 503);
    signal(&served.child, "-TERM");
    eventually("nobody listens", || TcpStream::connect(address).is_err());
    let mut answer = String::new();
    caller.read_to_string(&mut answer).unwrap();
    assert!(answer.contains(r#""AccessKeyId":"ASIA2""#), "{answer}");
    assert_eq!(served.child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_renewed_certificate_is_what_was_missing() {
    let stage = Stage::new(GOOD);
    let other = Authority::root(&stage.path("other")).unwrap();
    let other = other
        .issue("host2", &CertificateRequest::leaf("host2"))
        .unwrap();
    // The key of another certificate: nothing can be asked for.
    let key = std::fs::read(&stage.leaf.key).unwrap();
    std::fs::copy(&other.key, &stage.leaf.key).unwrap();
    let log = stage.path("log");
    let mut command = stage.command("serve");
    command
        .args(stage.flags())
        .args(["--port", "0"])
        .stderr(Stdio::from(std::fs::File::create(&log).unwrap()));
    let served = Served::start(&mut command);
    let (_, text) = served.credentials("app").unwrap_err();
    assert!(
        text.contains("belongs to none of the 1 certificate(s)"),
        "{text}"
    );
    assert_eq!(stage.service.requests(), 0);
    std::fs::write(&stage.leaf.key, key).unwrap();
    eventually("the files are looked at", || {
        served.credentials("app").is_ok()
    });
    let log = std::fs::read_to_string(log).unwrap();
    assert!(log.contains("no new credentials: --private-key: "), "{log}");
}

#[test]
fn the_command_of_exec_alone_gets_credentials() {
    let stage = Stage::new(GOOD);
    let script = "base=${AWS_CONTAINER_CREDENTIALS_FULL_URI%/role/*}
        code() { curl -s -o /dev/null -w '%{http_code} ' \"$@\"; }
        code -X PUT \"$base/latest/api/token\"
        code \"$base/latest/meta-data/iam/security-credentials/app\"
        code \"$base/role/app\"
        code -H \"Authorization: $AWS_CONTAINER_AUTHORIZATION_TOKEN\" \"$base/role/app\"";
    let output = stage
        .command("exec")
        .args(stage.flags())
        .args(["--", "sh", "-c", script])
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(
        said,
        "404 404 401 200 ",
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn ctrl_c_and_the_signals_of_others_reach_the_command_of_exec_once() {
    let stage = Stage::new(GOOD);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/exec_terminal.py");
    let output = Command::new("python3")
        .arg(script)
        .args([ANYROLE, "exec"])
        .args(stage.flags())
        .env_clear()
        .env("HOME", stage.folder.path())
        .env("AWS_ENDPOINT_URL", stage.service.url())
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(said, "1 2 7\n1 2 7\n", "{errors}");
}
