//! The list of profiles, 50 to a page.

use std::sync::Arc;

use anyrole_domain::profiles::Profile;
use anyrole_domain::resources::list;
use askama::Template;

use crate::resources::{PAGE, Placed, command};
use crate::visit::Pager;
use crate::{Layout, Outcome, Reply, Visit};

#[derive(Template)]
#[template(path = "profiles/list.html")]
struct ListPage {
    layout: Layout,
    rows: Vec<Arc<Profile>>,
    pager: Pager,
}

impl ListPage {
    /// The roles of a profile in few words.
    fn roles(&self, row: &Profile) -> String {
        match row.role_arns.as_slice() {
            [] => "None".to_owned(),
            [one] => role_name(one).to_owned(),
            [one, rest @ ..] => format!("{} and {} more", role_name(one), rest.len()),
        }
    }
}

/// The name in a role's ARN.
fn role_name(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

pub(super) fn page(visit: &Visit<'_>) -> Outcome {
    let page = list::<Profile>(visit.site, visit.call, &visit.page(PAGE))?;
    let layout = Layout::of(visit, Profile::SECTION, Profile::PLURAL)
        .same_by(command(visit, "list-profiles"));
    Reply::page(ListPage {
        layout,
        pager: visit.pager(page.next.as_deref()),
        rows: page.items,
    })
}
