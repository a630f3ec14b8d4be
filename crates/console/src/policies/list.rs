//! The list of managed policies, fifty a page: the customer's, AWS's, or both.

use anyrole_domain::managed_policies::{PolicyPageRequest, PolicyView, Scope, list_policies};
use anyrole_domain::start_of;
use askama::Template;
use jiff::Timestamp;

use super::{is_of_aws, path_of};
use crate::visit::Pager;
use crate::{Command, Layout, Outcome, Reply, Section, Visit};

/// Rows of a page.
const ROWS: usize = 50;
/// How much of a description a row shows, in bytes.
const SHOWN: usize = 120;

#[derive(Template)]
#[template(path = "policies/list.html")]
struct ListPage {
    layout: Layout,
    scope: &'static str,
    rows: Vec<Row>,
    pager: Pager,
}

struct Row {
    name: String,
    of_page: String,
    description: String,
    is_of_aws: bool,
    attachments: usize,
    boundaries: usize,
    updated_at: Timestamp,
}

pub(super) fn serve(visit: &Visit<'_>) -> Outcome {
    let (word, scope) = match visit.query.text("scope") {
        "AWS" => ("AWS", Scope::Aws),
        "All" => ("All", Scope::All),
        _ => ("Local", Scope::Local),
    };
    let request = PolicyPageRequest {
        page: visit.page(ROWS),
        scope,
        only_attached: false,
        usage: None,
        path_prefix: "/".to_owned(),
    };
    let page = list_policies(visit.site, visit.call, &request)?;
    let command = Command::aws(visit, "iam", "list-policies")
        .flag("--scope", word)
        .flag("--max-items", ROWS.to_string());
    Reply::page(ListPage {
        layout: Layout::of(visit, Section::Policies, "Policies").same_by(command),
        scope: word,
        rows: page.items.iter().map(row).collect(),
        pager: visit.pager(page.next.as_deref()),
    })
}

fn row(view: &PolicyView) -> Row {
    let description = view.row.description.as_deref().unwrap_or_default();
    Row {
        name: view.row.name.clone(),
        of_page: path_of(&view.row.arn),
        description: start_of(description, SHOWN).to_owned(),
        is_of_aws: is_of_aws(&view.row.arn),
        attachments: view.attachments,
        boundaries: view.boundaries,
        updated_at: view.row.updated_at,
    }
}
