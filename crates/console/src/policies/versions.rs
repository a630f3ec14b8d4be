//! The versions of a managed policy: a new one, one of them read, another one put in force.

use anyrole_domain::Refusal;
use anyrole_domain::managed_policies::{
    VersionView, create_policy_version, read_policy, read_policy_version,
    set_default_policy_version,
};
use anyrole_policy::PolicyKind;
use anyrole_wire::iam::inputs;
use askama::Template;
use serde_json::json;

use super::{detail, layout_of_policy, path_of};
use crate::limits::keep;
use crate::policy_problems::{PolicyProblem, problems};
use crate::reply::Audited as _;
use crate::{Command, Done, Layout, Outcome, Reply, Visit};

#[derive(Template)]
#[template(path = "policies/new_version.html")]
struct NewVersionPage {
    layout: Layout,
    problem: Option<Refusal>,
    document: String,
    set_as_default: bool,
    problems: Vec<PolicyProblem>,
}

#[derive(Template)]
#[template(path = "policies/version.html")]
struct VersionPage {
    layout: Layout,
    version: VersionView,
}

pub(super) fn read(visit: &Visit<'_>, arn: &str, version: &str) -> Outcome {
    let view = read_policy_version(visit.site, visit.call, arn, version)?;
    let command = Command::aws(visit, "iam", "get-policy-version")
        .flag("--policy-arn", arn)
        .flag("--version-id", version);
    let title = format!("Version v{}", view.number);
    Reply::page(VersionPage {
        layout: layout_of_policy(visit, title, arn).same_by(command),
        version: view,
    })
}

/// A new version begins with the document in force.
pub(super) async fn create(visit: &Visit<'_>, arn: &str) -> Outcome {
    if !visit.posted() {
        let row = read_policy(visit.site, visit.call, arn)?.row;
        let version = format!("v{}", row.default_version);
        let view = read_policy_version(visit.site, visit.call, arn, &version)?;
        let document = view.version.document.to_string();
        return Reply::page(page(visit, arn, (document, true), None));
    }
    let document = visit.form.text("document").to_owned();
    let set_as_default = visit.form.has("default");
    if visit.form.text("do") == "check" {
        return Reply::page(page(visit, arn, (document, set_as_default), None));
    }
    let work = async {
        let members = json!({ "policyArn": arn, "policyDocument": document });
        keep(inputs::CREATE_POLICY_VERSION, &members)?;
        let given = document.clone();
        create_policy_version(visit.site, visit.call, arn, given, set_as_default).await
    };
    match visit.admitted("iam:CreatePolicyVersion", work).await {
        Ok(_) => Reply::see_other(path_of(arn), Done::Created),
        Err(refusal) => {
            let typed = (document, set_as_default);
            let page = page(visit, arn, typed, Some(refusal.clone()));
            Reply::refused_form(page, refusal)
        }
    }
    .of("iam:CreatePolicyVersion")
}

fn page(
    visit: &Visit<'_>,
    arn: &str,
    (document, set_as_default): (String, bool),
    problem: Option<Refusal>,
) -> NewVersionPage {
    let mut command = Command::aws(visit, "iam", "create-policy-version")
        .flag("--policy-arn", arn)
        .flag("--policy-document", &document);
    if set_as_default {
        command = command.switch("--set-as-default");
    }
    NewVersionPage {
        layout: layout_of_policy(visit, "New version", arn).same_by(command),
        problem,
        problems: problems(&document, PolicyKind::Identity),
        document,
        set_as_default,
    }
}

pub(super) async fn set_default(visit: &Visit<'_>, arn: &str, version: &str) -> Outcome {
    match visit
        .admitted(
            "iam:SetDefaultPolicyVersion",
            set_default_policy_version(visit.site, visit.call, arn, version),
        )
        .await
    {
        Ok(()) => Reply::see_other(path_of(arn), Done::Saved),
        Err(refusal) => detail::refused(visit, arn, refusal),
    }
    .of("iam:SetDefaultPolicyVersion")
}
