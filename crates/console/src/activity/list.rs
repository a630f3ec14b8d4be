//! The trail, newest first: filters come in by the query, a page of rows leaves; the first page keeps itself fresh.

use anyrole_domain::Refusal;
use anyrole_domain::activity::{
    TrailCursor, TrailFilter, TrailOutcome, TrailPage, TrailPlace, TrailQuery, hours_of_role,
    list_audit_records,
};
use askama::Template;

use super::row::{Row, rows};
use crate::pictures::{Picture, picture};
use crate::visit::encoded;
use crate::{Command, Layout, Outcome, Pager, Reply, Section, Visit};

/// Rows of a page.
const SIZE: usize = 50;

/// Events that are asked for often.
const EVENTS: [&str; 8] = [
    "rolesanywhere:CreateSession",
    "rolesanywhere:*",
    "sts:*",
    "iam:*",
    "s3:*",
    "acm-pca:*",
    "acme:*",
    "anyrole:*",
];

#[derive(Template)]
#[template(path = "activity/index.html")]
struct ListPage {
    layout: Layout,
    asked: Asked,
    found: Found,
    /// What the first page fetches again and again.
    live: Option<String>,
    reload: String,
    is_shared: bool,
    /// The week of the role that is asked for.
    week: Option<Week>,
}

/// A role's week, and since when it is counted.
struct Week {
    picture: Picture,
    since: String,
}

#[derive(Template)]
#[template(path = "activity/rows.html")]
struct Fragment {
    prefix: &'static str,
    found: Found,
}

/// The filters as they were typed.
struct Asked {
    certificate: String,
    role: String,
    outcome: String,
    event: String,
}

impl Asked {
    fn of(visit: &Visit<'_>) -> Self {
        let text = |name: &str| visit.query.some(name).unwrap_or_default().to_owned();
        Self {
            certificate: text("certificate"),
            role: text("role"),
            outcome: text("outcome"),
            event: text("event"),
        }
    }

    fn filter(&self) -> Result<TrailFilter, Refusal> {
        let some = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        let outcome = TrailOutcome::parse(&self.outcome);
        if outcome.is_none() && !self.outcome.is_empty() {
            return Err(Refusal::validation(
                "The outcome is `granted`, `refused` or `notified`.",
            ));
        }
        Ok(TrailFilter {
            certificate: some(&self.certificate),
            role: some(&self.role),
            outcome,
            event: some(&self.event),
            names_role: false,
        })
    }

    fn is_empty(&self) -> bool {
        [&self.certificate, &self.role, &self.outcome, &self.event]
            .iter()
            .all(|text| text.is_empty())
    }

    fn query(&self) -> String {
        let pairs = [
            ("certificate", &self.certificate),
            ("role", &self.role),
            ("outcome", &self.outcome),
            ("event", &self.event),
        ];
        let set = pairs.iter().filter(|(_, value)| !value.is_empty());
        let set = set.map(|(name, value)| format!("{name}={}", encoded(value)));
        set.collect::<Vec<_>>().join("&")
    }

    fn outcomes(&self) -> Vec<(&'static str, bool)> {
        let all = TrailOutcome::ALL.into_iter().map(TrailOutcome::name);
        all.map(|name| (name, name == self.outcome)).collect()
    }

    fn events(&self) -> &'static [&'static str] {
        &EVENTS
    }
}

/// What a page of the trail came to.
struct Found {
    rows: Vec<Row>,
    pager: Pager,
    /// How far back was looked, where nothing else ended the page.
    cut_short: bool,
    looked_back_to: String,
    lost: bool,
}

impl Found {
    fn of(visit: &Visit<'_>, page: &TrailPage) -> Self {
        let next = page.older.as_ref().map(TrailCursor::as_str);
        Self {
            rows: rows(&page.records),
            pager: visit.pager(next),
            cut_short: page.cut_short,
            looked_back_to: page
                .looked_back_to
                .map(|at| at.to_string())
                .unwrap_or_default(),
            lost: page.lost,
        }
    }
}

/// The page.
pub(super) async fn page(visit: &Visit<'_>) -> Outcome {
    let asked = Asked::of(visit);
    let after = visit.query.some("after");
    let found = look(visit, &asked, after).await?;
    let explain = Command::anyrole("explain")
        .flag("--endpoint-url", &visit.endpoint)
        .word("REQUEST-ID");
    let newest = Command::on_the_trail("tail --lines 50").switch("audit.jsonl");
    let query = asked.query();
    let week = week(visit, &asked)?;
    Reply::page(ListPage {
        layout: Layout::of(visit, Section::Activity, "Activity")
            .same_by(newest)
            .same_by(explain),
        live: after
            .is_none()
            .then(|| format!("{}activity/live?{query}", crate::PREFIX)),
        reload: format!("{}activity?{query}", crate::PREFIX),
        found,
        asked,
        is_shared: visit.site.directory.is_shared(),
        week,
    })
}

/// Where a role that exists is asked for.
fn week(visit: &Visit<'_>, asked: &Asked) -> Result<Option<Week>, Refusal> {
    let snapshot = visit.site.directory.read();
    let role = snapshot
        .role(&asked.role)
        .or_else(|| snapshot.role_by_name(&asked.role));
    let Some(role) = role.filter(|_| !asked.role.is_empty()) else {
        return Ok(None);
    };
    let (hours, since) = hours_of_role(visit.site, visit.call, &role.row.arn)?;
    Ok(Some(Week {
        picture: picture(&hours),
        since: since.to_string(),
    }))
}

/// The rows alone.
pub(super) async fn fragment(visit: &Visit<'_>) -> Outcome {
    let asked = Asked::of(visit);
    let found = look(visit, &asked, None).await?;
    Reply::fragment(Fragment {
        prefix: crate::PREFIX,
        found: Found {
            // Its links are those of the page that it is a part of.
            pager: Pager {
                first: None,
                next: found.pager.next.map(|next| next.replacen("/live?", "?", 1)),
            },
            ..found
        },
    })
}

async fn look(visit: &Visit<'_>, asked: &Asked, after: Option<&str>) -> Result<Found, Refusal> {
    let query = TrailQuery {
        place: match after {
            Some(after) => TrailPlace::Before(TrailCursor::new(after)),
            None => TrailPlace::Newest,
        },
        filter: asked.filter()?,
        limit: SIZE,
    };
    let page = list_audit_records(visit.site, visit.call, query).await?;
    Ok(Found::of(visit, &page))
}
