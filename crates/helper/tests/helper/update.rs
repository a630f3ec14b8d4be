//! A service that fails in each way there is, and a credentials file that always holds the last good credentials.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Mutex;
use std::time::Duration;

use anyrole_helper::{Go, SessionSettings, Update, UpdateEvent};
use anyrole_sdk::Surroundings;
use jiff::{SignedDuration, Timestamp};

use crate::pki::Pki;

/// Time that goes by only while somebody sleeps.
struct Clock(Mutex<Timestamp>);

impl Surroundings for Clock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    fn random(&self) -> [u8; 16] {
        [255; 16]
    }

    fn sleep(&self, duration: Duration) {
        let mut now = self.0.lock().unwrap();
        *now += SignedDuration::try_from(duration).unwrap();
    }
}

/// What the service does with a request.
#[derive(Clone, Copy)]
enum Answer {
    /// Credentials with this id, which end then.
    Good(&'static str, &'static str),
    Status(u16, &'static str),
    /// The connection is closed before anything is said.
    Close,
    /// And in the middle of the body.
    Cut,
}

impl Answer {
    fn give(self, mut stream: TcpStream) {
        let mut request = Vec::new();
        let mut buffer = [0; 4096];
        while !request.ends_with(b"}") {
            let count = stream.read(&mut buffer).unwrap();
            request.extend_from_slice(buffer.get(..count).unwrap());
        }
        let (status, body) = match self {
            Self::Good(id, expiration) => (
                201,
                format!(
                    r#"{{"credentialSet":[{{"credentials":{{"accessKeyId":"{id}","secretAccessKey":"s","sessionToken":"t","expiration":"{expiration}"}}}}]}}"#
                ),
            ),
            Self::Status(status, body) => (status, body.to_owned()),
            Self::Close => return,
            Self::Cut => (201, r#"{"credentialSet":[{"#.to_owned()),
        };
        let length = body.len() + if matches!(self, Self::Cut) { 400 } else { 0 };
        write!(
            stream,
            "HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
        )
        .unwrap();
    }
}

#[test]
fn the_file_holds_the_last_good_credentials_whatever_fails() {
    let pki = Pki::new();
    let (good, later) = (
        Answer::Good("ASIAFIRST", "2026-11-20T09:00:00Z"),
        Answer::Good("ASIASECOND", "2026-11-20T10:30:00Z"),
    );
    // Each fault, with how often the SDK tries it by itself.
    let faults = [
        (Answer::Status(500, ""), 3),
        (Answer::Status(503, "{}"), 3),
        (
            Answer::Status(429, r#"{"__type":"ThrottlingException"}"#),
            3,
        ),
        (Answer::Close, 3),
        (Answer::Cut, 3),
        (
            Answer::Status(403, r#"{"message":"Untrusted signing certificate"}"#),
            1,
        ),
        (Answer::Status(201, "{}"), 1),
        (Answer::Good("ASIAENDED", "2026-11-20T08:00:00Z"), 1),
        (Answer::Good("", "2026-11-20T10:30:00Z"), 1),
    ];
    let mut script = vec![good];
    for (fault, times) in faults {
        script.extend([fault].repeat(times));
    }
    script.push(later);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let asked = script.len();
    let service = std::thread::spawn(move || {
        for answer in script {
            answer.give(listener.accept().unwrap().0);
        }
    });

    let file = pki.path("aws/credentials");
    let update = Update {
        session: SessionSettings {
            endpoint: Some(endpoint),
            ..pki.settings()
        },
        file: file.clone(),
        profile: "dev".to_owned(),
        debug: false,
    };
    let clock = Clock(Mutex::new("2026-11-20T08:00:00Z".parse().unwrap()));
    let holds = |id: &str| {
        let text = std::fs::read_to_string(&file).unwrap();
        assert_eq!(
            text,
            format!(
                "[dev]\naws_access_key_id = {id}\naws_secret_access_key = s\naws_session_token = t\n"
            )
        );
    };
    let mut failures = 0;
    update.keep(&clock, |event| match event {
        UpdateEvent::Written { next, .. } if failures == 0 => {
            holds("ASIAFIRST");
            assert_eq!(next.to_string(), "2026-11-20T08:55:00Z");
            Go::On
        }
        UpdateEvent::Failed { error, next } => {
            holds("ASIAFIRST");
            failures += 1;
            let pause = next.duration_since(clock.now());
            let longest = SignedDuration::from_mins(2);
            assert!(
                pause >= SignedDuration::from_secs(10) && pause <= longest,
                "{error}: {pause}"
            );
            Go::On
        }
        UpdateEvent::Written { .. } => {
            holds("ASIASECOND");
            Go::Enough
        }
    });
    assert_eq!(failures, faults.len());
    service.join().unwrap();
    assert!(
        asked > faults.len(),
        "everything of the script was asked for"
    );
}

#[test]
fn once_tells_what_is_wrong_and_leaves_the_file() {
    let pki = Pki::new();
    let file = pki.path("credentials");
    std::fs::write(&file, "[dev]\naws_access_key_id = old").unwrap();
    let clock = Clock(Mutex::new("2027-11-20T08:00:00Z".parse().unwrap()));
    let update = Update {
        session: pki.settings(),
        file: file.clone(),
        profile: "dev".to_owned(),
        debug: false,
    };
    let error = update.once(&clock).unwrap_err().to_string();
    assert!(error.contains("expired at"), "{error}");
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(text, "[dev]\naws_access_key_id = old");
}
