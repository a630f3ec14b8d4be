//! Warnings of certificates that expire, by the built server: to a webhook, the log and the audit trail, each once a day
//! however often the server is started.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use anyrole_testkit::TestServer;
use anyrole_testkit::certificates::{Authority, CertificateRequest, Validity};
use serde_json::{Value, json};

/// A webhook: its URL, and the JSON of each POST to it.
fn webhook() -> (String, Receiver<Value>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let (heard, events) = channel();
    thread::spawn(move || {
        for connection in listener.incoming() {
            let mut reader = BufReader::new(connection.unwrap());
            let mut length = 0;
            let mut line = String::new();
            while reader.read_line(&mut line).unwrap() > 2 {
                let lower = line.to_ascii_lowercase();
                if let Some(text) = lower.strip_prefix("content-length:") {
                    length = text.trim().parse().unwrap();
                }
                line.clear();
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            reader
                .into_inner()
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                .unwrap();
            // The test may be over.
            let _ = heard.send(serde_json::from_slice(&body).unwrap());
        }
    });
    (url, events)
}

/// Makes a trust anchor of a CA that is valid for so many days yet; its ARN.
fn anchor(server: &TestServer, folder: &Path, name: &str, days: i64) -> String {
    let request = CertificateRequest::authority(name).validity(Validity::hours(-1, 24 * days));
    let ca = Authority::root_from(folder, name, &request).unwrap();
    let pem = std::fs::read_to_string(ca.certificate()).unwrap();
    let source = json!({
        "sourceType": "CERTIFICATE_BUNDLE",
        "sourceData": {"x509CertificateData": pem},
    });
    let command = ["rolesanywhere", "create-trust-anchor", "--enabled"];
    let source = ["--name", name, "--source", &source.to_string()];
    let made = server.aws(&[&command[..], &source].concat()).unwrap();
    assert!(made.status.success(), "{}", made.stderr);
    let made: Value = serde_json::from_str(&made.stdout).unwrap();
    made["trustAnchor"]["trustAnchorArn"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[test]
fn an_authority_that_expires_is_warned_of_once_a_day() {
    let folder = tempfile::tempdir().unwrap();
    let (url, events) = webhook();
    let mut server = TestServer::builder(env!("CARGO_BIN_EXE_anyrole"))
        .arg(format!("--notify-webhook={url}"))
        .start()
        .unwrap();
    let next = || events.recv_timeout(Duration::from_secs(30)).unwrap();
    let soon = anchor(&server, folder.path(), "soon", 10);
    anchor(&server, folder.path(), "later", 200);

    server.restart().unwrap();
    let event = next();
    assert_eq!(event["source"], "aws.rolesanywhere");
    assert_eq!(
        event["detail-type"],
        "Roles Anywhere Certificate Expiration State Change"
    );
    assert_eq!(event["resources"], json!([soon]));
    assert_eq!(event["account"], "000000000000");
    assert_eq!(event["region"], "us-east-1");
    assert_eq!(event["detail"]["issuer"], "CN=soon");
    // The day may have changed since the certificate was made.
    let days = event["detail"]["days-to-expiry"].as_i64().unwrap();
    assert!((9..=10).contains(&days), "{event}");
    let id = event["id"].as_str().unwrap();
    let trail = std::fs::read_to_string(server.data().join("audit.jsonl")).unwrap();
    let recorded: Vec<&str> = trail.lines().filter(|line| line.contains(id)).collect();
    assert_eq!(recorded.len(), 1, "{recorded:?}");
    assert!(server.log().contains(id), "{}", server.log());

    // Another round on the same day tells what is new, and nothing again.
    let sooner = anchor(&server, folder.path(), "sooner", 5);
    server.restart().unwrap();
    let event = next();
    assert_eq!(event["resources"], json!([sooner]), "{event}");
    assert!(server.sigterm().unwrap().success());
    assert!(events.try_recv().is_err());
}
