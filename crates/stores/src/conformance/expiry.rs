//! The cases of expiry: which certificates are asked for, and which events were said.

use anyrole_domain::notifications::{ExpiringQuery, SeenCertificate};
use anyrole_domain::ports::Store as _;
use jiff::SignedDuration;

use super::samples::{self, ACCOUNT};
use super::{Engine, Failure, same};

pub(super) async fn lists_what_expires(engine: &impl Engine) -> Result<(), Failure> {
    let store = engine.open().await?;
    store.commit(0, &[samples::account(ACCOUNT)?]).await?;
    let mut sightings = Vec::new();
    let mut expected = Vec::new();
    // Seen at 0 to 9; certificate 9 expires first, certificates 2 and 3 in the same instant.
    for number in 0..10_u8 {
        let mut sighting = samples::sighting(number % 2, number, i64::from(number))?;
        let expires = if number == 3 { 2 } else { number };
        sighting.not_after = samples::at(1000 - i64::from(expires));
        expected.push(SeenCertificate {
            certificate_sha256: sighting.certificate_sha256,
            issuer: sighting.issuer.clone(),
            serial: sighting.serial.clone(),
            not_after: sighting.not_after,
            trust_anchor_arn: sighting.trust_anchor_arn.clone(),
        });
        sightings.push(sighting);
    }
    store.record_sightings(&sightings).await?;
    expected.sort_by_key(|seen| (seen.not_after, seen.certificate_sha256));
    let account = samples::account_id(ACCOUNT)?;
    let mut query = ExpiringQuery {
        used_since: samples::at(0),
        from: samples::at(0),
        until: samples::at(2000),
        after: None,
        limit: 4,
    };
    let mut found = Vec::new();
    for size in [4, 4, 2, 0] {
        let page = store.expiring_certificates(&account, &query).await?;
        same("size of a page", &page.len(), &size)?;
        if let Some(last) = page.last() {
            query.after = Some((last.not_after, last.certificate_sha256));
        }
        found.extend(page);
    }
    same("certificates", &found, &expected)?;
    // Used at 5 or later, valid until 993 or later and before 995: of 5 to 9 these are 6 and 7.
    query = ExpiringQuery {
        used_since: samples::at(5),
        from: samples::at(993),
        until: samples::at(995),
        after: None,
        limit: 10,
    };
    let some = store.expiring_certificates(&account, &query).await?;
    let serials: Vec<&str> = some.iter().map(|seen| seen.serial.as_str()).collect();
    same("serials", &serials, &vec!["07", "06"])?;
    let other = samples::account_id("999999999999")?;
    let others = store.expiring_certificates(&other, &query).await?;
    same("another account's", &others, &Vec::new())
}

pub(super) async fn says_an_event_once(engine: &impl Engine) -> Result<(), Failure> {
    let store = engine.open().await?;
    store.commit(0, &[samples::account(ACCOUNT)?]).await?;
    let account = samples::account_id(ACCOUNT)?;
    let now = samples::at(0);
    let mut first = store.claim_events(&account, now, &["b", "a"]).await?;
    first.sort_unstable();
    same("claimed at first", &first, &owned(&["a", "b"]))?;
    let again = store.claim_events(&account, now, &["a", "c", "b"]).await?;
    let other = samples::account_id("999999999999")?;
    for (account, id, expected) in [
        (&account, "a", true),
        (&account, "d", false),
        (&other, "a", false),
    ] {
        let known = store.is_event_claimed(account, id).await?;
        same("whether it is claimed", &known, &expected)?;
    }
    same("claimed again", &again, &owned(&["c"]))?;
    same(
        "claimed of none",
        &store.claim_events(&account, now, &[]).await?,
        &Vec::new(),
    )?;
    drop(store);
    let store = engine.open().await?;
    let later = now + SignedDuration::from_hours(71);
    let reopened = store.claim_events(&account, later, &["a", "d"]).await?;
    same("claimed after a restart", &reopened, &owned(&["d"]))?;
    let days_later = now + SignedDuration::from_hours(73);
    let forgotten = store
        .claim_events(&account, days_later, &["a", "d"])
        .await?;
    same("claimed days later", &forgotten, &owned(&["a"]))
}

fn owned(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|&id| id.to_owned()).collect()
}
