//! The pages below `certificates`.

use crate::refused::no_such_page;
use crate::{Outcome, Visit};

/// Answers a visit.
///
/// # Errors
/// What the domain refuses, and pages that there are not.
pub async fn serve(visit: &Visit<'_>) -> Outcome {
    Err(no_such_page(&visit.path.join("/")))
}
