//! Signed requests as the root user over one kept connection: an answer comes back whole, or the outcome is unknown.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyrole_signing::{AccessKey, PayloadHash, Signer, sign_request};
use anyrole_testkit::RootKey;
use hyper::header::{HOST, HeaderMap, HeaderName, HeaderValue};

/// A request to be signed.
#[derive(Default)]
pub struct Request<'a> {
    pub service: &'a str,
    pub method: &'a str,
    pub path: &'a str,
    pub query: &'a str,
    pub headers: &'a [(&'a str, &'a str)],
    pub body: &'a [u8],
}

/// A whole answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The answer, if its status is this one.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }
}

/// No whole answer came: the server is gone, and nobody knows what it has done.
#[derive(Debug)]
pub struct Unanswered(#[expect(dead_code, reason = "shown by Debug")] pub std::io::Error);

impl From<std::io::Error> for Unanswered {
    fn from(error: std::io::Error) -> Self {
        Self(error)
    }
}

pub struct Client {
    address: SocketAddr,
    key: RootKey,
    stream: Option<BufReader<TcpStream>>,
    /// The id and the status of each answer.
    pub answered: Vec<(String, u16)>,
}

impl Client {
    pub fn new(address: SocketAddr, key: &RootKey) -> Self {
        Self {
            address,
            key: key.clone(),
            stream: None,
            answered: Vec::new(),
        }
    }

    pub fn send(&mut self, request: &Request<'_>) -> Result<Answer, Unanswered> {
        let head = self.head(request);
        self.write(&[head.as_bytes(), request.body])?;
        let answer = self.read(request.method == "HEAD")?;
        let id = answer
            .header("x-amzn-requestid")
            .expect("each answer has a request id");
        self.answered.push((id.to_owned(), answer.status));
        Ok(answer)
    }

    /// The signed head of a request, its last empty line included.
    pub fn head(&self, request: &Request<'_>) -> String {
        let host = self.address.to_string();
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_str(&host).unwrap());
        for (name, value) in request.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            headers.insert(name, HeaderValue::from_str(value).unwrap());
        }
        let signer = Signer {
            access_key: AccessKey {
                access_key_id: &self.key.id,
                secret_access_key: &self.key.secret,
                session_token: None,
            },
            region: "us-east-1",
            service: request.service,
            at: now(),
        };
        let Request {
            method,
            path,
            query,
            body,
            ..
        } = request;
        sign_request(
            method,
            path,
            query,
            &mut headers,
            PayloadHash::of(body),
            &signer,
        )
        .unwrap();
        let mark = if query.is_empty() { "" } else { "?" };
        let mut head = format!(
            "{method} {path}{mark}{query} HTTP/1.1\r\ncontent-length: {}\r\n",
            body.len()
        );
        for (name, value) in &headers {
            head.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
        }
        head.push_str("\r\n");
        head
    }

    /// Sends bytes as they are.
    pub fn write(&mut self, parts: &[&[u8]]) -> Result<(), Unanswered> {
        if self.stream.is_none() {
            let stream = TcpStream::connect(self.address)?;
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(Duration::from_secs(60)))?;
            self.stream = Some(BufReader::new(stream));
        }
        let stream = self.stream.as_mut().unwrap().get_mut();
        for part in parts {
            stream.write_all(part)?;
        }
        Ok(())
    }

    /// Reads the next answer, and drops the connection where it is cut.
    pub fn read(&mut self, head_only: bool) -> Result<Answer, Unanswered> {
        let mut stream = self.stream.take().expect("a request was sent");
        let answer = read_answer(&mut stream, head_only)?;
        if answer.header("connection") != Some("close") {
            self.stream = Some(stream);
        }
        Ok(answer)
    }
}

fn read_answer(stream: &mut impl BufRead, head_only: bool) -> Result<Answer, Unanswered> {
    let status_line = line(stream)?;
    let status = status_line.split(' ').nth(1).unwrap().parse().unwrap();
    let mut headers = Vec::new();
    loop {
        let line = line(stream)?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').unwrap();
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut answer = Answer {
        status,
        headers,
        body: Vec::new(),
    };
    if head_only || status == 204 {
        return Ok(answer);
    }
    if let Some(length) = answer.header("content-length") {
        answer.body = exactly(stream, length.parse().unwrap())?;
        return Ok(answer);
    }
    assert_eq!(
        answer.header("transfer-encoding"),
        Some("chunked"),
        "{answer:?}"
    );
    loop {
        let length = usize::from_str_radix(&line(stream)?, 16).unwrap();
        answer.body.extend(exactly(stream, length)?);
        assert_eq!(line(stream)?, "");
        if length == 0 {
            return Ok(answer);
        }
    }
}

fn line(stream: &mut impl BufRead) -> Result<String, Unanswered> {
    let mut line = String::new();
    stream.read_line(&mut line)?;
    match line.strip_suffix("\r\n") {
        Some(line) => Ok(line.to_owned()),
        None => Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into()),
    }
}

fn exactly(stream: &mut impl Read, length: usize) -> Result<Vec<u8>, Unanswered> {
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok(body)
}

#[expect(
    clippy::disallowed_methods,
    reason = "requests are signed for the time that it is"
)]
fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

/// Percent-encodes everything but unreserved characters.
pub fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            byte => format!("%{byte:02X}"),
        })
        .collect()
}

/// Undoes percent-encoding.
pub fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'%' => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
            }
            b'+' => bytes.push(b' '),
            byte => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// The contents of every `<name>` element, in order, unescaped where they hold text.
pub fn elements(xml: &str, name: &str) -> Vec<String> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let parts = xml.split(&open).skip(1);
    parts
        .map(|part| {
            part.split(&close)
                .next()
                .unwrap()
                .replace("&quot;", "\"")
                .replace("&#34;", "\"")
        })
        .collect()
}
