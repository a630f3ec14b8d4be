//! The list of roles, fifty a page, with whether certificates get in.

use anyrole_domain::roles::{RolePageRequest, RoleView, list_roles, tell_last_uses};
use anyrole_domain::{LastUse, start_of};
use askama::Template;

use super::{let_in, path_of};
use crate::visit::Pager;
use crate::{Command, Layout, Outcome, Reply, Section, Visit};

/// Rows of a page.
const ROWS: usize = 50;
/// How much of a description a row shows, in bytes.
const SHOWN: usize = 120;

#[derive(Template)]
#[template(path = "roles/list.html")]
struct ListPage {
    layout: Layout,
    rows: Vec<Row>,
    prefix: String,
    pager: Pager,
}

struct Row {
    name: String,
    path: String,
    of_page: String,
    description: String,
    lets_in: bool,
    last_use: Option<LastUse>,
}

pub(super) async fn serve(visit: &Visit<'_>) -> Outcome {
    let prefix = visit.query.some("path").unwrap_or("/").to_owned();
    let request = RolePageRequest {
        page: visit.page(ROWS),
        path_prefix: prefix.clone(),
    };
    let mut page = list_roles(visit.site, visit.call, &request)?;
    tell_last_uses(visit.site, visit.call, &mut page.items).await?;
    let rows = page.items.iter().map(|view| row(visit, view)).collect();
    let mut command =
        Command::aws(visit, "iam", "list-roles").flag("--max-items", ROWS.to_string());
    if prefix != "/" {
        command = command.flag("--path-prefix", &prefix);
    }
    Reply::page(ListPage {
        layout: Layout::of(visit, Section::Roles, "Roles").same_by(command),
        rows,
        prefix,
        pager: visit.pager(page.next.as_deref()),
    })
}

fn row(visit: &Visit<'_>, view: &RoleView) -> Row {
    let description = view.row.description.as_deref().unwrap_or_default();
    Row {
        name: view.row.name.clone(),
        path: view.row.path.clone(),
        of_page: path_of(&view.row.name),
        description: start_of(description, SHOWN).to_owned(),
        lets_in: let_in::gaps(visit, &view.row.arn).is_empty(),
        last_use: view.last_use.clone(),
    }
}
