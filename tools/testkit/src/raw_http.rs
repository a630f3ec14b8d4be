//! HTTP/1.1 by hand: the bytes that a test wrote go out as they are, the answer comes back in parts. For requests that
//! no proper client would send, and for asking a server whether it is ready.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, anyhow};

/// An answer as it came over the wire.
#[derive(Debug, Clone)]
pub struct RawResponse {
    /// The status code.
    pub status: u16,
    /// Header names in lower case with their values, in order.
    pub headers: Vec<(String, String)>,
    /// The body; chunks are joined.
    pub body: Vec<u8>,
}

impl RawResponse {
    /// The first header called `name` (lower case).
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The body as text, with what isn't UTF-8 replaced.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Sends `request` as it is and reads until the server closes; so it should hold `Connection: close`.
///
/// # Errors
/// No connection, no answer within 10 seconds, or an answer that isn't HTTP/1.1.
pub fn exchange(address: SocketAddr, request: &[u8]) -> Result<RawResponse> {
    let limit = Duration::from_secs(10);
    let mut stream = TcpStream::connect_timeout(&address, limit)
        .with_context(|| format!("connecting to {address}"))?;
    stream.set_read_timeout(Some(limit))?;
    stream.set_write_timeout(Some(limit))?;
    // A server that refuses early closes before it has read everything; its answer still counts.
    let sent = stream.write_all(request);
    let mut answer = Vec::new();
    let received = stream.read_to_end(&mut answer);
    if answer.is_empty() {
        sent.context("sending the request")?;
        received.context("reading the answer")?;
    }
    parse_response(&answer)
}

/// GETs `path` without signing anything.
///
/// # Errors
/// As [`exchange`].
pub fn get(address: SocketAddr, path: &str) -> Result<RawResponse> {
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    exchange(address, request.as_bytes())
}

fn parse_response(bytes: &[u8]) -> Result<RawResponse> {
    let end = bytes
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .ok_or_else(|| anyhow!("the answer has no end of headers: {bytes:?}"))?;
    let (head, rest) = bytes.split_at(end);
    let head = std::str::from_utf8(head).context("reading the answer's headers")?;
    let mut lines = head.split("\r\n");
    let status_line = lines.next().unwrap_or_default();
    let status = status_line
        .split(' ')
        .nth(1)
        .and_then(|code| code.parse().ok())
        .ok_or_else(|| anyhow!("no status in `{status_line}`"))?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let body = rest.get(4..).unwrap_or_default();
    let chunked = headers
        .iter()
        .any(|(name, value)| name == "transfer-encoding" && value.eq_ignore_ascii_case("chunked"));
    let body = if chunked {
        join_chunks(body)?
    } else {
        body.to_vec()
    };
    Ok(RawResponse {
        status,
        headers,
        body,
    })
}

fn join_chunks(mut rest: &[u8]) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest
            .windows(2)
            .position(|window| window == b"\r\n")
            .ok_or_else(|| anyhow!("the answer ends inside a chunk's size"))?;
        let (size, after) = rest.split_at(end);
        let size = std::str::from_utf8(size)?;
        let digits = size.split(';').next().unwrap_or_default().trim();
        let length = usize::from_str_radix(digits, 16)
            .with_context(|| format!("reading the chunk size `{size}`"))?;
        if length == 0 {
            return Ok(body);
        }
        let chunk = after
            .get(2..2 + length)
            .ok_or_else(|| anyhow!("the answer ends inside a chunk"))?;
        body.extend_from_slice(chunk);
        rest = after.get(4 + length..).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_comes_apart_into_status_headers_and_body() {
        let answer =
            b"HTTP/1.1 403 Forbidden\r\nX-Amzn-RequestId: 17\r\nContent-Length: 2\r\n\r\n{}";
        let response = parse_response(answer).unwrap();
        assert_eq!(response.status, 403);
        assert_eq!(response.header("x-amzn-requestid"), Some("17"));
        assert_eq!(response.text(), "{}");
    }

    #[test]
    fn chunks_are_joined() {
        let answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n";
        assert_eq!(parse_response(answer).unwrap().text(), "abcde");
    }

    #[test]
    fn a_cut_answer_is_an_error() {
        for cut in [
            &b"HTTP/1.1 200 OK\r\n"[..],
            b"nonsense\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        ] {
            assert!(parse_response(cut).is_err());
        }
    }
}
