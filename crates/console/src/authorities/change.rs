//! Turning a private CA off and on, its tags, deleting it for the time being, and bringing it back.

use anyrole_domain::Refusal;
use anyrole_domain::certificate_authorities::{
    AuthorityStatus, delete_authority, describe_authority, restore_authority, tag_authority,
    untag_authority, update_authority,
};
use anyrole_wire::acm_pca::inputs;
use askama::Template;
use serde_json::{Value, json};

use super::{arn_of, detail, layout_of_authority, name_of, path_of, whole_number};
use crate::confirm::check_typed;
use crate::limits::keep;
use crate::refused::no_such_page;
use crate::reply::Audited as _;
use crate::tags::{self, CAPITAL};
use crate::{Command, Done, Layout, Outcome, Reply, Visit};

pub(super) const UPDATE: &str = "acm-pca:UpdateCertificateAuthority";
const DELETE: &str = "acm-pca:DeleteCertificateAuthority";
const RESTORE: &str = "acm-pca:RestoreCertificateAuthority";

#[derive(Template)]
#[template(path = "authorities/delete.html")]
struct DeletePage {
    layout: Layout,
    problem: Option<Refusal>,
    expected: String,
    days: String,
}

/// The page's small forms: where each goes, which operation it is, what is told of it.
static CHANGES: [(&str, &str, Done); 5] = [
    ("enable", UPDATE, Done::Enabled),
    ("disable", UPDATE, Done::Disabled),
    ("restore", RESTORE, Done::Saved),
    ("tag", "acm-pca:TagCertificateAuthority", Done::Tagged),
    ("untag", "acm-pca:UntagCertificateAuthority", Done::Tagged),
];

/// Carries out one of the page's small forms.
pub(super) async fn serve(visit: &Visit<'_>, id: &str, action: &str) -> Outcome {
    let Some(&(_, event, done)) = CHANGES.iter().find(|(known, ..)| *known == action) else {
        return Err(no_such_page(&visit.path.join("/")));
    };
    let arn = arn_of(visit, id);
    match visit.admitted(event, changed(visit, &arn, action)).await {
        Ok(()) => Reply::see_other(path_of(id), done),
        Err(refusal) => detail::refused(visit, id, refusal),
    }
    .of(event)
}

async fn changed(visit: &Visit<'_>, arn: &str, action: &str) -> Result<(), Refusal> {
    let (site, call) = (visit.site, visit.call);
    let set = |status| update_authority(site, call, arn, None, Some(status));
    let tagging = |tags: Value| {
        let members = json!({ "CertificateAuthorityArn": arn, "Tags": tags });
        keep(inputs::TAGGING, &members)
    };
    match action {
        "enable" => set(AuthorityStatus::Active).await,
        "disable" => set(AuthorityStatus::Disabled).await,
        "restore" => restore_authority(site, call, arn).await,
        "tag" => {
            let new = tags::typed(&visit.form);
            tagging(tags::members(&new, CAPITAL))?;
            tag_authority(site, call, arn, new).await
        }
        _ => {
            let keys = tags::key_to_go(&visit.form);
            tagging(keys.iter().map(|key| json!({ "Key": key })).collect())?;
            let keys = keys.into_iter().map(|key| (key, None));
            untag_authority(site, call, arn, keys.collect()).await
        }
    }
}

pub(super) async fn delete(visit: &Visit<'_>, id: &str) -> Outcome {
    let arn = arn_of(visit, id);
    let entry = describe_authority(visit.site, visit.call, &arn)?;
    let name = name_of(&entry);
    let days = visit.form.some("days").unwrap_or("30").to_owned();
    let ask = |problem| DeletePage {
        layout: layout_of_authority(visit, "Delete the CA", &entry).same_by(
            Command::aws(visit, "acm-pca", "delete-certificate-authority")
                .flag("--certificate-authority-arn", &arn)
                .flag("--permanent-deletion-time-in-days", &days),
        ),
        problem,
        expected: name.clone(),
        days: days.clone(),
    };
    if !visit.posted() {
        return Reply::page(ask(None));
    }
    if let Err(refusal) = check_typed(visit, &name) {
        return Reply::refused_form(ask(Some(refusal.clone())), refusal);
    }
    let work = async {
        let number = whole_number("Days in which it can be restored", &days)?;
        let members = json!({
            "CertificateAuthorityArn": arn,
            "PermanentDeletionTimeInDays": number,
        });
        keep(inputs::DELETE, &members)?;
        delete_authority(visit.site, visit.call, &arn, Some(number)).await
    };
    match visit.admitted(DELETE, work).await {
        Ok(()) => Reply::see_other("authorities", Done::Deleted),
        Err(refusal) => Reply::refused_form(ask(Some(refusal.clone())), refusal),
    }
    .of(DELETE)
}
