//! A certificate for a key, of an `anyrole server`: a join token and a key, or an identity and a key, enter; a certificate that
//! was checked to be of that key leaves. The helper's `enroll` and `certificate renew` call it.

mod csr;
mod error;
mod pin;

use anyrole_keys::{KeyError, SigningKey};
use anyrole_signing::{PayloadHash, X509Signer, sign_x509};
use anyrole_wire::enrolment::{
    ENROLL_PATH, EnrolRequest, IssuedCertificate, JoinTokenText, Proof, RENEW_PATH, RenewRequest,
};
use anyrole_x509::{Certificate, is_issued_by};
use http::{HeaderMap, HeaderValue, Request};
use ureq::Agent;
use zeroize::Zeroizing;

pub use self::csr::signing_request;
pub use self::error::EnrolmentError;
use self::pin::pinned_roots;
use crate::answer::parse_refusal;
use crate::client::{ANSWER_LIMIT_BYTES, ATTEMPT_TIMEOUT, agent};
use crate::identity::request_scheme;
use crate::retry::{delay, is_retryable_answer, is_retryable_transport};
use crate::{
    Attempts, ClientError, ClientSettings, CreateSessionError, Endpoint, Identity, Surroundings,
    WireEvent,
};

/// Our own calls may be signed for this region whatever the server's.
const REGION: &str = "us-east-1";
const USER_AGENT: &str = concat!("anyrole/", env!("CARGO_PKG_VERSION"));

/// What a machine wants to be called, where its token leaves a choice.
#[derive(Clone, Debug, Default)]
pub struct AskedNames {
    /// `CN=web-7`.
    pub subject: Option<String>,
    /// Alternative names.
    pub names: Vec<String>,
}

/// A certificate with those above it, checked to belong together and to the key.
#[derive(Clone, Debug)]
pub struct Enrolled {
    /// The certificate.
    pub certificate: Certificate,
    /// Those above it, nearest first.
    pub chain: Vec<Certificate>,
}

impl Enrolled {
    /// The certificate and those above it, PEM, as a certificate file has them.
    pub fn to_pem(&self) -> String {
        let all = std::iter::once(&self.certificate).chain(&self.chain);
        all.map(Certificate::render_pem).collect()
    }
}

/// Asks an `anyrole server` for certificates.
#[derive(Debug)]
pub struct EnrolmentClient {
    agent: Agent,
    endpoint: Endpoint,
    attempts: Attempts,
}

impl EnrolmentClient {
    /// Reads the CA bundle, if one is set; opens no connection yet.
    ///
    /// # Errors
    /// The bundle or the proxy can't be used.
    pub fn new(settings: ClientSettings) -> Result<Self, ClientError> {
        Ok(Self {
            agent: agent(&settings, None)?,
            endpoint: settings.endpoint,
            attempts: settings.attempts,
        })
    }

    /// A client for a first contact: where the token names a certificate of the server's TLS, that one is believed and no other,
    /// after it was looked for in what the server shows. `is_plain_allowed`: the token may go over plain HTTP.
    ///
    /// # Errors
    /// What [`EnrolmentClient::new`] says, a text that is no token, a server that is not the token's.
    pub fn for_token(
        settings: ClientSettings,
        token: &str,
        is_plain_allowed: bool,
    ) -> Result<Self, FirstContactError> {
        let parsed = JoinTokenText::parse(token).map_err(EnrolmentError::from)?;
        let endpoint = &settings.endpoint;
        if !endpoint.is_https() && !endpoint.is_loopback() && !is_plain_allowed {
            return Err(EnrolmentError::Plain(endpoint.as_str().to_owned()).into());
        }
        let roots = match parsed.tls {
            Some(tls) if endpoint.is_https() => Some(pinned_roots(endpoint, tls)?),
            _ => None,
        };
        Ok(Self {
            agent: agent(&settings, roots)?,
            endpoint: settings.endpoint,
            attempts: settings.attempts,
        })
    }

    /// Exchanges a join token for a certificate of the key. An answer that is lost is asked for again: for the same key it counts
    /// as the same use.
    ///
    /// # Errors
    /// What the key, the network and the service say; an answer that is not of this key or not of the token's authority.
    pub fn enroll(
        &self,
        token: &str,
        key: &dyn SigningKey,
        asked: &AskedNames,
        surroundings: &dyn Surroundings,
    ) -> Result<Enrolled, EnrolmentError> {
        let token = token.trim();
        let parsed = JoinTokenText::parse(token)?;
        let csr = signing_request(key)?;
        let body = |surroundings: &dyn Surroundings| {
            let signed_at = surroundings.now();
            let proof = Proof {
                bound_to: token,
                csr: &csr,
                subject: asked.subject.as_deref(),
                names: &asked.names,
                signed_at,
            };
            let request = EnrolRequest {
                token: token.to_owned(),
                csr: csr.clone(),
                subject: asked.subject.clone(),
                names: asked.names.clone(),
                signed_at,
                proof: proved(key, &proof)?,
            };
            let body = Zeroizing::new(serde_json::to_vec(&request).unwrap_or_default());
            drop(Zeroizing::new(request.token));
            let mut headers = HeaderMap::new();
            insert(&mut headers, "content-type", "application/json");
            Ok((headers, body))
        };
        let answer = self.ask("the enrolment", ENROLL_PATH, &body, surroundings)?;
        let enrolled = checked(answer, key)?;
        let issuer = enrolled.chain.first();
        let hex = |certificate: &Certificate| lower_hex(&certificate.summary().sha256_fingerprint);
        match issuer.map(hex) {
            Some(issuer) if issuer == parsed.authority => Ok(enrolled),
            _ => Err(EnrolmentError::Pin(
                "the certificate is of another authority than the join token was made for: something stands between this machine and the server".to_owned(),
            )),
        }
    }

    /// Exchanges the present certificate for the next one, for the same key or another. An answer that is lost is asked for again.
    ///
    /// # Errors
    /// What the keys, the network and the service say; an answer that is not of the key.
    pub fn renew(
        &self,
        present: &Identity,
        key: &dyn SigningKey,
        surroundings: &dyn Surroundings,
    ) -> Result<Enrolled, EnrolmentError> {
        let csr = signing_request(key)?;
        let certificate = base64_simd::STANDARD.encode_to_string(present.leaf().der());
        let body = |surroundings: &dyn Surroundings| {
            let signed_at = surroundings.now();
            let proof = Proof {
                bound_to: &certificate,
                csr: &csr,
                subject: None,
                names: &[],
                signed_at,
            };
            let request = RenewRequest {
                csr: csr.clone(),
                signed_at,
                proof: proved(key, &proof)?,
            };
            let body = Zeroizing::new(serde_json::to_vec(&request).unwrap_or_default());
            let mut headers = HeaderMap::new();
            insert(&mut headers, "host", self.endpoint.host());
            insert(&mut headers, "content-type", "application/json");
            insert(&mut headers, "x-amz-x509", &certificate);
            let (algorithm, scheme) = request_scheme(present.key().algorithm());
            let signer = X509Signer {
                algorithm,
                serial_decimal: &present.leaf().summary().serial_decimal,
                region: REGION,
                at: signed_at,
            };
            let payload = PayloadHash::of(&body);
            sign_x509(
                "POST",
                RENEW_PATH,
                "",
                &mut headers,
                payload,
                &signer,
                |text| present.key().sign(scheme, text),
            )?;
            Ok((headers, body))
        };
        checked(
            self.ask("the renewal", RENEW_PATH, &body, surroundings)?,
            key,
        )
    }

    /// Each attempt has a proof of its own: one that came before is not taken again.
    fn ask(
        &self,
        what: &'static str,
        path: &str,
        body: &dyn Fn(&dyn Surroundings) -> Prepared,
        surroundings: &dyn Surroundings,
    ) -> Result<IssuedCertificate, EnrolmentError> {
        let mut attempt = 1;
        loop {
            let (headers, body) = body(surroundings)?;
            let (error, retryable) =
                match self.attempt(what, path, headers, &body, attempt, surroundings) {
                    Ok(answer) => return Ok(answer),
                    Err(failure) => failure,
                };
            surroundings.observe(&WireEvent::Failed {
                error: &error.to_string(),
            });
            if !retryable || attempt >= self.attempts.0.get() {
                return Err(error);
            }
            attempt += 1;
            let duration = delay(attempt - 1, surroundings.random());
            surroundings.observe(&WireEvent::Waiting { duration });
            surroundings.sleep(duration);
        }
    }

    fn attempt(
        &self,
        what: &'static str,
        path: &str,
        mut headers: HeaderMap,
        body: &[u8],
        attempt: u32,
        surroundings: &dyn Surroundings,
    ) -> Result<IssuedCertificate, (EnrolmentError, bool)> {
        insert(&mut headers, "user-agent", USER_AGENT);
        let url = format!("{}{path}", self.endpoint.as_str());
        let mut request = Request::post(&url).body(body).map_err(|error| {
            (
                EnrolmentError::Transport(CreateSessionError::Request(error)),
                false,
            )
        })?;
        *request.headers_mut() = headers;
        let request = self.agent.configure_request(request);
        let request = request.timeout_global(Some(ATTEMPT_TIMEOUT)).build();
        let transport = |error: ureq::Error| {
            let message = error.to_string();
            let failure = CreateSessionError::Transport {
                endpoint: self.endpoint.as_str().to_owned(),
                attempts: attempt,
                untrusted_server: message.contains("invalid peer certificate"),
                message,
            };
            (
                EnrolmentError::Transport(failure),
                is_retryable_transport(&error),
            )
        };
        let mut answer = self.agent.run(request).map_err(transport)?;
        let status = answer.status().as_u16();
        let read = answer.body_mut().with_config().limit(ANSWER_LIMIT_BYTES);
        let body = read.read_to_vec().map_err(transport)?;
        if !answer.status().is_success() {
            let now = surroundings.now();
            let refusal = parse_refusal(status, answer.headers(), &body, attempt, now);
            let retryable = is_retryable_answer(status, &refusal.code);
            let refusal = Box::new(refusal);
            return Err((EnrolmentError::Refused { what, refusal }, retryable));
        }
        serde_json::from_slice(&body)
            .map_err(|error| (EnrolmentError::Answer(error.to_string()), false))
    }
}

/// A client for a first contact could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum FirstContactError {
    /// By its settings.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// By the token, or the server that it is for.
    #[error(transparent)]
    Enrolment(#[from] EnrolmentError),
}

/// Headers and body of one attempt.
type Prepared = Result<(HeaderMap, Zeroizing<Vec<u8>>), EnrolmentError>;

fn proved(key: &dyn SigningKey, proof: &Proof<'_>) -> Result<String, KeyError> {
    let (_, scheme) = request_scheme(key.algorithm());
    let signature = key.sign(scheme, &proof.text())?;
    Ok(base64_simd::STANDARD.encode_to_string(signature))
}

/// That the certificate is of the key, and the first of the chain has issued it.
fn checked(answer: IssuedCertificate, key: &dyn SigningKey) -> Result<Enrolled, EnrolmentError> {
    let read = |pem: &str| {
        Certificate::parse_pem_bundle(pem)
            .map_err(|error| EnrolmentError::Answer(error.to_string()))
    };
    let certificate = read(&answer.certificate)?.into_iter().next();
    let certificate =
        certificate.ok_or_else(|| EnrolmentError::Answer("it is empty".to_owned()))?;
    let chain = read(&answer.chain)?;
    if certificate.public_key_der() != key.public_key_der() {
        return Err(EnrolmentError::Answer("it is of another key".to_owned()));
    }
    let is_issued = |issuer: &Certificate| is_issued_by(&certificate, issuer);
    if !chain.first().is_some_and(is_issued) {
        return Err(EnrolmentError::Answer(
            "the authority beside it has not issued it".to_owned(),
        ));
    }
    Ok(Enrolled { certificate, chain })
}

pub(crate) fn lower_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Our own values: ASCII, all of them.
fn insert(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
