//! One request and its answer, in bounded size and time; what passes is tried again.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use http::{Method, Request};
use tokio::sync::{Semaphore, oneshot};
use ureq::Agent;
use ureq::tls::{RootCerts, TlsConfig, TlsProvider};

use crate::allow_list::AllowList;
use crate::error::OutboundError;
use crate::url::Url;

/// The longest head of an answer, in bytes.
const MAX_HEAD: usize = 32 * 1024;

/// How much, how long, how often.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The longest body of an answer, in bytes.
    pub answer_bytes: u64,
    /// From looking the name up to the last byte, for one attempt.
    pub attempt: Duration,
    /// How often a request is made, the first time included; at least once.
    pub attempts: u32,
    /// How long is waited before the second attempt; four times as long before each further one.
    pub pause: Duration,
    /// How many requests may be under way at once; further ones wait.
    pub at_once: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            answer_bytes: 1024 * 1024,
            attempt: Duration::from_secs(10),
            attempts: 3,
            pause: Duration::from_secs(1),
            at_once: 4,
        }
    }
}

/// What a client is made of.
#[derive(Debug, Clone)]
pub struct ClientSettings {
    /// Who may be asked.
    pub allowed: AllowList,
    /// How much and how long.
    pub limits: Limits,
    /// The `User-Agent`.
    pub user_agent: String,
}

/// Asks what its list allows. Cheap to clone. TLS servers are judged by the system's verifier.
///
/// Requests are made on threads of their own: nobody waits for them when the process ends.
#[derive(Debug, Clone)]
pub struct Client(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    agent: Agent,
    allowed: AllowList,
    limits: Limits,
    places: Arc<Semaphore>,
}

impl Client {
    /// Makes a client; opens no connection yet.
    pub fn new(settings: ClientSettings) -> Self {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .unversioned_rustls_crypto_provider(provider)
            .root_certs(RootCerts::PlatformVerifier)
            .build();
        let config = Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_response_header_size(MAX_HEAD)
            .proxy(None)
            .user_agent(settings.user_agent)
            .timeout_global(Some(settings.limits.attempt))
            .build();
        Self(Arc::new(Inner {
            agent: config.into(),
            allowed: settings.allowed,
            limits: settings.limits,
            places: Arc::new(Semaphore::new(settings.limits.at_once.max(1))),
        }))
    }

    /// The body behind a URL.
    ///
    /// # Errors
    /// The URL may not be asked; there was no answer, or no successful one, after the last attempt; it is too long.
    pub async fn get(&self, url: &Url) -> Result<Vec<u8>, OutboundError> {
        self.ask(Method::GET, url, Vec::new()).await
    }

    /// Sends JSON; the answer's body is given back.
    ///
    /// # Errors
    /// As for `get`.
    pub async fn post_json(&self, url: &Url, json: Vec<u8>) -> Result<Vec<u8>, OutboundError> {
        self.ask(Method::POST, url, json).await
    }

    async fn ask(
        &self,
        method: Method,
        url: &Url,
        body: Vec<u8>,
    ) -> Result<Vec<u8>, OutboundError> {
        self.0.allowed.check(url)?;
        let failed = |detail: &str| OutboundError::Transport {
            host: url.shown_host(),
            detail: detail.to_owned(),
        };
        let places = self.0.places.clone();
        let place = places
            .acquire_owned()
            .await
            .map_err(|error| failed(&error.to_string()))?;
        let (answer, answered) = oneshot::channel();
        let (inner, asked) = (self.0.clone(), url.clone());
        let thread = thread::Builder::new().name("outbound".to_owned());
        thread
            .spawn(move || {
                // Who asked may have gone away.
                let _: Result<(), _> = answer.send(inner.attempts(&method, &asked, &body));
                drop(place);
            })
            .map_err(|error| failed(&error.to_string()))?;
        answered
            .await
            .unwrap_or_else(|_| Err(failed("the request's thread ended without an answer")))
    }
}

impl Inner {
    fn attempts(&self, method: &Method, url: &Url, body: &[u8]) -> Result<Vec<u8>, OutboundError> {
        let mut pause = self.limits.pause;
        let mut left = self.limits.attempts.max(1);
        loop {
            left -= 1;
            match self.attempt(method, url, body) {
                Err(error) if error.is_passing() && left > 0 => {}
                outcome => return outcome,
            }
            thread::sleep(pause);
            pause = pause.saturating_mul(4);
        }
    }

    fn attempt(&self, method: &Method, url: &Url, body: &[u8]) -> Result<Vec<u8>, OutboundError> {
        let failed = |error: ureq::Error| self.failure(url, &error);
        let request = Request::builder().method(method).uri(url.uri());
        let outcome = if *method == Method::POST {
            let request = request
                .header(http::header::CONTENT_TYPE, "application/json")
                .body(body);
            self.agent
                .run(request.map_err(|error| failed(error.into()))?)
        } else {
            let request = request.body(());
            self.agent
                .run(request.map_err(|error| failed(error.into()))?)
        };
        let mut answer = outcome.map_err(failed)?;
        let status = answer.status();
        let host = || url.shown_host();
        if status.is_redirection() {
            return Err(OutboundError::Redirect {
                host: host(),
                status: status.as_u16(),
            });
        }
        if !status.is_success() {
            return Err(OutboundError::Status {
                host: host(),
                status: status.as_u16(),
            });
        }
        answer
            .body_mut()
            .with_config()
            // The reader stops with an error where its limit is reached, were it the last byte.
            .limit(self.limits.answer_bytes.saturating_add(1))
            .read_to_vec()
            .map_err(failed)
    }

    fn failure(&self, url: &Url, error: &ureq::Error) -> OutboundError {
        let host = url.shown_host();
        match error {
            ureq::Error::BodyExceedsLimit(_) => OutboundError::TooLarge {
                host,
                limit: self.limits.answer_bytes,
            },
            ureq::Error::Timeout(_) => OutboundError::TimedOut {
                host,
                limit: self.limits.attempt,
            },
            error => OutboundError::Transport {
                host,
                detail: error.to_string(),
            },
        }
    }
}
