//! The first page: what needs a person (`attention`), how each role fares, and which certificate reaches which role
//! by which rule (`reach`). What the reader may not see is said in its place.

mod attention;
mod reach;

use anyrole_domain::Refusal;
use anyrole_domain::activity::{
    TrailFilter, TrailOutcome, TrailPlace, TrailQuery, list_audit_records, role_hours,
};
use anyrole_domain::notifications::{anchors_soon, authorities_soon, certificates_soon};
use askama::Template;

use self::attention::{Due, NextStep, certificates, due, next_steps};
use self::reach::{Reaches, reaches};
use crate::activity::{Row, rows};
use crate::pictures::{Picture, picture};
use crate::{Command, Layout, Outcome, Reply, Section, Visit};

/// Refusals that are shown.
const REFUSALS: usize = 8;
/// Of each kind that expires.
const EXPIRING: usize = 8;
/// Roles with a picture.
const ROLES: usize = 6;

#[derive(Template)]
#[template(path = "home/index.html")]
struct HomePage {
    layout: Layout,
    steps: Vec<NextStep>,
    refusals: Part<Vec<Row>>,
    certificates: Part<Vec<Due>>,
    anchors: Part<Vec<Due>>,
    authorities: Part<Vec<Due>>,
    roles: Part<Roles>,
    reaches: Part<Reaches>,
    is_shared: bool,
}

/// A part of the page, or why the reader may not see it.
type Part<T> = Result<T, Refusal>;

/// How the busiest roles fare.
struct Roles {
    pictures: Vec<Picture>,
    /// How many there are besides.
    others: usize,
    since: String,
}

impl HomePage {
    /// What expires, by kind.
    fn expiring(&self) -> [(&'static str, &Part<Vec<Due>>); 3] {
        [
            ("Trust anchors", &self.anchors),
            ("Private CAs", &self.authorities),
            ("Certificates in use", &self.certificates),
        ]
    }

    /// Whether nothing that the reader may see needs a person.
    fn is_quiet(&self) -> bool {
        let due = self.expiring();
        let nothing_due = due
            .iter()
            .all(|(_, part)| part.as_ref().is_ok_and(Vec::is_empty));
        nothing_due && self.refusals.as_ref().is_ok_and(Vec::is_empty) && self.steps.is_empty()
    }
}

/// Answers a visit.
///
/// # Errors
/// Our own faults: what the reader may not see is said on the page.
pub async fn serve(visit: &Visit<'_>) -> Outcome {
    let (site, call) = (visit.site, visit.call);
    let reaches = part(reaches(visit))?;
    let list = Command::aws(visit, "rolesanywhere", "list-profiles");
    let explain = Command::anyrole("explain")
        .flag("--endpoint-url", &visit.endpoint)
        .word("REQUEST-ID");
    Reply::page(HomePage {
        layout: Layout::of(visit, Section::Home, "Home")
            .same_by(explain)
            .same_by(list),
        steps: next_steps(visit).await,
        refusals: part(refusals(visit).await)?,
        certificates: part(
            certificates_soon(site, call, EXPIRING)
                .await
                .map(|seen| certificates(&seen, visit.now())),
        )?,
        anchors: part(
            anchors_soon(site, call, EXPIRING)
                .map(|found| due(&found, "trust-anchors", visit.now())),
        )?,
        authorities: part(
            authorities_soon(site, call, EXPIRING)
                .map(|found| due(&found, "authorities", visit.now())),
        )?,
        roles: part(role_hours(site, call, ROLES).map(|week| Roles {
            others: week.count.saturating_sub(week.roles.len()),
            since: week.since.to_string(),
            pictures: week.roles.iter().map(picture).collect(),
        }))?,
        reaches,
        is_shared: site.directory.is_shared(),
    })
}

/// What may not be seen is a part of the page; what fails is not.
fn part<T>(outcome: Result<T, Refusal>) -> Result<Part<T>, Refusal> {
    match outcome {
        Err(refusal) if refusal.kind != anyrole_domain::Kind::AccessDenied => Err(refusal),
        outcome => Ok(outcome),
    }
}

async fn refusals(visit: &Visit<'_>) -> Result<Vec<Row>, Refusal> {
    let query = TrailQuery {
        place: TrailPlace::Newest,
        filter: TrailFilter {
            outcome: Some(TrailOutcome::Refused),
            ..TrailFilter::default()
        },
        limit: REFUSALS,
    };
    let page = list_audit_records(visit.site, visit.call, query).await?;
    Ok(rows(&page.records))
}
