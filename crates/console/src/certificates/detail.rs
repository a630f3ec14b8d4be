//! One issued certificate, and its PEM with those above it.

use anyrole_domain::Refusal;
use anyrole_domain::certificate_authorities::{
    CertificateView, describe_certificate, hex, read_certificate,
};
use anyrole_x509::Certificate;
use askama::Template;

use super::list::state;
use super::{arns, layout, path_of};
use crate::trust_anchors::fingerprint;
use crate::{Command, Layout, Outcome, Reply, Visit};

#[derive(Template)]
#[template(path = "certificates/detail.html")]
struct DetailPage {
    layout: Layout,
    view: CertificateView,
    of_page: String,
    serial: String,
    arn: String,
    state: (&'static str, &'static str),
    certificate: Certificate,
    names: String,
    fingerprint: String,
    pem: String,
}

pub(super) async fn serve(visit: &Visit<'_>, id: &str, serial: &str) -> Outcome {
    let (authority, arn) = arns(visit, id, serial);
    let view = describe_certificate(visit.site, visit.call, &authority, &arn).await?;
    let certificate = Certificate::parse_der(view.row.certificate.to_vec())
        .map_err(|error| Refusal::internal(error.to_string()))?;
    let command = Command::aws(visit, "acm-pca", "get-certificate")
        .flag("--certificate-authority-arn", &authority)
        .flag("--certificate-arn", &arn);
    let summary = certificate.summary();
    let names = summary.subject_alt_names.iter();
    let names: Vec<String> = names
        .map(|name| format!("{}:{}", name.kind, name.value))
        .collect();
    Reply::page(DetailPage {
        layout: layout(visit, "Certificate", id).same_by(command),
        of_page: path_of(id, &view.row.serial),
        serial: hex(&view.row.serial),
        state: state(&view, visit.now()),
        names: names.join(", "),
        fingerprint: fingerprint(&certificate),
        pem: certificate.render_pem(),
        arn,
        view,
        certificate,
    })
}

pub(super) async fn pem(visit: &Visit<'_>, id: &str, serial: &str) -> Outcome {
    let (authority, arn) = arns(visit, id, serial);
    let found = read_certificate(visit.site, visit.call, &authority, &arn).await?;
    let chain = found.chain.unwrap_or_default();
    let name = format!("{serial}.pem");
    let text = [found.certificate, chain].concat();
    Reply::download(&name, "application/x-pem-file", text.into_bytes())
}
