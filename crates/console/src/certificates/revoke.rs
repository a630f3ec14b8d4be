//! Revoking a certificate, with its serial number typed again: it can't be taken back.

use anyrole_domain::Refusal;
use anyrole_domain::certificate_authorities::{
    REVOKE_CERTIFICATE, RevocationReason, describe_certificate, hex, revoke_certificate,
};
use anyrole_wire::acm_pca::inputs;
use askama::Template;
use serde_json::json;

use super::{arns, layout, path_of};
use crate::confirm::check_typed;
use crate::limits::keep;
use crate::reply::Audited as _;
use crate::{Command, Done, Layout, Outcome, Reply, Visit};

/// Reasons to pick: as the API has them, and in words.
static REASONS: [(&str, &str); 8] = [
    ("UNSPECIFIED", "No reason is given"),
    ("KEY_COMPROMISE", "Others may have the key"),
    ("SUPERSEDED", "Another certificate takes its place"),
    ("CESSATION_OF_OPERATION", "It is not needed any more"),
    ("AFFILIATION_CHANGED", "The holder's name has changed"),
    ("PRIVILEGE_WITHDRAWN", "The holder may do less"),
    (
        "CERTIFICATE_AUTHORITY_COMPROMISE",
        "Others may have the authority's key",
    ),
    (
        "A_A_COMPROMISE",
        "Others may have the key of an attribute authority",
    ),
];

#[derive(Template)]
#[template(path = "certificates/revoke.html")]
struct RevokePage {
    layout: Layout,
    problem: Option<Refusal>,
    serial: String,
    reasons: Vec<(&'static str, &'static str, bool)>,
}

pub(super) async fn serve(visit: &Visit<'_>, id: &str, serial: &str) -> Outcome {
    let (authority, arn) = arns(visit, id, serial);
    let view = describe_certificate(visit.site, visit.call, &authority, &arn).await?;
    let serial = hex(&view.row.serial);
    let picked = visit.form.some("reason").unwrap_or("UNSPECIFIED");
    let page = |problem| RevokePage {
        layout: layout(visit, "Revoke the certificate", id).same_by(
            Command::aws(visit, "acm-pca", "revoke-certificate")
                .flag("--certificate-authority-arn", &authority)
                .flag("--certificate-serial", &serial)
                .flag("--revocation-reason", picked),
        ),
        problem,
        serial: serial.clone(),
        reasons: REASONS
            .iter()
            .map(|(name, words)| (*name, *words, *name == picked))
            .collect(),
    };
    if !visit.posted() {
        return Reply::page(page(None));
    }
    if let Err(refusal) = check_typed(visit, &serial) {
        return Reply::refused_form(page(Some(refusal.clone())), refusal);
    }
    let work = async {
        let members = json!({
            "CertificateAuthorityArn": authority,
            "CertificateSerial": serial,
            "RevocationReason": picked,
        });
        keep(inputs::REVOKE, &members)?;
        let reason = RevocationReason::parse(picked)
            .ok_or_else(|| Refusal::validation("Pick a reason of the list."))?;
        revoke_certificate(visit.site, visit.call, &authority, &serial, reason).await
    };
    match visit.admitted(REVOKE_CERTIFICATE, work).await {
        // What is revoked is recorded where it is revoked.
        Ok(_) => Reply::see_other(path_of(id, &view.row.serial), Done::Revoked),
        Err(refusal) => {
            Reply::refused_form(page(Some(refusal.clone())), refusal).of(REVOKE_CERTIFICATE)
        }
    }
}
