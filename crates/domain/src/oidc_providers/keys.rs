//! The keys of providers: fetched by way of the provider's discovery document (OpenID Connect Discovery 1.0, section 4), kept for an
//! hour, fetched anew for a key that is not known. Called by `sts/web_identity`; the port does the fetching.

use std::collections::HashMap;
use std::sync::Arc;

use anyrole_jwt::KeySet;
use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use serde::Deserialize;

use crate::ports::ProviderDocuments;

/// After this long keys are fetched anew.
const FRESH: SignedDuration = SignedDuration::from_hours(1);
/// Where that fails, the old ones count for this long.
const KEPT: SignedDuration = SignedDuration::from_hours(24);
/// A provider is asked no more often than this, whatever tokens name.
const PAUSE: SignedDuration = SignedDuration::from_secs(30);
/// Most providers whose keys are kept: more than an account may have.
const MAX_PROVIDERS: usize = 200;

/// Why there are no keys.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoKeys {
    /// The provider did not answer, or may not be asked.
    #[error("{0}")]
    Unreachable(String),
    /// What it answered is of no use.
    #[error("{0}")]
    Unusable(String),
}

/// The keys of every provider that was asked, in memory, of each server for itself.
#[derive(Default)]
pub(crate) struct ProviderKeys {
    documents: Option<Arc<dyn ProviderDocuments>>,
    /// By the provider's URL. One request at a time asks a provider, the others wait for what it brings.
    known: Mutex<HashMap<String, Arc<tokio::sync::Mutex<Known>>>>,
}

#[derive(Default)]
struct Known {
    keys: Option<Arc<KeySet>>,
    fetched_at: Option<Timestamp>,
    asked_at: Option<Timestamp>,
    failure: Option<NoKeys>,
}

#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

impl ProviderKeys {
    pub fn new(documents: Arc<dyn ProviderDocuments>) -> Self {
        Self {
            documents: Some(documents),
            known: Mutex::default(),
        }
    }

    /// The keys of the provider at `url`, with that of this id where it has one.
    pub async fn of(
        &self,
        url: &str,
        key_id: Option<&str>,
        now: Timestamp,
    ) -> Result<Arc<KeySet>, NoKeys> {
        let known = self.known(url);
        let mut known = known.lock().await;
        let age = |at: Option<Timestamp>| at.map(|at| now.duration_since(at));
        let is_fresh = age(known.fetched_at).is_some_and(|age| age < FRESH);
        let knows = |keys: &KeySet| key_id.is_none_or(|id| keys.knows(id));
        if let Some(keys) = known.keys.as_ref().filter(|keys| is_fresh && knows(keys)) {
            return Ok(keys.clone());
        }
        let may_ask = age(known.asked_at).is_none_or(|age| age.abs() >= PAUSE);
        if may_ask {
            known.asked_at = Some(now);
            match self.fetch(url).await {
                Ok(keys) => {
                    known.keys = Some(Arc::new(keys));
                    known.fetched_at = Some(now);
                    known.failure = None;
                }
                Err(why) => known.failure = Some(why),
            }
        }
        let counts = age(known.fetched_at).is_some_and(|age| age < KEPT);
        match (&known.keys, &known.failure) {
            (Some(keys), _) if counts => Ok(keys.clone()),
            (_, Some(why)) => Err(why.clone()),
            (_, None) => Err(NoKeys::Unreachable("the keys are too old".to_owned())),
        }
    }

    fn known(&self, url: &str) -> Arc<tokio::sync::Mutex<Known>> {
        let mut all = self.known.lock();
        if all.len() >= MAX_PROVIDERS && !all.contains_key(url) {
            all.clear();
        }
        all.entry(url.to_owned()).or_default().clone()
    }

    async fn fetch(&self, url: &str) -> Result<KeySet, NoKeys> {
        let Some(documents) = &self.documents else {
            return Err(NoKeys::Unreachable("no host may be asked".to_owned()));
        };
        let asked = format!(
            "{}/.well-known/openid-configuration",
            url.trim_end_matches('/')
        );
        let document = documents.fetch(&asked).await.map_err(NoKeys::Unreachable)?;
        let discovery: Discovery = serde_json::from_slice(&document).map_err(|_| {
            NoKeys::Unusable("the discovery document has no `issuer` and `jwks_uri`".to_owned())
        })?;
        if discovery.issuer != url {
            let other = crate::names::printable(&discovery.issuer);
            return Err(NoKeys::Unusable(format!(
                "the discovery document is of the issuer `{other}`"
            )));
        }
        let keys = documents
            .fetch(&discovery.jwks_uri)
            .await
            .map_err(NoKeys::Unreachable)?;
        KeySet::parse(&keys).map_err(|error| NoKeys::Unusable(error.to_string()))
    }
}

#[cfg(test)]
#[path = "keys_tests.rs"]
mod tests;
