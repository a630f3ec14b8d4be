//! The client against servers of a few lines on this machine: what is asked, what is refused, what is tried again.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod challenges;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use anyrole_outbound::{AllowList, Client, ClientSettings, Limits, OutboundError, Plain, Url};

/// Answers each request with the next of its answers, and the last one for ever.
struct Server {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start(answers: Vec<Vec<u8>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = requests.clone();
        thread::spawn(move || {
            let mut answers = answers.into_iter().peekable();
            let mut answer = Vec::new();
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                seen.lock().unwrap().push(read_request(&mut stream));
                answer = answers.next().unwrap_or(answer);
                // A client that has read enough hangs up.
                let _ = stream.write_all(&answer);
            }
        });
        Self { address, requests }
    }

    fn url(&self, path: &str) -> Url {
        Url::parse(&format!("http://{}{path}", self.address)).unwrap()
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

fn read_request(stream: &mut TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let (mut request, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        request.push_str(&line);
        if line == "\r\n" || line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    request + &String::from_utf8(body).unwrap()
}

fn answer(status: u16, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 {status} X\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

fn limits() -> Limits {
    Limits {
        answer_bytes: 1000,
        attempt: Duration::from_secs(20),
        attempts: 3,
        pause: Duration::from_millis(1),
        at_once: 2,
    }
}

fn client(url: &Url, limits: Limits) -> Client {
    Client::new(ClientSettings {
        allowed: AllowList::only(url, Plain::Loopback),
        limits,
        user_agent: "anyrole/test".to_owned(),
    })
}

#[tokio::test]
async fn a_body_is_fetched_and_json_is_sent() {
    let server = Server::start(vec![answer(200, "", b"list"), answer(204, "", b"")]);
    let url = server.url("/a.crl?x=1");
    let client = client(&url, limits());
    assert_eq!(client.get(&url).await.unwrap(), b"list");
    let sent = client.post_json(&url, b"{\"a\":1}".to_vec()).await;
    assert_eq!(sent.unwrap(), b"");
    let [get, post] = server.requests().try_into().unwrap();
    assert!(get.starts_with("GET /a.crl?x=1 HTTP/1.1\r\n"), "{get}");
    assert!(get.contains("anyrole/test"), "{get}");
    assert!(post.starts_with("POST /a.crl?x=1 HTTP/1.1\r\n"), "{post}");
    assert!(
        post.to_ascii_lowercase()
            .contains("content-type: application/json\r\n"),
        "{post}"
    );
    assert!(post.ends_with("\r\n\r\n{\"a\":1}"), "{post}");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let other = Server::start(vec![answer(200, "", b"stolen")]);
    for status in [301, 302, 303, 307, 308] {
        let location = format!("Location: http://{}/\r\n", other.address);
        let server = Server::start(vec![answer(status, &location, b"")]);
        let url = server.url("/");
        let host = url.shown_host();
        let expected = OutboundError::Redirect { host, status };
        assert_eq!(client(&url, limits()).get(&url).await, Err(expected));
        assert_eq!(server.requests().len(), 1);
    }
    assert!(other.requests().is_empty());
}

#[tokio::test]
async fn an_answer_that_is_too_long_is_given_up() {
    let chunked = [
        &b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n"[..],
        &[b'x'; 0xffff],
    ];
    for long in [answer(200, "", &[b'x'; 1001]), chunked.concat()] {
        let server = Server::start(vec![long]);
        let url = server.url("/");
        let expected = OutboundError::TooLarge {
            host: url.shown_host(),
            limit: 1000,
        };
        assert_eq!(client(&url, limits()).get(&url).await, Err(expected));
        assert_eq!(server.requests().len(), 1);
    }
    let server = Server::start(vec![answer(200, "", &[b'x'; 1000])]);
    let url = server.url("/");
    assert_eq!(client(&url, limits()).get(&url).await.unwrap().len(), 1000);
}

#[tokio::test]
async fn what_passes_is_tried_again() {
    let server = Server::start(vec![
        answer(503, "", b""),
        Vec::new(),
        answer(200, "", b"at last"),
    ]);
    let url = server.url("/");
    let client_of = |url: &Url| client(url, limits());
    let sent = client_of(&url).post_json(&url, b"1".to_vec()).await;
    assert_eq!(sent.unwrap(), b"at last");
    assert_eq!(server.requests().len(), 3);
    for (status, attempts) in [(500, 3), (429, 3), (404, 1), (403, 1), (400, 1)] {
        let server = Server::start(vec![answer(status, "", b"no")]);
        let url = server.url("/");
        let host = url.shown_host();
        let expected = OutboundError::Status { host, status };
        assert_eq!(client_of(&url).get(&url).await, Err(expected));
        assert_eq!(server.requests().len(), attempts, "{status}");
    }
}

#[tokio::test]
async fn a_server_that_is_silent_or_away_is_not_waited_for() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = Url::parse(&format!("http://{}", silent.local_addr().unwrap())).unwrap();
    let short = Limits {
        attempt: Duration::from_millis(50),
        attempts: 2,
        ..limits()
    };
    let timed_out = client(&url, short).get(&url).await.unwrap_err();
    assert!(
        matches!(timed_out, OutboundError::TimedOut { .. }),
        "{timed_out}"
    );
    drop(silent);
    let away = client(&url, limits()).get(&url).await.unwrap_err();
    assert!(matches!(away, OutboundError::Transport { .. }), "{away}");
    // TLS to a server that speaks none.
    let plain = TcpListener::bind("127.0.0.1:0").unwrap();
    let tls = Url::parse(&format!("https://{}", plain.local_addr().unwrap())).unwrap();
    thread::spawn(move || {
        for stream in plain.incoming() {
            let _ = stream.unwrap().write_all(&answer(200, "", b"plain"));
        }
    });
    let refused = client(&tls, limits()).get(&tls).await.unwrap_err();
    assert!(
        matches!(refused, OutboundError::Transport { .. }),
        "{refused}"
    );
}

#[tokio::test]
async fn a_host_that_is_not_listed_is_not_asked() {
    let server = Server::start(vec![answer(200, "", b"")]);
    let listed = Url::parse("http://127.0.0.1:1").unwrap();
    let url = server.url("/");
    let host = url.shown_host();
    let outcome = client(&listed, limits()).get(&url).await;
    assert_eq!(outcome, Err(OutboundError::HostNotAllowed { host }));
    assert!(server.requests().is_empty());
}
