//! The sockets of the metadata service: addresses, paths and what systemd hands over enter, listeners leave.

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use anyrole_helper::Reach;
use socket2::SockRef;
use tokio::net::{TcpListener, TcpSocket, TcpStream, UnixListener, UnixStream};

use crate::systemd::Inherited;

/// How many connections may wait to be accepted: more programs than that don't start at once on one machine, and who is turned
/// away comes back after a second, when SDKs have given up.
const WAITING: u32 = 1024;

/// A socket that is listened on.
#[derive(Debug)]
pub struct Listener {
    socket: Socket,
    hop_limit: u8,
}

#[derive(Debug)]
enum Socket {
    Tcp(TcpListener),
    /// With its path, if it is ours to take away.
    Unix(UnixListener, Option<PathBuf>),
}

/// A connection.
pub(super) enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Listener {
    /// Binds the address; port 0 takes a free one. `hop_limit`: how many routers an answer may pass.
    pub fn bind(address: IpAddr, port: u16, hop_limit: u8) -> anyhow::Result<Self> {
        match listen((address, port).into()) {
            Ok(socket) => Ok(Self {
                socket: Socket::Tcp(socket),
                hop_limit,
            }),
            Err(error) if error.kind() == ErrorKind::AddrInUse => bail!(
                "--port {port}: the port is taken by another process; choose another one, or 0 for a free one"
            ),
            Err(error) => Err(error).with_context(|| format!("--bind {address} --port {port}")),
        }
    }

    /// Binds a path, where only those get in whom `mode` lets write. What a process that is no more has left there is replaced.
    pub fn bind_path(path: &Path, mode: u32) -> anyhow::Result<Self> {
        let cannot = || format!("--socket: cannot listen on `{}`", path.display());
        match std::fs::symlink_metadata(path) {
            Ok(found) => {
                ensure!(
                    found.file_type().is_socket(),
                    "--socket: `{}` is there already, and is no socket",
                    path.display()
                );
                ensure!(
                    std::os::unix::net::UnixStream::connect(path).is_err(),
                    "--socket: another process listens on `{}`",
                    path.display()
                );
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error).with_context(cannot),
        }
        // Bound where nobody else can enter, and moved once its mode is right: it is never open to more than it should be.
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let private = tempfile::Builder::new()
            .prefix(".anyrole-")
            .tempdir_in(folder)
            .with_context(cannot)?;
        let bound = private.path().join("s");
        let socket = std::os::unix::net::UnixListener::bind(&bound).with_context(cannot)?;
        std::fs::set_permissions(&bound, std::fs::Permissions::from_mode(mode))
            .and_then(|()| std::fs::rename(&bound, path))
            .with_context(cannot)?;
        Self::unix(socket, Some(path.to_owned()))
    }

    fn unix(
        socket: std::os::unix::net::UnixListener,
        path: Option<PathBuf>,
    ) -> anyhow::Result<Self> {
        socket.set_nonblocking(true)?;
        Ok(Self {
            socket: Socket::Unix(UnixListener::from_std(socket)?, path),
            hop_limit: u8::MAX,
        })
    }

    /// A socket of systemd's.
    pub fn inherited(socket: Inherited, hop_limit: u8) -> anyhow::Result<Self> {
        match socket {
            Inherited::Tcp(socket) => {
                socket.set_nonblocking(true)?;
                Ok(Self {
                    socket: Socket::Tcp(TcpListener::from_std(socket)?),
                    hop_limit,
                })
            }
            Inherited::Unix(socket) => Self::unix(socket, None),
        }
    }

    /// Where it listens; `None`: on a path.
    pub fn address(&self) -> std::io::Result<Option<SocketAddr>> {
        match &self.socket {
            Socket::Tcp(socket) => socket.local_addr().map(Some),
            Socket::Unix(..) => Ok(None),
        }
    }

    /// The path that it listens on.
    pub fn path(&self) -> Option<PathBuf> {
        match &self.socket {
            Socket::Tcp(_) => None,
            Socket::Unix(_, Some(path)) => Some(path.clone()),
            Socket::Unix(socket, None) => Some(socket.local_addr().ok()?.as_pathname()?.to_owned()),
        }
    }

    /// Who can reach it.
    pub fn reach(&self) -> std::io::Result<Reach> {
        Ok(match self.address()? {
            Some(address) => Reach::of(address.ip()),
            None => Reach::Socket,
        })
    }

    pub(super) async fn accept(&self) -> std::io::Result<Stream> {
        loop {
            match &self.socket {
                Socket::Tcp(socket) => {
                    let (stream, _) = socket.accept().await?;
                    // Answers are small; who asks waits for each. An error is that of a connection that is no more.
                    if stream
                        .set_nodelay(true)
                        .and_then(|()| self.limit_hops(&stream))
                        .is_ok()
                    {
                        return Ok(Stream::Tcp(stream));
                    }
                }
                Socket::Unix(socket, _) => return Ok(Stream::Unix(socket.accept().await?.0)),
            }
        }
    }

    fn limit_hops(&self, stream: &TcpStream) -> std::io::Result<()> {
        let limit = u32::from(self.hop_limit);
        match stream.local_addr()? {
            SocketAddr::V4(_) => stream.set_ttl(limit),
            SocketAddr::V6(_) => SockRef::from(stream).set_unicast_hops_v6(limit),
        }
    }
}

fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // As the standard library does, so that a restart need not wait.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(WAITING)
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Socket::Unix(_, Some(path)) = &self.socket {
            // Who comes later replaces what is left.
            let _: std::io::Result<()> = std::fs::remove_file(path);
        }
    }
}
