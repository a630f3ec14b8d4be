//! Connections as clients make them: HTTP/2 over TLS, a client that hangs up, one that says nothing.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyrole_testkit::certificates::{Authority, CertificateRequest};
use anyrole_testkit::{Program, RootKey, TestServer};
use http::{HeaderMap, HeaderValue};

const ANYROLE: &str = env!("CARGO_BIN_EXE_anyrole");

fn audit(server: &TestServer) -> String {
    std::fs::read_to_string(server.data().join("audit.jsonl")).unwrap()
}

#[test]
fn signed_calls_over_http2() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::root(folder.path()).unwrap();
    let issued = authority
        .issue("server", &CertificateRequest::loopback_server())
        .unwrap();
    let server = TestServer::builder(ANYROLE)
        .tls(&issued.certificate, &issued.key)
        .start()
        .unwrap();
    let RootKey { id, secret } = server.root_key().unwrap();
    let credentials = folder.path().join("curl");
    std::fs::write(&credentials, format!("user = \"{id}:{secret}\"\n")).unwrap();
    for version in ["--http2", "--http1.1"] {
        let output = Program::Curl
            .command()
            .unwrap()
            .args(["--silent", version, "--aws-sigv4", "aws:amz:us-east-1:sts"])
            .args(["--config".as_ref(), credentials.as_os_str()])
            .args(["--cacert".as_ref(), authority.certificate().as_os_str()])
            .args(["--write-out", "\n%{http_version} %{http_code}"])
            .args(["--data", "Action=GetCallerIdentity&Version=2011-06-15"])
            .arg(format!("{}/", server.url()))
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let expected = if version == "--http2" {
            "2 200"
        } else {
            "1.1 200"
        };
        assert!(text.ends_with(expected), "{version}: {text}");
        assert!(
            text.contains("<Arn>arn:aws:iam::000000000000:root</Arn>"),
            "{text}"
        );
    }
}

/// A signed CreateRole, as bytes.
fn create_role(server: &TestServer, name: &str, extra: &str) -> Vec<u8> {
    let RootKey { id, secret } = server.root_key().unwrap();
    let trust = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22Service%22%3A%22rolesanywhere.amazonaws.com%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%7D";
    let body = format!(
        "Action=CreateRole&Version=2010-05-08&RoleName={name}&AssumeRolePolicyDocument={trust}{extra}"
    );
    let host = server.url().strip_prefix("http://").unwrap().to_owned();
    let mut headers = HeaderMap::new();
    headers.insert("host", HeaderValue::from_str(&host).unwrap());
    headers.insert(
        "content-type",
        HeaderValue::from_static("application/x-www-form-urlencoded"),
    );
    let signer = anyrole_signing::Signer {
        access_key: anyrole_signing::AccessKey {
            access_key_id: &id,
            secret_access_key: &secret,
            session_token: None,
        },
        region: "us-east-1",
        service: "iam",
        at: now(),
    };
    let payload = anyrole_signing::PayloadHash::of(body.as_bytes());
    anyrole_signing::sign_request("POST", "/", "", &mut headers, payload, &signer).unwrap();
    let mut request = String::from("POST / HTTP/1.1\r\n");
    for (name, value) in &headers {
        request.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
    }
    request.push_str(&format!(
        "connection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    ));
    request.into_bytes()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the server under test has the system's clock"
)]
fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

fn connect(server: &TestServer) -> TcpStream {
    TcpStream::connect(server.url().strip_prefix("http://").unwrap()).unwrap()
}

#[test]
fn a_client_that_hangs_up_leaves_its_record() {
    let server = TestServer::start_default(ANYROLE).unwrap();
    for index in 0..20 {
        let request = create_role(&server, &format!("gone-{index}"), "");
        let mut stream = connect(&server);
        stream.write_all(&request).unwrap();
        // Both directions at once: the server sees the end while it works.
        stream.shutdown(std::net::Shutdown::Both).unwrap();
    }
    // Roles that were made and records of making them: the same number, whatever it is.
    let until = Instant::now() + Duration::from_secs(10);
    loop {
        let records = audit(&server).matches("\"iam:CreateRole\"").count();
        let roles = server.aws(&["iam", "list-roles"]).unwrap().json().unwrap();
        let roles = roles["Roles"].as_array().unwrap().len();
        if records == roles && records == 20 {
            break;
        }
        assert!(Instant::now() < until, "{records} records of {roles} roles");
    }
}

#[test]
fn a_parameter_that_is_not_served_is_refused() {
    let server = TestServer::start_default(ANYROLE).unwrap();
    let request = create_role(&server, "bounded", "&Unheard.member.1=x");
    let mut stream = connect(&server);
    stream.write_all(&request).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert!(answer.contains("`Unheard.member.1`"), "{answer}");
    assert!(audit(&server).contains("\"parameter-not-served\""));
}
