//! Credentials that stay fresh against a service on loopback that counts sessions: once for many, ahead of their end, the last
//! good ones kept, in the background or on demand; and the same as AWS's Rust SDK takes them.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyrole_sdk::{
    ClientSettings, CreateSessionClient, Endpoint, Identity, IdentityError, IdentitySource,
    RefreshingCredentials, SessionError, SessionRequest, SessionSource, Surroundings,
};
use jiff::{SignedDuration, Timestamp};

/// A clock that goes by only when it is told to; whoever waits by it looks again soon.
struct Clock(Mutex<Timestamp>);

impl Clock {
    fn pass(&self, minutes: i64) {
        *self.0.lock().unwrap() += SignedDuration::from_mins(minutes);
    }
}

impl Surroundings for Clock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    fn random(&self) -> [u8; 16] {
        [0; 16]
    }

    fn sleep(&self, _: Duration) {
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Gives credentials of an hour, numbered, or refuses.
struct Service {
    clock: Arc<Clock>,
    sessions: AtomicU64,
    refuses: AtomicBool,
}

impl Service {
    fn start(self: &Arc<Self>) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let service = self.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut request = Vec::new();
                let mut buffer = [0; 4096];
                while !request.ends_with(b"}") {
                    let count = stream.read(&mut buffer).unwrap();
                    request.extend_from_slice(buffer.get(..count).unwrap());
                }
                let (status, body) = service.answer();
                let length = body.len();
                // As long as a network, so that callers meet.
                std::thread::sleep(Duration::from_millis(20));
                write!(
                    stream,
                    "HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
                )
                .unwrap();
            }
        });
        address
    }

    fn answer(&self) -> (u16, String) {
        if self.refuses.load(Ordering::SeqCst) {
            return (403, r#"{"message":"Certificate revoked"}"#.to_owned());
        }
        let number = self.sessions.fetch_add(1, Ordering::SeqCst) + 1;
        let end = self.clock.now() + SignedDuration::from_hours(1);
        let body = format!(
            r#"{{"credentialSet":[{{"credentials":{{"accessKeyId":"ASIA{number}","secretAccessKey":"s","sessionToken":"t","expiration":"{end}"}}}}]}}"#
        );
        (201, body)
    }
}

/// Somebody's own source, of which is known whether it is still in use.
#[derive(Debug)]
struct Own {
    identity: Identity,
    _in_use: Arc<()>,
}

impl IdentitySource for Own {
    fn identity(&self) -> Result<Identity, IdentityError> {
        self.identity.identity()
    }
}

struct Stage {
    clock: Arc<Clock>,
    service: Arc<Service>,
    credentials: RefreshingCredentials,
    in_use: Arc<()>,
}

fn stage() -> Stage {
    let now = "2030-01-01T00:00:00Z".parse().unwrap();
    let clock = Arc::new(Clock(Mutex::new(now)));
    let service = Arc::new(Service {
        clock: clock.clone(),
        sessions: AtomicU64::new(0),
        refuses: AtomicBool::new(false),
    });
    let arn = |kind: &str| format!("arn:aws:rolesanywhere:eu-west-1:000000000000:{kind}/x");
    let request = SessionRequest {
        trust_anchor_arn: arn("trust-anchor"),
        profile_arn: arn("profile"),
        role_arn: "arn:aws:iam::123456789012:role/r".to_owned(),
        duration_seconds: 3600,
        role_session_name: None,
    };
    let mut settings = ClientSettings::of_request(&request).unwrap();
    settings.endpoint = Endpoint::parse(&format!("http://{}", service.start())).unwrap();
    let client = CreateSessionClient::new(settings).unwrap();
    let made = rcgen::generate_simple_self_signed(vec!["host".to_owned()]).unwrap();
    let key = made.signing_key.serialize_pem();
    let in_use = Arc::new(());
    let identity = Own {
        identity: Identity::from_pem(made.cert.pem(), key.as_bytes(), None).unwrap(),
        _in_use: in_use.clone(),
    };
    let source = SessionSource::new(client, Arc::new(identity), request);
    Stage {
        credentials: RefreshingCredentials::with_surroundings(source, clock.clone()),
        clock,
        service,
        in_use,
    }
}

impl Stage {
    fn key_id(&self) -> String {
        let kept = self.credentials.get().unwrap();
        kept.credentials.access_key_id.clone()
    }

    fn sessions(&self) -> u64 {
        self.service.sessions.load(Ordering::SeqCst)
    }

    fn refuse(&self, refuses: bool) {
        self.service.refuses.store(refuses, Ordering::SeqCst);
    }
}

/// Looks until it is so, which on a loaded machine may take a while.
fn until(what: impl Fn() -> bool) {
    for _ in 0..30_000 {
        if what() {
            return;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    assert!(what(), "not within half a minute");
}

#[test]
fn on_demand_one_session_is_made_for_all_and_the_next_ahead_of_its_end() {
    let stage = stage();
    assert!(stage.credentials.at_hand().is_none());
    std::thread::scope(|scope| {
        for _ in 0..32 {
            scope.spawn(|| assert_eq!(stage.key_id(), "ASIA1"));
        }
    });
    stage.clock.pass(54);
    assert_eq!((stage.key_id().as_str(), stage.sessions()), ("ASIA1", 1));
    stage.clock.pass(2);
    assert_eq!((stage.key_id().as_str(), stage.sessions()), ("ASIA2", 2));
}

#[test]
fn the_last_good_credentials_stay_until_they_end() {
    let stage = stage();
    assert_eq!(stage.key_id(), "ASIA1");
    stage.refuse(true);
    stage.clock.pass(56);
    assert_eq!(stage.key_id(), "ASIA1");
    let (counts, failure) = stage.credentials.standing();
    assert_eq!((counts.good, counts.failed), (1, 1));
    let failure = failure.unwrap();
    assert!(
        matches!(&*failure, SessionError::CreateSession(_)),
        "{failure}"
    );
    stage.clock.pass(4);
    let failure = stage.credentials.get().unwrap_err().to_string();
    assert!(failure.contains("Certificate revoked"), "{failure}");
    assert!(stage.credentials.at_hand().is_none());
    stage.refuse(false);
    stage.clock.pass(2);
    assert_eq!(stage.key_id(), "ASIA2");
}

#[test]
fn in_the_background_nobody_needs_to_ask() {
    let stage = stage();
    let background = stage.credentials.refresh_in_background().unwrap();
    until(|| stage.credentials.at_hand().is_some());
    stage.clock.pass(56);
    until(|| stage.credentials.standing().0.good == 2);
    assert_eq!((stage.key_id().as_str(), stage.sessions()), ("ASIA2", 2));
    drop(background);
    let Stage {
        credentials,
        in_use,
        ..
    } = stage;
    drop(credentials);
    until(|| Arc::strong_count(&in_use) == 1);
}

#[test]
fn an_identity_that_is_none_is_said_so_before_anything_is_sent() {
    let made = rcgen::generate_simple_self_signed(vec!["host".to_owned()]).unwrap();
    let other = rcgen::KeyPair::generate().unwrap().serialize_pem();
    let rows = [
        (
            made.cert.pem(),
            other.clone(),
            "private key: the key in memory belongs to none of the 1 certificate(s) in memory: give the pair that was issued together",
        ),
        (
            other.clone(),
            made.signing_key.serialize_pem(),
            "certificate: memory must hold certificates (PEM, DER, PKCS#7 or PKCS#12): the text holds no certificate",
        ),
        (
            made.cert.pem(),
            made.cert.pem(),
            "private key: cannot use the key in memory: no private key found (found: CERTIFICATE)",
        ),
    ];
    for (certificate, key, expected) in rows {
        let error = Identity::from_pem(&certificate, key.as_bytes(), None).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
    let stage = stage();
    // rcgen's certificates end in 4096.
    stage.clock.pass(60 * 24 * 366 * 2100);
    let error = stage.credentials.get().unwrap_err();
    assert!(matches!(&*error, SessionError::Identity(_)), "{error}");
    assert_eq!(stage.sessions(), 0);
}

#[cfg(feature = "aws-credential-types")]
mod aws {
    use std::time::SystemTime;

    use aws_credential_types::provider::ProvideCredentials as _;

    use super::*;

    #[tokio::test]
    async fn tasks_wait_for_one_session_and_get_all_that_is_known_of_it() {
        let stage = stage();
        assert!(stage.credentials.fallback_on_interrupt().is_none());
        let tasks: Vec<_> = (0..64)
            .map(|_| {
                let credentials = stage.credentials.clone();
                tokio::spawn(async move { credentials.provide_credentials().await.unwrap() })
            })
            .collect();
        for task in tasks {
            let given = task.await.unwrap();
            assert_eq!(given.access_key_id(), "ASIA1");
            assert_eq!(given.session_token(), Some("t"));
            let end: Timestamp = "2030-01-01T01:00:00Z".parse().unwrap();
            assert_eq!(given.expiry(), Some(SystemTime::from(end)));
            assert_eq!(given.account_id().unwrap().as_str(), "123456789012");
        }
        assert_eq!(stage.sessions(), 1);
        let fallback = stage.credentials.fallback_on_interrupt().unwrap();
        assert_eq!(fallback.access_key_id(), "ASIA1");
    }

    #[tokio::test]
    async fn what_is_at_hand_is_given_at_once_and_renewed_behind() {
        let stage = stage();
        let id = async || {
            let given = stage.credentials.provide_credentials().await.unwrap();
            given.access_key_id().to_owned()
        };
        assert_eq!(id().await, "ASIA1");
        stage.clock.pass(56);
        assert_eq!(id().await, "ASIA1");
        until(|| stage.credentials.standing().0.good == 2);
        assert_eq!((id().await.as_str(), stage.sessions()), ("ASIA2", 2));
    }

    #[tokio::test]
    async fn a_refusal_reaches_each_task_with_its_cause() {
        let stage = stage();
        stage.refuse(true);
        for _ in 0..2 {
            let error = stage.credentials.provide_credentials().await.unwrap_err();
            let cause = std::error::Error::source(&error).unwrap().to_string();
            assert!(cause.contains("Certificate revoked"), "{cause}");
        }
    }
}

#[test]
fn of_two_certificates_of_one_key_the_one_that_ends_last_counts() {
    let key = rcgen::KeyPair::generate().unwrap();
    let until = |year| {
        let mut params = rcgen::CertificateParams::new(vec!["host".to_owned()]).unwrap();
        params.not_after = rcgen::date_time_ymd(year, 1, 1);
        params.self_signed(&key).unwrap().pem()
    };
    for years in [[2027, 2026, 2025], [2025, 2026, 2027], [2026, 2027, 2025]] {
        let file = years.map(until).concat();
        let identity = Identity::from_pem(file, key.serialize_pem().as_bytes(), None).unwrap();
        let ends: Timestamp = "2027-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(identity.leaf().summary().not_after, ends, "{years:?}");
    }
}
