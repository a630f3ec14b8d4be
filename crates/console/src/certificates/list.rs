//! The certificates of one authority, fifty a page, the newest first; without one, the authorities to pick from.

use anyrole_domain::PageRequest;
use anyrole_domain::certificate_authorities::{
    AuthorityStatus, CertificateView, list_authorities, list_certificates,
};
use anyrole_x509::Certificate;
use askama::Template;
use jiff::Timestamp;

use super::path_of;
use crate::authorities::{arn_of, name_of};
use crate::visit::{Pager, encoded};
use crate::{Command, Layout, Outcome, Reply, Section, Visit};

/// Rows of a page.
const ROWS: usize = 50;

#[derive(Template)]
#[template(path = "certificates/list.html")]
struct ListPage {
    layout: Layout,
    authority: Option<String>,
    /// The path of the list of each, and its name. One that is deleted shows nothing until it is restored.
    authorities: Vec<(Option<String>, String)>,
    rows: Vec<Row>,
    pager: Pager,
}

struct Row {
    subject: String,
    of_page: String,
    state: (&'static str, &'static str),
    template: String,
    issued_at: Timestamp,
    not_after: Timestamp,
}

pub(super) async fn serve(visit: &Visit<'_>) -> Outcome {
    let layout = Layout::of(visit, Section::Certificates, "Issued certificates");
    let Some(id) = visit.query.some("authority") else {
        let page = list_authorities(visit.site, visit.call, false, &visit.page(ROWS))?;
        let authorities = page.items.iter().map(|entry| {
            let is_deleted = entry.status(visit.now()) == AuthorityStatus::Deleted;
            let path = format!("certificates?authority={}", encoded(&entry.row.id));
            ((!is_deleted).then_some(path), name_of(entry))
        });
        return Reply::page(ListPage {
            layout: layout.same_by(Command::aws(
                visit,
                "acm-pca",
                "list-certificate-authorities",
            )),
            authority: None,
            authorities: authorities.collect(),
            rows: Vec::new(),
            pager: visit.pager(page.next.as_deref()),
        });
    };
    let arn = arn_of(visit, id);
    let request: PageRequest = visit.page(ROWS);
    let page = list_certificates(visit.site, visit.call, &arn, &request).await?;
    let command = Command::aws(visit, "acm-pca", "get-certificate")
        .flag("--certificate-authority-arn", &arn)
        .flag("--certificate-arn", "ARN");
    Reply::page(ListPage {
        layout: layout.same_by(command),
        authority: Some(id.to_owned()),
        authorities: Vec::new(),
        rows: page
            .items
            .iter()
            .map(|view| row(id, view, visit.now()))
            .collect(),
        pager: visit.pager(page.next.as_deref()),
    })
}

fn row(id: &str, view: &CertificateView, now: Timestamp) -> Row {
    let parsed = Certificate::parse_der(view.row.certificate.to_vec()).ok();
    let subject = parsed.map(|certificate| certificate.summary().subject.to_string());
    Row {
        subject: subject.unwrap_or_default(),
        of_page: path_of(id, &view.row.serial),
        state: state(view, now),
        template: view.row.template.clone(),
        issued_at: view.row.issued_at,
        not_after: view.row.not_after,
    }
}

/// The badge of a certificate, and the word on it.
pub(super) fn state(view: &CertificateView, now: Timestamp) -> (&'static str, &'static str) {
    match view.revoked {
        Some(_) => ("bad", "Revoked"),
        None if view.row.not_after < now => ("plain", "Expired"),
        None => ("ok", "Valid"),
    }
}
