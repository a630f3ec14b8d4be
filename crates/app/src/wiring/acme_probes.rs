//! Asks clients' servers for ACME, by the settings; an answer's absence is said in ACME's kinds.

use std::sync::Arc;

use anyrole_domain::acme::{Identifier, ProbeError, Probes};
use anyrole_domain::ports::Entropy;
use anyrole_outbound::{ChallengeClient, ChallengeError, ChallengeSettings, Resolver};
use async_trait::async_trait;

use crate::settings::AcmeSettings;

/// Where a proof is (RFC 8555, 8.3).
const PATH: &str = "/.well-known/acme-challenge/";

/// A client for the servers of who wants a certificate.
pub struct OutboundProbes(ChallengeClient);

impl OutboundProbes {
    /// Makes a client; none where nobody can be asked for names.
    pub fn new(settings: &AcmeSettings, entropy: Arc<dyn Entropy>) -> Option<Self> {
        let random = Arc::new(move |bytes: &mut [u8]| entropy.fill(bytes));
        Some(Self(ChallengeClient::new(ChallengeSettings {
            resolver: Resolver::new(settings.dns?, random),
            networks: settings.networks.clone(),
            http_port: settings.http_port,
            tls_port: settings.tls_port,
            user_agent: concat!("anyrole/", env!("CARGO_PKG_VERSION"), " (ACME)").to_owned(),
        })))
    }
}

#[async_trait]
impl Probes for OutboundProbes {
    fn may_connect(&self) -> bool {
        self.0.may_connect()
    }

    async fn http(&self, name: &Identifier, token: &str) -> Result<Vec<u8>, ProbeError> {
        let path = format!("{PATH}{token}");
        self.0.get(&name.to_string(), &path).await.map_err(said)
    }

    async fn txt(&self, name: &str) -> Result<Vec<Vec<u8>>, ProbeError> {
        self.0.texts(name).await.map_err(said)
    }

    async fn tls_alpn(&self, name: &Identifier) -> Result<Vec<u8>, ProbeError> {
        self.0.certificate(&name.to_string()).await.map_err(said)
    }
}

fn said(error: ChallengeError) -> ProbeError {
    let text = error.to_string();
    match error {
        ChallengeError::Dns(_) => ProbeError::Dns(text),
        ChallengeError::NotAllowed(_) => ProbeError::NotAllowed(text),
        ChallengeError::Connection { .. } => ProbeError::Connection(text),
        ChallengeError::Tls { .. } => ProbeError::Tls(text),
        ChallengeError::Answer { .. } => ProbeError::Response(text),
    }
}
