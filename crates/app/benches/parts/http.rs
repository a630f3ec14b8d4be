//! One HTTP/1.1 connection that is kept: a whole request goes out, the body of an answer of status 200, 201 or 204 comes back.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use anyhow::{Context as _, Result, ensure};
use http::HeaderMap;

/// A connection.
pub struct Connection {
    stream: BufReader<TcpStream>,
    line: String,
    /// Headers of the last answer, a line each.
    head: String,
    body: Vec<u8>,
}

impl Connection {
    pub fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream: BufReader::with_capacity(16 * 1024, stream),
            line: String::new(),
            head: String::new(),
            body: Vec::new(),
        })
    }

    /// Sends a request; its answer must be of status 200, 201 or 204.
    pub fn exchange(&mut self, request: &[u8]) -> Result<&[u8]> {
        self.stream.get_mut().write_all(request)?;
        let status = self.next_line()?.to_owned();
        self.head.clear();
        while !self.next_line()?.is_empty() {
            self.head.push_str(&self.line);
        }
        self.body.clear();
        if self.header("transfer-encoding").is_some() {
            while self.read_chunk()? {}
        } else {
            let length = self.header("content-length").unwrap_or("0").parse()?;
            self.read_body(length)?;
        }
        ensure!(
            status.starts_with("HTTP/1.1 20"),
            "the server answered `{status}`: {}",
            String::from_utf8_lossy(&self.body)
        );
        Ok(&self.body)
    }

    /// The body of the last answer.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// A header of the last answer.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.head.lines().filter_map(|line| line.split_once(':'));
        let found = headers.find(|(header, _)| header.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim())
    }

    fn next_line(&mut self) -> Result<&str> {
        self.line.clear();
        let read = self.stream.read_line(&mut self.line)?;
        ensure!(read > 0, "the server has gone away");
        Ok(self.line.trim_ascii())
    }

    fn read_chunk(&mut self) -> Result<bool> {
        let length = u64::from_str_radix(self.next_line()?, 16).context("a chunk's length")?;
        self.read_body(length)?;
        self.next_line()?;
        Ok(length > 0)
    }

    fn read_body(&mut self, length: u64) -> Result<()> {
        let read = (&mut self.stream)
            .take(length)
            .read_to_end(&mut self.body)?;
        ensure!(u64::try_from(read)? == length, "the server has gone away");
        Ok(())
    }
}

/// A request as it goes over a connection.
pub fn wire_bytes(method: &str, target: &str, headers: &HeaderMap, body: &str) -> Vec<u8> {
    let mut bytes = format!("{method} {target} HTTP/1.1\r\n").into_bytes();
    for (name, value) in headers {
        bytes.extend_from_slice(name.as_str().as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(body.as_bytes());
    bytes
}
