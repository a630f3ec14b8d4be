//! Asks the servers of who wants a certificate (RFC 8555, 8; RFC 8737): a name or an address comes in, what its server says leaves.
//! Bounded in size and time, and in destination by address: names are looked up here, and what is connected to is what was checked.

use std::fmt;
use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use http::Uri;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls13_signature_with_raw_key};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme};
use tokio::sync::{Semaphore, oneshot};
use ureq::Agent;
use ureq::config::Config;
use ureq::tls::{TlsConfig, TlsProvider};
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver as UreqResolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};

use crate::dns::{DnsError, Resolver};
use crate::networks::Networks;

/// The longest answer of http-01, in bytes: a key authorization is much shorter.
const ANSWER_BYTES: u64 = 4096;
const HEAD_BYTES: usize = 16 * 1024;
/// How long one connection may take, from its beginning to its end.
const TIME: Duration = Duration::from_secs(10);
/// Redirects that are followed (RFC 8555, 8.3).
const MOST_REDIRECTS: usize = 5;
/// Addresses of one name that are tried.
const MOST_ADDRESSES: usize = 4;
/// Names that are asked at once; further ones wait.
const AT_ONCE: usize = 64;
const ACME_TLS: &[u8] = b"acme-tls/1";

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChallengeError {
    /// The name could not be looked up.
    #[error(transparent)]
    Dns(#[from] DnsError),
    /// None of the addresses may be connected to.
    #[error("none of the addresses of `{0}` is among those that may be connected to")]
    NotAllowed(String),
    /// No connection, or one that broke.
    #[error("`{host}`: {detail}")]
    Connection {
        /// Who was asked.
        host: String,
        /// What went wrong.
        detail: String,
    },
    /// No TLS.
    #[error("`{host}`: {detail}")]
    Tls {
        /// Who was asked.
        host: String,
        /// What went wrong.
        detail: String,
    },
    /// An answer of no use.
    #[error("`{host}` answers {detail}")]
    Answer {
        /// Who was asked.
        host: String,
        /// What was answered.
        detail: String,
    },
}

/// What a client is made of.
#[derive(Debug, Clone)]
pub struct ChallengeSettings {
    /// Whom names are asked of.
    pub resolver: Resolver,
    /// What may be connected to.
    pub networks: Networks,
    /// Where http-01 is answered: 80 (RFC 8555, 8.3).
    pub http_port: u16,
    /// Where tls-alpn-01 is answered: 443 (RFC 8737, 3).
    pub tls_port: u16,
    /// The `User-Agent`.
    pub user_agent: String,
}

/// Asks. Cheap to clone.
#[derive(Clone)]
pub struct ChallengeClient(Arc<Inner>);

struct Inner {
    settings: ChallengeSettings,
    provider: Arc<CryptoProvider>,
    places: Semaphore,
}

impl ChallengeClient {
    /// Makes a client; opens no connection yet.
    pub fn new(settings: ChallengeSettings) -> Self {
        Self(Arc::new(Inner {
            settings,
            provider: Arc::new(rustls::crypto::aws_lc_rs::default_provider()),
            places: Semaphore::new(AT_ONCE),
        }))
    }

    /// Whether there is anything that may be connected to.
    pub fn may_connect(&self) -> bool {
        !self.0.settings.networks.is_empty()
    }

    /// The texts of a name.
    ///
    /// # Errors
    /// `Dns`.
    pub async fn texts(&self, name: &str) -> Result<Vec<Vec<u8>>, ChallengeError> {
        Ok(self.0.settings.resolver.texts(name).await?)
    }

    /// The body behind `http://HOST/PATH`; redirects are followed to HTTP and HTTPS on the usual ports, certificates not judged: it is
    /// the connection by name that proves.
    ///
    /// # Errors
    /// Any.
    pub async fn get(&self, host: &str, path: &str) -> Result<Vec<u8>, ChallengeError> {
        let _place = self.0.places.acquire().await;
        let mut uri: Uri = match host.parse::<IpAddr>() {
            Ok(IpAddr::V6(address)) => format!("http://[{address}]{path}"),
            _ => format!("http://{host}{path}"),
        }
        .parse()
        .map_err(|_| answered(host, "with no path"))?;
        for _ in 0..=MOST_REDIRECTS {
            let target = self.0.target(&uri)?;
            let addresses = self.addresses(&target.host).await?;
            let inner = self.0.clone();
            let asked = target.host.clone();
            let step = on_thread(&asked, move || inner.step(&target, &addresses));
            match step.await? {
                Step::Body(body) => return Ok(body),
                Step::Redirect(next) => {
                    uri = absolute(&uri, &next)
                        .ok_or_else(|| answered(host, "with a redirect to no URL"))?
                }
            }
        }
        Err(answered(host, "with too many redirects"))
    }

    /// The certificate that a TLS server of `acme-tls/1` shows for a name, in DER.
    ///
    /// # Errors
    /// Any.
    pub async fn certificate(&self, host: &str) -> Result<Vec<u8>, ChallengeError> {
        let _place = self.0.places.acquire().await;
        let addresses = self.addresses(host).await?;
        let (inner, asked) = (self.0.clone(), host.to_owned());
        on_thread(host, move || inner.handshake(&asked, &addresses)).await
    }

    /// Addresses that may be connected to: of a name those that it has, of an address itself.
    async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, ChallengeError> {
        let all = match host.parse() {
            Ok(address) => vec![address],
            Err(_) => self.0.settings.resolver.addresses(host).await?,
        };
        if all.is_empty() {
            return Err(DnsError::NoAnswer {
                name: host.to_owned(),
                detail: "it has no address".to_owned(),
            }
            .into());
        }
        let allowed: Vec<IpAddr> = all
            .into_iter()
            .filter(|address| self.0.settings.networks.contain(*address))
            .take(MOST_ADDRESSES)
            .collect();
        match allowed.is_empty() {
            true => Err(ChallengeError::NotAllowed(host.to_owned())),
            false => Ok(allowed),
        }
    }
}

/// Nobody waits for such a thread when the process ends.
async fn on_thread<T: Send + 'static>(
    host: &str,
    work: impl FnOnce() -> Result<T, ChallengeError> + Send + 'static,
) -> Result<T, ChallengeError> {
    let failed = |detail: String| ChallengeError::Connection {
        host: host.to_owned(),
        detail,
    };
    let (answer, answered) = oneshot::channel();
    thread::Builder::new()
        .name("challenge".to_owned())
        .spawn(move || {
            // Who asked may have gone away.
            let _: Result<(), _> = answer.send(work());
        })
        .map_err(|error| failed(error.to_string()))?;
    answered.await.unwrap_or_else(|_| {
        Err(failed(
            "the request's thread ended without an answer".to_owned(),
        ))
    })
}

fn answered(host: &str, detail: &str) -> ChallengeError {
    ChallengeError::Answer {
        host: host.to_owned(),
        detail: detail.to_owned(),
    }
}

/// Where a redirect leads: a whole URL, or a path of the same host.
fn absolute(from: &Uri, location: &str) -> Option<Uri> {
    let next: Uri = location.parse().ok()?;
    if next.scheme().is_some() {
        return Some(next);
    }
    if !location.starts_with('/') || location.starts_with("//") {
        return None;
    }
    let authority = from.authority()?;
    format!("{}://{authority}{location}", from.scheme_str()?)
        .parse()
        .ok()
}

/// One request to be made.
struct Target {
    uri: Uri,
    host: String,
    port: u16,
}

enum Step {
    Body(Vec<u8>),
    Redirect(String),
}

impl Inner {
    /// What a URL leads to; other ports than the usual ones are not asked.
    fn target(&self, uri: &Uri) -> Result<Target, ChallengeError> {
        let bare = |host: &str| {
            host.trim_start_matches('[')
                .trim_end_matches(']')
                .to_owned()
        };
        let host = uri.host().map(bare).unwrap_or_default();
        let refused = || answered(&host, "with a redirect to another scheme or port");
        let authority = uri.authority().ok_or_else(refused)?;
        let (usual, port) = match uri.scheme_str() {
            Some("http") => (80, self.settings.http_port),
            Some("https") => (443, self.settings.tls_port),
            _ => return Err(refused()),
        };
        let asked = authority.port_u16().unwrap_or(usual);
        if (asked != usual && asked != port) || authority.as_str().contains('@') {
            return Err(refused());
        }
        Ok(Target {
            uri: uri.clone(),
            host,
            port,
        })
    }

    fn step(&self, target: &Target, addresses: &[IpAddr]) -> Result<Step, ChallengeError> {
        let failed = |error: ureq::Error| ChallengeError::Connection {
            host: target.host.clone(),
            detail: error.to_string(),
        };
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .unversioned_rustls_crypto_provider(self.provider.clone())
            .disable_verification(true)
            .build();
        let config = Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_response_header_size(HEAD_BYTES)
            .proxy(None)
            .user_agent(self.settings.user_agent.clone())
            .timeout_global(Some(TIME))
            .build();
        let fixed = Fixed(
            addresses
                .iter()
                .map(|address| SocketAddr::new(*address, target.port))
                .collect(),
        );
        let agent = Agent::with_parts(config, DefaultConnector::default(), fixed);
        let mut answer = agent.get(&target.uri).call().map_err(failed)?;
        let status = answer.status();
        if status.is_redirection() {
            let location = answer.headers().get(http::header::LOCATION);
            let location = location.and_then(|value| value.to_str().ok());
            return match location {
                Some(location) => Ok(Step::Redirect(location.to_owned())),
                None => Err(answered(
                    &target.host,
                    &format!("with status {}", status.as_u16()),
                )),
            };
        }
        if status.as_u16() != 200 {
            return Err(answered(
                &target.host,
                &format!("with status {}", status.as_u16()),
            ));
        }
        let body = answer
            .body_mut()
            .with_config()
            .limit(ANSWER_BYTES)
            .read_to_vec();
        body.map(Step::Body).map_err(failed)
    }

    fn handshake(&self, host: &str, addresses: &[IpAddr]) -> Result<Vec<u8>, ChallengeError> {
        let connection = |detail: String| ChallengeError::Connection {
            host: host.to_owned(),
            detail,
        };
        let tls = |detail: String| ChallengeError::Tls {
            host: host.to_owned(),
            detail,
        };
        let name = ServerName::try_from(indicated(host)).map_err(|error| tls(error.to_string()))?;
        let mut config = ClientConfig::builder_with_provider(self.provider.clone())
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map_err(|error| tls(error.to_string()))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Any(self.provider.clone())))
            .with_no_client_auth();
        config.alpn_protocols = vec![ACME_TLS.to_vec()];
        let mut client = ClientConnection::new(Arc::new(config), name)
            .map_err(|error| tls(error.to_string()))?;
        let ends = Instant::now() + TIME;
        let mut stream = connect(addresses, self.settings.tls_port, ends)
            .map_err(|error| connection(error.to_string()))?;
        while client.is_handshaking() {
            if client.wants_write() {
                client
                    .write_tls(&mut stream)
                    .map_err(|error| connection(error.to_string()))?;
                continue;
            }
            let read = client
                .read_tls(&mut stream)
                .map_err(|error| connection(error.to_string()))?;
            if read == 0 {
                return Err(tls("the connection ended in the handshake".to_owned()));
            }
            client
                .process_new_packets()
                .map_err(|error| tls(error.to_string()))?;
        }
        if client.alpn_protocol() != Some(ACME_TLS) {
            return Err(tls("the server did not choose acme-tls/1".to_owned()));
        }
        let shown = client.peer_certificates().and_then(|shown| shown.first());
        let shown = shown.ok_or_else(|| tls("the server shows no certificate".to_owned()))?;
        Ok(shown.to_vec())
    }
}

/// What the client says whom it wants: of an address the name in `in-addr.arpa` or `ip6.arpa` (RFC 8738, 6).
fn indicated(host: &str) -> String {
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => {
            let [a, b, c, d] = address.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa")
        }
        Ok(IpAddr::V6(address)) => {
            let mut name = String::new();
            for octet in address.octets().iter().rev() {
                name.push_str(&format!("{:x}.{:x}.", octet & 0x0f, octet >> 4));
            }
            name + "ip6.arpa"
        }
        Err(_) => host.to_owned(),
    }
}

/// Each read and write may take what is left of the time.
struct Bounded {
    stream: TcpStream,
    ends: Instant,
}

fn connect(addresses: &[IpAddr], port: u16, ends: Instant) -> std::io::Result<Bounded> {
    let mut last = std::io::Error::from(std::io::ErrorKind::AddrNotAvailable);
    for address in addresses {
        match TcpStream::connect_timeout(&SocketAddr::new(*address, port), left(ends)?) {
            Ok(stream) => return Ok(Bounded { stream, ends }),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn left(ends: Instant) -> std::io::Result<Duration> {
    let left = ends.saturating_duration_since(Instant::now());
    match left.is_zero() {
        true => Err(std::io::ErrorKind::TimedOut.into()),
        false => Ok(left),
    }
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.stream.set_read_timeout(Some(left(self.ends)?))?;
        self.stream.read(buffer)
    }
}

impl Write for Bounded {
    fn write(&mut self, buffer: &[u8]) -> std::io::Result<usize> {
        self.stream.set_write_timeout(Some(left(self.ends)?))?;
        self.stream.write(buffer)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.stream.flush()
    }
}

/// What a host was found to have, whatever it has by now.
#[derive(Debug)]
struct Fixed(Vec<SocketAddr>);

impl UreqResolver for Fixed {
    fn resolve(
        &self,
        _: &Uri,
        _: &Config,
        _: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let mut addresses = self.empty();
        for address in &self.0 {
            addresses.push(*address);
        }
        Ok(addresses)
    }
}

/// Takes any certificate: what it says is judged by who asked. That the server has its key is verified.
struct Any(Arc<CryptoProvider>);

impl fmt::Debug for Any {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Any")
    }
}

impl ServerCertVerifier for Any {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        // The client offers TLS 1.3 alone.
        Err(rustls::Error::General("TLS 1.2 was not offered".to_owned()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        // By the key alone: of the certificate rustls does not know the critical extension that it is all about.
        let key = public_key(certificate)
            .ok_or_else(|| rustls::Error::General("the certificate can't be read".to_owned()))?;
        let known = &self.0.signature_verification_algorithms;
        verify_tls13_signature_with_raw_key(message, &key.into(), signature, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// The whole `SubjectPublicKeyInfo` of a certificate: the seventh field of what is signed, the first one being its version
/// (RFC 5280, 4.1).
fn public_key(certificate: &[u8]) -> Option<&[u8]> {
    let (_, certificate, _) = element(certificate)?;
    let (_, mut fields, _) = element(certificate)?;
    for _ in 0..6 {
        fields = element(fields)?.2;
    }
    let (whole, _, _) = element(fields)?;
    Some(whole)
}

/// The first element whole, its value, and what follows. Lengths of up to three octets.
fn element(der: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let first = usize::from(*der.get(1)?);
    let (length, head) = match first {
        0..=0x7f => (first, 2),
        0x81..=0x83 => {
            let octets = der.get(2..2 + (first & 0x7f))?;
            let length = octets
                .iter()
                .fold(0, |sum, octet| sum << 8 | usize::from(*octet));
            (length, 2 + octets.len())
        }
        _ => return None,
    };
    let (whole, rest) = der.split_at_checked(head + length)?;
    Some((whole, whole.get(head..)?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_indicated_by_their_arpa_names() {
        assert_eq!(indicated("web.example"), "web.example");
        assert_eq!(indicated("192.0.2.7"), "7.2.0.192.in-addr.arpa");
        let zeros = "0.".repeat(23);
        assert_eq!(
            indicated("2001:db8::1"),
            format!("1.{zeros}8.b.d.0.1.0.0.2.ip6.arpa")
        );
    }

    #[test]
    fn redirects_lead_to_urls_and_paths() {
        let from: Uri = "http://a.example/b".parse().unwrap();
        for (location, expected) in [
            ("https://b.example/c", Some("https://b.example/c")),
            ("/c?d", Some("http://a.example/c?d")),
            ("//b.example/c", None),
            ("c", None),
        ] {
            let next = absolute(&from, location).map(|uri| uri.to_string());
            assert_eq!(next.as_deref(), expected, "{location}");
        }
    }
}
