//! ACME's questions to clients' servers: what may be connected to, and how much of an answer is read.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::sync::Arc;
use std::thread;

use anyrole_outbound::{
    ChallengeClient, ChallengeError, ChallengeSettings, DnsError, Networks, Resolver,
};

/// Answers each request with what `answer` makes of its path.
fn server(answer: impl Fn(&str) -> String + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && connection.read(&mut byte).unwrap_or(0) == 1 {
                head.push(byte[0]);
            }
            let head = String::from_utf8_lossy(&head).into_owned();
            let path = head.split(' ').nth(1).unwrap_or_default();
            // The client may have read enough.
            let _ = connection.write_all(answer(path).as_bytes());
        }
    });
    port
}

fn body(text: &str) -> String {
    let length = text.len();
    format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{text}")
}

fn redirect(to: &str) -> String {
    format!(
        "HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    )
}

fn client(dns: SocketAddr, networks: &[&str], port: u16) -> ChallengeClient {
    let random = Arc::new(|bytes: &mut [u8]| bytes.fill(7));
    ChallengeClient::new(ChallengeSettings {
        resolver: Resolver::new(dns, random),
        networks: Networks::parse(networks.iter().copied()).unwrap(),
        http_port: port,
        tls_port: port,
        user_agent: "test".to_owned(),
    })
}

/// Says of every name but `nobody.example` that it is at these addresses, as A records.
fn dns(addresses: Vec<[u8; 4]>) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let at = socket.local_addr().unwrap();
    thread::spawn(move || {
        let mut buffer = [0; 512];
        while let Ok((length, peer)) = socket.recv_from(&mut buffer) {
            let name = 12
                + buffer[12..length]
                    .iter()
                    .position(|byte| *byte == 0)
                    .unwrap();
            let nobody = buffer[12..name].starts_with(b"\x06nobody");
            let is_a = buffer[name + 2] == 1;
            let found: &[[u8; 4]] = if is_a && !nobody { &addresses } else { &[] };
            let mut answer = buffer[..name + 5].to_vec();
            let count = u8::try_from(found.len()).unwrap();
            let code = if nobody { 0x83 } else { 0x80 };
            answer[2..12].copy_from_slice(&[0x81, code, 0, 1, 0, count, 0, 0, 0, 0]);
            // One that answers another question comes first, and is passed over.
            let mut foreign = answer.clone();
            foreign[0] ^= 1;
            socket.send_to(&foreign, peer).unwrap();
            for address in found {
                answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4]);
                answer.extend(address);
            }
            socket.send_to(&answer, peer).unwrap();
        }
    });
    at
}

fn nowhere() -> SocketAddr {
    dns(Vec::new())
}

#[tokio::test]
async fn only_listed_addresses_are_connected_to() {
    let port = server(|_| body("proof"));
    let listed = client(nowhere(), &["127.0.0.0/8"], port);
    assert_eq!(listed.get("127.0.0.1", "/a").await.unwrap(), b"proof");
    for networks in [&[][..], &["10.0.0.0/8"], &["::/0"]] {
        let client = client(nowhere(), networks, port);
        let not_allowed = ChallengeError::NotAllowed("127.0.0.1".to_owned());
        assert_eq!(
            client.get("127.0.0.1", "/a").await,
            Err(not_allowed.clone())
        );
        assert_eq!(client.certificate("127.0.0.1").await, Err(not_allowed));
    }
    // The IPv4 address in other clothes.
    let mapped = client(nowhere(), &["::/0"], port)
        .get("::ffff:127.0.0.1", "/a")
        .await;
    assert_eq!(
        mapped,
        Err(ChallengeError::NotAllowed("::ffff:127.0.0.1".to_owned()))
    );
    // Names go by their addresses, whatever else a name has.
    let two = dns(vec![[192, 0, 2, 1], [127, 0, 0, 1]]);
    let named = client(two, &["127.0.0.1"], port)
        .get("web.example", "/a")
        .await;
    assert_eq!(named.unwrap(), b"proof");
    let other = client(two, &["10.0.0.0/8"], port)
        .get("web.example", "/a")
        .await;
    assert_eq!(
        other,
        Err(ChallengeError::NotAllowed("web.example".to_owned()))
    );
    let gone = client(two, &["127.0.0.1"], port)
        .get("nobody.example", "/a")
        .await;
    let no_such_name = DnsError::NoSuchName("nobody.example".to_owned());
    assert_eq!(gone, Err(ChallengeError::Dns(no_such_name)));
    let none = client(nowhere(), &["127.0.0.1"], port)
        .get("web.example", "/a")
        .await;
    assert!(
        matches!(none, Err(ChallengeError::Dns(DnsError::NoAnswer { .. }))),
        "{none:?}"
    );
}

#[tokio::test]
async fn redirects_keep_to_the_list_and_to_the_usual_ports() {
    let port = server(|path| match path {
        "/path" => redirect("/proof"),
        "/url" => redirect("http://127.0.0.1/proof"),
        "/name" => redirect("http://other.example:80/proof"),
        "/metadata" => redirect("http://169.254.169.254/latest"),
        "/port" => redirect("http://127.0.0.1:22/proof"),
        "/file" => redirect("file:///etc/passwd"),
        "/user" => redirect("http://a@127.0.0.1/proof"),
        "/circle" => redirect("/circle"),
        "/empty" => {
            "HTTP/1.1 302 Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".to_owned()
        }
        "/lost" => {
            "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".to_owned()
        }
        "/long" => body(&"a".repeat(5000)),
        _ => body("proof"),
    });
    let client = client(dns(vec![[127, 0, 0, 1]]), &["127.0.0.1"], port);
    for path in ["/proof", "/path", "/url", "/name"] {
        assert_eq!(
            client.get("web.example", path).await.unwrap(),
            b"proof",
            "{path}"
        );
    }
    let metadata = client.get("web.example", "/metadata").await;
    assert_eq!(
        metadata,
        Err(ChallengeError::NotAllowed("169.254.169.254".to_owned()))
    );
    for path in ["/port", "/file", "/user", "/circle", "/empty", "/lost"] {
        let answer = client.get("web.example", path).await;
        assert!(
            matches!(answer, Err(ChallengeError::Answer { .. })),
            "{path}: {answer:?}"
        );
    }
    let long = client.get("web.example", "/long").await;
    assert!(
        matches!(long, Err(ChallengeError::Connection { .. })),
        "{long:?}"
    );
}

#[tokio::test]
async fn what_speaks_no_tls_shows_no_certificate() {
    let port = server(|_| body("proof"));
    let shown = client(nowhere(), &["127.0.0.1"], port)
        .certificate("127.0.0.1")
        .await;
    assert!(
        matches!(
            shown,
            Err(ChallengeError::Tls { .. } | ChallengeError::Connection { .. })
        ),
        "{shown:?}"
    );
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let shown = client(nowhere(), &["127.0.0.1"], closed)
        .certificate("127.0.0.1")
        .await;
    assert!(
        matches!(shown, Err(ChallengeError::Connection { .. })),
        "{shown:?}"
    );
}
