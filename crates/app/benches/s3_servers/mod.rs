//! The three servers that are compared, each with the same objects.

pub mod anyrole;
pub mod nginx;
pub mod s3s_fs;

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Child;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use anyrole_signing::{AccessKey, Signer, presign};
use http::HeaderMap;

use crate::parts::SystemClock;
use crate::parts::site::REGION;

/// A running server.
pub trait Server {
    /// Its name in the table.
    fn name(&self) -> &'static str;
    /// Its process; its children are counted, too.
    fn process(&self) -> Result<u32>;
    /// A URL of the object that needs nothing else.
    fn url(&self, object: &str) -> Result<String>;
}

/// A process that is killed when this is dropped.
pub struct Process(Child);

impl Process {
    /// Waits until it listens.
    pub fn listening(mut child: Child, address: SocketAddr) -> Result<Self> {
        for _ in 0..500 {
            if TcpStream::connect(address).is_ok() {
                return Ok(Self(child));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        child.kill().context("stopping it")?;
        bail!("nothing listens on {address}")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // SIGKILL would leave nginx's workers behind.
        let id = self.0.id().to_string();
        let _ = std::process::Command::new("kill")
            .args(["-TERM", &id])
            .status();
        let _ = self.0.wait();
    }
}

/// An address that was free a moment ago.
fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// A file name for an object: its name without the space.
fn key(object: &str) -> String {
    object.replace(' ', "")
}

/// Content that does not compress.
fn content(size: usize) -> Vec<u8> {
    (0..size)
        .map(|position| (position.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect()
}

/// Path and query of a URL that is signed for an hour.
fn presigned(method: &str, host: &str, path: &str, access_key: AccessKey<'_>) -> Result<String> {
    use anyrole_domain::ports::Clock as _;
    let mut headers = HeaderMap::new();
    headers.insert("host", host.parse()?);
    let signer = Signer {
        access_key,
        region: REGION,
        service: "s3",
        at: SystemClock.now(),
    };
    Ok(format!(
        "{path}?{}",
        presign(method, path, "", &headers, 3600, &signer)?
    ))
}
