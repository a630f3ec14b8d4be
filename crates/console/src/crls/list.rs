//! The list of CRLs, 50 to a page.

use anyrole_domain::Snapshot;
use anyrole_domain::crls::Crl;
use anyrole_domain::resources::list;
use anyrole_x509::RevocationList;
use askama::Template;

use super::summary::Summary;
use crate::resources::{PAGE, Placed, command};
use crate::visit::Pager;
use crate::{Layout, Outcome, Reply, Visit};

#[derive(Template)]
#[template(path = "crls/list.html")]
struct ListPage {
    layout: Layout,
    rows: Vec<Row>,
    pager: Pager,
}

struct Row {
    id: String,
    name: String,
    enabled: bool,
    /// None of a list that can't be read.
    summary: Option<Summary>,
}

pub(super) fn page(visit: &Visit<'_>) -> Outcome {
    let page = list::<Crl>(visit.site, visit.call, &visit.page(PAGE))?;
    let snapshot = visit.site.directory.read();
    let rows = page.items.iter().map(|crl| Row {
        id: crl.resource.id.clone(),
        name: crl.resource.name.clone(),
        enabled: crl.resource.enabled,
        summary: summary(visit, &snapshot, crl),
    });
    let layout = Layout::of(visit, Crl::SECTION, Crl::PLURAL).same_by(command(visit, "list-crls"));
    Reply::page(ListPage {
        layout,
        rows: rows.collect(),
        pager: visit.pager(page.next.as_deref()),
    })
}

/// A list in force was read when it was stored; only the others are read here.
fn summary(visit: &Visit<'_>, snapshot: &Snapshot, crl: &Crl) -> Option<Summary> {
    let entry = snapshot.crl(&crl.resource.arn);
    if let Some(verified) = entry.and_then(|entry| entry.list.as_ref()) {
        return Some(Summary::of(verified.list(), visit.now()));
    }
    let list = RevocationList::parse(&crl.data).ok()?;
    Some(Summary::of(&list, visit.now()))
}
