//! What `doctor` says of the way to the service and of its answers, by a scripted server on loopback.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use anyrole_helper::Status;

use crate::doctor::{Case, lines};

/// Answers every GET with 403 and the date, every POST with the status and the body; connections that say nothing are let
/// go.
fn server(date: &'static str, status: u16, body: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let body = body.to_owned();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = Vec::new();
            let mut buffer = [0; 4096];
            let is_whole = |request: &[u8]| {
                let is_get = request.starts_with(b"GET") && request.ends_with(b"\r\n\r\n");
                is_get || request.ends_with(b"}")
            };
            while !is_whole(&request) {
                match stream.read(&mut buffer) {
                    Ok(count) if count > 0 => request.extend(buffer.iter().take(count)),
                    _ => break,
                }
            }
            let (status, body) = match request.starts_with(b"POST") {
                true => (status, body.as_str()),
                false => (403, ""),
            };
            let date = if date.is_empty() {
                String::new()
            } else {
                format!("date: {date}\r\n")
            };
            let length = body.len();
            let _gone = write!(
                stream,
                "HTTP/1.1 {status} X\r\n{date}x-amzn-requestid: 7f\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
            );
        }
    });
    url
}

const DATE: &str = "Fri, 20 Nov 2026 08:00:00 GMT";
const GRANTED: &str = r#"{"credentialSet":[{"credentials":{"accessKeyId":"ASIAX","secretAccessKey":"topsecret","sessionToken":"toptoken","expiration":"2026-11-20T09:00:00Z"}}]}"#;

/// The findings of network and session.
fn examine(url: &str, change: impl FnOnce(&mut Case)) -> (String, Status) {
    let mut case = Case::new();
    case.settings.endpoint = Some(url.to_owned());
    change(&mut case);
    let (findings, worst) = case.examine(false);
    let online = findings
        .into_iter()
        .filter(|finding| ["network", "session"].contains(&finding.group.name()));
    let text = lines(&online.collect::<Vec<_>>());
    (text, worst)
}

#[test]
fn a_session_that_is_granted() {
    let url = server(DATE, 201, GRANTED);
    let (text, worst) = examine(&url, |_| {});
    let address = url.trim_start_matches("http://");
    let expected = format!(
        "ok network/endpoint: the service is asked at `{url}`, which was given
ok network/proxy: no proxy is used
ok network/address: `127.0.0.1` is 127.0.0.1
ok network/connection: the service takes connections at {address}
ok network/service: the service answers (HTTP status 403)
ok network/clock: this machine's clock and the service's agree
ok session/create-session: a session was granted: ASIAX, until 2026-11-20T09:00:00Z (1 hour 0 minutes)
"
    );
    assert_eq!(text, expected);
    assert_eq!(worst, Status::Ok);
    // Less than was asked for.
    let (text, worst) = examine(&url, |case| case.settings.session_duration = 7200);
    assert!(
        text.contains("warning session/create-session")
            && text.contains("2 hours 0 minutes was asked for"),
        "{text}"
    );
    assert_eq!(worst, Status::Warning);
}

#[test]
fn clocks_that_differ() {
    // The service's date, and what is said: this machine's clock says eight.
    for (date, said) in [
        ("Fri, 20 Nov 2026 08:00:29 GMT", "ok network/clock"),
        (
            "Fri, 20 Nov 2026 08:04:00 GMT",
            "warning network/clock: this machine's clock is 4 minutes behind the service's",
        ),
        (
            "Fri, 20 Nov 2026 07:56:00 GMT",
            "warning network/clock: this machine's clock is 4 minutes ahead of the service's",
        ),
        (
            "Fri, 20 Nov 2026 10:00:00 GMT",
            "failure network/clock: this machine's clock is 2 hours 0 minutes behind the service's",
        ),
        (
            "Thu, 19 Nov 2026 08:00:00 GMT",
            "failure network/clock: this machine's clock is 1 day 0 hours ahead of the service's",
        ),
        ("", "skipped network/clock: the service said no time"),
    ] {
        let (text, _) = examine(&server(date, 201, GRANTED), |_| {});
        assert!(text.contains(said), "{date}: {text}");
        assert_eq!(
            text.contains("timedatectl"),
            !said.starts_with("ok") && !said.starts_with("skipped"),
            "{text}"
        );
    }
}

#[test]
fn the_services_texts_are_translated() {
    let role = "arn:aws:iam::000000000000:role/r";
    let rows = [
        (
            "Specified Trust Anchor wasn't found.",
            "list-trust-anchors --region us-east-1",
        ),
        (
            "Invalid or empty profile provided.",
            "get-profile --profile-id p --region us-east-1",
        ),
        (
            "Requested Role isn't one of those listed in the Profile.",
            "update-profile --profile-id p --role-arns arn:aws:iam::000000000000:role/r",
        ),
        (
            "Untrusted signing certificate",
            "anyrole certificate verify DIR/leaf.pem --roots anchor.pem --intermediates DIR/chain.pem",
        ),
        (
            "Untrusted certificate. Insufficient certificate",
            "anyrole certificate inspect DIR/leaf.pem",
        ),
        ("Certificate revoked", "list-crls"),
        ("Invalid signature", "timedatectl set-ntp true"),
        (
            "Not authorized to set roleSessionName.",
            "update-profile --profile-id p --accept-role-session-name",
        ),
        (
            "Unable to assume role for {role}",
            "update-assume-role-policy --role-name r",
        ),
        (
            "Unable to assume role for {role}. The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
            "update-role --role-name r --max-session-duration 3600",
        ),
        (
            "Unable to assume role for {role}. Some attributes failed to be mapped into session tags. Issuer: [ CN ]; Subject: [  ]; SAN: [ DNS ]",
            "delete-attribute-mapping --profile-id p --certificate-field x509Issuer --specifiers CN",
        ),
    ];
    for (message, command) in rows {
        let message = message.replace("{role}", role);
        let body = format!(r#"{{"message":"{message}"}}"#);
        let url = server(DATE, 403, &body);
        let (text, worst) = examine(&url, |_| {});
        assert!(text.contains(&format!("failure session/create-session: CreateSession refused: UnknownError: {message} (status 403, request id 7f")), "{text}");
        assert!(text.contains(command), "{message}: {text}");
        assert!(
            text.contains(&format!("$ anyrole explain 7f --endpoint-url {url}\n")),
            "{text}"
        );
        assert_eq!(worst, Status::Failure);
    }
}

#[test]
fn a_way_that_leads_nowhere_and_an_answer_of_something_else() {
    let dead = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let (text, worst) = examine(&dead, |_| {});
    assert!(
        text.contains("failure network/connection: the service takes no connection: 127.0.0.1:"),
        "{text}"
    );
    assert!(text.contains("$ nc -vz 127.0.0.1 "), "{text}");
    assert!(
        text.contains("skipped network/clock: there is no connection"),
        "{text}"
    );
    assert!(
        text.contains("skipped session/create-session: the service can't be reached safely"),
        "{text}"
    );
    assert_eq!(worst, Status::Failure);

    let (text, _) = examine("http://no-such-host.invalid", |_| {});
    assert!(text.contains("failure network/address: the name of the service, `no-such-host.invalid`, leads nowhere"), "{text}");
    assert!(text.contains("warning network/endpoint"), "{text}");

    let (text, _) = examine("localhost:9910", |_| {});
    assert!(
        text.contains("failure network/endpoint: --endpoint: `localhost:9910` is not an endpoint"),
        "{text}"
    );
    assert!(
        text.contains("skipped network/tls: there is no endpoint to ask"),
        "{text}"
    );

    // A web server, a service that is down, and one that grants what has ended.
    for (status, body, said) in [
        (200, "<html>", "holds no credentials"),
        (503, "", "the service itself failed: try again later"),
        (404, "", "check the ARNs, --region and --endpoint"),
        (
            201,
            &GRANTED.replace("2026-11-20T09", "2026-11-20T07"),
            "credentials that end at",
        ),
    ] {
        let (text, worst) = examine(&server(DATE, status, body), |_| {});
        assert!(
            text.contains("failure session/create-session") && text.contains(said),
            "{text}"
        );
        assert!(
            !text.contains("topsecret") && !text.contains("toptoken"),
            "{text}"
        );
        assert_eq!(worst, Status::Failure);
    }
}

#[test]
fn what_is_known_to_fail_is_not_sent() {
    let url = server(DATE, 201, GRANTED);
    type Change = fn(&mut Case);
    let rows: [(Change, &str); 3] = [
        (
            |case| case.identity.private_key = Some(case.pki.path("other.key")),
            "skipped session/create-session: no request can be signed",
        ),
        (
            |case| case.settings.session_duration = 1,
            "skipped session/create-session: the request is refused before",
        ),
        // The network is looked at all the same.
        (
            |case| case.now = "2026-12-02T00:00:00Z",
            "ok network/service",
        ),
    ];
    for (change, said) in rows {
        let (text, worst) = examine(&url, change);
        assert!(text.contains(said), "{text}");
        assert_eq!(worst, Status::Failure);
    }
}
