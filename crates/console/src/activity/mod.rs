//! The pages below `activity`: the audit trail (`list`), and one record of it with the steps of its refusal (`record`).

mod facts;
mod list;
mod record;
mod remedies;
mod row;

pub use self::row::{Row, rows};
use crate::refused::no_such_page;
use crate::{Outcome, Visit};

/// Answers a visit.
///
/// # Errors
/// What the domain refuses, and pages that there are not.
pub async fn serve(visit: &Visit<'_>) -> Outcome {
    match (visit.path.len(), visit.segment(1)) {
        (1, _) => list::page(visit).await,
        (2, "live") => list::fragment(visit).await,
        (2, id) => record::page(visit, id).await,
        _ => Err(no_such_page(&visit.path.join("/"))),
    }
}
