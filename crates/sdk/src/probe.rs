//! A look at the way to the service, without a session: a client enters; where its connections go, and what a plain GET of the
//! base URL is answered with, leave. For those who look for the reason of a failure.

use std::time::Duration;

use http::{Request, Uri};
use jiff::Timestamp;
use zeroize::Zeroizing;

use crate::service_clock::date;
use crate::{CreateSessionClient, CreateSessionError, Surroundings};

/// How long the service may take to say anything.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where a client's connections go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Whether the service is spoken to by TLS.
    pub is_https: bool,
    /// The service's host, without the brackets of an address.
    pub host: String,
    /// The service's port.
    pub port: u16,
    /// What stands in between.
    pub proxy: Option<Hop>,
}

/// A proxy, without its password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// Its host, without the brackets of an address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Whether it is spoken to by plain HTTP.
    pub is_plain: bool,
    /// What set it: a flag or a variable.
    pub setting: &'static str,
}

/// What the service said to a plain GET.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// HTTP status; any will do.
    pub status: u16,
    /// The service's time.
    pub date: Option<Timestamp>,
    /// This machine's time just then.
    pub now: Timestamp,
}

impl CreateSessionClient {
    /// The base URL that is asked.
    pub fn base_url(&self) -> &str {
        self.endpoint().as_str()
    }

    /// Where connections go.
    pub fn route(&self) -> Route {
        let uri: Uri = self.endpoint().as_str().parse().unwrap_or_default();
        let is_https = uri.scheme_str() == Some("https");
        let bare = |host: &str| host.trim_matches(['[', ']']).to_owned();
        let proxy = self.agent().config().proxy();
        Route {
            is_https,
            host: bare(uri.host().unwrap_or_default()),
            port: uri.port_u16().unwrap_or(if is_https { 443 } else { 80 }),
            proxy: proxy
                .filter(|proxy| !proxy.is_no_proxy(&uri))
                .map(|proxy| Hop {
                    host: bare(proxy.host()),
                    port: proxy.port(),
                    is_plain: proxy.uri().scheme_str() == Some("http"),
                    setting: self.proxy_setting().unwrap_or("--proxy"),
                }),
        }
    }

    /// What the proxy is told of who asks (`Proxy-Authorization`), where its URL has a user.
    pub fn proxy_authorization(&self) -> Option<Zeroizing<String>> {
        let config = self.agent().config();
        let proxy = config.proxy()?;
        let user = proxy.username()?;
        let password = proxy.password().unwrap_or_default();
        let plain = Zeroizing::new(format!("{user}:{password}"));
        let encoded = Zeroizing::new(base64_simd::STANDARD.encode_to_string(plain.as_bytes()));
        Some(Zeroizing::new(format!("Basic {}", *encoded)))
    }

    /// GETs the base URL, once. Nothing of the identity is sent.
    ///
    /// # Errors
    /// No answer came.
    pub fn probe(&self, surroundings: &dyn Surroundings) -> Result<Probe, CreateSessionError> {
        let request = Request::get(self.endpoint().as_str())
            .body(())
            .map_err(CreateSessionError::Request)?;
        let agent = self.agent();
        let request = agent
            .configure_request(request)
            .timeout_global(Some(PATIENCE))
            .build();
        let answer = agent
            .run(request)
            .map_err(|error| self.transport_error(&error, 1))?;
        Ok(Probe {
            status: answer.status().as_u16(),
            date: date(answer.headers()),
            now: surroundings.now(),
        })
    }
}
