//! One signed request over a connection of its own, with the patience to wait for a server that is paused.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyrole_signing::{
    AccessKey, PayloadHash, Signer, X509Algorithm, X509Signer, sign_request, sign_x509,
};
use anyrole_testkit::certificates::Issued;
use anyrole_testkit::{Program, RootKey};
use http::{HeaderMap, HeaderName};
use jiff::Timestamp;
use serde_json::Value;

/// An access key; with a token if it is a session's.
#[derive(Clone, Debug)]
pub struct Key {
    pub id: String,
    pub secret: String,
    pub token: Option<String>,
}

impl Key {
    /// The root user's, as a first start wrote it.
    pub fn root(file: &Path) -> Self {
        let RootKey { id, secret } = RootKey::read(file).unwrap();
        Self {
            id,
            secret,
            token: None,
        }
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    /// Status line and headers.
    pub head: String,
    pub text: String,
}

impl Answer {
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// The values of a header.
    pub fn header(&self, name: &str) -> Vec<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines
            .filter(|(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
            .collect()
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    /// The credentials in an answer of CreateSession.
    pub fn credentials(&self) -> Key {
        let json = self.json();
        let credentials = &json["credentialSet"][0]["credentials"];
        let text = |name: &str| credentials[name].as_str().unwrap().to_owned();
        Key {
            id: text("accessKeyId"),
            secret: text("secretAccessKey"),
            token: Some(text("sessionToken")),
        }
    }
}

/// A request on its way: sent, not answered yet.
pub struct Sent(TcpStream);

/// A request before it is sent.
pub struct Call {
    method: &'static str,
    path: String,
    query: String,
    headers: HeaderMap,
    body: Vec<u8>,
    address: SocketAddr,
}

impl Call {
    pub fn new(address: SocketAddr, method: &'static str, path: &str) -> Self {
        let call = Self {
            method,
            path: path.to_owned(),
            query: String::new(),
            headers: HeaderMap::new(),
            body: Vec::new(),
            address,
        };
        call.header("host", &address.to_string())
    }

    /// A call of the Query protocol.
    pub fn query_protocol(address: SocketAddr, parameters: &[(&str, &str)]) -> Self {
        Self::form(address, "/", parameters)
    }

    /// A form that is posted.
    pub fn form(address: SocketAddr, path: &str, fields: &[(&str, &str)]) -> Self {
        let pairs: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{name}={}", encode(value)))
            .collect();
        Self::new(address, "POST", path)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(pairs.join("&"))
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        self.headers.insert(name, value.parse().unwrap());
        self
    }

    pub fn query(mut self, query: String) -> Self {
        self.query = query;
        self
    }

    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    pub fn sign(mut self, key: &Key, service: &str) -> Self {
        let signer = Signer {
            access_key: AccessKey {
                access_key_id: &key.id,
                secret_access_key: &key.secret,
                session_token: key.token.as_deref(),
            },
            region: "us-east-1",
            service,
            at: Timestamp::now(),
        };
        let payload = PayloadHash::of(&self.body);
        sign_request(
            self.method,
            &self.path,
            &self.query,
            &mut self.headers,
            payload,
            &signer,
        )
        .unwrap();
        self
    }

    /// Signs with a certificate of serial number 4097, by openssl.
    pub fn sign_x509(mut self, leaf: &Issued) -> Self {
        let der = leaf.certificate_der().unwrap();
        let encoded = base64_simd::STANDARD.encode_to_string(der);
        self = self.header("x-amz-x509", &encoded);
        let payload = PayloadHash::of(&self.body);
        let signer = X509Signer {
            algorithm: X509Algorithm::EcdsaSha256,
            serial_decimal: "4097",
            region: "us-east-1",
            at: Timestamp::now(),
        };
        sign_x509(
            self.method,
            &self.path,
            &self.query,
            &mut self.headers,
            payload,
            &signer,
            |text| openssl_sign(leaf, text),
        )
        .unwrap();
        self
    }

    pub fn begin(&self) -> std::io::Result<Sent> {
        let question = if self.query.is_empty() { "" } else { "?" };
        let mut bytes = format!(
            "{} {}{question}{} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n",
            self.method,
            self.path,
            self.query,
            self.body.len()
        )
        .into_bytes();
        for (name, value) in &self.headers {
            bytes.extend_from_slice(name.as_str().as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(value.as_bytes());
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(&self.body);
        let mut stream = TcpStream::connect(self.address)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        stream.write_all(&bytes)?;
        Ok(Sent(stream))
    }

    /// The answer; an error where the server is gone.
    pub fn send(&self) -> std::io::Result<Answer> {
        self.begin()?.answer()
    }
}

impl Sent {
    pub fn answer(mut self) -> std::io::Result<Answer> {
        let mut bytes = Vec::new();
        self.0.read_to_end(&mut bytes)?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let gone = || std::io::Error::other("no answer");
        let (head, body) = text.split_once("\r\n\r\n").ok_or_else(gone)?;
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
        Ok(Answer {
            status: status.ok_or_else(gone)?,
            head: head.to_owned(),
            text: body.to_owned(),
        })
    }
}

/// Percent-encodes everything but letters and digits.
pub fn encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            encoded.push(byte.into());
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

fn openssl_sign(leaf: &Issued, text: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut child = Program::Openssl
        .command()
        .unwrap()
        .args(["dgst", "-sha256", "-sign"])
        .arg(&leaf.key)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    child.stdin.take().unwrap().write_all(text)?;
    Ok(child.wait_with_output()?.stdout)
}
