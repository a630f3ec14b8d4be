//! Fetches documents of identity providers (discovery, keys) for the domain, from the hosts that settings allow.

use std::time::Duration;

use anyrole_domain::ports::ProviderDocuments;
use anyrole_outbound::{AllowList, Client, ClientSettings, Limits, Url};
use async_trait::async_trait;

/// The longest document, in bytes; how long one attempt may take. A request waits for it.
const MAX_BYTES: u64 = 512 * 1024;
const ATTEMPT: Duration = Duration::from_secs(5);
/// How many are fetched at once: one of each provider that an account may have (IAM quotas), so that slow ones keep no other
/// waiting.
const AT_ONCE: usize = 100;

/// A client for documents of these hosts. What fails is tried again with a later token.
pub struct OutboundDocuments(Client);

impl OutboundDocuments {
    /// Makes a client.
    pub fn new(hosts: AllowList) -> Self {
        Self(Client::new(ClientSettings {
            allowed: hosts,
            limits: Limits {
                answer_bytes: MAX_BYTES,
                attempt: ATTEMPT,
                attempts: 1,
                at_once: AT_ONCE,
                ..Limits::default()
            },
            user_agent: concat!("anyrole/", env!("CARGO_PKG_VERSION")).to_owned(),
        }))
    }
}

#[async_trait]
impl ProviderDocuments for OutboundDocuments {
    async fn fetch(&self, url: &str) -> Result<Vec<u8>, String> {
        let url = Url::parse(url).map_err(|error| error.to_string())?;
        self.0.get(&url).await.map_err(|error| error.to_string())
    }
}
