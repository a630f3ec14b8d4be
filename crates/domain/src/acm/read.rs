//! What is read of kept certificates: Describe, List, Get, and their tags.

use std::sync::Arc;

use super::{CertificateKeyAlgorithm, ManagedEntry};
use crate::authorize::Target;
use crate::call::Call;
use crate::certificate_authorities::check_uuid_arn;
use crate::names::printable;
use crate::page::{Page, PageRequest};
use crate::refusal::Refusal;
use crate::site::Site;
use crate::snapshot::Snapshot;
use crate::tags::Tag;

/// The certificate, if the caller may. Who may not, learns nothing of whether it is there.
pub(super) fn authorized<'a>(
    site: &Site,
    call: &Call,
    snapshot: &'a Snapshot,
    action: &'static str,
    target: Target<'_>,
    arn: &str,
) -> Result<&'a Arc<ManagedEntry>, Refusal> {
    check_uuid_arn(arn, "acm", "certificate/")?;
    let entry = snapshot.managed_certificate(arn);
    let tags = entry.map_or(&[][..], |entry| &entry.row.tags);
    let target = target.to(arn).with_resource_tags(tags);
    crate::authorize::authorize(site.account(), snapshot, call, action, target)?;
    entry.ok_or_else(|| {
        let account = &site.account().id;
        Refusal::not_found(format!(
            "Could not find certificate {} in account {account}.",
            printable(arn)
        ))
    })
}

fn readable(
    site: &Site,
    call: &Call,
    action: &'static str,
    arn: &str,
) -> Result<Arc<ManagedEntry>, Refusal> {
    let snapshot = site.directory.read();
    authorized(site, call, &snapshot, action, Target::any(), arn).cloned()
}

/// A certificate (API reference, DescribeCertificate).
pub fn describe_certificate(
    site: &Site,
    call: &Call,
    arn: &str,
) -> Result<Arc<ManagedEntry>, Refusal> {
    readable(site, call, "acm:DescribeCertificate", arn)
}

/// A certificate and those above it (API reference, GetCertificate).
pub fn read_certificate(site: &Site, call: &Call, arn: &str) -> Result<Arc<ManagedEntry>, Refusal> {
    readable(site, call, "acm:GetCertificate", arn)
}

/// The tags of a certificate, in order of their keys (API reference, ListTagsForCertificate).
pub fn list_certificate_tags(site: &Site, call: &Call, arn: &str) -> Result<Vec<Tag>, Refusal> {
    let entry = readable(site, call, "acm:ListTagsForCertificate", arn)?;
    let mut tags = entry.row.tags.clone();
    tags.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(tags)
}

/// Which certificates a listing has; what is empty lets all through.
#[derive(Debug, Clone)]
pub struct CertificateFilter {
    /// By status, as the API names it.
    pub statuses: Vec<String>,
    /// By kind of key. Where none is given, AWS lists RSA_1024 and RSA_2048 alone.
    pub key_types: Option<Vec<CertificateKeyAlgorithm>>,
    /// By key usage, as certificates name it: `digitalSignature`.
    pub key_usages: Vec<String>,
    /// By purpose, as certificates name it: `clientAuth`.
    pub purposes: Vec<String>,
    /// Whether private ones, which can be exported, or imported ones, which can't.
    pub exportable: Option<bool>,
    /// Whether private ones at all.
    pub private: bool,
    /// Whether imported ones at all.
    pub imported: bool,
}

impl CertificateFilter {
    fn lets_through(&self, snapshot: &Snapshot, call: &Call, entry: &ManagedEntry) -> bool {
        let summary = entry.certificate.summary();
        let has_all =
            |wanted: &[String], has: &[String]| wanted.iter().all(|one| has.contains(one));
        let usages: Vec<String> = summary
            .key_usage
            .iter()
            .flatten()
            .map(ToString::to_string)
            .collect();
        let purposes = summary.extended_key_usage.clone().unwrap_or_default();
        let key_types = self.key_types.as_deref();
        let key_types = key_types.unwrap_or(&[CertificateKeyAlgorithm::RSA_2048]);
        let state = entry.state(snapshot, call.origin.now);
        let is_private = entry.row.origin.authority().is_some();
        let is_of_origin = if is_private {
            self.private
        } else {
            self.imported
        };
        is_of_origin
            && (self.statuses.is_empty()
                || self.statuses.iter().any(|status| status == state.as_str()))
            && (key_types.contains(&entry.row.key_algorithm))
            && has_all(&self.key_usages, &usages)
            && has_all(&self.purposes, &purposes)
            && self.exportable.is_none_or(|wanted| wanted == is_private)
    }
}

/// Certificates in order of their ARNs, or of when they were made (API reference, ListCertificates).
pub fn list_certificates(
    site: &Site,
    call: &Call,
    filter: &CertificateFilter,
    newest_first: Option<bool>,
    request: &PageRequest,
) -> Result<Page<Arc<ManagedEntry>>, Refusal> {
    site.authorize(call, "acm:ListCertificates", Target::any())?;
    let snapshot = site.directory.read();
    let wanted = |entry: &&Arc<ManagedEntry>| filter.lets_through(&snapshot, call, entry);
    let Some(newest_first) = newest_first else {
        let rows = snapshot
            .managed_certificates_after(&request.after)
            .filter(wanted);
        return Ok(Page::take(rows.cloned(), request.size, |entry| {
            entry.row.arn.clone()
        }));
    };
    let place = |entry: &Arc<ManagedEntry>| {
        let made = entry.row.created_at.as_microsecond();
        // Microseconds of all times have fewer digits than 20.
        let made = if newest_first { i64::MAX - made } else { made };
        format!("{made:020}/{}", entry.row.arn)
    };
    let mut rows: Vec<Arc<ManagedEntry>> = snapshot
        .managed_certificates_after("")
        .filter(wanted)
        .cloned()
        .collect();
    rows.retain(|entry| place(entry) > request.after);
    rows.sort_by_cached_key(place);
    Ok(Page::take(rows.into_iter(), request.size, place))
}
