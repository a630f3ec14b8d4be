//! SIGTERM: what is under way may end, nothing new comes in; a second one ends the wait.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use anyrole_testkit::TestServer;

use crate::client::{Client, Request};
use crate::objects::s3;

/// A server that has taken a part of an upload, and waits for the rest.
struct SlowUpload {
    server: TestServer,
    client: Client,
    content: Vec<u8>,
    sent: usize,
}

impl SlowUpload {
    fn begin() -> Self {
        let server = TestServer::start_default(env!("CARGO_BIN_EXE_anyrole")).unwrap();
        let key = server.root_key().unwrap();
        let mut client = Client::new(server.address(), &key);
        client.send(&s3("PUT", "/bucket", "")).unwrap().expect(200);
        let content = vec![42; 5_000_000];
        let head = client.head(&Request {
            body: &content,
            ..s3("PUT", "/bucket/slow", "")
        });
        let sent = 3_000_000;
        client.write(&[head.as_bytes(), &content[..sent]]).unwrap();
        // Once its file is there, the request is surely under way.
        let temporaries = server.data().join("objects/tmp");
        until(|| temporaries.read_dir().unwrap().next().is_some());
        Self {
            server,
            client,
            content,
            sent,
        }
    }
}

#[test]
fn a_stop_lets_a_slow_upload_end_and_takes_no_new_connections() {
    let mut slow = SlowUpload::begin();
    // One more connection, kept and idle: it must not hold the stop up.
    let mut idle = Client::new(slow.server.address(), &slow.server.root_key().unwrap());
    idle.send(&s3("GET", "/", "")).unwrap().expect(200);
    slow.server.send_sigterm().unwrap();
    let told = Instant::now();
    until(|| is_refused(slow.server.address()));
    assert!(
        told.elapsed() < Duration::from_secs(5),
        "{:?}",
        told.elapsed()
    );
    for chunk in slow.content[slow.sent..].chunks(500_000) {
        thread::sleep(Duration::from_millis(100));
        assert!(is_refused(slow.server.address()));
        slow.client.write(&[chunk]).unwrap();
    }
    slow.client.read(false).unwrap().expect(200);
    let answered = Instant::now();
    assert_eq!(slow.server.await_end().unwrap().code(), Some(0));
    assert!(
        answered.elapsed() < Duration::from_secs(5),
        "{:?}",
        answered.elapsed()
    );
    slow.server.restart().unwrap();
    let mut client = Client::new(slow.server.address(), &slow.server.root_key().unwrap());
    let read = client
        .send(&s3("GET", "/bucket/slow", ""))
        .unwrap()
        .expect(200);
    assert!(read.body == slow.content);
}

#[test]
fn a_second_sigterm_ends_at_once() {
    let mut slow = SlowUpload::begin();
    slow.server.send_sigterm().unwrap();
    until(|| is_refused(slow.server.address()));
    let told = Instant::now();
    slow.server.send_sigterm().unwrap();
    let status = slow.server.await_end().unwrap();
    assert!(!status.success(), "{status}");
    assert!(
        told.elapsed() < Duration::from_secs(5),
        "{:?}",
        told.elapsed()
    );
    slow.client.read(false).unwrap_err();
}

#[test]
fn a_stop_does_not_wait_for_ever() {
    let mut slow = SlowUpload::begin();
    slow.server.send_sigterm().unwrap();
    let told = Instant::now();
    assert_eq!(slow.server.await_end().unwrap().code(), Some(0));
    assert!(
        told.elapsed() > Duration::from_secs(10),
        "{:?}",
        told.elapsed()
    );
    assert!(slow.server.log().contains("did not finish in time"));
    slow.client.read(false).unwrap_err();
    slow.server.restart().unwrap();
    let mut client = Client::new(slow.server.address(), &slow.server.root_key().unwrap());
    client
        .send(&s3("GET", "/bucket/slow", ""))
        .unwrap()
        .expect(404);
}

fn is_refused(address: SocketAddr) -> bool {
    TcpStream::connect(address).is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused)
}

/// Waits for what comes soon.
fn until(mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !condition() {
        assert!(Instant::now() < deadline, "it did not come");
        thread::sleep(Duration::from_millis(5));
    }
}
