//! One HTTP/1.1 connection that is kept: a whole request goes out, the body of an answer of status 200 comes back.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use anyhow::{Context as _, Result, ensure};

/// A connection.
pub struct Connection {
    stream: BufReader<TcpStream>,
    line: String,
    body: Vec<u8>,
}

impl Connection {
    pub fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream: BufReader::with_capacity(16 * 1024, stream),
            line: String::new(),
            body: Vec::new(),
        })
    }

    /// Sends a request; its answer must be of status 200 or 204.
    pub fn exchange(&mut self, request: &[u8]) -> Result<&[u8]> {
        self.stream.get_mut().write_all(request)?;
        let status = self.next_line()?.to_owned();
        let (mut length, mut chunked) = (0, false);
        loop {
            let line = self.next_line()?;
            if line.is_empty() {
                break;
            }
            if let Some((name, value)) = line.split_once(':') {
                if name.eq_ignore_ascii_case("content-length") {
                    length = value.trim().parse()?;
                }
                chunked |= name.eq_ignore_ascii_case("transfer-encoding");
            }
        }
        self.body.clear();
        if chunked {
            while self.read_chunk()? {}
        } else {
            self.read_body(length)?;
        }
        ensure!(
            status.starts_with("HTTP/1.1 20"),
            "the server answered `{status}`: {}",
            String::from_utf8_lossy(&self.body)
        );
        Ok(&self.body)
    }

    fn next_line(&mut self) -> Result<&str> {
        self.line.clear();
        let read = self.stream.read_line(&mut self.line)?;
        ensure!(read > 0, "the server has gone away");
        Ok(self.line.trim_ascii())
    }

    fn read_chunk(&mut self) -> Result<bool> {
        let length = usize::from_str_radix(self.next_line()?, 16).context("a chunk's length")?;
        self.read_body(length)?;
        self.next_line()?;
        Ok(length > 0)
    }

    fn read_body(&mut self, length: usize) -> Result<()> {
        let start = self.body.len();
        self.body.resize(start + length, 0);
        let place = self.body.get_mut(start..).unwrap_or_default();
        Ok(self.stream.read_exact(place)?)
    }
}
