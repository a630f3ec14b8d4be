//! One subject: its certificates with their last use, the instance properties that came with them, tags.

use anyrole_domain::Tag;
use anyrole_domain::subjects::{
    KIND, SubjectCredential, SubjectDetail, list_subject_tags, read_subject,
};
use anyrole_x509::Certificate;
use askama::Template;
use jiff::Timestamp;

use crate::resources::{PAGE, Shown, command, here, id, tagging};
use crate::trust_anchors::CertificateView;
use crate::{Layout, Outcome, Reply, Section, Visit};

#[derive(Template)]
#[template(path = "subjects/detail.html")]
struct DetailPage {
    layout: Layout,
    here: String,
    arn: String,
    detail: SubjectDetail,
    /// Those that were used last.
    certificates: Vec<Used>,
    /// There are more of them than are shown.
    more_certificates: bool,
    tags: Shown<Vec<Tag>>,
}

/// A certificate with its last use.
struct Used {
    serial: String,
    issuer: String,
    failed: bool,
    seen_at: Timestamp,
    /// What it says; none of one that can't be read.
    view: Option<CertificateView>,
}

impl Used {
    fn of(row: &SubjectCredential, now: Timestamp) -> Self {
        let parsed = Certificate::parse_der(row.certificate.clone()).ok();
        Self {
            serial: row.serial.clone(),
            issuer: row.issuer.clone(),
            failed: row.failed,
            seen_at: row.seen_at,
            view: parsed.map(|certificate| CertificateView::of_any(&certificate, now)),
        }
    }
}

pub(super) async fn page(visit: &Visit<'_>) -> Outcome {
    let (site, call) = (visit.site, visit.call);
    let mut detail = read_subject(site, call, visit.segment(1)).await?;
    let arn = site.account().rolesanywhere_arn(KIND, &detail.subject.id);
    let shown = detail.credentials.iter().take(PAGE);
    let certificates = shown.map(|row| Used::of(row, visit.now())).collect();
    let more_certificates = detail.credentials.len() > PAGE;
    detail.instance_properties.truncate(PAGE);
    Reply::page(DetailPage {
        layout: layout(visit, &detail, &arn),
        here: here(visit),
        certificates,
        more_certificates,
        tags: list_subject_tags(site, call, &id(visit)).await,
        arn,
        detail,
    })
}

fn layout(visit: &Visit<'_>, detail: &SubjectDetail, arn: &str) -> Layout {
    let [tag, untag] = tagging::commands(visit, arn);
    Layout::of(visit, Section::Subjects, &*detail.subject.x509_subject)
        .below("Subjects", "subjects")
        .same_by(command(visit, "get-subject").flag("--subject-id", &detail.subject.id))
        .same_by(tag)
        .same_by(untag)
}
