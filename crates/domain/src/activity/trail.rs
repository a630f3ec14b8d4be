//! Pages of the audit trail, for whom `anyrole:ListAuditRecords` is allowed; the port does the reading.

use std::fmt;

use jiff::Timestamp;

use super::filter::{RecordFacts, TrailFilter};
use super::role_counts::RoleHours;
use crate::authorize::Target;
use crate::call::Call;
use crate::refusal::{Kind, Refusal};
use crate::site::Site;

/// The action that policies allow or deny.
const ACTION: &str = "anyrole:ListAuditRecords";
/// The most records of one page.
const MOST: usize = 500;
/// The longest cursor, in bytes.
const LONGEST_CURSOR: usize = 64;

/// A place between two records. Only who keeps the trail knows what it says; it outlives restarts and rotations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrailCursor(String);

impl TrailCursor {
    /// A cursor of this text, which may be anything.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Its text: ASCII letters, digits and `-` where it is one that the trail has given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TrailCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where a page begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrailPlace {
    /// At the trail's end.
    Newest,
    /// Before this place.
    Before(TrailCursor),
    /// At the trail's end, and no further back than this place.
    Since(TrailCursor),
}

/// What is asked of the trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrailQuery {
    /// Where the page begins.
    pub place: TrailPlace,
    /// Which records are wanted.
    pub filter: TrailFilter,
    /// At most so many.
    pub limit: usize,
}

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrailRecord {
    /// The place right behind it: the page before that place begins with it.
    pub after: TrailCursor,
    /// Its line, JSON.
    pub line: String,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrailPage {
    /// The newest first.
    pub records: Vec<TrailRecord>,
    /// Where to go on looking; nothing is left to look at where there is none.
    pub older: Option<TrailCursor>,
    /// The trail's end as it was: what comes after it is new.
    pub newest: TrailCursor,
    /// Whether the page ends because as many bytes were looked through as one page may, and not since it is full.
    pub cut_short: bool,
    /// The time of the oldest record that was looked at, wanted or not, where any was.
    pub looked_back_to: Option<Timestamp>,
    /// The place that was asked for is not in the trail, any more or at all: nothing was looked at.
    pub lost: bool,
}

/// A page of the trail, of this server's own.
///
/// # Errors
/// The caller may not read the trail; the trail can't be read.
pub async fn list_audit_records(
    site: &Site,
    call: &Call,
    mut query: TrailQuery,
) -> Result<TrailPage, Refusal> {
    site.authorize(call, ACTION, Target::any())?;
    if let TrailPlace::Before(cursor) | TrailPlace::Since(cursor) = &query.place
        && cursor.as_str().len() > LONGEST_CURSOR
    {
        return Err(Refusal::validation(
            "The cursor is none that a page of the audit trail has given.",
        ));
    }
    query.limit = query.limit.clamp(1, MOST);
    Ok(site.audit.page(&query).await?)
}

/// The record of a request as it was written (JSON). It is the one before `after` where that is known, and looked for where
/// it isn't.
///
/// # Errors
/// The caller may not read the trail; there is no such record; the trail can't be read.
pub async fn find_audit_record(
    site: &Site,
    call: &Call,
    request_id: &str,
    after: Option<TrailCursor>,
) -> Result<String, Refusal> {
    if let Some(after) = after {
        let query = TrailQuery {
            place: TrailPlace::Before(after),
            filter: TrailFilter::default(),
            limit: 1,
        };
        let page = list_audit_records(site, call, query).await?;
        let record = page.records.into_iter().next();
        if let Some(record) = record.filter(|record| is_record_of(&record.line, request_id)) {
            return Ok(record.line);
        }
    }
    site.authorize(call, ACTION, Target::any())?;
    site.audit.find(request_id).await?.ok_or_else(|| {
        Refusal::new(
            Kind::NotFound,
            "unknown-request-id",
            "No request of this id is in the audit trail of this server.",
        )
    })
}

/// Whether the line is the record of this request: its id may stand in other places of other records.
pub fn is_record_of(line: &str, request_id: &str) -> bool {
    serde_json::from_str::<serde_json::Value>(line)
        .is_ok_and(|record| record.get("request_id").and_then(|id| id.as_str()) == Some(request_id))
}

/// When the record of this line was written; none where it is no record.
pub fn record_time(line: &str) -> Option<Timestamp> {
    serde_json::from_str::<RecordFacts<'_>>(line).ok()?.time
}

/// How often sessions were granted and refused over the last week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RolesOfTheWeek {
    /// The busiest role first.
    pub roles: Vec<RoleHours>,
    /// How many roles had any.
    pub count: usize,
    /// Since when nothing is missing.
    pub since: Timestamp,
}

/// The hours of one role by its ARN, as this server has seen them, and since when nothing is missing.
///
/// # Errors
/// The caller may not read the trail.
pub fn hours_of_role(
    site: &Site,
    call: &Call,
    role_arn: &str,
) -> Result<(RoleHours, Timestamp), Refusal> {
    site.authorize(call, ACTION, Target::any())?;
    Ok(site.role_counts.read_one(role_arn, call.origin.now))
}

/// The hours of at most `most` roles, as this server has seen them.
///
/// # Errors
/// The caller may not read the trail.
pub fn role_hours(site: &Site, call: &Call, most: usize) -> Result<RolesOfTheWeek, Refusal> {
    site.authorize(call, ACTION, Target::any())?;
    let (roles, count, since) = site.role_counts.read(call.origin.now, most);
    Ok(RolesOfTheWeek {
        roles,
        count,
        since,
    })
}
