//! The pages below `subjects`: who was seen, and one with its certificates and instance properties.

mod detail;
mod list;

use anyrole_domain::subjects::{KIND, tag_subject, untag_subject};

use crate::refused::no_such_page;
use crate::resources::{id, tagging};
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
        (false, "", "") => list::page(visit).await,
        (false, _, "") => detail::page(visit).await,
        (true, _, "tag") => {
            tagging::tag(visit, async {
                let arn = id(visit).arn(site.account(), KIND);
                tag_subject(site, call, &id(visit), tagging::typed(visit, &arn)?).await
            })
            .await
        }
        (true, _, "untag") => {
            let keys = key_to_go(&visit.form);
            tagging::untag(visit, untag_subject(site, call, &id(visit), keys)).await
        }
        _ => Err(no_such_page(&visit.path.join("/"))),
    }
}
