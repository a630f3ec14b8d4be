//! Enable and disable: a button comes in, the resource's page follows.

use anyrole_domain::resources::set_enabled;

use super::{Placed, here, id, posted};
use crate::reply::Done;
use crate::{Outcome, Reply, Visit};

/// Turns one on or off.
///
/// # Errors
/// None: a refusal becomes a reply.
pub(crate) async fn serve<N: Placed>(visit: &Visit<'_>, enabled: bool) -> Outcome {
    let (action, done) = match enabled {
        true => (N::ACTIONS.enable, Done::Enabled),
        false => (N::ACTIONS.disable, Done::Disabled),
    };
    posted(visit, action, async {
        set_enabled::<N>(visit.site, visit.call, &id(visit), enabled).await?;
        Reply::see_other(here(visit), done)
    })
    .await
}
