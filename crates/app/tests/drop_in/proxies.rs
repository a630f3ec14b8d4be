//! The way by a proxy: a small one on loopback, with and without a password, for both programs.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use anyrole_testkit::Program;
use anyrole_testkit::certificates::{Authority, CertificateRequest};
use serde_json::json;
use tempfile::TempDir;

use super::service::read_request;
use super::{Block, Stage};
use crate::way_in::{ANYROLE, WayIn, root, succeeds, tls_server};

/// Whoever is asked for, all lead to one address.
struct Proxy {
    address: String,
    /// First lines of the requests that were let through.
    lines: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// `password`: the value of the header that must be there.
    fn start(target: &str, password: Option<&'static str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let lines = Arc::new(Mutex::new(Vec::new()));
        let (kept, target) = (Arc::clone(&lines), target.to_owned());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (kept, target) = (Arc::clone(&kept), target.clone());
                std::thread::spawn(move || pass(stream, &target, password, &kept));
            }
        });
        Self { address, lines }
    }

    fn taken(&self) -> Vec<String> {
        std::mem::take(&mut *self.lines.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn pass(
    mut stream: TcpStream,
    target: &str,
    password: Option<&str>,
    kept: &Mutex<Vec<String>>,
) -> Option<()> {
    let request = read_request(&stream)?;
    if password.is_some() && request.header("proxy-authorization") != password {
        let refusal = "HTTP/1.1 407 X\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n";
        return stream.write_all(refusal.as_bytes()).ok();
    }
    kept.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(request.line.clone());
    let mut behind = TcpStream::connect(target).ok()?;
    if request.line.starts_with("CONNECT ") {
        stream.write_all(b"HTTP/1.1 200 X\r\n\r\n").ok()?;
    } else {
        let headers = request.headers.iter();
        let headers: String = headers
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect();
        let head = format!("{}\r\n{headers}\r\n{}", request.line, request.body);
        behind.write_all(head.as_bytes()).ok()?;
    }
    let (from, to) = (stream.try_clone().ok()?, behind.try_clone().ok()?);
    std::thread::spawn(move || copy(from, to));
    copy(behind, stream);
    Some(())
}

fn copy(mut from: TcpStream, mut to: TcpStream) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        if to
            .write_all(buffer.get(..count).unwrap_or_default())
            .is_err()
        {
            break;
        }
    }
    let _closed = to.shutdown(Shutdown::Write);
}

fn block(words: String, environment: &[(&str, &str)]) -> Block {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Block {
        words,
        environment: environment.iter().map(owned).collect(),
        ..Block::default()
    }
}

const PLAIN: &str = "credential-process {files} {arns} --endpoint http://ra.example";

#[test]
fn a_proxy_of_the_environment_is_used() {
    let stage = Stage::new("proxies beside the official helper");
    let proxy = Proxy::start(&stage.service.address, None);
    let by = format!("http://{}", proxy.address);
    let bare = proxy.address.clone();
    // Lower case counts where upper case isn't set; the scheme may be left out; with or without --with-proxy.
    for (words, name, value) in [
        (PLAIN.to_owned(), "HTTP_PROXY", &by),
        (PLAIN.to_owned(), "http_proxy", &bare),
        (format!("{PLAIN} --with-proxy"), "HTTP_PROXY", &by),
    ] {
        let block = block(words, &[(name, value)]);
        let ours = stage.outcome(&stage.ours, &block);
        assert_eq!(
            (ours.status.as_str(), ours.stderr.as_str()),
            ("0", ""),
            "{name}"
        );
        assert_eq!(proxy.taken(), ["CONNECT ra.example:80 HTTP/1.1"]);
        if let Some(official) = &stage.official {
            let theirs = stage.outcome(official.program(), &block);
            assert_eq!(theirs.stdout, ours.stdout, "{name}: {theirs:?}");
            let [line] = <[String; 1]>::try_from(proxy.taken()).unwrap();
            assert!(
                line.starts_with("POST http://ra.example/sessions?"),
                "{line}"
            );
        }
    }
    // Not used: excepted, or of the other scheme. There is no such host without it.
    for environment in [
        [("HTTP_PROXY", by.as_str()), ("NO_PROXY", "other, .example")],
        [("HTTPS_PROXY", &by), ("no_proxy", "")],
        // Of a web server's request.
        [("HTTP_PROXY", &by), ("REQUEST_METHOD", "GET")],
    ] {
        let block = block(
            PLAIN.to_owned(),
            &[&environment[..], &[("AWS_MAX_ATTEMPTS", "1")]].concat(),
        );
        for program in stage.programs() {
            let outcome = stage.outcome(program, &block);
            assert_eq!(outcome.status, "1", "{environment:?}: {outcome:?}");
            assert_eq!(proxy.taken(), Vec::<String>::new(), "{environment:?}");
        }
    }
    // The flag is for every host, this machine too.
    let words = "credential-process {files} {arns} --endpoint {service} --proxy";
    let flag = block(format!("{words} {by}"), &[("NO_PROXY", "*")]);
    assert_eq!(stage.outcome(&stage.ours, &flag).status, "0");
    assert_eq!(proxy.taken().len(), 1);
    let none = block(
        "credential-process {files} {arns} --endpoint {service} --with-proxy".to_owned(),
        &[("HTTP_PROXY", &by)],
    );
    let outcome = stage.outcome(&stage.ours, &none);
    assert_eq!(outcome.status, "0");
    assert!(
        outcome.stderr.contains("--with-proxy: no proxy is set"),
        "{outcome:?}"
    );
}

#[test]
fn a_proxy_with_a_password_leads_to_the_service_by_tls() {
    let stage = Stage::new("a proxy with a password beside the official helper");
    let folder = TempDir::new().unwrap();
    let (server, trusted) = tls_server(folder.path());
    let ca = Authority::root(folder.path()).unwrap();
    let leaf = ca
        .issue("host1", &CertificateRequest::leaf("host1"))
        .unwrap();
    let way = WayIn::open(
        &root(&server).ca_bundle(&trusted),
        &json!({"name": "proxied", "ca": ca.certificate()}),
    );
    let address = server.url().rsplit('/').next().unwrap().to_owned();
    // user:open sesame
    let proxy = Proxy::start(&address, Some("Basic dXNlcjpvcGVuIHNlc2FtZQ=="));
    let words = way.credential_process(&leaf).join(" ");
    let words = format!("{words} --endpoint https://ra.example --no-verify-ssl");
    for (user, status) in [
        ("user:open%20sesame@", "0"),
        ("user:sesame@", "1"),
        ("", "1"),
    ] {
        let by = format!("http://{user}{}", proxy.address);
        let block = block(
            words.clone(),
            &[("HTTPS_PROXY", &by), ("AWS_MAX_ATTEMPTS", "1")],
        );
        for program in stage.programs() {
            let outcome = stage.outcome(program, &block);
            assert_eq!(outcome.status, status, "{program:?} {user}: {outcome:?}");
            assert!(!outcome.stderr.contains("sesame"), "{outcome:?}");
            let lines = proxy.taken();
            assert_eq!(lines.is_empty(), status == "1", "{program:?} {lines:?}");
            let is_connect = |line: &String| line == "CONNECT ra.example:443 HTTP/1.1";
            assert!(lines.iter().all(is_connect), "{lines:?}");
        }
        let debug = super::Block {
            words: format!("{words} --debug"),
            ..block
        };
        let outcome = stage.outcome(&stage.ours, &debug);
        assert!(!outcome.stderr.contains("sesame"), "{outcome:?}");
        proxy.taken();
    }
    // What looks for the reason goes the same way.
    let words = words.replacen("credential-process", "doctor", 1);
    for (name, user, said) in [
        (
            "https_proxy",
            "user:open%20sesame@",
            &["which https_proxy sets", "TLS 1.3", "a session was granted"][..],
        ),
        (
            "HTTPS_PROXY",
            "user:sesame@",
            &["which HTTPS_PROXY sets", "failure", "407"],
        ),
    ] {
        let by = format!("http://{user}{}", proxy.address);
        let block = block(words.clone(), &[(name, &by), ("AWS_MAX_ATTEMPTS", "1")]);
        let output = stage.command(Path::new(ANYROLE), &block).output().unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        for said in said {
            assert!(printed.contains(said), "`{said}` is not in\n{printed}");
        }
        assert!(!printed.contains("sesame"), "{printed}");
    }
}

#[test]
fn the_roots_of_the_environment_are_believed() {
    let stage = Stage::new("TLS roots beside the official helper");
    let folder = TempDir::new().unwrap();
    let (server, trusted) = tls_server(folder.path());
    let ca = Authority::root(&folder.path().join("clients")).unwrap();
    let leaf = ca
        .issue("host1", &CertificateRequest::leaf("host1"))
        .unwrap();
    let way = WayIn::open(
        &root(&server).ca_bundle(&trusted),
        &json!({"name": "rooted", "ca": ca.certificate()}),
    );
    let (hashed, empty) = (folder.path().join("hashed"), folder.path().join("empty"));
    for made in [&hashed, &empty] {
        std::fs::create_dir(made).unwrap();
    }
    std::fs::copy(&trusted, hashed.join("root.pem")).unwrap();
    let mut rehash = Program::Openssl.command().unwrap();
    succeeds(&rehash.arg("rehash").arg(&hashed).output().unwrap());
    let words = way.credential_process(&leaf).join(" ");
    let words = format!("{words} --endpoint {}", server.url());
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let (file, hashed, empty) = (text(&trusted), text(&hashed), text(&empty));
    let other = text(ca.certificate());
    for (environment, status) in [
        (&[][..], "1"),
        (&[("SSL_CERT_FILE", &file)], "0"),
        (&[("SSL_CERT_DIR", &hashed)], "0"),
        (&[("SSL_CERT_FILE", &other), ("SSL_CERT_DIR", &hashed)], "0"),
        (&[("SSL_CERT_FILE", &file), ("SSL_CERT_DIR", &empty)], "0"),
        (&[("SSL_CERT_FILE", &other), ("SSL_CERT_DIR", &empty)], "1"),
        // Then nothing else counts.
        (&[("AWS_CA_BUNDLE", &other), ("SSL_CERT_FILE", &file)], "1"),
        (&[("AWS_CA_BUNDLE", &file), ("SSL_CERT_FILE", &other)], "0"),
    ] {
        let environment: Vec<(&str, &str)> = environment
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .chain([("AWS_MAX_ATTEMPTS", "1")])
            .collect();
        let block = block(words.clone(), &environment);
        for program in stage.programs() {
            let outcome = stage.outcome(program, &block);
            assert_eq!(
                outcome.status, status,
                "{program:?} {environment:?}: {outcome:?}"
            );
        }
    }
}
