//! Turning a private CA off and on, deleting it for the time being, and bringing it back.

use anyrole_domain::certificate_authorities::{
    AuthorityStatus, delete_authority, describe_authority, restore_authority, update_authority,
};
use anyrole_domain::{Kind, Refusal};
use askama::Template;

use super::{arn_of, detail, layout_of_authority, name_of, path_of};
use crate::confirm::check_typed;
use crate::refused::no_such_page;
use crate::reply::Audited as _;
use crate::{Command, Done, Layout, Outcome, Reply, Visit};

const UPDATE: &str = "acm-pca:UpdateCertificateAuthority";
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

/// Carries out one of the page's small forms.
pub(super) async fn serve(visit: &Visit<'_>, id: &str, action: &str) -> Outcome {
    let (site, call, arn) = (visit.site, visit.call, arn_of(visit, id));
    let set = |status| update_authority(site, call, &arn, None, Some(status));
    let (event, done, outcome) = match action {
        "enable" => {
            let work = visit.admitted(UPDATE, set(AuthorityStatus::Active));
            (UPDATE, Done::Enabled, work.await)
        }
        "disable" => {
            let work = visit.admitted(UPDATE, set(AuthorityStatus::Disabled));
            (UPDATE, Done::Disabled, work.await)
        }
        "restore" => {
            let work = visit.admitted(RESTORE, restore_authority(site, call, &arn));
            (RESTORE, Done::Saved, work.await)
        }
        _ => return Err(no_such_page(&visit.path.join("/"))),
    };
    match outcome {
        Ok(()) => Reply::see_other(path_of(id), done),
        Err(refusal) => detail::refused(visit, id, refusal),
    }
    .of(event)
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
        let number = days.parse::<i64>().map_err(|_| {
            let text = "How many days it can be restored: give a whole number, from 7 to 30.";
            Refusal::new(Kind::Validation, "no-number", text)
        })?;
        delete_authority(visit.site, visit.call, &arn, Some(number)).await
    };
    match visit.admitted(DELETE, work).await {
        Ok(()) => Reply::see_other("authorities", Done::Deleted),
        Err(refusal) => Reply::refused_form(ask(Some(refusal.clone())), refusal),
    }
    .of(DELETE)
}
