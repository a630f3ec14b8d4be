//! CreateSession and the revocation lists that certificates name: fetched behind the requests, from allowed hosts alone, and only
//! for who has shown the certificate's key. openssl makes certificates and lists, a thread serves them over HTTP.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use anyrole_testkit::TestServer;
use anyrole_testkit::certificates::{Authority, CertificateRequest};
use serde_json::json;

use super::create_session::row;
use super::exchange::check;
use super::revocation::list;
use super::session_request::{Leaf, SessionRequest};
use super::stage::Stage;

const MISSING: &str = "Certificate revocation list unavailable";

/// Serves bodies by path, `/moved` from elsewhere, and remembers what it was asked for.
struct Lists {
    address: SocketAddr,
    bodies: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Lists {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let lists = Self {
            address: listener.local_addr().unwrap(),
            bodies: Arc::default(),
            asked: Arc::default(),
        };
        let (bodies, asked) = (lists.bodies.clone(), lists.asked.clone());
        thread::spawn(move || {
            for connection in listener.incoming() {
                let mut reader = BufReader::new(connection.unwrap());
                let mut lines = reader.by_ref().lines().map_while(Result::ok);
                let first = lines.next().unwrap_or_default();
                let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
                lines.find(String::is_empty);
                let body = bodies.lock().unwrap().get(&path).cloned();
                let (status, more) = match &body {
                    Some(_) => ("200 OK", ""),
                    None if path == "/moved" => ("302 Found", "location: /list\r\n"),
                    None => ("404 Not Found", ""),
                };
                let body = body.unwrap_or_default();
                asked.lock().unwrap().push(path);
                let head = format!(
                    "HTTP/1.1 {status}\r\n{more}content-length: {}\r\nconnection: close\r\n\r\n",
                    body.len()
                );
                let mut stream = reader.into_inner();
                // Who asked may have had enough.
                let _ = stream.write_all(&[head.as_bytes(), &body].concat());
            }
        });
        lists
    }

    fn serve(&self, path: &str, body: Vec<u8>) {
        self.bodies.lock().unwrap().insert(path.to_owned(), body);
    }

    fn count(&self, path: &str) -> usize {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|asked| *asked == path).count()
    }

    fn stage(&self, arguments: &[&str]) -> Stage {
        let hosts = format!("--crl-dp-hosts={}", self.address);
        let mut builder = TestServer::builder(env!("CARGO_BIN_EXE_anyrole")).arg(hosts);
        for argument in arguments {
            builder = builder.arg(*argument);
        }
        Stage::on(builder.start().unwrap())
    }

    fn leaf(&self, stage: &Stage, name: &str, serial: u32, path: &str) -> Leaf {
        at(
            stage,
            name,
            serial,
            &format!("http://{}{path}", self.address),
        )
    }
}

fn at(stage: &Stage, name: &str, serial: u32, url: &str) -> Leaf {
    let request =
        CertificateRequest::leaf(name).extension("crlDistributionPoints", &format!("URI:{url}"));
    Leaf::issue(stage, name, serial, request)
}

fn go_by_distribution_points(stage: &Stage, enabled: bool) {
    let (_, id) = stage.anchor.rsplit_once('/').unwrap();
    let asked = json!({ "crlDpRevocationEnabled": enabled });
    let answer = stage.rolesanywhere("PATCH", &format!("/trustanchor/{id}"), &asked);
    assert_eq!(answer["trustAnchor"]["crlDpRevocationEnabled"], enabled);
}

/// Asks until the reason is another than that the list is not there yet; answers with it, and the detail.
fn settled(stage: &Stage, request: &SessionRequest<'_>) -> (String, String) {
    let until = Instant::now() + Duration::from_secs(20);
    loop {
        let answer = request.sign().send(&stage.server);
        let detail = answer.record["detail"].as_str().unwrap_or_default();
        if !detail.contains("it is being fetched") || Instant::now() > until {
            return (answer.reason().to_owned(), detail.to_owned());
        }
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn lists_are_fetched_behind_the_request() {
    let lists = Lists::start();
    let stage = lists.stage(&[]);
    lists.serve("/list", list(&stage, &stage.ca, &[4099], &[]));
    let sound = lists.leaf(&stage, "sound", 4097, "/list");
    let revoked = lists.leaf(&stage, "revoked", 4099, "/list");
    let silent = Leaf::client(&stage);
    let [sound, revoked, silent] =
        [&sound, &revoked, &silent].map(|leaf| SessionRequest::new(&stage, leaf));
    // The anchor doesn't ask for it: nobody is asked.
    sound.grant();
    revoked.grant();
    assert_eq!(lists.count("/list"), 0);

    go_by_distribution_points(&stage, true);
    let first = sound.sign().send(&stage.server);
    assert_eq!(first.reason(), "revocation-list-missing");
    assert_eq!(first.record["message"], MISSING);
    assert_eq!(settled(&stage, &sound).0, "ok");
    sound.grant();
    check(
        &stage.server,
        &[row(
            "revoked",
            revoked.sign(),
            "Certificate revoked",
            "certificate-revoked",
        )],
    );
    let record = revoked.sign().send(&stage.server).record;
    assert_eq!(record["step"], "distribution-points");
    // It names no list.
    silent.grant();
    assert_eq!(lists.count("/list"), 1, "one list for all that name it");
    go_by_distribution_points(&stage, false);
    revoked.grant();
}

#[test]
fn a_list_that_cannot_be_had_refuses_and_says_why() {
    let lists = Lists::start();
    let stage = lists.stage(&[]);
    go_by_distribution_points(&stage, true);
    let folder = tempfile::tempdir().unwrap();
    let stranger = Authority::root(folder.path()).unwrap();
    let over = [
        "-crl_lastupdate",
        "250101000000Z",
        "-crl_nextupdate",
        "250201000000Z",
    ];
    lists.serve("/list", list(&stage, &stage.ca, &[], &[]));
    lists.serve("/foreign", list(&stage, &stranger, &[], &[]));
    lists.serve("/over", list(&stage, &stage.ca, &[], &over));
    lists.serve("/page", b"<html>".to_vec());
    let elsewhere = format!("http://localhost:{}/list", lists.address.port());
    let rows = [
        (lists.leaf(&stage, "moved", 1, "/moved"), "redirect"),
        (lists.leaf(&stage, "absent", 2, "/absent"), "404"),
        (lists.leaf(&stage, "foreign", 3, "/foreign"), "crl-"),
        (lists.leaf(&stage, "over", 4, "/over"), "expired"),
        (lists.leaf(&stage, "page", 5, "/page"), "crl-malformed"),
        (at(&stage, "elsewhere", 6, &elsewhere), "localhost"),
        (
            at(&stage, "ldap", 7, "ldap://127.0.0.1/cn=list"),
            "can be used",
        ),
    ];
    for (leaf, why) in &rows {
        let (reason, detail) = settled(&stage, &SessionRequest::new(&stage, leaf));
        assert_eq!(reason, "revocation-list-missing", "{detail}");
        assert!(detail.contains(why), "{why}: {detail}");
    }
    assert_eq!(lists.count("/list"), 0, "neither moved to nor elsewhere");
}

/// A certificate can be had by watching; what it names is fetched only for who has its key.
#[test]
fn nothing_is_fetched_for_who_has_not_the_key() {
    let lists = Lists::start();
    let stage = lists.stage(&[]);
    go_by_distribution_points(&stage, true);
    lists.serve("/list", list(&stage, &stage.ca, &[], &[]));
    let watched = lists.leaf(&stage, "watched", 4097, "/watched");
    let mut request = SessionRequest::new(&stage, &watched).sign();
    request.body = b"{}  ".to_vec();
    let answer = request.send(&stage.server);
    assert_eq!(answer.reason(), "signature-invalid");
    // Another one's list comes, asked for later than that would have been.
    let sound = lists.leaf(&stage, "sound", 4098, "/list");
    assert_eq!(
        settled(&stage, &SessionRequest::new(&stage, &sound)).0,
        "ok"
    );
    assert_eq!(lists.count("/watched"), 0);
}

#[test]
fn a_missing_list_may_be_allowed() {
    let lists = Lists::start();
    let stage = lists.stage(&["--crl-dp-missing=allow"]);
    go_by_distribution_points(&stage, true);
    lists.serve("/list", list(&stage, &stage.ca, &[4099], &[]));
    let absent = lists.leaf(&stage, "absent", 4097, "/absent");
    let answer = SessionRequest::new(&stage, &absent)
        .sign()
        .send(&stage.server);
    assert!(answer.is_granted(), "{answer:?}");
    let warning = answer.record["warning"].as_str().unwrap();
    assert!(warning.contains("/absent"), "{warning}");
    // What a list says counts all the same, once it is there.
    let revoked = lists.leaf(&stage, "revoked", 4099, "/list");
    let revoked = SessionRequest::new(&stage, &revoked);
    let until = Instant::now() + Duration::from_secs(20);
    while revoked.sign().send(&stage.server).is_granted() && Instant::now() < until {
        thread::sleep(Duration::from_millis(50));
    }
    check(
        &stage.server,
        &[row(
            "revoked",
            revoked.sign(),
            "Certificate revoked",
            "certificate-revoked",
        )],
    );
}
