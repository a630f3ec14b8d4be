//! The client: settings once, then calls. One call is up to three attempts, each signed anew.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderValue, Request};
use jiff::SignedDuration;
use ureq::Agent;
use ureq::tls::{PemItem, RootCerts, TlsConfig, TlsProvider};
use ureq::unversioned::transport::DefaultConnector;
use zeroize::Zeroizing;

use crate::answer::{parse_refusal, parse_success};
use crate::request::PreparedRequest;
use crate::resolver::Addresses;
use crate::retry::{delay, is_retryable_answer, is_retryable_transport};
use crate::service_clock::{correction, date, shifted};
use crate::{
    Attempts, ClientError, CreateSessionError, Credentials, Endpoint, EndpointError,
    EndpointVariant, Identity, Proxies, Region, ServiceClock, SessionRequest, Surroundings,
    WireEvent,
};

/// An answer is a few KiB; what is longer is not one.
pub(crate) const ANSWER_LIMIT_BYTES: u64 = 1024 * 1024;
/// Octets of what is read and written at once; each buffer is written full of zeros before its first use. A head of more than half
/// of it, as of ML-DSA chains, gets the HTTP library's own size: a head that doesn't fit can't be sent.
const BUFFER: usize = 16 * 1024;
const LARGE_BUFFER: usize = 128 * 1024;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long one attempt may take, unless it is said.
pub(crate) const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(60);

/// Whom to believe that the service is the service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum TlsRoots {
    /// The operating system's verifier; on Linux its bundle, where `SSL_CERT_FILE` and `SSL_CERT_DIR` count.
    #[default]
    System,
    /// These and no others: a PEM file (`AWS_CA_BUNDLE`).
    Bundle(PathBuf),
    /// Nobody is asked (`--no-verify-ssl`): whoever sits in between can take the credentials.
    Unverified,
}

/// Settings of a client.
#[derive(Clone, Debug)]
pub struct ClientSettings {
    /// Where the service is.
    pub endpoint: Endpoint,
    /// For which region requests are signed.
    pub region: Region,
    /// Whom to trust in TLS.
    pub tls_roots: TlsRoots,
    /// By which proxy the service is reached; the environment is not read here.
    pub proxies: Proxies,
    /// How often a call is tried.
    pub attempts: Attempts,
}

impl ClientSettings {
    /// AWS's endpoint of the region that the ARNs of trust anchor and profile name, and the system's TLS roots.
    ///
    /// # Errors
    /// ARNs that are none, or of different regions.
    pub fn of_request(request: &SessionRequest) -> Result<Self, EndpointError> {
        let region = Region::of_arns(&request.trust_anchor_arn, &request.profile_arn, None)?;
        Ok(Self {
            endpoint: Endpoint::of_region(&region, EndpointVariant::default()),
            region,
            tls_roots: TlsRoots::System,
            proxies: Proxies::default(),
            attempts: Attempts::default(),
        })
    }
}

/// Calls CreateSession. Keeps its connection between calls.
#[derive(Debug)]
pub struct CreateSessionClient {
    agent: Agent,
    endpoint: Endpoint,
    region: Region,
    attempts: Attempts,
    attempt_timeout: Duration,
    clock: ServiceClock,
    /// By TLS, or since it is on this machine.
    is_sure_of_service: bool,
    proxy_setting: Option<&'static str>,
}

impl CreateSessionClient {
    /// Reads the CA bundle, if one is set; opens no connection yet.
    pub fn new(settings: ClientSettings) -> Result<Self, ClientError> {
        let is_verified = settings.tls_roots != TlsRoots::Unverified;
        let is_sure_of_service = settings.endpoint.is_loopback()
            || (is_verified && settings.endpoint.as_str().starts_with("https:"));
        let proxy_setting = settings.proxies.setting_of(&settings.endpoint);
        Ok(Self {
            is_sure_of_service,
            proxy_setting,
            agent: agent(&settings, None)?,
            endpoint: settings.endpoint,
            region: settings.region,
            attempts: settings.attempts,
            attempt_timeout: ATTEMPT_TIMEOUT,
            clock: ServiceClock::default(),
        })
    }

    /// How long one attempt may take, from its connection to the last octet of its answer; 60 seconds without this.
    #[must_use]
    pub fn with_attempt_timeout(self, attempt_timeout: Duration) -> Self {
        Self {
            attempt_timeout,
            ..self
        }
    }

    /// Goes by what is known of the service's clock already, and keeps it up to date.
    #[must_use]
    pub fn with_clock(self, clock: ServiceClock) -> Self {
        Self { clock, ..self }
    }

    /// What is known of the service's clock.
    pub fn clock(&self) -> &ServiceClock {
        &self.clock
    }

    /// Exchanges a certificate's signature for credentials. Throttling, server errors and network errors are tried again,
    /// up to three attempts (or as many as the settings say), with growing random pauses between them. A signature that is refused while the service's clock
    /// and this machine's are minutes apart is made once more, at once, by the service's.
    pub fn create_session(
        &self,
        identity: &Identity,
        session: &SessionRequest,
        surroundings: &dyn Surroundings,
    ) -> Result<Credentials, CreateSessionError> {
        let request = PreparedRequest::new(
            identity,
            session,
            &self.endpoint,
            &self.region,
            surroundings,
        )?;
        let mut attempt = 1;
        let mut ahead = self.clock.ahead();
        let mut is_corrected = false;
        loop {
            let failure = match self.attempt(&request, attempt, ahead, surroundings) {
                Ok(credentials) => return Ok(credentials),
                Err(failure) => failure,
            };
            surroundings.observe(&WireEvent::Failed {
                error: &failure.error.to_string(),
            });
            // Only of one who is known to be the service, and only to a time at which the certificate holds.
            let correction = failure.correction.filter(|correction| {
                let then = shifted(surroundings.now(), *correction);
                self.is_sure_of_service && !is_corrected && identity.check_validity(then).is_ok()
            });
            if attempt >= self.attempts.0.get() || (correction.is_none() && !failure.retryable) {
                return Err(failure.error);
            }
            attempt += 1;
            if let Some(correction) = correction {
                (ahead, is_corrected) = (correction, true);
                surroundings.observe(&WireEvent::ClockCorrected { ahead });
                continue;
            }
            let duration = delay(attempt - 1, surroundings.random());
            surroundings.observe(&WireEvent::Waiting { duration });
            surroundings.sleep(duration);
        }
    }

    /// `ahead`: how far the service's clock is taken to be ahead of this machine's.
    fn attempt(
        &self,
        request: &PreparedRequest<'_>,
        attempt: u32,
        ahead: SignedDuration,
        surroundings: &dyn Surroundings,
    ) -> Result<Credentials, Failure> {
        let headers = request.sign((attempt, self.attempts), shifted(surroundings.now(), ahead))?;
        observe_sending(request, attempt, &headers, surroundings);
        let mut http_request = Request::post(&request.url)
            .body(&request.body)
            .map_err(CreateSessionError::Request)?;
        let head: usize = headers
            .iter()
            .map(|(name, value)| name.as_str().len() + value.len())
            .sum();
        let is_small = request.url.len() + head < BUFFER / 2;
        *http_request.headers_mut() = headers;
        let http_request = self.agent.configure_request(http_request);
        let http_request = http_request
            .timeout_global(Some(self.attempt_timeout))
            .input_buffer_size(BUFFER)
            .output_buffer_size(if is_small { BUFFER } else { LARGE_BUFFER });
        let transport = |error: ureq::Error| self.transport_failure(&error, attempt);
        let mut answer = self.agent.run(http_request.build()).map_err(transport)?;
        let status = answer.status().as_u16();
        surroundings.observe(&WireEvent::Received {
            status,
            headers: answer.headers(),
        });
        let body = answer
            .body_mut()
            .with_config()
            .limit(ANSWER_LIMIT_BYTES)
            .read_to_vec();
        let body = Zeroizing::new(body.map_err(transport)?);
        let (now, date) = (surroundings.now(), date(answer.headers()));
        if answer.status().is_success() {
            let credentials = parse_success(status, &body)?;
            self.clock.taken(ahead, now, date);
            return Ok(credentials);
        }
        let refusal = parse_refusal(status, answer.headers(), &body, attempt, now);
        Err(Failure {
            retryable: is_retryable_answer(status, &refusal.code),
            correction: correction(&refusal, ahead, now, date),
            error: CreateSessionError::Refused(Box::new(refusal)),
        })
    }

    fn transport_failure(&self, error: &ureq::Error, attempts: u32) -> Failure {
        Failure {
            retryable: is_retryable_transport(error),
            correction: None,
            error: self.transport_error(error, attempts),
        }
    }

    pub(crate) fn transport_error(&self, error: &ureq::Error, attempts: u32) -> CreateSessionError {
        let message = error.to_string();
        CreateSessionError::Transport {
            endpoint: self.endpoint.as_str().to_owned(),
            attempts,
            untrusted_server: message.contains("invalid peer certificate"),
            message,
        }
    }

    pub(crate) fn agent(&self) -> &Agent {
        &self.agent
    }

    pub(crate) fn proxy_setting(&self) -> Option<&'static str> {
        self.proxy_setting
    }

    pub(crate) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }
}

struct Failure {
    error: CreateSessionError,
    retryable: bool,
    /// It looks like the clock: sign so far ahead of it.
    correction: Option<SignedDuration>,
}

impl From<CreateSessionError> for Failure {
    fn from(error: CreateSessionError) -> Self {
        Self {
            error,
            retryable: false,
            correction: None,
        }
    }
}

/// A signature could be replayed for some minutes, so that watchers do not see it.
fn observe_sending(
    request: &PreparedRequest<'_>,
    attempt: u32,
    headers: &HeaderMap,
    surroundings: &dyn Surroundings,
) {
    let mut shown = headers.clone();
    shown.insert(
        http::header::AUTHORIZATION,
        HeaderValue::from_static("(hidden)"),
    );
    surroundings.observe(&WireEvent::Sending {
        attempt,
        method: "POST",
        url: &request.url,
        headers: &shown,
    });
}

/// What sends requests by these settings; `pinned` stands for their roots where there is some.
pub(crate) fn agent(
    settings: &ClientSettings,
    pinned: Option<RootCerts>,
) -> Result<Agent, ClientError> {
    let is_unverified = settings.tls_roots == TlsRoots::Unverified && pinned.is_none();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .unversioned_rustls_crypto_provider(provider)
        .disable_verification(is_unverified)
        .root_certs(match (pinned, &settings.tls_roots) {
            (Some(pinned), _) => pinned,
            (None, TlsRoots::Bundle(path)) => read_bundle(path.clone())?,
            (None, TlsRoots::System | TlsRoots::Unverified) => RootCerts::PlatformVerifier,
        })
        .build();
    let proxy = settings.proxies.of(&settings.endpoint)?;
    let config = Agent::config_builder()
        .tls_config(tls)
        .proxy(proxy)
        // AWS's helper sends none.
        .accept("")
        .http_status_as_error(false)
        .max_redirects(0)
        .timeout_connect(Some(CONNECT_TIMEOUT))
        .build();
    let (connector, addresses) = (DefaultConnector::default(), Addresses::default());
    Ok(Agent::with_parts(config, connector, addresses))
}

fn read_bundle(path: PathBuf) -> Result<RootCerts, ClientError> {
    let pem = match std::fs::read(&path) {
        Ok(pem) => pem,
        Err(cause) => return Err(ClientError::Bundle { path, cause }),
    };
    let mut certificates = Vec::new();
    for item in ureq::tls::parse_pem(&pem) {
        match item {
            Ok(PemItem::Certificate(certificate)) => certificates.push(certificate),
            Ok(_) => {}
            Err(_) => return Err(ClientError::EmptyBundle { path }),
        }
    }
    if certificates.is_empty() {
        return Err(ClientError::EmptyBundle { path });
    }
    Ok(RootCerts::new_with_certs(&certificates))
}
