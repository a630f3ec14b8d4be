//! One request again and again on several connections, all from one thread that waits for whichever has its answer: an address and a request
//! enter, how many answers came leaves. With a thread for each connection the load would spend on switching between them what
//! the server, on the same cores, is to have.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// Sends the request on so many connections for a time.
///
/// # Errors
/// Of the first connection that fails; where an answer is of another status than 200.
pub fn repeat(
    address: SocketAddr,
    connections: usize,
    time: Duration,
    request: &[u8],
) -> Result<u32> {
    let request: Arc<[u8]> = request.into();
    let end = Instant::now() + time;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    runtime.block_on(async {
        let mut clients = JoinSet::new();
        for _ in 0..connections {
            clients.spawn(one_client(address, end, request.clone()));
        }
        let mut answers = 0;
        while let Some(client) = clients.join_next().await {
            answers += client??;
        }
        Ok(answers)
    })
}

async fn one_client(address: SocketAddr, end: Instant, request: Arc<[u8]>) -> Result<u32> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut answer = Vec::with_capacity(16 * 1024);
    let mut answers = 0;
    while Instant::now() < end {
        stream.write_all(&request).await?;
        answer.clear();
        while !is_whole(&answer)? {
            let read = stream.read_buf(&mut answer).await?;
            ensure!(read > 0, "the server has gone away");
        }
        answers += 1;
    }
    Ok(answers)
}

/// Whether an answer is there to its end: so many octets as it says, or its last chunk.
fn is_whole(answer: &[u8]) -> Result<bool> {
    const BLANK: &[u8] = b"\r\n\r\n";
    let Some(end) = answer.windows(BLANK.len()).position(|part| part == BLANK) else {
        return Ok(false);
    };
    let (head, body) = answer.split_at(end + BLANK.len());
    let head = std::str::from_utf8(head)?.to_ascii_lowercase();
    ensure!(
        head.starts_with("http/1.1 200"),
        "the server answered {head}"
    );
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"));
    match length {
        Some(length) => {
            let length: usize = length.trim().parse().context("an answer's length")?;
            Ok(body.len() >= length)
        }
        None => Ok(body.ends_with(b"0\r\n\r\n")),
    }
}
