//! The keys of providers: fetched by way of the provider's discovery document (OpenID Connect Discovery 1.0, section 4), kept for an
//! hour, fetched anew for a key that is not known. Called by `sts/web_identity`; the port does the fetching.

use std::collections::HashMap;
use std::sync::Arc;

use anyrole_jwt::KeySet;
use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use serde::Deserialize;
use tokio::sync::watch;

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
    /// By the provider's URL.
    known: Arc<Mutex<HashMap<String, Known>>>,
}

#[derive(Default)]
struct Known {
    keys: Option<Arc<KeySet>>,
    fetched_at: Option<Timestamp>,
    asked_at: Option<Timestamp>,
    failure: Option<NoKeys>,
    /// While the provider is asked: ends when its answer is here. One request has it asked, others wait along.
    asking: Option<watch::Receiver<()>>,
}

impl Known {
    /// Keys that count without asking: for an hour, and for a day while the provider is being asked.
    fn at_once(&self, key_id: Option<&str>, now: Timestamp) -> Option<Arc<KeySet>> {
        let longest = if self.asked().is_some() { KEPT } else { FRESH };
        let counts = age(self.fetched_at, now).is_some_and(|age| age < longest);
        let knows = |keys: &&Arc<KeySet>| key_id.is_none_or(|id| keys.knows(id));
        let keys = self.keys.as_ref();
        keys.filter(|keys| counts && knows(keys)).cloned()
    }

    /// What ends when the provider has answered; none where nobody asks it.
    fn asked(&self) -> Option<&watch::Receiver<()>> {
        let asking = self.asking.as_ref();
        asking.filter(|asking| asking.has_changed().is_ok())
    }

    /// What there is after the provider was asked, or where it may not be asked yet.
    fn rest(&self, now: Timestamp) -> Result<Arc<KeySet>, NoKeys> {
        let counts = age(self.fetched_at, now).is_some_and(|age| age < KEPT);
        match (&self.keys, &self.failure) {
            (Some(keys), _) if counts => Ok(keys.clone()),
            (_, Some(why)) => Err(why.clone()),
            (_, None) => Err(NoKeys::Unreachable("the keys are too old".to_owned())),
        }
    }

    fn take(&mut self, outcome: Result<KeySet, NoKeys>, now: Timestamp) {
        match outcome {
            Ok(keys) => {
                self.keys = Some(Arc::new(keys));
                self.fetched_at = Some(now);
                self.failure = None;
            }
            Err(why) => self.failure = Some(why),
        }
        self.asking = None;
    }
}

fn age(at: Option<Timestamp>, now: Timestamp) -> Option<SignedDuration> {
    at.map(|at| now.duration_since(at))
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
            known: Arc::default(),
        }
    }

    /// The keys of the provider at `url`, with that of this id where it has one. Who asks for a key that is known does not
    /// wait for a provider that is asked for another.
    pub async fn of(
        &self,
        url: &str,
        key_id: Option<&str>,
        now: Timestamp,
    ) -> Result<Arc<KeySet>, NoKeys> {
        let Some(documents) = &self.documents else {
            return Err(NoKeys::Unreachable("no host may be asked".to_owned()));
        };
        let mut asking = {
            let mut all = self.known.lock();
            make_room(&mut all, url);
            let known = all.entry(url.to_owned()).or_default();
            if let Some(keys) = known.at_once(key_id, now) {
                return Ok(keys);
            }
            let asked_lately = age(known.asked_at, now).is_some_and(|age| age.abs() < PAUSE);
            match known.asked() {
                Some(asking) => asking.clone(),
                None if asked_lately => return known.rest(now),
                None => {
                    let (answered, asking) = watch::channel(());
                    known.asked_at = Some(now);
                    known.asking = Some(asking.clone());
                    self.ask(documents.clone(), url.to_owned(), now, answered);
                    asking
                }
            }
        };
        // It never changes: it ends.
        let _: Result<(), _> = asking.changed().await;
        let all = self.known.lock();
        let known = all.get(url);
        known.map_or_else(
            || Err(NoKeys::Unreachable("the keys were forgotten".to_owned())),
            |known| known.rest(now),
        )
    }

    /// Asks in a task of its own: whoever waits may go away.
    fn ask(
        &self,
        documents: Arc<dyn ProviderDocuments>,
        url: String,
        now: Timestamp,
        answered: watch::Sender<()>,
    ) {
        let known = self.known.clone();
        tokio::spawn(async move {
            let outcome = fetch(documents.as_ref(), &url).await;
            if let Some(known) = known.lock().get_mut(&url) {
                known.take(outcome, now);
            }
            drop(answered);
        });
    }
}

/// Forgets what nobody waits for where there would be too many.
fn make_room(all: &mut HashMap<String, Known>, url: &str) {
    if all.len() >= MAX_PROVIDERS && !all.contains_key(url) {
        all.retain(|_, known| known.asked().is_some());
    }
}

async fn fetch(documents: &dyn ProviderDocuments, url: &str) -> Result<KeySet, NoKeys> {
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

#[cfg(test)]
#[path = "keys_tests.rs"]
mod tests;
