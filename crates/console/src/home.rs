//! The first page: what needs a person.

use askama::Template;

use crate::{Layout, Outcome, Reply, Section, Visit};

#[derive(Template)]
#[template(path = "home/index.html")]
struct HomePage {
    layout: Layout,
}

/// Answers a visit.
///
/// # Errors
/// What the domain refuses.
pub async fn serve(visit: &Visit<'_>) -> Outcome {
    let layout = Layout::of(visit, Section::Home, "Home");
    Reply::page(HomePage { layout })
}
