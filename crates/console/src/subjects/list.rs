//! The list of subjects, 50 to a page.

use anyrole_domain::subjects::{Subject, list_subjects};
use askama::Template;

use crate::resources::{PAGE, command};
use crate::visit::Pager;
use crate::{Layout, Outcome, Reply, Section, Visit};

#[derive(Template)]
#[template(path = "subjects/list.html")]
struct ListPage {
    layout: Layout,
    rows: Vec<Subject>,
    pager: Pager,
}

pub(super) async fn page(visit: &Visit<'_>) -> Outcome {
    let page = list_subjects(visit.site, visit.call, &visit.page(PAGE)).await?;
    let layout =
        Layout::of(visit, Section::Subjects, "Subjects").same_by(command(visit, "list-subjects"));
    Reply::page(ListPage {
        layout,
        pager: visit.pager(page.next.as_deref()),
        rows: page.items,
    })
}
