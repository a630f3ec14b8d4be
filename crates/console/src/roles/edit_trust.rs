//! Changing who may assume a role, by the editor.

use anyrole_domain::Refusal;
use anyrole_domain::roles::{read_role, update_assume_role_policy};
use anyrole_wire::iam::inputs;
use askama::Template;
use serde_json::json;

use super::trust_form::{Pressed, TrustForm};
use super::{layout_of_role, path_of};
use crate::limits::keep;
use crate::reply::Audited as _;
use crate::{Command, Done, Layout, Outcome, Reply, Visit};

const EVENT: &str = "iam:UpdateAssumeRolePolicy";

#[derive(Template)]
#[template(path = "roles/trust.html")]
struct TrustPage {
    layout: Layout,
    problem: Option<Refusal>,
    trust: TrustForm,
}

pub(super) async fn serve(visit: &Visit<'_>, name: &str) -> Outcome {
    if !visit.posted() {
        let view = read_role(visit.site, visit.call, name).await?;
        let trust = TrustForm::of_document(visit, view.trust_policy);
        return Reply::page(page(visit, name, trust, None));
    }
    let pressed = Pressed::of(&visit.form);
    let (trust, refusal) = TrustForm::typed(visit, pressed);
    if let Some(refusal) = refusal {
        let page = page(visit, name, trust, Some(refusal.clone()));
        let reply = Reply::refused_form(page, refusal);
        return match pressed {
            Pressed::Save => reply.of(EVENT),
            Pressed::Write | Pressed::Check => reply,
        };
    }
    if pressed != Pressed::Save {
        return Reply::page(page(visit, name, trust, None));
    }
    let work = async {
        let members = json!({ "roleName": name, "policyDocument": trust.document });
        keep(inputs::UPDATE_ASSUME_ROLE_POLICY, &members)?;
        update_assume_role_policy(visit.site, visit.call, name, &trust.document).await
    };
    match visit.admitted(EVENT, work).await {
        Ok(()) => Reply::see_other(path_of(name), Done::Saved),
        Err(refusal) => {
            let page = page(visit, name, trust, Some(refusal.clone()));
            Reply::refused_form(page, refusal)
        }
    }
    .of(EVENT)
}

fn page(visit: &Visit<'_>, name: &str, trust: TrustForm, problem: Option<Refusal>) -> TrustPage {
    let command = Command::aws(visit, "iam", "update-assume-role-policy")
        .flag("--role-name", name)
        .flag("--policy-document", &trust.document);
    TrustPage {
        layout: layout_of_role(visit, "Trust policy", name).same_by(command),
        problem,
        trust,
    }
}
