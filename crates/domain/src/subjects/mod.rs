//! Subjects: the distinguished names that proved a certificate's key, with each certificate and each set of instance
//! properties seen. Written behind the answer by `sightings`; read here for `frontends/rolesanywhere`.

mod sightings;
mod tags;

use std::collections::BTreeMap;

use jiff::Timestamp;

pub(crate) use self::sightings::Seen;
pub use self::sightings::{SeenProperties, Sighting, Sightings};
pub use self::tags::{SubjectTags, list_subject_tags, tag_subject, untag_subject};
use crate::authorize::Target;
use crate::call::Call;
use crate::page::{Page, PageRequest};
use crate::refusal::Refusal;
use crate::site::Site;

/// As ARNs call a subject.
pub const KIND: &str = "subject";
/// The action of a listing.
pub const LIST: &str = "rolesanywhere:ListSubjects";
/// How many certificates, and how many sets of properties, GetSubject answers: those that were seen last.
pub const MAX_ANSWERED: usize = 200;
/// How many sets of properties a store keeps of one subject, since clients choose them freely: those that were seen last.
pub const MAX_PROPERTIES_KEPT: usize = 200;

/// A distinguished name that asked for sessions and proved its certificate's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// A UUID: version 5 of account and subject DER.
    pub id: String,
    /// `CN=…,O=…`.
    pub x509_subject: String,
    /// Always so: no operation turns a subject off.
    pub enabled: bool,
    /// When it was seen first.
    pub created_at: Timestamp,
    /// When the row was changed last.
    pub updated_at: Timestamp,
    /// When it was seen last.
    pub last_seen_at: Timestamp,
}

/// A certificate of a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectCredential {
    /// The issuer, `CN=…,O=…`.
    pub issuer: String,
    /// The serial number, lower-case hex.
    pub serial: String,
    /// The certificate, DER.
    pub certificate: Vec<u8>,
    /// Always so: no operation turns a certificate off.
    pub enabled: bool,
    /// Whether its last request was refused.
    pub failed: bool,
    /// When it was seen last.
    pub seen_at: Timestamp,
}

/// A set of instance properties that came with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectProperties {
    /// The properties.
    pub properties: BTreeMap<String, String>,
    /// Whether the last request with them was refused.
    pub failed: bool,
    /// When they were seen last.
    pub seen_at: Timestamp,
}

/// A subject with what was seen of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectDetail {
    /// The subject.
    pub subject: Subject,
    /// Its certificates, that which was seen last first.
    pub credentials: Vec<SubjectCredential>,
    /// Its instance properties, those which were seen last first.
    pub instance_properties: Vec<SubjectProperties>,
}

/// Reads a subject by its UUID (API reference, GetSubject). What this server has answered before is in the answer.
pub async fn read_subject(site: &Site, call: &Call, id: &str) -> Result<SubjectDetail, Refusal> {
    let arn = site.account().rolesanywhere_arn(KIND, id);
    let snapshot = site.directory.read_full();
    let target = Target::on(&arn).with_resource_tags(snapshot.subject_tags(&arn));
    site.authorize(call, "rolesanywhere:GetSubject", target)?;
    stored(site, id).await
}

async fn stored(site: &Site, id: &str) -> Result<SubjectDetail, Refusal> {
    let store = site.directory.store();
    site.sightings
        .flush(store)
        .await
        .map_err(Refusal::unreadable)?;
    store
        .read_subject(&site.account().id, id, MAX_ANSWERED)
        .await
        .map_err(Refusal::unreadable)?
        .ok_or_else(not_found)
}

fn not_found() -> Refusal {
    Refusal::not_found("Subject not found.")
}

/// Lists subjects in order of their ids (API reference, ListSubjects).
pub async fn list_subjects(
    site: &Site,
    call: &Call,
    request: &PageRequest,
) -> Result<Page<Subject>, Refusal> {
    site.authorize(call, LIST, Target::any())?;
    let store = site.directory.store();
    site.sightings
        .flush(store)
        .await
        .map_err(Refusal::unreadable)?;
    // One more than asked for shows whether another page follows.
    let rows = store
        .list_subjects(
            &site.account().id,
            &request.after,
            request.size.saturating_add(1),
        )
        .await
        .map_err(Refusal::unreadable)?;
    Ok(Page::take(rows.into_iter(), request.size, |row| {
        row.id.clone()
    }))
}
