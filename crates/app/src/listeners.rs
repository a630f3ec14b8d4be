//! Connections in, requests to the door. TLS or plain, HTTP/1.1 or HTTP/2, until told to stop.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use anyrole_frontends::{Body, Door, Peer};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// How long a client may take for its request's head.
const HEADER_TIME: Duration = Duration::from_secs(30);
/// How long requests under way may take after a stop was asked for.
const DRAIN_TIME: Duration = Duration::from_secs(25);
/// The largest head of a request: ML-DSA certificates with a chain take tens of kilobytes.
const MAX_HEAD: usize = 256 * 1024;

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
        let server = Arc::new(builder());
        let mut stop = std::pin::pin!(stop);
        loop {
            let accepted = tokio::select! {
                accepted = self.socket.accept() => accepted,
                () = &mut stop => break,
            };
            match accepted {
                Ok((stream, peer)) => {
                    self.connection(&server, &graceful, stream, peer, door.clone())
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

    fn connection(
        &self,
        server: &Arc<Builder<TokioExecutor>>,
        graceful: &GracefulShutdown,
        stream: TcpStream,
        peer: SocketAddr,
        door: Arc<Door>,
    ) {
        // With Nagle's algorithm on, each small answer on a kept connection waits for the client's delayed ACK.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY");
        }
        let peer = Peer {
            ip: Some(peer.ip()),
            tls: self.tls.is_some(),
        };
        let watcher = graceful.watcher();
        let server = server.clone();
        match self.tls.clone() {
            None => {
                tokio::spawn(
                    async move { serve_stream(&server, watcher, stream, peer, door).await },
                );
            }
            Some(tls) => {
                tokio::spawn(async move {
                    match tokio::time::timeout(HEADER_TIME, tls.accept(stream)).await {
                        Ok(Ok(stream)) => serve_stream(&server, watcher, stream, peer, door).await,
                        Ok(Err(error)) => tracing::debug!(%error, "TLS handshake"),
                        Err(_) => tracing::debug!("TLS handshake took too long"),
                    }
                });
            }
        }
    }
}

fn builder() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIME)
        .max_buf_size(MAX_HEAD);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(u32::try_from(MAX_HEAD).unwrap_or(u32::MAX));
    builder
}

async fn serve_stream<S>(
    server: &Builder<TokioExecutor>,
    watcher: hyper_util::server::graceful::Watcher,
    stream: S,
    peer: Peer,
    door: Arc<Door>,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        let door = door.clone();
        async move { Ok::<_, std::convert::Infallible>(door.serve(request.map(Body::from), peer).await) }
    });
    let connection = server
        .serve_connection(TokioIo::new(stream), service)
        .into_owned();
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "connection");
    }
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
