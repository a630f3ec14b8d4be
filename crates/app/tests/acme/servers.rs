//! What stands beside a machine that wants certificates: a DNS server that knows it.

use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::path::Path;
use std::thread;

/// A DNS server: every name has the address 127.0.0.1, and the TXT record that a file of its name holds.
pub fn dns(records: &Path) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    let records = records.to_owned();
    thread::spawn(move || {
        let mut buffer = [0; 1500];
        while let Ok((length, peer)) = socket.recv_from(&mut buffer) {
            if let Some(answer) = answer(&buffer[..length], &records) {
                socket.send_to(&answer, peer).unwrap();
            }
        }
    });
    address
}

/// The question with its answers behind it (RFC 1035, 4).
fn answer(question: &[u8], records: &Path) -> Option<Vec<u8>> {
    let mut labels = Vec::new();
    let mut at = 12;
    while question[at] > 0 {
        let end = at + 1 + usize::from(question[at]);
        labels.push(String::from_utf8_lossy(&question[at + 1..end]).to_lowercase());
        at = end;
    }
    let kind = question[at + 2];
    let data: Vec<Vec<u8>> = match kind {
        1 => vec![vec![127, 0, 0, 1]],
        16 => {
            let texts = std::fs::read_to_string(records.join(labels.join("."))).unwrap_or_default();
            let strings = texts.lines().map(|text| {
                let length = u8::try_from(text.len()).unwrap();
                [&[length][..], text.as_bytes()].concat()
            });
            strings.collect()
        }
        _ => Vec::new(),
    };
    let mut message = question[..at + 5].to_vec();
    message[2..12].copy_from_slice(&[
        0x81,
        0x80,
        0,
        1,
        0,
        u8::try_from(data.len()).ok()?,
        0,
        0,
        0,
        0,
    ]);
    for data in data {
        message.extend([
            0xc0,
            12,
            0,
            kind,
            0,
            1,
            0,
            0,
            0,
            0,
            0,
            u8::try_from(data.len()).ok()?,
        ]);
        message.extend(data);
    }
    Some(message)
}

/// A port that nobody uses a moment later.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}
