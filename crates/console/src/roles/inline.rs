//! An inline policy of a role: made, changed, deleted. Errors name the line.

use anyrole_domain::Refusal;
use anyrole_domain::identities::{delete_inline_policy, put_inline_policy, read_inline_policy};
use anyrole_domain::roles::Role;
use anyrole_policy::PolicyKind;
use anyrole_wire::iam::inputs;
use askama::Template;
use serde_json::json;

use super::{layout_of_role, path_of};
use crate::confirm::{ConfirmPage, delete_once_typed};
use crate::limits::keep;
use crate::policies::START;
use crate::policy_problems::{PolicyProblem, problems};
use crate::reply::Audited as _;
use crate::{Command, Done, Layout, Outcome, Reply, Visit};

#[derive(Template)]
#[template(path = "roles/inline.html")]
struct InlinePage {
    layout: Layout,
    problem: Option<Refusal>,
    /// The name, where the policy is there.
    known: String,
    policy_name: String,
    document: String,
    problems: Vec<PolicyProblem>,
}

/// `policy` is empty where a new one is made.
pub(super) async fn serve(visit: &Visit<'_>, role: &str, policy: &str) -> Outcome {
    let page = |name: &str, document: String, problem| {
        let title = match policy {
            "" => "Add an inline policy",
            _ => "Edit the inline policy",
        };
        let command = Command::aws(visit, "iam", "put-role-policy")
            .flag("--role-name", role)
            .flag("--policy-name", if name.is_empty() { "NAME" } else { name })
            .flag("--policy-document", &document);
        InlinePage {
            layout: layout_of_role(visit, title, role).same_by(command),
            problem,
            known: policy.to_owned(),
            policy_name: name.to_owned(),
            problems: problems(&document, PolicyKind::Identity),
            document,
        }
    };
    if !visit.posted() {
        let document = match policy {
            "" => START.to_owned(),
            policy => read_inline_policy::<Role>(visit.site, visit.call, role, policy)?,
        };
        return Reply::page(page(policy, document, None));
    }
    let name = match policy {
        "" => visit.form.text("policy-name").trim(),
        policy => policy,
    };
    let document = visit.form.text("document").to_owned();
    if visit.form.text("do") == "check" {
        return Reply::page(page(name, document, None));
    }
    let work = async {
        let members = json!({ "roleName": role, "policyName": name, "policyDocument": document });
        keep(inputs::PUT_ROLE_POLICY, &members)?;
        put_inline_policy::<Role>(visit.site, visit.call, role, name, document.clone()).await
    };
    match visit.admitted("iam:PutRolePolicy", work).await {
        Ok(()) => Reply::see_other(path_of(role), Done::Saved),
        Err(refusal) => {
            let page = page(name, document, Some(refusal.clone()));
            Reply::refused_form(page, refusal)
        }
    }
    .of("iam:PutRolePolicy")
}

pub(super) async fn delete(visit: &Visit<'_>, role: &str, policy: &str) -> Outcome {
    let command = Command::aws(visit, "iam", "delete-role-policy")
        .flag("--role-name", role)
        .flag("--policy-name", policy);
    let ask = |problem| ConfirmPage {
        layout: layout_of_role(visit, "Delete the inline policy", role).same_by(command.clone()),
        problem,
        text: "The policy's text is kept nowhere else. What it allows is not allowed any more at once.",
        label: "The policy's name",
        expected: policy.to_owned(),
        button: "Delete the policy",
        about: None,
    };
    if !visit.posted() {
        read_inline_policy::<Role>(visit.site, visit.call, role, policy)?;
    }
    let work = delete_inline_policy::<Role>(visit.site, visit.call, role, policy);
    delete_once_typed(visit, ask, "iam:DeleteRolePolicy", work, &path_of(role)).await
}
