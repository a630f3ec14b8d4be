//! The pages below `profiles`: the list, one with its attribute mappings, making and changing one with roles picked from a list.

mod detail;
mod form;
mod list;
mod mappings;
mod picker;

pub(crate) use self::picker::missing;
use anyrole_domain::profiles::Profile;
use anyrole_domain::resources::{Noun as _, tag, untag};

use crate::refused::no_such_page;
use crate::resources::{deletion, id, switching, tagging};
use crate::tags::key_to_go;
use crate::{Outcome, Visit};

/// Answers a visit.
///
/// # Errors
/// What the domain refuses, and pages that there are not.
pub async fn serve(visit: &Visit<'_>) -> Outcome {
    let (site, call) = (visit.site, visit.call);
    match (visit.posted(), visit.segment(1), visit.segment(2)) {
        _ if visit.path.len() > 3 => Err(no_such_page(&visit.path.join("/"))),
        (false, "", "") => list::page(visit),
        (false, "create", "") => form::new(visit),
        (true, "create", "") => form::create(visit).await,
        (false, _, "") => detail::page(visit),
        (false, _, "edit") => form::edit(visit),
        (true, _, "edit") => form::update(visit).await,
        (_, _, "delete") => deletion::serve::<Profile>(visit).await,
        (true, _, "enable") => switching::serve::<Profile>(visit, true).await,
        (true, _, "disable") => switching::serve::<Profile>(visit, false).await,
        (true, _, "mappings") => mappings::put(visit).await,
        (true, _, "mappings-delete") => mappings::delete(visit).await,
        (true, _, "tag") => {
            tagging::tag(visit, async {
                let arn = id(visit).arn(site.account(), Profile::KIND);
                tag::<Profile>(site, call, &id(visit), tagging::typed(visit, &arn)?).await
            })
            .await
        }
        (true, _, "untag") => {
            let keys = key_to_go(&visit.form);
            tagging::untag(visit, untag::<Profile>(site, call, &id(visit), keys)).await
        }
        _ => Err(no_such_page(&visit.path.join("/"))),
    }
}
