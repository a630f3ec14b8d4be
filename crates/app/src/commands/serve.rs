//! `anyrole serve`: flags enter, and a metadata service answers on this machine. No rules here: `anyrole_helper` has them.

use std::convert::Infallible;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, bail, ensure};
use anyrole_helper::{
    CredentialSource, HelperError, Keeper, Kept, Metadata, MetadataParts, SessionSettings,
};
use anyrole_sdk::{Credentials, Region, Surroundings as _};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use jiff::Timestamp;
use tokio::net::{TcpListener, TcpStream};
use zeroize::Zeroizing;

use super::session_flags::{SessionFlags, ThisMachine};

/// How long a client may take for its request's head.
const HEADER_TIME: std::time::Duration = std::time::Duration::from_secs(10);

const EXAMPLE: &str = "\
  anyrole serve --certificate CRT --private-key KEY
      --trust-anchor-arn ARN --profile-arn ARN --role-arn ARN

Then, in another window:
  export AWS_EC2_METADATA_SERVICE_ENDPOINT=http://127.0.0.1:9911/
  aws sts get-caller-identity

`anyrole server` is the service; this is the helper's endpoint for programs on one machine.";

/// Serve credentials to the programs of this machine, as the EC2 metadata service does (IMDSv2)
///
/// Credentials are got ahead of their end, once for any number of callers; while that fails, the last good ones are served
/// until they end, and then 503 with the reason. GET /-/healthy and /-/metrics say how it stands.
#[derive(clap::Args, Debug)]
#[command(after_long_help = EXAMPLE)]
pub struct Arguments {
    #[command(flatten)]
    session: SessionFlags,

    /// The port to listen on; 0 takes a free one.
    #[arg(long, default_value_t = 9911)]
    port: u16,

    /// The address to listen on. Other machines can only ask the container endpoint, with its token.
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    bind: IpAddr,

    /// How many routers an answer may pass, 1 to 255.
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u8).range(1..))]
    hop_limit: u8,

    /// File with a token: who sends it as `Authorization` gets the credentials from /role/ROLE
    /// (AWS_CONTAINER_CREDENTIALS_FULL_URI, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE). Without a final newline: boto3 sends the
    /// file as it is.
    #[arg(long, value_name = "FILE")]
    container_token_file: Option<PathBuf>,

    /// Print what goes over the wire to the service on stderr, without signatures and secrets.
    #[arg(long)]
    debug: bool,
}

/// Serves until it is told to stop.
pub fn run(arguments: Arguments) -> anyhow::Result<()> {
    let token = arguments
        .container_token_file
        .as_deref()
        .map(read_token)
        .transpose()?;
    ensure!(
        arguments.bind.is_loopback() || token.is_some(),
        "--bind {}: other machines may ask there; give --container-token-file FILE with a token that they must send",
        arguments.bind
    );
    let session = arguments.session.into_settings()?;
    let region = Region::of_arns(
        &session.trust_anchor_arn,
        &session.profile_arn,
        session
            .region
            .as_deref()
            .filter(|region| !region.is_empty()),
    )?;
    let role_arn = session.role_arn.clone();
    let source = Source {
        session,
        debug: arguments.debug,
    };
    let keeper = Arc::new(Keeper::new(Box::new(source), Arc::new(ThisMachine)));
    let mut secret = [0; 32];
    for half in secret.chunks_mut(16) {
        half.copy_from_slice(&ThisMachine.random());
    }
    let metadata = Metadata::new(MetadataParts {
        role_arn,
        region: region.as_str().to_owned(),
        keeper: keeper.clone(),
        surroundings: Arc::new(ThisMachine),
        secret,
        container_token: token,
        address: arguments.bind,
    });
    let metadata =
        Arc::new(metadata.context("--role-arn: the ARN must be arn:aws:iam::ACCOUNT:role/NAME")?);
    std::thread::Builder::new()
        .name("keeper".to_owned())
        .spawn(move || keeper.keep(|| true, tell))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(listen(
        arguments.bind,
        arguments.port,
        arguments.hop_limit,
        metadata,
    ))
}

/// Credentials by CreateSession, with the files as they are at that moment.
struct Source {
    session: SessionSettings,
    debug: bool,
}

impl CredentialSource for Source {
    fn get(&self) -> Result<Credentials, HelperError> {
        let mut stderr = std::io::stderr();
        let debug = self.debug.then_some(&mut stderr as &mut dyn Write);
        self.session.create_credentials(&ThisMachine, debug)
    }
}

fn tell(outcome: Result<&Kept, &HelperError>, next: Timestamp) {
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

fn read_token(file: &std::path::Path) -> anyhow::Result<Zeroizing<String>> {
    let text = std::fs::read_to_string(file).map(Zeroizing::new);
    let text =
        text.with_context(|| format!("--container-token-file: cannot read `{}`", file.display()))?;
    let token = text.trim();
    ensure!(
        token.len() >= 16 && token.bytes().all(|octet| octet.is_ascii_graphic()),
        "--container-token-file: `{}` must hold one token of at least 16 visible ASCII characters",
        file.display()
    );
    Ok(Zeroizing::new(token.to_owned()))
}

async fn listen(
    address: IpAddr,
    port: u16,
    hop_limit: u8,
    metadata: Arc<Metadata>,
) -> anyhow::Result<()> {
    let socket = match TcpListener::bind((address, port)).await {
        Ok(socket) => socket,
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => bail!(
            "--port {port}: the port is taken by another process; choose another one, or 0 for a free one"
        ),
        Err(error) => return Err(error).with_context(|| format!("--bind {address} --port {port}")),
    };
    let bound = socket.local_addr()?;
    let mut out = std::io::stdout();
    writeln!(out, "Local server started on port: {}", bound.port())?;
    writeln!(out, "Make it available to the sdk by running:")?;
    writeln!(
        out,
        "export AWS_EC2_METADATA_SERVICE_ENDPOINT=http://{bound}/"
    )?;
    out.flush()?;
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    loop {
        let accepted = tokio::select! {
            accepted = socket.accept() => accepted,
            _ = tokio::signal::ctrl_c() => return Ok(()),
            _ = terminate.recv() => return Ok(()),
        };
        match accepted {
            Ok((stream, _)) => {
                tokio::spawn(serve_connection(stream, hop_limit, metadata.clone()));
            }
            Err(error) => {
                // Out of file descriptors, most likely: give those in use time to go.
                say(&format!("a connection could not be accepted: {error}"));
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
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
