//! One call of the Workload API, `FetchX509SVID`, over HTTP/2 as gRPC has it: an address enters, the first message of the
//! answer's stream leaves. What more would come (renewals) is not waited for.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use h2::{RecvStream, client};
use http::{HeaderMap, Request};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;
use zeroize::Zeroizing;

use super::{Endpoint, SpiffeError};

/// An agent that knows the workload answers at once; one that is starting may take a while.
const PATIENCE: Duration = Duration::from_secs(30);
/// The longest message that is taken, octets.
const LONGEST: usize = 4 << 20;
/// A gRPC frame with an empty message: not compressed, no octets.
const NOTHING: [u8; 5] = [0; 5];

/// The octets of the first message.
pub(super) fn fetch(endpoint: &Endpoint, shown: &str) -> Result<Zeroizing<Vec<u8>>, SpiffeError> {
    // On a thread of its own: the caller's may belong to a runtime already.
    let outcome = std::thread::scope(|scope| {
        let call = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            runtime
                .map_err(|cause| unreachable(shown, cause))?
                .block_on(async {
                    match tokio::time::timeout(PATIENCE, connect(endpoint, shown)).await {
                        Ok(outcome) => outcome,
                        Err(_) => Err(SpiffeError::TimedOut {
                            address: shown.to_owned(),
                            seconds: PATIENCE.as_secs(),
                        }),
                    }
                })
        });
        call.join()
    });
    outcome.unwrap_or_else(|_| Err(malformed(shown, "the call broke off")))
}

fn unreachable(shown: &str, cause: io::Error) -> SpiffeError {
    SpiffeError::Unreachable {
        address: shown.to_owned(),
        cause,
    }
}

fn malformed(shown: &str, detail: impl ToString) -> SpiffeError {
    SpiffeError::Malformed {
        address: shown.to_owned(),
        detail: detail.to_string(),
    }
}

async fn connect(endpoint: &Endpoint, shown: &str) -> Result<Zeroizing<Vec<u8>>, SpiffeError> {
    let unreachable = |cause| unreachable(shown, cause);
    match endpoint {
        #[cfg(unix)]
        Endpoint::Unix(path) => {
            call(UnixStream::connect(path).await.map_err(unreachable)?, shown).await
        }
        #[cfg(not(unix))]
        Endpoint::Unix(_) => Err(unreachable(io::ErrorKind::Unsupported.into())),
        Endpoint::Tcp(address) => {
            call(
                TcpStream::connect(address).await.map_err(unreachable)?,
                shown,
            )
            .await
        }
    }
}

async fn call<S>(stream: S, shown: &str) -> Result<Zeroizing<Vec<u8>>, SpiffeError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let broken = |error: h2::Error| malformed(shown, error);
    let (sender, connection) = client::handshake(stream).await.map_err(broken)?;
    tokio::spawn(connection);
    let mut sender = sender.ready().await.map_err(broken)?;
    let request = Request::post("http://localhost/SpiffeWorkloadAPI/FetchX509SVID")
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        // Without it an agent refuses: a request that a browser or a proxy was made to send has none.
        .header("workload.spiffe.io", "true")
        .body(())
        .map_err(|error| malformed(shown, error))?;
    let (answer, mut body) = sender.send_request(request, false).map_err(broken)?;
    body.send_data(Bytes::from_static(&NOTHING), true)
        .map_err(broken)?;
    let (head, body) = answer.await.map_err(broken)?.into_parts();
    check(&head.headers, shown)?;
    if !head.status.is_success() {
        return Err(malformed(shown, format!("HTTP status {}", head.status)));
    }
    first_message(body, shown).await
}

async fn first_message(
    mut body: RecvStream,
    shown: &str,
) -> Result<Zeroizing<Vec<u8>>, SpiffeError> {
    let broken = |error: h2::Error| malformed(shown, error);
    let mut octets = Zeroizing::new(Vec::new());
    while let Some(piece) = body.data().await {
        let piece = piece.map_err(broken)?;
        body.flow_control()
            .release_capacity(piece.len())
            .map_err(broken)?;
        octets.extend_from_slice(&piece);
        let Some((head, rest)) = octets.split_first_chunk::<5>() else {
            continue;
        };
        let [compressed, length @ ..] = *head;
        let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
        if compressed != 0 || length > LONGEST {
            return Err(malformed(shown, "a message that is compressed or too long"));
        }
        if let Some(message) = rest.get(..length) {
            return Ok(Zeroizing::new(message.to_vec()));
        }
    }
    if let Some(trailers) = body.trailers().await.map_err(broken)? {
        check(&trailers, shown)?;
    }
    Err(malformed(shown, "it ended without a message"))
}

/// A status that is not OK, in head or trailers.
fn check(headers: &HeaderMap, shown: &str) -> Result<(), SpiffeError> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let status = match text("grpc-status") {
        None | Some("0") => return Ok(()),
        Some(status) => status,
    };
    let said = text("grpc-message").unwrap_or_default();
    let said = percent_encoding::percent_decode_str(said).decode_utf8_lossy();
    let cure = match status {
        // PERMISSION_DENIED, as the specification says of a workload without an identity.
        "7" => {
            "; no registration entry matches this process (its user, path or container): `spire-server entry show`"
        }
        "14" => "; the agent is not ready",
        _ => "",
    };
    Err(SpiffeError::Refused {
        address: shown.to_owned(),
        reason: format!("`{said}` (gRPC status {status}){cure}"),
    })
}
