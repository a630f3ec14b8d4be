//! The pages below `crls`: the list, one, bringing one in and putting a newer list in its place.

mod detail;
mod form;
mod list;
mod summary;

use anyrole_domain::crls::Crl;
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
        (false, "import", "") => form::new(visit),
        (true, "import", "") => form::import(visit).await,
        (false, _, "") => detail::page(visit),
        (false, _, "edit") => form::edit(visit),
        (true, _, "edit") => form::update(visit).await,
        (_, _, "delete") => deletion::serve::<Crl>(visit).await,
        (true, _, "enable") => switching::serve::<Crl>(visit, true).await,
        (true, _, "disable") => switching::serve::<Crl>(visit, false).await,
        (true, _, "tag") => {
            tagging::tag(visit, async {
                let arn = id(visit).arn(site.account(), Crl::KIND);
                tag::<Crl>(site, call, &id(visit), tagging::typed(visit, &arn)?).await
            })
            .await
        }
        (true, _, "untag") => {
            let keys = key_to_go(&visit.form);
            tagging::untag(visit, untag::<Crl>(site, call, &id(visit), keys)).await
        }
        _ => Err(no_such_page(&visit.path.join("/"))),
    }
}
