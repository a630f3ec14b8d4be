//! The list of trust anchors, 50 to a page.

use anyrole_domain::resources::list;
use anyrole_domain::trust_anchors::{AnchorSource, TrustAnchor};
use anyrole_domain::{PageRequest, Snapshot};
use askama::Template;

use crate::resources::{Ending, PAGE, Placed, command};
use crate::visit::Pager;
use crate::{Layout, Outcome, Reply, Visit};

#[derive(Template)]
#[template(path = "trust_anchors/list.html")]
struct ListPage {
    layout: Layout,
    rows: Vec<Row>,
    pager: Pager,
}

struct Row {
    id: String,
    name: String,
    enabled: bool,
    source: String,
    /// Of the certificate that ends first.
    ending: Option<Ending>,
}

pub(super) fn page(visit: &Visit<'_>) -> Outcome {
    let request: PageRequest = visit.page(PAGE);
    let page = list::<TrustAnchor>(visit.site, visit.call, &request)?;
    let snapshot = visit.site.directory.read();
    let rows = page.items.iter();
    let rows = rows.map(|anchor| row(visit, &snapshot, anchor)).collect();
    let layout = Layout::of(visit, TrustAnchor::SECTION, TrustAnchor::PLURAL)
        .same_by(command(visit, "list-trust-anchors"));
    Reply::page(ListPage {
        layout,
        rows,
        pager: visit.pager(page.next.as_deref()),
    })
}

fn row(visit: &Visit<'_>, snapshot: &Snapshot, anchor: &TrustAnchor) -> Row {
    let resource = &anchor.resource;
    let entry = snapshot.trust_anchor(&resource.arn);
    let certificates = entry.map_or(&[][..], |entry| entry.certificates.certificates());
    let source = match (&anchor.source, certificates.len()) {
        (AnchorSource::PrivateCa(_), _) => "Private CA".to_owned(),
        (AnchorSource::CertificateBundle(_), 1) => "1 certificate".to_owned(),
        (AnchorSource::CertificateBundle(_), count) => format!("{count} certificates"),
    };
    let ends = certificates.iter().map(|certificate| certificate.not_after);
    Row {
        id: resource.id.clone(),
        name: resource.name.clone(),
        enabled: resource.enabled,
        source,
        ending: ends.min().map(|at| Ending::of(at, visit.now())),
    }
}
