//! Deleting: the name is typed again, and checked, before anything is deleted.

use anyrole_domain::resources::{delete, read};

use super::{Placed, below_one, command_on, here, id};
use crate::confirm::{About, ConfirmPage, delete_once_typed};
use crate::{Outcome, Visit};

/// Asks for the name, or deletes.
///
/// # Errors
/// The resource can't be read.
pub(crate) async fn serve<N: Placed>(visit: &Visit<'_>) -> Outcome {
    let row = read::<N>(visit.site, visit.call, &id(visit))?;
    let one = row.resource();
    let ask = |problem| ConfirmPage {
        layout: below_one(visit, &*row, "Delete").same_by(command_on(visit, "delete", &*row)),
        problem,
        text: N::WHEN_DELETED,
        label: "The name",
        expected: one.name.clone(),
        button: "Delete for good",
        about: Some(About {
            arn: one.arn.clone(),
            in_force: one.enabled.then(|| here(visit)),
        }),
    };
    let work = async {
        let deleted = delete::<N>(visit.site, visit.call, &id(visit)).await;
        deleted.map(drop)
    };
    delete_once_typed(visit, ask, N::ACTIONS.delete, work, N::AREA).await
}
