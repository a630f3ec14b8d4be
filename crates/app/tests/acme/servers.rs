//! What stands beside a machine that wants certificates: a DNS server that knows it, for http-01 a web server of files, and what stands
//! before several servers of one name.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
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

/// A web server: `/.well-known/acme-challenge/NAME` is the file of that name.
pub fn web(port: u16, files: PathBuf) {
    let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
    thread::spawn(move || {
        for connection in listener.incoming() {
            let mut reader = BufReader::new(connection.unwrap());
            let mut first = String::new();
            reader.read_line(&mut first).unwrap();
            let mut line = String::new();
            while reader.read_line(&mut line).unwrap() > 2 {
                line.clear();
            }
            let path = first.split(' ').nth(1).unwrap_or_default();
            let name = path
                .strip_prefix("/.well-known/acme-challenge/")
                .unwrap_or("none");
            let (status, body) = match std::fs::read(files.join(name)) {
                Ok(body) => ("200 OK", body),
                Err(_) => ("404 Not Found", Vec::new()),
            };
            let head = format!(
                "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            let answer = [head.as_bytes(), &body].concat();
            reader.into_inner().write_all(&answer).unwrap();
        }
    });
}

/// One address for several servers: a connection goes to whichever is named when it begins.
pub struct Switch {
    pub address: SocketAddr,
    target: Arc<Mutex<Option<SocketAddr>>>,
}

impl Switch {
    pub fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let target = Arc::new(Mutex::new(None::<SocketAddr>));
        let named = target.clone();
        thread::spawn(move || {
            for client in listener.incoming() {
                let to = *named.lock().unwrap();
                if let Some(to) = to {
                    join(&client.unwrap(), &TcpStream::connect(to).unwrap());
                }
            }
        });
        Self { address, target }
    }

    pub fn to(&self, server: SocketAddr) {
        *self.target.lock().unwrap() = Some(server);
    }
}

/// Copies both ways until each side has ended.
fn join(one: &TcpStream, other: &TcpStream) {
    for (from, to) in [(one, other), (other, one)] {
        let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
        thread::spawn(move || {
            // Either side may go away first.
            std::io::copy(&mut from, &mut to).ok();
            to.shutdown(Shutdown::Write).ok();
        });
    }
}

/// A port that nobody uses a moment later.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}
