//! Issuing a certificate from a signing request that is pasted.

use anyrole_domain::Refusal;
use anyrole_domain::certificate_authorities::{
    ISSUE_CERTIFICATE, describe_authority, issue_certificate,
};
use askama::Template;

use super::{TypedValidity, arn_of, layout_of_authority, order, signing_algorithm, template_arn};
use crate::certificates;
use crate::reply::Audited as _;
use crate::{Command, Done, Layout, Outcome, Reply, Visit};

/// Templates to pick (Private CA user guide, template definitions): name, what people call it.
static TEMPLATES: [(&str, &str); 7] = [
    (
        "EndEntityClientAuthCertificate/V1",
        "Client: for Roles Anywhere and TLS clients",
    ),
    ("EndEntityServerAuthCertificate/V1", "Server"),
    ("EndEntityCertificate/V1", "Client and server"),
    (
        "EndEntityCertificate_CSRPassthrough/V1",
        "Client and server, extensions of the request pass",
    ),
    (
        "SubordinateCACertificate_PathLen0/V1",
        "Subordinate CA, none below it",
    ),
    (
        "SubordinateCACertificate_PathLen1/V1",
        "Subordinate CA, one level below it",
    ),
    ("CodeSigningCertificate/V1", "Code signing"),
];

#[derive(Template)]
#[template(path = "authorities/issue.html")]
struct IssuePage {
    layout: Layout,
    problem: Option<Refusal>,
    csr: String,
    template: String,
    validity: TypedValidity,
}

impl IssuePage {
    fn templates(&self) -> impl Iterator<Item = (&'static str, &'static str, bool)> {
        let picked = |name: &str| self.template == name;
        TEMPLATES
            .iter()
            .map(move |(name, label)| (*name, *label, picked(name)))
    }
}

pub(super) async fn serve(visit: &Visit<'_>, id: &str) -> Outcome {
    let arn = arn_of(visit, id);
    let entry = describe_authority(visit.site, visit.call, &arn)?;
    let default = "EndEntityClientAuthCertificate/V1";
    let template = visit.form.some("template").unwrap_or(default).to_owned();
    let csr = visit.form.text("csr").to_owned();
    let validity = TypedValidity::of(&visit.form, ("30", "DAYS"));
    let template_arn = template_arn(visit, &template);
    let algorithm = signing_algorithm(&entry);
    let page = |problem| IssuePage {
        layout: layout_of_authority(visit, "Issue a certificate", &entry).same_by(
            Command::aws(visit, "acm-pca", "issue-certificate")
                .flag("--certificate-authority-arn", &arn)
                .binary_file("--csr", "request.csr")
                .flag("--signing-algorithm", format!("{algorithm:?}"))
                .flag("--template-arn", &template_arn)
                .flag("--validity", validity.argument()),
        ),
        problem,
        csr: csr.clone(),
        template: template.clone(),
        validity: validity.clone(),
    };
    if !visit.posted() {
        return Reply::page(page(None));
    }
    let work = async {
        let input = order(&entry, &csr, template_arn.clone(), &validity)?;
        issue_certificate(visit.site, visit.call, input).await
    };
    match visit.admitted(ISSUE_CERTIFICATE, work).await {
        // What is issued is recorded where it is issued.
        Ok(issued) => {
            Reply::see_other(certificates::path_of(id, &issued.row.serial), Done::Created)
        }
        Err(refusal) => {
            Reply::refused_form(page(Some(refusal.clone())), refusal).of(ISSUE_CERTIFICATE)
        }
    }
}
