//! The rows of the metadata service and the container endpoint, and one CreateSession for any number of callers.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyrole_helper::{HelperError, Keeper, Metadata, MetadataParts};
use anyrole_sdk::{Counts, CredentialSource, Credentials, Surroundings};
use http::{HeaderMap, Method, Response};
use jiff::{SignedDuration, Timestamp};
use zeroize::Zeroizing;

/// Time that goes by only when it is told to.
struct Clock(Mutex<Timestamp>);

impl Clock {
    fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new("2030-01-01T00:00:00Z".parse().unwrap())))
    }

    fn pass(&self, seconds: i64) {
        *self.0.lock().unwrap() += SignedDuration::from_secs(seconds);
    }
}

impl Surroundings for Clock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    fn random(&self) -> [u8; 16] {
        [255; 16]
    }

    fn sleep(&self, duration: Duration) {
        self.pass(i64::try_from(duration.as_secs()).unwrap());
    }
}

/// Gives credentials of an hour, numbered, unless it is told to fail.
struct Source {
    clock: Arc<Clock>,
    asked: AtomicU64,
    fails: Mutex<bool>,
}

struct Shared(Arc<Source>);

impl CredentialSource for Shared {
    type Error = HelperError;

    fn get(&self) -> Result<Credentials, HelperError> {
        let number = self.0.asked.fetch_add(1, Ordering::SeqCst);
        // As long as a call of the network, so that callers meet.
        std::thread::sleep(Duration::from_millis(50));
        if *self.0.fails.lock().unwrap() {
            return Err(HelperError::NoKey);
        }
        Ok(Credentials {
            access_key_id: format!("ASIA{number}"),
            secret_access_key: Zeroizing::new("secret".to_owned()),
            session_token: Zeroizing::new("token".to_owned()),
            expiration: (self.0.clock.now() + SignedDuration::from_hours(1)).to_string(),
        })
    }
}

struct Served {
    clock: Arc<Clock>,
    source: Arc<Source>,
    keeper: Arc<Keeper>,
    metadata: Metadata,
}

fn served(address: &str) -> Served {
    let clock = Clock::new();
    let source = Arc::new(Source {
        clock: clock.clone(),
        asked: AtomicU64::new(0),
        fails: Mutex::new(false),
    });
    let keeper = Arc::new(Keeper::new(Box::new(Shared(source.clone())), clock.clone()));
    let metadata = Metadata::new(MetadataParts {
        role_arn: "arn:aws:iam::000000000000:role/path/app".to_owned(),
        region: "eu-west-1".to_owned(),
        keeper: keeper.clone(),
        surroundings: clock.clone(),
        secret: [3; 32],
        container_token: Some(Zeroizing::new("let me in".to_owned())),
        address: address.parse::<IpAddr>().unwrap(),
    });
    Served {
        clock,
        source,
        keeper,
        metadata: metadata.unwrap(),
    }
}

impl Served {
    fn ask(&self, method: &str, path: &str, headers: &[(&'static str, &str)]) -> Response<Vec<u8>> {
        let mut map = HeaderMap::new();
        map.insert("host", "127.0.0.1:9911".parse().unwrap());
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        self.metadata.answer(&method, &path.parse().unwrap(), &map)
    }

    fn token(&self) -> String {
        body(&self.ask("PUT", "/latest/api/token", &[(TTL, "21600")]))
    }
}

const TTL: &str = "x-aws-ec2-metadata-token-ttl-seconds";
const TOKEN: &str = "x-aws-ec2-metadata-token";
const ROLES: &str = "/latest/meta-data/iam/security-credentials";

/// Method, path, headers, and the status that answers.
type Request<'a> = (&'a str, &'a str, &'a [(&'static str, &'a str)], u16);
/// And how the answer's body begins.
type Row<'a> = (
    &'a str,
    &'a str,
    &'a [(&'static str, &'a str)],
    u16,
    &'a str,
);

fn body(answer: &Response<Vec<u8>>) -> String {
    String::from_utf8(answer.body().clone()).unwrap()
}

#[test]
fn each_path_answers_as_the_metadata_service_does() {
    let served = served("127.0.0.1");
    let token = served.token();
    let token = (TOKEN, token.as_str());
    let role = format!("{ROLES}/app");
    let other = format!("{ROLES}/other");
    let below = format!("{ROLES}/app/more");
    let rows: [Row<'_>; 22] = [
        ("PUT", "/latest/api/token/", &[], 200, ""),
        ("PUT", "/latest/api/token", &[(TTL, "1")], 200, ""),
        (
            "PUT",
            "/latest/api/token",
            &[(TTL, "0")],
            400,
            "invalid token TTL",
        ),
        (
            "PUT",
            "/latest/api/token",
            &[(TTL, "21601")],
            400,
            "invalid token TTL",
        ),
        (
            "PUT",
            "/latest/api/token",
            &[(TTL, "x")],
            400,
            "invalid token TTL",
        ),
        (
            "PUT",
            "/latest/api/token",
            &[("x-forwarded-for", "1.2.3.4")],
            400,
            "unable to",
        ),
        ("GET", "/latest/api/token", &[], 405, ""),
        ("GET", ROLES, &[], 401, "no token provided"),
        (
            "GET",
            ROLES,
            &[(TOKEN, "AAAA")],
            401,
            "invalid token provided",
        ),
        ("GET", ROLES, &[token], 200, "app"),
        ("POST", ROLES, &[token], 405, ""),
        ("HEAD", ROLES, &[token], 405, ""),
        ("GET", &role, &[token], 200, r#"{"AccessKeyId":"ASIA0","#),
        // The official helper answers these two with the role's name and its credentials.
        ("GET", &other, &[token], 404, "404 page not found"),
        ("GET", &below, &[token], 404, "404 page not found"),
        (
            "GET",
            "/latest/meta-data/placement/region",
            &[token],
            200,
            "eu-west-1",
        ),
        ("GET", "/", &[], 404, "404 page not found"),
        ("GET", "/-/healthy", &[], 200, "ok"),
        (
            "GET",
            "/role/app",
            &[("authorization", "let me in")],
            200,
            r#"{"AccessKeyId":"ASIA0","#,
        ),
        (
            "GET",
            "/role/app",
            &[("authorization", "let me i")],
            401,
            "invalid token provided",
        ),
        ("GET", "/role/app", &[], 401, "invalid token provided"),
        (
            "GET",
            "/role/other",
            &[("authorization", "let me in")],
            404,
            "404 page not found",
        ),
    ];
    for (method, path, headers, status, start) in rows {
        let answer = served.ask(method, path, headers);
        let said = body(&answer);
        assert_eq!(
            answer.status(),
            status,
            "{method} {path} {headers:?}: {said}"
        );
        assert!(said.starts_with(start), "{method} {path}: {said}");
    }
}

#[test]
fn the_document_is_what_sdks_read_and_a_token_ends() {
    let served = served("127.0.0.1");
    let token = served.token();
    let token = (TOKEN, token.as_str());
    let answer = served.ask("GET", &format!("{ROLES}/app/"), &[token]);
    assert_eq!(answer.headers().get(TTL).unwrap(), "21600");
    let document: serde_json::Value = serde_json::from_slice(answer.body()).unwrap();
    assert_eq!(
        document,
        serde_json::json!({
            "AccessKeyId": "ASIA0", "SecretAccessKey": "secret", "Token": "token", "Code": "Success", "Type": "AWS-HMAC",
            "Expiration": "2030-01-01T01:00:00Z", "LastUpdated": "2030-01-01T00:00:00Z",
        })
    );
    served.clock.pass(21_600);
    let ended = served.ask("GET", ROLES, &[token]);
    assert_eq!(
        (ended.status().as_u16(), body(&ended)),
        (401, "invalid token provided".to_owned())
    );
}

#[test]
fn a_name_that_only_dns_leads_here_is_refused() {
    let served = served("127.0.0.1");
    for (host, status) in [
        ("localhost", 200),
        ("127.0.0.1", 200),
        ("LOCALHOST:1", 200),
        ("[::1]:9911", 200),
        ("169.254.169.254", 200),
        ("evil.example:9911", 403),
        ("127.0.0.1.evil.example", 403),
        ("", 403),
    ] {
        let answer = served.ask("PUT", "/latest/api/token", &[("host", host)]);
        assert_eq!(answer.status(), status, "{host}");
    }
}

#[test]
fn whoever_is_not_on_this_machine_needs_the_token() {
    let served = served("0.0.0.0");
    let rows: [Request<'_>; 4] = [
        ("PUT", "/latest/api/token", &[], 404),
        (
            "GET",
            "/role/app",
            &[("authorization", "let me in"), ("host", "node.example")],
            200,
        ),
        ("GET", "/role/app", &[("host", "node.example")], 401),
        ("GET", ROLES, &[(TOKEN, "AAAA")], 404),
    ];
    for (method, path, headers, status) in rows {
        let answer = served.ask(method, path, headers);
        assert_eq!(answer.status(), status, "{method} {path}");
    }
}

#[test]
fn a_thousand_callers_at_the_end_of_credentials_make_one_session() {
    let served = served("127.0.0.1");
    served.keeper.get().unwrap();
    served.clock.pass(3600);
    let ids = std::thread::scope(|scope| {
        let callers: Vec<_> = (0..1000)
            .map(|_| {
                scope.spawn(|| {
                    served
                        .keeper
                        .get()
                        .unwrap()
                        .credentials
                        .access_key_id
                        .clone()
                })
            })
            .collect();
        callers
            .into_iter()
            .map(|caller| caller.join().unwrap())
            .collect::<Vec<_>>()
    });
    assert!(ids.iter().all(|id| id == "ASIA1"), "{ids:?}");
    assert_eq!(served.source.asked.load(Ordering::SeqCst), 2);
}

#[test]
fn good_credentials_stay_while_asking_fails_and_then_the_reason_is_said() {
    let served = served("127.0.0.1");
    let token = served.token();
    let ask = || served.ask("GET", &format!("{ROLES}/app"), &[(TOKEN, &token)]);
    assert_eq!(ask().status(), 200);
    *served.source.fails.lock().unwrap() = true;
    // 55 minutes later the keeper asks, and fails four times; the old ones are still good.
    served.clock.pass(3300);
    let outcomes = Mutex::new(Vec::new());
    served.keeper.keep(
        || outcomes.lock().unwrap().len() < 4,
        |outcome, next| outcomes.lock().unwrap().push((outcome.is_ok(), next)),
    );
    let outcomes = outcomes.into_inner().unwrap();
    let pauses: Vec<i64> = outcomes
        .windows(2)
        .map(|pair| pair[1].1.duration_since(pair[0].1).as_secs())
        .collect();
    assert_eq!(pauses, [20, 40, 80], "{outcomes:?}");
    assert_eq!(ask().status(), 200);
    assert!(body(&ask()).contains("ASIA0"));
    // At their end there are none, and nobody spins.
    served.clock.pass(300);
    let asked = served.source.asked.load(Ordering::SeqCst);
    for _ in 0..20 {
        let answer = ask();
        assert_eq!(answer.status(), 503);
        assert!(
            body(&answer).contains("CredentialsUnavailable"),
            "{}",
            body(&answer)
        );
    }
    assert!(served.source.asked.load(Ordering::SeqCst) <= asked + 1);
    assert_eq!(served.ask("GET", "/-/healthy", &[]).status(), 503);
    // Back to normal within one pause.
    *served.source.fails.lock().unwrap() = false;
    served.clock.pass(120);
    assert_eq!(ask().status(), 200);
    let (counts, failure) = served.keeper.standing();
    assert!(
        counts.good == 2 && counts.failed >= 4 && failure.is_none(),
        "{counts:?}"
    );
    assert_ne!(counts, Counts::default());
    let metrics = body(&served.ask("GET", "/-/metrics", &[]));
    assert!(metrics.contains("{outcome=\"granted\"} 2\n"), "{metrics}");
    assert!(
        metrics.contains("credentials_left_seconds 3600\n"),
        "{metrics}"
    );
}
