//! The pages below `roles`: the list, making one, one of them, and what is done to it. One file each.

mod create;
mod detail;
mod edit;
mod edit_trust;
mod inline;
mod let_in;
mod list;
mod trust_document;
mod trust_form;
mod trust_template;

use crate::refused::no_such_page;
use crate::visit::segment_of;
use crate::{Layout, Outcome, Section, Visit};

/// Where a role is made: no role has this name.
const NEW: &str = "~new";

/// Answers a visit.
///
/// # Errors
/// What the domain refuses, and pages that there are not.
pub async fn serve(visit: &Visit<'_>) -> Outcome {
    let name = visit.segment(1);
    match (name, visit.segment(2), visit.segment(3), visit.path.len()) {
        ("", "", "", 0..=2) => list::serve(visit).await,
        (NEW, "", "", 2) => create::serve(visit).await,
        (_, "", "", 2) => detail::serve(visit, name).await,
        (_, "trust", "", 3) => edit_trust::serve(visit, name).await,
        (_, "edit", "", 3) => edit::serve(visit, name).await,
        (_, "delete", "", 3) => edit::delete(visit, name).await,
        (_, "inline", "", 3) => inline::serve(visit, name, "").await,
        (_, "inline", policy, 4) => inline::serve(visit, name, policy).await,
        (_, "delete-inline", policy, 4) => inline::delete(visit, name, policy).await,
        (_, action, "", 3) if visit.posted() => detail::change(visit, name, action).await,
        _ => Err(no_such_page(&visit.path.join("/"))),
    }
}

/// The path of a role's page, below the console's.
pub(crate) fn path_of(name: &str) -> String {
    format!("roles/{}", segment_of(name))
}

fn layout(visit: &Visit<'_>, title: impl Into<String>) -> Layout {
    Layout::of(visit, Section::Roles, title).below("Roles", "roles")
}

fn layout_of_role(visit: &Visit<'_>, title: impl Into<String>, name: &str) -> Layout {
    layout(visit, title).below(name, path_of(name))
}
