//! What is said of a role and how long its sessions may be; and deleting it, with its name typed again.

use anyrole_domain::Refusal;
use anyrole_domain::roles::{delete_role, read_role, update_role};
use anyrole_wire::iam::inputs;
use askama::Template;
use serde_json::json;

use super::create::seconds;
use super::{layout_of_role, path_of};
use crate::confirm::{ConfirmPage, delete_once_typed};
use crate::limits::keep;
use crate::reply::Audited as _;
use crate::{Command, Done, Layout, Outcome, Reply, Visit};

#[derive(Template)]
#[template(path = "roles/edit.html")]
struct EditPage {
    layout: Layout,
    problem: Option<Refusal>,
    description: String,
    seconds: String,
}

pub(super) async fn serve(visit: &Visit<'_>, name: &str) -> Outcome {
    if !visit.posted() {
        let row = read_role(visit.site, visit.call, name).await?.row;
        let description = row.description.clone().unwrap_or_default();
        let seconds = row.max_session_duration.to_string();
        return Reply::page(page(visit, name, (description, seconds), None));
    }
    let typed = |field| visit.form.text(field).trim().to_owned();
    let (description, given) = (typed("description"), typed("seconds"));
    let work = async {
        let seconds = seconds(&given)?;
        let members = json!({
            "roleName": name,
            "description": description,
            "maxSessionDuration": seconds,
        });
        keep(inputs::UPDATE_ROLE, &members)?;
        update_role(
            visit.site,
            visit.call,
            name,
            Some(description.clone()),
            seconds,
        )
        .await
    };
    match visit.admitted("iam:UpdateRole", work).await {
        Ok(()) => Reply::see_other(path_of(name), Done::Saved),
        Err(refusal) => {
            let page = page(visit, name, (description, given), Some(refusal.clone()));
            Reply::refused_form(page, refusal)
        }
    }
    .of("iam:UpdateRole")
}

fn page(
    visit: &Visit<'_>,
    name: &str,
    (description, seconds): (String, String),
    problem: Option<Refusal>,
) -> EditPage {
    let command = Command::aws(visit, "iam", "update-role")
        .flag("--role-name", name)
        .flag("--description", &description)
        .flag("--max-session-duration", &seconds);
    EditPage {
        layout: layout_of_role(visit, "Edit the role", name).same_by(command),
        problem,
        description,
        seconds,
    }
}

pub(super) async fn delete(visit: &Visit<'_>, name: &str) -> Outcome {
    let row = read_role(visit.site, visit.call, name).await?.row;
    let command = Command::aws(visit, "iam", "delete-role").flag("--role-name", &row.name);
    let ask = |problem| ConfirmPage {
        layout: layout_of_role(visit, "Delete the role", &row.name).same_by(command.clone()),
        problem,
        text: "Sessions of this role end to work at once, and profiles that name it give no credentials any more. A role can be \
               deleted once no policy is attached to it and it has none of its own.",
        label: "The role's name",
        expected: row.name.clone(),
        button: "Delete the role",
        about: None,
    };
    let work = delete_role(visit.site, visit.call, &row.name);
    delete_once_typed(visit, ask, "iam:DeleteRole", work, "roles").await
}
