//! The list of private CAs, fifty a page.

use anyrole_domain::certificate_authorities::{AuthorityEntry, AuthorityStatus, list_authorities};
use askama::Template;
use jiff::Timestamp;

use super::{name_of, path_of};
use crate::visit::Pager;
use crate::{Command, Layout, Outcome, Reply, Section, Visit};

/// Rows of a page.
const ROWS: usize = 50;

#[derive(Template)]
#[template(path = "authorities/list.html")]
struct ListPage {
    layout: Layout,
    rows: Vec<Row>,
    pager: Pager,
}

struct Row {
    name: String,
    of_page: String,
    kind: &'static str,
    state: (&'static str, &'static str),
    key: String,
    not_after: Option<Timestamp>,
}

pub(super) fn serve(visit: &Visit<'_>) -> Outcome {
    let page = list_authorities(visit.site, visit.call, false, &visit.page(ROWS))?;
    let command = Command::aws(visit, "acm-pca", "list-certificate-authorities");
    Reply::page(ListPage {
        layout: Layout::of(visit, Section::Authorities, "Private CAs").same_by(command),
        rows: page
            .items
            .iter()
            .map(|entry| row(entry, visit.now()))
            .collect(),
        pager: visit.pager(page.next.as_deref()),
    })
}

fn row(entry: &AuthorityEntry, now: Timestamp) -> Row {
    Row {
        name: name_of(entry),
        of_page: path_of(&entry.row.id),
        kind: entry.row.kind.as_str(),
        state: state(entry.status(now)),
        key: format!("{:?}", entry.row.configuration.key_algorithm),
        not_after: entry.not_after(),
    }
}

/// The badge of a status, and the word on it.
pub(super) fn state(status: AuthorityStatus) -> (&'static str, &'static str) {
    match status {
        AuthorityStatus::Active => ("ok", "Active"),
        AuthorityStatus::PendingCertificate => ("warn", "Waits for its certificate"),
        AuthorityStatus::Disabled => ("plain", "Disabled"),
        AuthorityStatus::Deleted => ("bad", "Deleted"),
        AuthorityStatus::Expired => ("bad", "Expired"),
    }
}
