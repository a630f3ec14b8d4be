//! A service on loopback that answers by the first part of the path, and remembers what it was sent.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

const CREDENTIALS: &str = r#"{"credentialSet":[{"credentials":{"accessKeyId":"ASIAEXAMPLE","secretAccessKey":"a<b>&c","sessionToken":"token+/=","expiration":"2126-01-01T00:00:00Z"}}]}"#;

/// What was sent.
#[derive(Clone, Debug, Default)]
pub struct Request {
    pub line: String,
    /// In the order in which they came, as they were written.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self
            .headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// Until the test ends.
pub struct Service {
    pub address: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Service {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&requests);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let kept = Arc::clone(&kept);
                std::thread::spawn(move || while answer(&stream, &kept).is_some() {});
            }
        });
        Self { address, requests }
    }

    /// What came since this was asked last.
    pub fn taken(&self) -> Vec<Request> {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *requests)
    }
}

/// A request from a stream; `None` at its end.
pub fn read_request(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader
        .read_line(&mut line)
        .ok()
        .filter(|count| *count > 0)?;
    let mut request = Request {
        line: line.trim_end().to_owned(),
        ..Request::default()
    };
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        let header = (name.to_owned(), value.trim_start().to_owned());
        request.headers.push(header);
    }
    let length = request.header("content-length").unwrap_or("0");
    let mut body = vec![0; length.parse().ok()?];
    reader.read_exact(&mut body).ok()?;
    request.body = String::from_utf8_lossy(&body).into_owned();
    Some(request)
}

fn answer(mut stream: &TcpStream, kept: &Mutex<Vec<Request>>) -> Option<()> {
    let request = read_request(stream)?;
    let path = request.line.split(' ').nth(1)?;
    let path = path.strip_prefix("http://").map_or(path, |url| {
        url.find('/').and_then(|at| url.get(at..)).unwrap_or("/")
    });
    let (status, code, body) = match path.split('/').nth(1)? {
        "refuse" => (
            403,
            "AccessDeniedException",
            r#"{"message":"Untrusted signing certificate"}"#,
        ),
        "throttle" => (429, "ThrottlingException", r#"{"message":"Rate exceeded"}"#),
        "down" => (503, "", "<html>down</html>"),
        "empty" => (201, "", r#"{"credentialSet":[]}"#),
        "incomplete" => (
            201,
            "",
            r#"{"credentialSet":[{"credentials":{"accessKeyId":"ASIAEXAMPLE"}}]}"#,
        ),
        "ended" => (
            201,
            "",
            r#"{"credentialSet":[{"credentials":{"accessKeyId":"A","secretAccessKey":"s","sessionToken":"t","expiration":"2020-01-01T00:00:00Z"}}]}"#,
        ),
        _ => (201, "", CREDENTIALS),
    };
    kept.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(request);
    let kind = match code {
        "" => String::new(),
        code => format!("x-amzn-ErrorType: {code}\r\nx-amzn-RequestId: 7f\r\n"),
    };
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n{kind}Content-Length: {length}\r\n\r\n{body}"
    )
    .ok()
}
