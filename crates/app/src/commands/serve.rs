//! `anyrole serve`: flags enter, and a metadata service answers on this machine. No rules here: `anyrole_helper` has them.

use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use tokio::signal::unix::{SignalKind, signal};
use zeroize::Zeroizing;

use super::metadata_service::{self, Listener};
use super::session_flags::SessionFlags;

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
    let keeper = metadata_service::keeper(session.clone(), arguments.debug, false)?;
    let metadata = metadata_service::metadata(&session, keeper, token, arguments.bind)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = Listener::bind(arguments.bind, arguments.port, arguments.hop_limit).await?;
        print_address(listener.address()?)?;
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            () = listener.serve(Arc::new(metadata)) => {}
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        Ok(())
    })
}

/// As the official helper does.
fn print_address(bound: SocketAddr) -> std::io::Result<()> {
    let mut out = std::io::stdout();
    writeln!(out, "Local server started on port: {}", bound.port())?;
    writeln!(out, "Make it available to the sdk by running:")?;
    writeln!(
        out,
        "export AWS_EC2_METADATA_SERVICE_ENDPOINT=http://{bound}/"
    )?;
    out.flush()
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
