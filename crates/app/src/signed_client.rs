//! One signed request to a server at its own URL, as any AWS client sends it: a call enters, the answer's body or the
//! service's refusal leaves. The walk-through and the operator's commands call it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use anyrole_domain::ports::Clock as _;
use anyrole_signing::{AccessKey, PayloadHash, Signer, sign_request};
use ureq::Agent;
use ureq::http::header::{CONTENT_TYPE, HOST, USER_AGENT};
use ureq::http::{HeaderMap, HeaderValue, Request, Response};
use ureq::tls::{RootCerts, TlsConfig, TlsProvider};
use zeroize::Zeroizing;

use crate::wiring::SystemClock;
use crate::xml;

const TIMEOUT: Duration = Duration::from_secs(30);
/// Answers of the walk-through are some KiB; lists of a folder that is used for other things too may be more.
const ANSWER_LIMIT_BYTES: u64 = 16 * 1024 * 1024;

/// An access key, of root or of a session. Without `Debug`: it holds the secret.
#[derive(Clone)]
pub struct Credentials {
    /// `AKIA…` or `ASIA…`.
    pub access_key_id: String,
    /// The secret.
    pub secret_access_key: Zeroizing<String>,
    /// The token of a session.
    pub session_token: Option<Zeroizing<String>>,
}

impl Credentials {
    /// The first section of an AWS credentials file, such as the one that a server's first start writes.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| {
            format!(
                "`{}` is needed to sign the call; a server's first start writes root's to `root-credentials` in its data folder",
                path.display()
            )
        })?;
        let text = Zeroizing::new(text);
        let is_section = |line: &&str| line.trim_start().starts_with('[');
        let from_first = text.lines().skip_while(|line| !is_section(line));
        let first = from_first.skip(1).take_while(|line| !is_section(line));
        let value = |name: &str| {
            let mut pairs = first.clone().filter_map(|line| line.split_once('='));
            let found = pairs.find(|(key, _)| key.trim() == name);
            found.map(|(_, value)| value.trim().to_owned())
        };
        let needed = |name: &str| {
            value(name).with_context(|| format!("`{}` has no `{name}`", path.display()))
        };
        Ok(Self {
            access_key_id: needed("aws_access_key_id")?,
            secret_access_key: needed("aws_secret_access_key")?.into(),
            session_token: value("aws_session_token").map(Zeroizing::new),
        })
    }
}

/// A request before it is signed.
pub struct Call<'a> {
    /// The signing name, such as `iam`.
    pub service: &'static str,
    /// The method.
    pub method: &'static str,
    /// The path, encoded.
    pub path: &'a str,
    /// The query, encoded.
    pub query: &'a str,
    /// The body's media type.
    pub content_type: &'static str,
    /// The body.
    pub body: &'a [u8],
}

/// Why a call has no answer.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The service said no.
    #[error("{code}: {message}")]
    Refused {
        /// The status.
        status: u16,
        /// The error's code; the status where the answer names none.
        code: String,
        /// The service's own words.
        message: String,
    },
    /// The request did not get there, or its answer not back.
    #[error("no answer: {0}")]
    NoAnswer(String),
}

impl CallError {
    /// Whether the service refused with this code.
    pub fn is_refusal(&self, wanted: &str) -> bool {
        matches!(self, Self::Refused { code, .. } if code == wanted)
    }

    /// Whether what was asked for is not there.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused { status: 404, .. })
    }
}

/// Sends calls to one server.
pub struct SignedClient {
    agent: Agent,
    url: String,
    region: String,
    user_agent: &'static str,
}

impl SignedClient {
    /// A client of the server at `url` (`http://127.0.0.1:9910`), which signs for `region`.
    pub fn new(url: &str, region: &str, user_agent: &'static str) -> Self {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .unversioned_rustls_crypto_provider(provider)
            .root_certs(RootCerts::PlatformVerifier)
            .build();
        let config = Agent::config_builder()
            .tls_config(tls)
            // A proxy from the environment does not know the way to this machine's loopback.
            .proxy(None)
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(TIMEOUT))
            .build();
        Self {
            agent: config.into(),
            url: url.trim_end_matches('/').to_owned(),
            region: region.to_owned(),
            user_agent,
        }
    }

    /// Signs and sends; the body of an answer that is a success.
    pub fn send(&self, credentials: &Credentials, call: &Call<'_>) -> Result<String, CallError> {
        let headers = self.signed_headers(credentials, call)?;
        let question = if call.query.is_empty() { "" } else { "?" };
        let mut request = Request::builder()
            .method(call.method)
            .uri(format!("{}{}{question}{}", self.url, call.path, call.query))
            .body(call.body)
            .map_err(no_answer)?;
        *request.headers_mut() = headers;
        let mut answer = self.agent.run(request).map_err(no_answer)?;
        let body = answer
            .body_mut()
            .with_config()
            .limit(ANSWER_LIMIT_BYTES)
            .read_to_string()
            .map_err(no_answer)?;
        if answer.status().is_success() {
            return Ok(body);
        }
        Err(refusal(&answer, &body))
    }

    fn signed_headers(
        &self,
        credentials: &Credentials,
        call: &Call<'_>,
    ) -> Result<HeaderMap, CallError> {
        let host = self.url.split_once("://").map_or("", |(_, host)| host);
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_str(host).map_err(no_answer)?);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(call.content_type));
        headers.insert(USER_AGENT, HeaderValue::from_static(self.user_agent));
        let signer = Signer {
            access_key: AccessKey {
                access_key_id: &credentials.access_key_id,
                secret_access_key: &credentials.secret_access_key,
                session_token: credentials
                    .session_token
                    .as_ref()
                    .map(|token| token.as_str()),
            },
            region: &self.region,
            service: call.service,
            at: SystemClock.now(),
        };
        let payload = PayloadHash::of(call.body);
        sign_request(
            call.method,
            call.path,
            call.query,
            &mut headers,
            payload,
            &signer,
        )
        .map_err(no_answer)?;
        Ok(headers)
    }
}

fn no_answer(error: impl std::fmt::Display) -> CallError {
    CallError::NoAnswer(error.to_string())
}

/// The refusal in any of the three shapes: restJson1, Query, S3.
fn refusal<T>(answer: &Response<T>, body: &str) -> CallError {
    let status = answer.status().as_u16();
    let named = answer
        .headers()
        .get("x-amzn-errortype")
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(':').next())
        .map(str::to_owned);
    let code = named
        .or_else(|| xml::text(body, "Code"))
        .unwrap_or_else(|| format!("status {status}"));
    let in_json = serde_json::from_str::<serde_json::Value>(body)
        .ok()
        .and_then(|json| json.get("message")?.as_str().map(str::to_owned));
    let message = in_json
        .or_else(|| xml::text(body, "Message"))
        .unwrap_or_else(|| "no text".to_owned());
    CallError::Refused {
        status,
        code,
        message,
    }
}
