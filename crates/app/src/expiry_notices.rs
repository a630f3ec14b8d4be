//! Warnings of certificates that expire: a round at start and on each new day (UTC), each event to the log and, where one
//! is set, to a webhook; the audit trail has it from the domain.

use std::time::Duration;

use anyrole_domain::notifications::{ExpiryEvent, expiry_round};
use anyrole_domain::{Refusal, Site};
use anyrole_outbound::{AllowList, Client, ClientSettings, Limits, Plain, Url};

/// How often is looked whether another day has begun, or a round that failed can be made.
const LOOK_EVERY: Duration = Duration::from_secs(600);
/// So many events that the webhook does not take, one after the other, end the sending of the rest.
const GIVE_UP_AFTER: u32 = 3;

/// Who is told besides log and audit trail.
#[derive(Debug)]
pub struct Webhook {
    url: Url,
    client: Client,
}

impl Webhook {
    /// The URL alone may be asked; without TLS only on this machine, or where that was allowed.
    pub fn new(url: Url, plain: Plain) -> Self {
        let settings = ClientSettings {
            allowed: AllowList::only(&url, plain),
            limits: Limits {
                answer_bytes: 64 * 1024,
                ..Limits::default()
            },
            user_agent: concat!("anyrole/", env!("CARGO_PKG_VERSION")).to_owned(),
        };
        Self {
            url,
            client: Client::new(settings),
        }
    }

    async fn send(&self, events: &[String]) {
        let mut failures = 0;
        for (position, event) in events.iter().enumerate() {
            let sent = self.client.post_json(&self.url, event.clone().into_bytes());
            match sent.await {
                Ok(_) => failures = 0,
                Err(error) => {
                    failures += 1;
                    tracing::error!(%error, "an expiry event was not taken by the webhook");
                }
            }
            if failures == GIVE_UP_AFTER {
                let left = events.len() - position - 1;
                tracing::error!(left, "the webhook fails; it is not told of the rest today");
                return;
            }
        }
    }
}

/// Makes rounds, for ever; ended by dropping it.
pub async fn warn_of_expiry(site: &Site, webhook: Option<&Webhook>) {
    let mut done = None;
    let mut look = tokio::time::interval(LOOK_EVERY);
    loop {
        look.tick().await;
        let today = site.clock.now().as_second().div_euclid(86_400);
        if done == Some(today) {
            continue;
        }
        match round(site, webhook).await {
            Ok(()) => done = Some(today),
            Err(refusal) => tracing::error!(
                reason = refusal.reason,
                detail = %refusal.private,
                "expiring certificates could not be looked for; it is tried again"
            ),
        }
    }
}

async fn round(site: &Site, webhook: Option<&Webhook>) -> Result<(), Refusal> {
    let mut events = Vec::new();
    let outcome = expiry_round(site, site.clock.now(), |event| {
        let json = serde_json::to_string(&event).unwrap_or_default();
        log(&event, &json);
        events.push(json);
    })
    .await;
    // What was said before a failure is not said again: the webhook hears of it now.
    if let Some(webhook) = webhook {
        webhook.send(&events).await;
    }
    let round = outcome?;
    if round.cut_short {
        tracing::warn!(
            said = round.said,
            "more certificates expire than one day's warnings name"
        );
    }
    Ok(())
}

fn log(event: &ExpiryEvent, json: &str) {
    let days = event.detail.days_to_expiry;
    if days < 0 {
        tracing::warn!(event = json, "a CA's certificate has expired");
    } else {
        tracing::warn!(event = json, "a certificate expires in {days} days");
    }
}
