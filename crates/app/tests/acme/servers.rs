//! What stands beside a machine that wants certificates: a DNS server that knows it, for http-01 a web server of files, and what stands
//! before several servers of one name.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;

use anyrole_testkit::start_dns_server;

/// A DNS server whose TXT records of a name are the lines of a file of that name.
pub fn dns(records: PathBuf) -> SocketAddr {
    start_dns_server(move |name| {
        let texts = std::fs::read_to_string(records.join(name)).unwrap_or_default();
        texts.lines().map(str::to_owned).collect()
    })
    .unwrap()
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
