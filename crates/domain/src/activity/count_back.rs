//! The trail's last week is counted at start, page by page and backwards, while the server works already: the app takes the
//! steps, as slowly as it likes. What is recorded meanwhile is counted as it is written.

use jiff::{SignedDuration, Timestamp};

use super::filter::{RecordFacts, TrailFilter, TrailOutcome};
use super::role_counts::HOURS;
use super::trail::{TrailCursor, TrailPlace, TrailQuery};
use crate::audit::AuditRecord;
use crate::refusal::Refusal;
use crate::site::Site;

/// Records of one step.
const STEP: usize = 1000;

/// How far the trail has been counted.
#[derive(Debug)]
pub struct CountBack {
    next: Option<TrailCursor>,
    oldest: Timestamp,
}

impl CountBack {
    /// Begins at the trail's end; to be called before the first record of this process is written.
    ///
    /// # Errors
    /// The trail can't be read.
    pub async fn begin(site: &Site) -> Result<Self, Refusal> {
        let week = SignedDuration::from_hours(i64::from(HOURS));
        let oldest = site.clock.now().checked_sub(week);
        let end = TrailQuery {
            place: TrailPlace::Newest,
            filter: TrailFilter::default(),
            limit: 1,
        };
        Ok(Self {
            next: Some(site.audit.page(&end).await?.newest),
            oldest: oldest.map_err(|error| Refusal::internal(error.to_string()))?,
        })
    }

    /// Counts some more records; false where all are counted.
    ///
    /// # Errors
    /// The trail can't be read; the step may be taken again.
    pub async fn step(&mut self, site: &Site) -> Result<bool, Refusal> {
        let Some(next) = self.next.clone() else {
            return Ok(false);
        };
        let query = TrailQuery {
            place: TrailPlace::Before(next),
            filter: TrailFilter {
                names_role: true,
                ..TrailFilter::default()
            },
            limit: STEP,
        };
        let page = site.audit.page(&query).await?;
        for record in &page.records {
            if let Ok(facts) = serde_json::from_str::<RecordFacts<'_>>(&record.line) {
                count_facts(site, &facts);
            }
        }
        let reached = page.looked_back_to.filter(|_| page.older.is_some());
        let since = reached.unwrap_or(self.oldest);
        // A place that is gone tells nothing of what was there.
        if !page.lost {
            site.role_counts.counted_since(since);
        }
        self.next = page.older.filter(|_| since > self.oldest);
        Ok(self.next.is_some())
    }
}

fn count_facts(site: &Site, facts: &RecordFacts<'_>) {
    if let (Some(role_arn), Some(outcome), Some(at)) = (
        &facts.role_arn,
        TrailOutcome::parse(&facts.outcome),
        facts.time,
    ) {
        count(site, role_arn, outcome, at);
    }
}

/// Counts a record that has just been written.
pub(crate) fn count_record(site: &Site, record: &AuditRecord<'_>) {
    if let (Some(role_arn), Some(outcome)) = (record.role_arn, TrailOutcome::parse(record.outcome))
    {
        count(site, role_arn, outcome, record.time);
    }
}

/// Roles alone that exist: what is asked for may be any text.
fn count(site: &Site, role_arn: &str, outcome: TrailOutcome, at: Timestamp) {
    if site.directory.read().role(role_arn).is_some() {
        site.role_counts.note(role_arn, outcome, at);
    }
}
