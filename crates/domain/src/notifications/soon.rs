//! What expires first, for the overview of the console: certificates in use, anchors' certificates and authorities. Each is for
//! who may list its kind.

use jiff::{SignedDuration, Timestamp};

use super::expiry::SeenCertificate;
use super::round::ExpiringQuery;
use crate::authorize::Target;
use crate::call::Call;
use crate::refusal::Refusal;
use crate::site::Site;

/// Certificates that were used within this time are looked at: older ones have been replaced.
const USED_WITHIN: SignedDuration = SignedDuration::from_hours(30 * 24);
/// What is said to expire soon: as AWS's default warning, 45 days (user guide, notifications).
const SOON: SignedDuration = SignedDuration::from_hours(45 * 24);

/// Something that expires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expiring {
    /// The anchor's or authority's UUID.
    pub id: String,
    /// Its name; an authority's is its subject.
    pub name: String,
    /// The last second of its validity; none where there is no certificate.
    pub not_after: Option<Timestamp>,
    /// Whether anything can be done with it now.
    pub is_usable: bool,
}

/// Certificates in use that expire within 45 days, at most `limit`, the first one first.
///
/// # Errors
/// The caller may not list subjects; the store can't be read.
pub async fn certificates_soon(
    site: &Site,
    call: &Call,
    limit: usize,
) -> Result<Vec<SeenCertificate>, Refusal> {
    site.authorize(call, "rolesanywhere:ListSubjects", Target::any())?;
    let now = call.origin.now;
    let impossible = |error: jiff::Error| Refusal::internal(error.to_string());
    let query = ExpiringQuery {
        used_since: now.checked_sub(USED_WITHIN).map_err(impossible)?,
        from: now,
        until: now.checked_add(SOON).map_err(impossible)?,
        after: None,
        limit,
    };
    let store = site.directory.store();
    store
        .expiring_certificates(&site.account().id, &query)
        .await
        .map_err(Refusal::unreadable)
}

/// Enabled anchors whose certificates end within 45 days, or that have none which is valid now, at most `limit`.
///
/// # Errors
/// The caller may not list trust anchors.
pub fn anchors_soon(site: &Site, call: &Call, limit: usize) -> Result<Vec<Expiring>, Refusal> {
    site.authorize(call, "rolesanywhere:ListTrustAnchors", Target::any())?;
    let now = call.origin.now;
    let snapshot = site.directory.read();
    let enabled = snapshot.trust_anchors_after("");
    let all = enabled
        .filter(|anchor| anchor.row.resource.enabled)
        .map(|anchor| {
            let certificates = anchor.certificates.certificates();
            let valid = certificates
                .iter()
                .filter(|one| one.not_before <= now && now <= one.not_after);
            Expiring {
                id: anchor.row.resource.id.clone(),
                name: anchor.row.resource.name.clone(),
                not_after: certificates.iter().map(|one| one.not_after).max(),
                is_usable: valid.count() > 0,
            }
        });
    Ok(first(all, now, limit))
}

/// Authorities whose certificate ends within 45 days, or has ended, at most `limit`.
///
/// # Errors
/// The caller may not list authorities.
pub fn authorities_soon(site: &Site, call: &Call, limit: usize) -> Result<Vec<Expiring>, Refusal> {
    site.authorize(call, "acm-pca:ListCertificateAuthorities", Target::any())?;
    let now = call.origin.now;
    let snapshot = site.directory.read();
    let present = snapshot.certificate_authorities_after("");
    let all = present
        .filter(|entry| !entry.row.is_gone(now) && entry.row.restorable_until.is_none())
        .filter_map(|entry| {
            let certificate = entry.certificate.as_ref()?;
            let not_after = entry.not_after();
            Some(Expiring {
                id: entry.row.id.clone(),
                name: certificate.summary().subject.to_string(),
                not_after,
                is_usable: not_after.is_some_and(|end| now <= end),
            })
        });
    Ok(first(all, now, limit))
}

/// Those that can't be used, then those that end first.
fn first(all: impl Iterator<Item = Expiring>, now: Timestamp, limit: usize) -> Vec<Expiring> {
    let soon = now.checked_add(SOON).unwrap_or(Timestamp::MAX);
    let is_due = |one: &Expiring| !one.is_usable || one.not_after.is_none_or(|end| end < soon);
    let mut due: Vec<Expiring> = all.filter(is_due).collect();
    due.sort_by_key(|one| (one.is_usable, one.not_after));
    due.truncate(limit);
    due
}
