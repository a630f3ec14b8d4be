//! Fetches the revocation lists that the domain wants, behind the requests; called by the server for as long as it runs.

use std::sync::Arc;
use std::time::Duration;

use anyrole_domain::{DuePoint, Site};
use anyrole_outbound::{AllowList, Client, ClientSettings, Limits, Url};
use anyrole_x509::MAX_REVOCATION_LIST_BYTES;

/// How often it is looked whether a list is to be fetched anew.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// The longest that one attempt may take, and how many lists are fetched at once.
const ATTEMPT: Duration = Duration::from_secs(30);
const AT_ONCE: usize = 4;

/// A client for revocation lists of these hosts. What fails is tried again by the domain's own times.
pub fn client(hosts: AllowList) -> Client {
    Client::new(ClientSettings {
        allowed: hosts,
        limits: Limits {
            answer_bytes: u64::try_from(MAX_REVOCATION_LIST_BYTES).unwrap_or(u64::MAX),
            attempt: ATTEMPT,
            attempts: 1,
            at_once: AT_ONCE,
            ..Limits::default()
        },
        user_agent: concat!("anyrole/", env!("CARGO_PKG_VERSION")).to_owned(),
    })
}

/// Fetches what is wanted, for ever.
pub async fn fetch(site: &Arc<Site>, client: &Client) {
    loop {
        for due in site.distribution_points.take_due(site.clock.now()) {
            tokio::spawn(fetch_one(site.clone(), client.clone(), due));
        }
        let _: Result<(), _> =
            tokio::time::timeout(LOOK_EVERY, site.distribution_points.wait_for_new()).await;
    }
}

async fn fetch_one(site: Arc<Site>, client: Client, due: DuePoint) {
    let fetched = match Url::parse(&due.key.url) {
        Ok(url) => client.get(&url).await.map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    // A long list takes a while to read.
    let read = tokio::task::spawn_blocking(move || {
        let url = due.key.url.clone();
        let now = site.clock.now();
        match site.distribution_points.fetched(&due, fetched, now) {
            Ok(()) => tracing::info!(%url, "a revocation list was fetched"),
            Err(why) => tracing::warn!(%url, %why, "a revocation list could not be fetched"),
        }
    });
    // It only ends early where the server does.
    let _: Result<(), _> = read.await;
}
