//! One round: every anchor and every certificate that was used over the last day is held against the settings; what is due
//! and was not said today, by this server or another one, is written to the audit trail and given to the caller.

use jiff::{SignedDuration, Timestamp};

use super::expiry::{ExpiryEvent, day_of, of_anchor, of_end_entity};
use crate::audit::AuditRecord;
use crate::call::Origin;
use crate::refusal::Refusal;
use crate::site::Site;

/// Certificates that were used within this time are looked at (user guide, AWS Health: "over the last day").
const USED_WITHIN: SignedDuration = SignedDuration::from_hours(24);
/// The longest threshold and a day, in days.
const LONGEST_AHEAD: SignedDuration = SignedDuration::from_hours(361 * 24);
/// Certificates of one read.
const PAGE: usize = 500;
/// The most warnings of one round; the ones that expire first are said.
const MOST: usize = 10_000;

/// Which certificates are asked for: by `not_after`, then by SHA-256.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpiringQuery {
    /// Seen at this instant or later.
    pub used_since: Timestamp,
    /// Valid until this instant or later.
    pub from: Timestamp,
    /// Valid until before this instant.
    pub until: Timestamp,
    /// The last one of the page before.
    pub after: Option<(Timestamp, [u8; 32])>,
    /// At most so many.
    pub limit: usize,
}

/// What a round came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Round {
    /// How many events were said.
    pub said: usize,
    /// Whether there were more than one round says.
    pub cut_short: bool,
}

/// Makes a round at `now`. `say` is given each event that nobody has said today; the audit trail has it already.
///
/// # Errors
/// The store or the audit trail fails; what was said until then stays said.
pub async fn expiry_round(
    site: &Site,
    now: Timestamp,
    mut say: impl FnMut(ExpiryEvent),
) -> Result<Round, Refusal> {
    let store = site.directory.store();
    let flushed = site.sightings.flush(store).await;
    flushed.map_err(Refusal::unreadable)?;
    let snapshot = site.directory.read_full();
    let account = site.account();
    let mut round = Round::default();
    let mut due: Vec<ExpiryEvent> = snapshot
        .trust_anchors_after("")
        .filter_map(|anchor| of_anchor(account, anchor, now))
        .collect();
    due.sort_by_key(|event| event.detail.days_to_expiry);
    let mut query = first_page(now)?;
    let mut more = true;
    loop {
        let room = MOST.saturating_sub(round.said);
        round.cut_short = due.len() > room;
        due.truncate(room);
        round.said += publish(site, now, std::mem::take(&mut due), &mut say).await?;
        if round.cut_short || !more {
            return Ok(round);
        }
        let page = store
            .expiring_certificates(&account.id, &query)
            .await
            .map_err(Refusal::unreadable)?;
        more = page.len() == query.limit;
        query.after = page
            .last()
            .map(|last| (last.not_after, last.certificate_sha256));
        due.extend(page.iter().filter_map(|seen| {
            let anchor = snapshot.trust_anchor(&seen.trust_anchor_arn)?;
            of_end_entity(account, anchor, seen, now)
        }));
    }
}

fn first_page(now: Timestamp) -> Result<ExpiringQuery, Refusal> {
    let impossible = |error: jiff::Error| Refusal::internal(error.to_string());
    Ok(ExpiringQuery {
        used_since: now.checked_sub(USED_WITHIN).map_err(impossible)?,
        from: Timestamp::from_second(day_of(now) * 86_400).map_err(impossible)?,
        until: now.checked_add(LONGEST_AHEAD).map_err(impossible)?,
        after: None,
        limit: PAGE,
    })
}

/// Says what nobody has said. It is claimed before it is said: an event is lost where the server dies in between, and comes
/// again on the next day; it is never said twice on one.
async fn publish(
    site: &Site,
    now: Timestamp,
    due: Vec<ExpiryEvent>,
    say: &mut impl FnMut(ExpiryEvent),
) -> Result<usize, Refusal> {
    let mut said = 0;
    let mut due = due.into_iter().peekable();
    while due.peek().is_some() {
        let group: Vec<ExpiryEvent> = due.by_ref().take(PAGE).collect();
        let ids: Vec<&str> = group.iter().map(|event| event.id.as_str()).collect();
        let claimed = site
            .directory
            .store()
            .claim_events(&site.account().id, now, &ids)
            .await?;
        for event in group
            .into_iter()
            .filter(|event| claimed.contains(&event.id))
        {
            record(site, now, &event).await?;
            say(event);
            said += 1;
        }
    }
    Ok(said)
}

async fn record(site: &Site, now: Timestamp, event: &ExpiryEvent) -> Result<(), Refusal> {
    let origin = Origin {
        request_id: event.id.as_str().into(),
        now,
        source_ip: None,
        secure_transport: false,
        user_agent: None,
    };
    let mut record = AuditRecord::new("rolesanywhere:CertificateExpirationStateChange", &origin);
    record.outcome = "notified";
    record.resource = event.resources.first().map(String::as_str);
    record.notification = Some(event);
    site.record(&record).await
}
