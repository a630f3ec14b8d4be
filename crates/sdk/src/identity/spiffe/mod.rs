//! The SPIFFE Workload API as a source: an agent's socket enters; the workload's X.509-SVID leaves as an identity, fetched anew
//! each time, so that what the agent has renewed counts at once.

mod call;
mod message;

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyrole_keys::open_bytes;
use anyrole_x509::Certificate;

use self::call::fetch;
use self::message::Svid;
use super::{
    Identity, IdentityError, IdentityPart, IdentityParts, IdentityProblem, IdentitySource, Origin,
};

/// The X.509-SVID that a SPIFFE agent gives to this process: the first of those that it has, which is the default one.
#[derive(Clone)]
pub struct SpiffeSource {
    endpoint: Endpoint,
    shown: String,
}

#[derive(Clone, Debug)]
enum Endpoint {
    Unix(PathBuf),
    Tcp(SocketAddr),
}

impl fmt::Debug for SpiffeSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SpiffeSource({})", self.shown)
    }
}

/// Why an agent gave no identity.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SpiffeError {
    /// The address is not one of the Workload API (SPIFFE Workload Endpoint, section 4).
    #[error(
        "`{presented}` is no address of a Workload API: it is unix:///PATH or tcp://ADDRESS:PORT"
    )]
    Address {
        /// As given.
        presented: String,
    },
    /// Nobody there.
    #[error(
        "cannot reach the SPIFFE agent at `{address}` ({cause}): is it running, and may this user open its socket?"
    )]
    Unreachable {
        /// The agent's.
        address: String,
        /// What the system said.
        cause: std::io::Error,
    },
    /// No answer in time.
    #[error("the SPIFFE agent at `{address}` did not answer within {seconds} s")]
    TimedOut {
        /// The agent's.
        address: String,
        /// How long it was waited.
        seconds: u64,
    },
    /// The agent refused.
    #[error("the SPIFFE agent at `{address}` gave no identity: {reason}")]
    Refused {
        /// The agent's.
        address: String,
        /// Its words, and what they mean.
        reason: String,
    },
    /// What came is not the Workload API's.
    #[error("the answer of the SPIFFE agent at `{address}` can't be read: {detail}")]
    Malformed {
        /// The agent's.
        address: String,
        /// What is wrong.
        detail: String,
    },
}

impl SpiffeSource {
    /// An agent's address: `unix:///run/spire/agent.sock` or `tcp://127.0.0.1:8000`.
    ///
    /// # Errors
    /// [`SpiffeError::Address`].
    pub fn new(address: &str) -> Result<Self, SpiffeError> {
        let wrong = || SpiffeError::Address {
            presented: address.to_owned(),
        };
        let endpoint = if let Some(path) = address.strip_prefix("unix:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if !path.starts_with('/') {
                return Err(wrong());
            }
            Endpoint::Unix(PathBuf::from(path))
        } else {
            let address = address.strip_prefix("tcp://").ok_or_else(wrong)?;
            Endpoint::Tcp(address.parse().map_err(|_| wrong())?)
        };
        Ok(Self {
            endpoint,
            shown: address.to_owned(),
        })
    }

    fn read(&self, svid: &Svid) -> Result<Identity, IdentityError> {
        let origin = Origin::Named(svid.id.clone());
        let wrong = |part, problem| IdentityError {
            part,
            origin: origin.clone(),
            problem,
        };
        let mut certificates = Vec::new();
        let mut rest = &svid.chain_der[..];
        while !rest.is_empty() {
            let (one, others) = message::first_der(rest).ok_or_else(|| {
                wrong(
                    IdentityPart::Certificate,
                    IdentityProblem::Other(Box::new(self.malformed("a certificate is cut off"))),
                )
            })?;
            let certificate = Certificate::parse_der(one.to_vec()).map_err(|cause| {
                wrong(
                    IdentityPart::Certificate,
                    IdentityProblem::Certificate(cause),
                )
            })?;
            certificates.push(certificate);
            rest = others;
        }
        let key = open_bytes(&svid.key_der, None)
            .map_err(|cause| wrong(IdentityPart::PrivateKey, cause.into()))?;
        Identity::new(IdentityParts {
            certificates,
            certificate_origin: origin.clone(),
            key: Arc::from(key),
            key_origin: origin.clone(),
            intermediates: None,
        })
    }

    fn malformed(&self, detail: &str) -> SpiffeError {
        SpiffeError::Malformed {
            address: self.shown.clone(),
            detail: detail.to_owned(),
        }
    }
}

impl IdentitySource for SpiffeSource {
    fn identity(&self) -> Result<Identity, IdentityError> {
        let failed = |cause: SpiffeError| IdentityError {
            part: IdentityPart::Certificate,
            origin: Origin::Named(self.shown.clone()),
            problem: IdentityProblem::Other(Box::new(cause)),
        };
        let answer = fetch(&self.endpoint, &self.shown).map_err(failed)?;
        let svid = Svid::first_of(&answer)
            .ok_or_else(|| failed(self.malformed("it is no X509SVIDResponse")))?
            .ok_or_else(|| failed(self.malformed("it holds no SVID")))?;
        self.read(&svid)
    }
}
