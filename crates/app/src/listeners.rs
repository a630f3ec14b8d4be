//! Connections in, requests to the door, until told to stop. Plain connections speak HTTP/1.1; over TLS the client
//! chooses HTTP/1.1 or HTTP/2 by ALPN.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use anyrole_frontends::{Body, Door, Peer, Response, TlsVersion};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_rustls::TlsAcceptor;

/// How long a client may take for its request's head.
const HEADER_TIME: Duration = Duration::from_secs(30);
/// How long requests under way may take after a stop was asked for.
const DRAIN_TIME: Duration = Duration::from_secs(25);
/// The largest head of a request: ML-DSA certificates with a chain take tens of kilobytes.
const MAX_HEAD: usize = 256 * 1024;

/// How many requests one HTTP/2 connection may have under way.
const MAX_STREAMS: u32 = 32;

/// A bound socket with what is needed to serve it.
pub struct Listener {
    socket: TcpListener,
    tls: Option<TlsAcceptor>,
}

impl Listener {
    /// Binds the address.
    pub async fn bind(address: SocketAddr, tls: Option<TlsAcceptor>) -> anyhow::Result<Self> {
        match TcpListener::bind(address).await {
            Ok(socket) => Ok(Self { socket, tls }),
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => bail!(
                "--listen {address}: the port is taken by another process; choose another one, or port 0 for a free one"
            ),
            Err(error) => Err(error).with_context(|| format!("--listen {address}")),
        }
    }

    /// `http://127.0.0.1:9910`, as clients are to be told.
    pub fn url(&self) -> anyhow::Result<String> {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        Ok(format!("{scheme}://{}", self.socket.local_addr()?))
    }

    /// Serves until `stop` resolves, then lets requests under way finish.
    pub async fn serve(self, door: Arc<Door>, stop: impl Future<Output = ()>) {
        let graceful = GracefulShutdown::new();
        let room = Arc::new(Semaphore::new(connection_limit()));
        let mut stop = std::pin::pin!(stop);
        loop {
            let accepted = tokio::select! {
                accepted = self.accept(&room) => accepted,
                () = &mut stop => break,
            };
            match accepted {
                Ok((stream, peer, place)) => {
                    let served = serve_stream(
                        stream,
                        self.tls.clone(),
                        Peer {
                            ip: Some(peer.ip()),
                            tls: None,
                        },
                        door.clone(),
                        graceful.watcher(),
                    );
                    tokio::spawn(async move {
                        served.await;
                        drop(place);
                    });
                }
                Err(error) => {
                    // Out of file descriptors, most likely: give those in use time to go.
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
        drop(self.socket);
        if tokio::time::timeout(DRAIN_TIME, graceful.shutdown())
            .await
            .is_err()
        {
            tracing::warn!("some requests did not finish in time");
        }
    }

    /// Waits for a place, then for a connection to take it.
    async fn accept(
        &self,
        room: &Arc<Semaphore>,
    ) -> std::io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
        let place = room
            .clone()
            .acquire_owned()
            .await
            .map_err(std::io::Error::other)?;
        let (stream, peer) = self.socket.accept().await?;
        Ok((stream, peer, place))
    }
}

/// Half of the files that this process may open: the other half is for what the connections ask for.
fn connection_limit() -> usize {
    let files = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    usize::try_from(files.unwrap_or(65_536) / 2)
        .unwrap_or(usize::MAX)
        .clamp(64, 65_536)
}

/// Raises the number of files that this process may open to the most that it is allowed.
pub fn raise_file_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::debug!(%error, "the limit of open files stays as it is");
    }
}

async fn serve_stream(
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    peer: Peer,
    door: Arc<Door>,
    watcher: Watcher,
) {
    // With Nagle's algorithm on, each small answer on a kept connection waits for the client's delayed ACK.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY");
    }
    let Some(tls) = tls else {
        return serve_http1(stream, peer, door, watcher).await;
    };
    match tokio::time::timeout(HEADER_TIME, tls.accept(stream)).await {
        Ok(Ok(stream)) => {
            let connection = stream.get_ref().1;
            let peer = Peer {
                tls: Some(tls_version(connection.protocol_version())),
                ..peer
            };
            if connection.alpn_protocol() == Some(b"h2") {
                serve_http2(stream, peer, door, watcher).await;
            } else {
                serve_http1(stream, peer, door, watcher).await;
            }
        }
        Ok(Err(error)) => tracing::debug!(%error, "TLS handshake"),
        Err(_) => tracing::debug!("TLS handshake took too long"),
    }
}

fn tls_version(version: Option<rustls::ProtocolVersion>) -> TlsVersion {
    match version {
        Some(rustls::ProtocolVersion::TLSv1_2) => TlsVersion::V1_2,
        Some(rustls::ProtocolVersion::TLSv1_3) => TlsVersion::V1_3,
        _ => TlsVersion::Other,
    }
}

async fn serve_http1<S>(stream: S, peer: Peer, door: Arc<Door>, watcher: Watcher)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIME)
        .max_buf_size(MAX_HEAD)
        .serve_connection(TokioIo::new(stream), answers(peer, door));
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "connection");
    }
}

async fn serve_http2<S>(stream: S, peer: Peer, door: Arc<Door>, watcher: Watcher)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let connection = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .max_header_list_size(u32::try_from(MAX_HEAD).unwrap_or(u32::MAX))
        .max_concurrent_streams(MAX_STREAMS)
        .keep_alive_interval(HEADER_TIME)
        .keep_alive_timeout(HEADER_TIME)
        .serve_connection(TokioIo::new(stream), answers(peer, door));
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "connection");
    }
}

/// Each request is answered by a task of its own: a client that hangs up after sending can't stop a call between its
/// effect and its audit record.
fn answers(
    peer: Peer,
    door: Arc<Door>,
) -> impl hyper::service::Service<
    hyper::Request<Incoming>,
    Response = Response,
    Error = tokio::task::JoinError,
    Future: Send + 'static,
> {
    service_fn(move |request: hyper::Request<Incoming>| {
        let door = door.clone();
        tokio::spawn(async move { door.serve(request.map(Body::from), peer).await })
    })
}

/// Reads certificate chain and key for TLS.
pub fn tls_acceptor(certificate: &Path, key: &Path) -> anyhow::Result<TlsAcceptor> {
    use rustls::pki_types::pem::PemObject as _;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect)
        .with_context(|| format!("--tls-cert {}", certificate.display()))?;
    if chain.is_empty() {
        bail!(
            "--tls-cert {}: the file holds no certificate",
            certificate.display()
        );
    }
    let private = PrivateKeyDer::from_pem_file(key).with_context(|| {
        format!(
            "--tls-key {}: a private key in PEM, not encrypted, is needed",
            key.display()
        )
    })?;
    let mut config = rustls::ServerConfig::builder_with_provider(Arc::new(
        rustls::crypto::aws_lc_rs::default_provider(),
    ))
    .with_safe_default_protocol_versions()?
    .with_no_client_auth()
    .with_single_cert(chain, private)
    .with_context(|| {
        format!(
            "--tls-cert {} and --tls-key {}",
            certificate.display(),
            key.display()
        )
    })?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
