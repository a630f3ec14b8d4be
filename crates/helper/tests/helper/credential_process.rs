//! Files in, JSON out, with a service on loopback; and each mistake that is found before anything is sent.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread::JoinHandle;
use std::time::Duration;

use anyrole_helper::{IdentitySettings, SessionSettings, credential_process};
use anyrole_keys::Password;
use anyrole_sdk::Surroundings;
use jiff::Timestamp;

use crate::pki::Pki;

struct At(&'static str);

impl Surroundings for At {
    fn now(&self) -> Timestamp {
        self.0.parse().unwrap()
    }

    fn random(&self) -> [u8; 16] {
        [0; 16]
    }

    fn sleep(&self, _: Duration) {}
}

const NOW: At = At("2026-11-20T08:00:00Z");

#[test]
fn sends_a_clean_chain_whatever_the_files_hold() {
    let pki = Pki::new();
    let key = pki.path("leaf.key");
    let (leaf, key) = (pki.path("leaf.pem"), Some(&*key));
    assert_eq!(pki.sent(&leaf, key, None), "leaf");
    let bundle = pki.join(
        "bundle.pem",
        &[
            "root.pem",
            "upper.pem",
            "stranger.pem",
            "leaf.pem",
            "lower.pem",
        ],
    );
    assert_eq!(pki.sent(&leaf, key, Some(&bundle)), "leaf lower upper");
    assert_eq!(pki.sent(&bundle, key, None), "leaf lower upper");
    let lower = pki.path("lower.pem");
    assert_eq!(pki.sent(&bundle, key, Some(&lower)), "leaf lower");
    let everything = pki.join("all.pem", &["leaf.key", "leaf.pem", "lower.pem"]);
    assert_eq!(pki.sent(&everything, None, None), "leaf lower");
}

fn serve_once(status: u16, body: &'static str) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = String::new();
        let mut buffer = [0; 4096];
        while !request.ends_with('}') {
            let count = stream.read(&mut buffer).unwrap();
            request.push_str(&String::from_utf8_lossy(buffer.get(..count).unwrap()));
        }
        let length = body.len();
        write!(
            stream,
            "HTTP/1.1 {status} X\r\ncontent-length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        request
    });
    (endpoint, server)
}

#[test]
fn gives_the_json_and_logs_without_secrets() {
    let pki = Pki::new();
    let (endpoint, server) = serve_once(
        201,
        r#"{"credentialSet":[{"credentials":{"accessKeyId":"ASIAX","secretAccessKey":"secret-1","sessionToken":"token-1","expiration":"2026-11-20T09:00:00Z"}}]}"#,
    );
    let settings = SessionSettings {
        endpoint: Some(endpoint),
        role_session_name: Some(String::new()),
        ..pki.settings()
    };
    let mut log = Vec::new();
    let json = credential_process(&settings, &NOW, Some(&mut log)).unwrap();
    assert_eq!(
        *json,
        r#"{"Version":1,"AccessKeyId":"ASIAX","SecretAccessKey":"secret-1","SessionToken":"token-1","Expiration":"2026-11-20T09:00:00Z"}"#
    );
    let request = server.join().unwrap();
    assert!(
        request.ends_with("\r\n\r\n{\"durationSeconds\":3600}"),
        "{request}"
    );
    let log = String::from_utf8(log).unwrap();
    assert!(
        log.contains("debug: > POST http://127.0.0.1:") && log.contains("debug: < 201"),
        "{log}"
    );
    assert!(log.contains("> authorization: (hidden)"), "{log}");
    assert!(
        !log.contains("secret-1") && !log.contains("token-1"),
        "{log}"
    );
}

#[test]
fn a_refusal_comes_with_advice() {
    let pki = Pki::new();
    let (endpoint, server) = serve_once(403, r#"{"message":"Untrusted signing certificate"}"#);
    let settings = SessionSettings {
        endpoint: Some(endpoint),
        ..pki.settings()
    };
    let error = credential_process(&settings, &NOW, None)
        .unwrap_err()
        .to_string();
    assert!(error.starts_with("CreateSession refused: UnknownError: Untrusted signing certificate (status 403)\nhint: "), "{error}");
    assert!(error.contains("--intermediates"), "{error}");
    server.join().unwrap();
}

type Change<'a> = &'a dyn Fn(&mut SessionSettings, &mut IdentitySettings);

/// What is said of settings that were changed so.
fn said_of(pki: &Pki, change: Change<'_>, at: &At) -> String {
    let (mut settings, mut identity) = (pki.settings(), pki.identity());
    change(&mut settings, &mut identity);
    let outcome = identity.source().and_then(|source| {
        settings.identity = source;
        credential_process(&settings, at, None)
    });
    let error = outcome.unwrap_err();
    assert!(
        std::error::Error::source(&error).is_none(),
        "{error} would be printed twice"
    );
    error.to_string()
}

#[test]
fn mistakes_are_found_before_anything_is_sent() {
    let pki = Pki::new();
    let cases: [(Change<'_>, &[&str]); 18] = [
        (&|_, i| i.certificate = None, &["--certificate: name"]),
        (
            &|_, i| i.certificate = Some(pki.path("none.pem")),
            &["--certificate", "none.pem", "cannot read"],
        ),
        (
            &|_, i| i.certificate = Some(pki.path("leaf.key")),
            &["--certificate", "leaf.key", "PEM"],
        ),
        (
            &|_, i| i.certificate = Some("handle:0x81000101".into()),
            &["--certificate", "can't be used here"],
        ),
        (
            &|_, i| i.private_key = Some(pki.path("other.key")),
            &["--private-key", "other.key", "leaf.pem", "issued together"],
        ),
        (
            &|_, i| i.private_key = Some(pki.path("leaf.pem")),
            &["--private-key", "leaf.pem", "no private key"],
        ),
        (
            &|_, i| i.private_key = None,
            &["--certificate", "leaf.pem", "no private key"],
        ),
        (
            &|_, i| i.private_key = Some("handle:mine".into()),
            &["--private-key", "`handle:mine`"],
        ),
        (
            &|_, i| i.intermediates = Some(pki.path("leaf.key")),
            &["--intermediates", "leaf.key"],
        ),
        (&|s, _| s.role_arn.clear(), &["--role-arn", "not an ARN"]),
        (
            &|s, _| s.role_arn = s.profile_arn.clone(),
            &["--role-arn", "not the ARN of a role"],
        ),
        (
            &|s, _| s.profile_arn = s.trust_anchor_arn.clone(),
            &["--profile-arn", "not the ARN of a profile"],
        ),
        (
            &|s, _| s.trust_anchor_arn = "arn:aws:rolesanywhere".into(),
            &["--trust-anchor-arn", "not an ARN"],
        ),
        (
            &|s, _| s.profile_arn = s.profile_arn.replace("us-east-1", "eu-west-1"),
            &["`us-east-1`", "`eu-west-1`", "same"],
        ),
        (
            &|s, _| s.session_duration = 899,
            &["--session-duration", "899", "900"],
        ),
        (
            &|s, _| s.session_duration = -5,
            &["--session-duration", "-5"],
        ),
        (
            &|s, _| s.role_session_name = Some("a b".into()),
            &["--role-session-name", "`a b`"],
        ),
        (
            &|s, _| s.endpoint = Some("127.0.0.1:7000".into()),
            &["--endpoint", "http://"],
        ),
    ];
    for (position, (change, parts)) in cases.into_iter().enumerate() {
        let error = said_of(&pki, change, &NOW);
        for part in parts {
            assert!(error.contains(part), "case {position}: {part} in {error}");
        }
    }
    let unchanged = |_: &mut SessionSettings, _: &mut IdentitySettings| {};
    let early = said_of(&pki, &unchanged, &At("2026-10-31T23:59:59Z"));
    assert!(
        early.contains("valid from 2026-11-01T00:00:00Z on"),
        "{early}"
    );
    let late = said_of(&pki, &unchanged, &At("2026-12-01T00:00:01Z"));
    assert!(
        late.contains("leaf.pem` expired at 2026-12-01T00:00:00Z"),
        "{late}"
    );
}

#[test]
fn an_encrypted_key_is_refused_with_the_command_that_helps() {
    let pki = Pki::new();
    let encrypted = pki.path("encrypted.key");
    let output = std::process::Command::new("openssl")
        .args([
            "pkcs8",
            "-topk8",
            "-v2",
            "aes-256-cbc",
            "-passout",
            "pass:x",
            "-in",
        ])
        .arg(pki.path("leaf.key"))
        .arg("-out")
        .arg(&encrypted)
        .output()
        .unwrap();
    assert!(output.status.success());
    let error = |key_password: Option<Password>| {
        let identity = IdentitySettings {
            private_key: Some(encrypted.clone()),
            key_password,
            ..pki.identity()
        };
        let settings = SessionSettings {
            identity: identity.source().unwrap(),
            ..pki.settings()
        };
        credential_process(&settings, &NOW, None)
            .unwrap_err()
            .to_string()
    };
    let without = error(None);
    let command = format!(
        "`anyrole crypto change-pass {} --no-password --insecure`",
        encrypted.display()
    );
    assert!(without.contains(&command), "{without}");
    assert!(without.contains("--pkcs8-password-file"), "{without}");

    // With its password it is a key like any other; the endpoint is then what is not there.
    for (password, said) in [("x", "check --endpoint"), ("y", "cannot use the key")] {
        let error = error(Some(password.into()));
        assert!(error.contains(said), "{password}: {error}");
    }
}
