//! What needs a person: the next step of a fresh account, and what expires first.

use anyrole_domain::notifications::{Expiring, SeenCertificate, days_left};
use anyrole_domain::profiles::Profile;
use anyrole_domain::resources::list;
use anyrole_domain::roles::any_role_is_offered;
use anyrole_domain::subjects::list_subjects;
use anyrole_domain::trust_anchors::TrustAnchor;
use anyrole_domain::{PageRequest, Refusal};
use jiff::Timestamp;

use crate::Visit;
use crate::visit::encoded;

/// A step of the way from an empty account to credentials.
pub(super) struct NextStep {
    pub(super) title: &'static str,
    pub(super) path: &'static str,
    pub(super) is_done: bool,
    /// The first one that is not done.
    pub(super) is_next: bool,
}

/// Something that expires, as a row.
pub(super) struct Due {
    pub(super) name: String,
    /// Its page below the prefix.
    pub(super) path: String,
    pub(super) not_after: String,
    /// What there is to say, with the badge's kind.
    pub(super) told: String,
    pub(super) kind: &'static str,
}

/// The steps while one of them is not done; none for whom they are not to be seen.
pub(super) async fn next_steps(visit: &Visit<'_>) -> Vec<NextStep> {
    let is_connected = match list_subjects(visit.site, visit.call, &first()).await {
        Ok(page) => !page.items.is_empty(),
        Err(_) => return Vec::new(),
    };
    // Whose machines ask for sessions needs to be led nowhere.
    let Some(done) = (!is_connected).then(|| done(visit).ok()).flatten() else {
        return Vec::new();
    };
    let next = done.iter().position(|done| !done).unwrap_or(done.len());
    let titles = [
        ("Make a trust anchor of your CA", "trust-anchors"),
        (
            "Make a role whose trust policy lets Roles Anywhere in",
            "roles",
        ),
        ("Make a profile that holds the role", "profiles"),
        ("Connect a machine", "connect"),
    ];
    let steps = titles.into_iter().enumerate();
    steps
        .map(|(place, (title, path))| NextStep {
            title,
            path,
            is_done: done.get(place).copied().unwrap_or(false),
            is_next: place == next,
        })
        .collect()
}

fn first() -> PageRequest {
    PageRequest {
        after: String::new(),
        size: 1,
    }
}

fn done(visit: &Visit<'_>) -> Result<[bool; 3], Refusal> {
    let (site, call) = (visit.site, visit.call);
    Ok([
        !list::<TrustAnchor>(site, call, &first())?.items.is_empty(),
        any_role_is_offered(site, call)?,
        !list::<Profile>(site, call, &first())?.items.is_empty(),
    ])
}

/// Certificates in use.
pub(super) fn certificates(seen: &[SeenCertificate], now: Timestamp) -> Vec<Due> {
    let rows = seen.iter().map(|seen| {
        let (told, kind) = told(Some(seen.not_after), true, now);
        Due {
            name: format!("{} of {}", seen.serial, seen.issuer),
            path: format!("activity?certificate={}", encoded(&seen.serial)),
            not_after: seen.not_after.to_string(),
            told,
            kind,
        }
    });
    rows.collect()
}

/// Anchors or authorities.
pub(super) fn due(found: &[Expiring], area: &str, now: Timestamp) -> Vec<Due> {
    let rows = found.iter().map(|one| {
        let (told, kind) = told(one.not_after, one.is_usable, now);
        Due {
            name: one.name.clone(),
            path: format!("{area}/{}", one.id),
            not_after: one.not_after.map(|end| end.to_string()).unwrap_or_default(),
            told,
            kind,
        }
    });
    rows.collect()
}

fn told(not_after: Option<Timestamp>, is_usable: bool, now: Timestamp) -> (String, &'static str) {
    match not_after {
        None => ("no certificate".to_owned(), "bad"),
        Some(end) if end < now => ("expired".to_owned(), "bad"),
        Some(_) if !is_usable => ("not valid yet".to_owned(), "bad"),
        Some(end) => match days_left(end, now) {
            0 => ("today".to_owned(), "bad"),
            1 => ("1 day left".to_owned(), "bad"),
            days if days < 8 => (format!("{days} days left"), "bad"),
            days => (format!("{days} days left"), "warn"),
        },
    }
}
