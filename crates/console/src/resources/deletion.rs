//! Deleting: the name is typed again, and checked here, before anything is deleted.

use anyrole_domain::resources::{delete, read};
use anyrole_domain::{Kind, Refusal};
use askama::Template;

use super::{Placed, below_one, command_on, here, id, posted};
use crate::reply::Done;
use crate::{Layout, Outcome, Reply, Visit};

#[derive(Template)]
#[template(path = "resources/delete.html")]
struct DeletePage<'a> {
    layout: Layout,
    title: String,
    name: &'a str,
    arn: &'a str,
    enabled: bool,
    when_deleted: &'static str,
    here: String,
    problem: Option<Refusal>,
}

/// Asks for the name, or deletes.
///
/// # Errors
/// The resource can't be read.
pub(crate) async fn serve<N: Placed>(visit: &Visit<'_>) -> Outcome {
    let row = read::<N>(visit.site, visit.call, &id(visit))?;
    let one = row.resource();
    let page = |problem| DeletePage {
        layout: below_one(visit, &*row, "Delete").same_by(command_on(visit, "delete", &*row)),
        title: N::TITLE.to_lowercase(),
        name: &one.name,
        arn: &one.arn,
        enabled: one.enabled,
        when_deleted: N::WHEN_DELETED,
        here: here(visit),
        problem,
    };
    if !visit.posted() {
        return Reply::page(page(None));
    }
    if visit.form.text("name").trim() != one.name.trim() {
        let refusal = other_name();
        return Reply::refused_form(page(Some(refusal.clone())), refusal);
    }
    posted(visit, N::ACTIONS.delete, async {
        match delete::<N>(visit.site, visit.call, &id(visit)).await {
            Ok(_) => Reply::see_other(N::AREA, Done::Deleted),
            Err(refusal) => Reply::refused_form(page(Some(refusal.clone())), refusal),
        }
    })
    .await
}

fn other_name() -> Refusal {
    let text = "What you typed is not the name. Nothing was deleted.";
    Refusal::new(Kind::Validation, "name-not-typed", text)
}
