//! The helper's metadata service on a socket: `serve` and `exec` start it. What is answered `anyrole_helper` knows.

use std::convert::Infallible;
use std::io::Write;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use anyrole_helper::{HelperError, Keeper, Metadata, MetadataParts, SessionSettings};
use anyrole_sdk::{CredentialSource, Credentials, Kept, Region, Surroundings as _};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use jiff::Timestamp;
use tokio::net::{TcpListener, TcpStream};
use zeroize::Zeroizing;

use super::session_flags::ThisMachine;

/// How long a client may take for its request's head.
const HEADER_TIME: Duration = Duration::from_secs(10);

/// Keeps the credentials of these settings, from now on.
pub fn keeper(session: SessionSettings, debug: bool, quiet: bool) -> std::io::Result<Arc<Keeper>> {
    let source = Source { session, debug };
    let keeper = Arc::new(Keeper::new(Box::new(source), Arc::new(ThisMachine)));
    let kept = keeper.clone();
    std::thread::Builder::new()
        .name("keeper".to_owned())
        .spawn(move || kept.keep(|| true, |outcome, next| tell(outcome, next, quiet)))?;
    Ok(keeper)
}

/// 32 random octets.
pub fn secret() -> [u8; 32] {
    let mut secret = [0; 32];
    for half in secret.chunks_mut(16) {
        half.copy_from_slice(&ThisMachine.random());
    }
    secret
}

/// What is served of these settings.
pub fn metadata(
    session: &SessionSettings,
    keeper: Arc<Keeper>,
    container_token: Option<Zeroizing<String>>,
    address: IpAddr,
) -> anyhow::Result<Metadata> {
    let region = Region::of_arns(
        &session.trust_anchor_arn,
        &session.profile_arn,
        session
            .region
            .as_deref()
            .filter(|region| !region.is_empty()),
    )?;
    Metadata::new(MetadataParts {
        role_arn: session.role_arn.clone(),
        region: region.as_str().to_owned(),
        keeper,
        surroundings: Arc::new(ThisMachine),
        secret: secret(),
        container_token,
        address,
    })
    .context("--role-arn: the ARN must be arn:aws:iam::ACCOUNT:role/NAME")
}

/// Credentials by CreateSession, with the files as they are at that moment.
struct Source {
    session: SessionSettings,
    debug: bool,
}

impl CredentialSource for Source {
    type Error = HelperError;

    fn get(&self) -> Result<Credentials, HelperError> {
        let mut stderr = std::io::stderr();
        let debug = self.debug.then_some(&mut stderr as &mut dyn Write);
        self.session.create_credentials(&ThisMachine, debug)
    }
}

fn tell(outcome: Result<&Kept, &HelperError>, next: Timestamp, quiet: bool) {
    if quiet && outcome.is_ok() {
        return;
    }
    let line = match outcome {
        Ok(kept) => format!(
            "got credentials that end at {}; the next at {next:.0}",
            kept.end
        ),
        Err(failure) => format!("no new credentials: {failure}\n  trying again at {next:.0}"),
    };
    say(&line);
}

fn say(line: &str) {
    // Nothing can be done about a standard error that is closed.
    let _: std::io::Result<()> = writeln!(std::io::stderr(), "{line}");
}

/// A socket that is listened on.
pub struct Listener {
    socket: TcpListener,
    hop_limit: u8,
}

impl Listener {
    /// Binds the address; port 0 takes a free one.
    pub async fn bind(address: IpAddr, port: u16, hop_limit: u8) -> anyhow::Result<Self> {
        match TcpListener::bind((address, port)).await {
            Ok(socket) => Ok(Self { socket, hop_limit }),
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => bail!(
                "--port {port}: the port is taken by another process; choose another one, or 0 for a free one"
            ),
            Err(error) => Err(error).with_context(|| format!("--bind {address} --port {port}")),
        }
    }

    /// Where it listens.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Answers for as long as it is polled.
    pub async fn serve(self, metadata: Arc<Metadata>) {
        loop {
            match self.socket.accept().await {
                Ok((stream, _)) => {
                    tokio::spawn(serve_connection(stream, self.hop_limit, metadata.clone()));
                }
                Err(error) => {
                    // Out of file descriptors, most likely: give those in use time to go.
                    say(&format!("a connection could not be accepted: {error}"));
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
    }
}

async fn serve_connection(stream: TcpStream, hop_limit: u8, metadata: Arc<Metadata>) {
    if stream.set_ttl(hop_limit.into()).is_err() {
        return;
    }
    let service =
        service_fn(move |request: hyper::Request<Incoming>| answer(request, metadata.clone()));
    // An error is the client's own.
    let _: Result<(), _> = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIME)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn answer(
    request: hyper::Request<Incoming>,
    metadata: Arc<Metadata>,
) -> Result<hyper::Response<Full<Bytes>>, Infallible> {
    let (head, _) = request.into_parts();
    let respond = move || metadata.answer(&head.method, &head.uri, &head.headers);
    let answer = tokio::task::spawn_blocking(respond).await;
    let failed = |_| {
        let mut failed = hyper::Response::new(b"internal error\n".to_vec());
        *failed.status_mut() = hyper::StatusCode::INTERNAL_SERVER_ERROR;
        failed
    };
    Ok(answer
        .unwrap_or_else(failed)
        .map(|body| Full::new(Bytes::from(body))))
}
