//! A DNS server on loopback, which ACME's servers look names up at: every name has the address 127.0.0.1, and those TXT records that
//! a function says.

use std::net::{SocketAddr, UdpSocket};
use std::thread;

use anyhow::Result;

const ADDRESS: u16 = 1;
const TEXT: u16 = 16;

/// Starts one, which goes on until the program ends; where it listens. `texts` is asked for the records of a name in lower case, each
/// of fewer than 256 octets.
///
/// # Errors
/// No socket.
pub fn start_dns_server(
    texts: impl Fn(&str) -> Vec<String> + Send + 'static,
) -> Result<SocketAddr> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    let address = socket.local_addr()?;
    thread::spawn(move || {
        let mut buffer = [0; 1500];
        while let Ok((length, peer)) = socket.recv_from(&mut buffer) {
            let answer = buffer.get(..length).and_then(|asked| answer(asked, &texts));
            if let Some(answer) = answer {
                // Who has gone away needs none.
                let _ = socket.send_to(&answer, peer);
            }
        }
    });
    Ok(address)
}

/// The question with its answers behind it (RFC 1035, 4).
fn answer(question: &[u8], texts: &impl Fn(&str) -> Vec<String>) -> Option<Vec<u8>> {
    let mut labels = Vec::new();
    let mut at = 12;
    loop {
        let length = usize::from(*question.get(at)?);
        at += 1;
        if length == 0 {
            break;
        }
        let label = question.get(at..at + length)?;
        labels.push(String::from_utf8_lossy(label).to_ascii_lowercase());
        at += length;
    }
    let kind = u16::from_be_bytes(*question.get(at..)?.first_chunk()?);
    let data: Vec<Vec<u8>> = match kind {
        ADDRESS => vec![vec![127, 0, 0, 1]],
        TEXT => {
            let texts = texts(&labels.join(".")).into_iter();
            texts
                .filter_map(|text| {
                    Some([&[u8::try_from(text.len()).ok()?], text.as_bytes()].concat())
                })
                .collect()
        }
        _ => Vec::new(),
    };
    let [_, count] = u16::try_from(data.len()).ok()?.to_be_bytes();
    // An answer (QR, RD, RA) of one question and so many records.
    let head = [
        question.get(..2)?,
        &[0x81, 0x80, 0, 1, 0, count, 0, 0, 0, 0],
    ]
    .concat();
    let mut message = [&head, question.get(12..at + 4)?].concat();
    for data in data {
        // The name of the question, class IN, not to be kept.
        message.extend([0xc0, 12]);
        message.extend(kind.to_be_bytes());
        message.extend([0, 1, 0, 0, 0, 0]);
        message.extend(u16::try_from(data.len()).ok()?.to_be_bytes());
        message.extend(data);
    }
    Some(message)
}
