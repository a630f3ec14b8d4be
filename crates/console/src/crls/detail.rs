//! One CRL: facts, what the list says, what speaks against it, tags.

use std::sync::Arc;

use anyrole_domain::Tag;
use anyrole_domain::crls::Crl;
use anyrole_domain::resources::{list_tags, read};
use anyrole_x509::RevocationList;
use askama::Template;

use super::summary::{Summary, warnings};
use crate::resources::{Shown, below_list, command_on, here, id, tagging};
use crate::{Layout, Outcome, Reply, Visit};

#[derive(Template)]
#[template(path = "crls/detail.html")]
struct DetailPage {
    layout: Layout,
    here: String,
    row: Arc<Crl>,
    summary: Option<Summary>,
    warnings: Vec<String>,
    /// The id of its anchor, while that is there.
    anchor_id: Option<String>,
    tags: Shown<Vec<Tag>>,
}

pub(super) fn page(visit: &Visit<'_>) -> Outcome {
    let (site, call) = (visit.site, visit.call);
    let row = read::<Crl>(site, call, &id(visit))?;
    let snapshot = site.directory.read();
    let list = RevocationList::parse(&row.data);
    let anchor = snapshot.trust_anchor(&row.trust_anchor_arn);
    Reply::page(DetailPage {
        layout: layout(visit, &row),
        here: here(visit),
        warnings: warnings(&row, &list, anchor.map(Arc::as_ref), visit.now()),
        summary: list.ok().map(|list| Summary::of(&list, visit.now())),
        anchor_id: anchor.map(|anchor| anchor.row.resource.id.clone()),
        tags: list_tags::<Crl>(site, call, &id(visit)),
        row,
    })
}

fn layout(visit: &Visit<'_>, row: &Crl) -> Layout {
    let one = &row.resource;
    let switch = if one.enabled { "disable" } else { "enable" };
    let [tag, untag] = tagging::commands(visit, &one.arn);
    below_list::<Crl>(visit, &*one.name)
        .same_by(command_on(visit, "get", row))
        .same_by(command_on(visit, switch, row))
        .same_by(tag)
        .same_by(untag)
}
