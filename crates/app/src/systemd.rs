//! What systemd and a service say to each other: sockets that it listens on already (sd_listen_fds(3)), how it goes
//! (sd_notify(3)), and that it is to stop. `serve` and `update` call it.

use std::ffi::OsStr;
use std::net::TcpListener;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram, UnixListener};

use anyhow::Context as _;
use listenfd::ListenFd;
use tokio::signal::unix::{SignalKind, signal};

/// A socket that systemd listens on.
#[derive(Debug)]
pub enum Inherited {
    /// `ListenStream=` with an address.
    Tcp(TcpListener),
    /// `ListenStream=` with a path.
    Unix(UnixListener),
}

/// The sockets that are handed to this process, each with its `FileDescriptorName=`; none where it wasn't started by a socket.
/// To be called once, before there are threads: the variables that tell of them are taken away.
#[expect(
    clippy::disallowed_methods,
    reason = "systemd's way of saying it: no settings of a person's"
)]
pub fn sockets() -> anyhow::Result<Vec<(String, Inherited)>> {
    let names = std::env::var("LISTEN_FDNAMES").unwrap_or_default();
    let mut names = names.split(':');
    let mut handed = ListenFd::from_env();
    let mut sockets = Vec::new();
    for place in 0..handed.len() {
        let name = names.next().unwrap_or_default().to_owned();
        let socket = match handed.take_tcp_listener(place) {
            Ok(Some(socket)) => Inherited::Tcp(socket),
            _ => {
                let socket = handed.take_unix_listener(place);
                let socket = socket.ok().flatten().map(Inherited::Unix);
                socket.with_context(|| {
                    format!("LISTEN_FDS: socket {place} (`{name}`) is neither a TCP nor a UNIX stream socket: the unit wants ListenStream=")
                })?
            }
        };
        sockets.push((name, socket));
    }
    Ok(sockets)
}

/// Tells the service manager something, if there is one that listens. It is no error if it does not hear.
#[expect(
    clippy::disallowed_methods,
    reason = "systemd's way of saying it: no settings of a person's"
)]
pub fn notify(state: &str) {
    let Some(path) = std::env::var_os("NOTIFY_SOCKET").filter(|path| !path.is_empty()) else {
        return;
    };
    let _: std::io::Result<()> = send(&path, state);
}

fn send(path: &OsStr, state: &str) -> std::io::Result<()> {
    let address = match path.as_bytes().strip_prefix(b"@") {
        Some(name) => abstract_address(name)?,
        None => SocketAddr::from_pathname(path)?,
    };
    UnixDatagram::unbound()?
        .send_to_addr(state.as_bytes(), &address)
        .map(|_| ())
}

/// A name that is no path; only Linux has them.
#[cfg(target_os = "linux")]
fn abstract_address(name: &[u8]) -> std::io::Result<SocketAddr> {
    use std::os::linux::net::SocketAddrExt as _;
    SocketAddr::from_abstract_name(name)
}

#[cfg(not(target_os = "linux"))]
fn abstract_address(_name: &[u8]) -> std::io::Result<SocketAddr> {
    Err(std::io::ErrorKind::Unsupported.into())
}

/// Ends when the process is told to stop.
///
/// # Errors
/// The system lets no signals be listened for.
pub fn stop() -> anyhow::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("SIGINT")?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        notify("STOPPING=1");
    })
}
