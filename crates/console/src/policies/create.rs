//! Making a managed policy.

use anyrole_domain::Refusal;
use anyrole_domain::managed_policies::{CreatePolicy, create_policy};
use anyrole_policy::PolicyKind;
use askama::Template;

use super::{START, layout, path_of};
use crate::policy_problems::{PolicyProblem, problems};
use crate::reply::Audited as _;
use crate::{Command, Done, Layout, Outcome, Reply, Visit};

#[derive(Template)]
#[template(path = "policies/create.html")]
struct CreatePage {
    layout: Layout,
    problem: Option<Refusal>,
    typed: Typed,
    problems: Vec<PolicyProblem>,
}

struct Typed {
    name: String,
    path: String,
    description: String,
    document: String,
}

pub(super) async fn serve(visit: &Visit<'_>) -> Outcome {
    let text = |field| visit.form.text(field).trim().to_owned();
    let typed = Typed {
        name: text("name"),
        path: text("path"),
        description: text("description"),
        document: match visit.posted() {
            true => visit.form.text("document").to_owned(),
            false => START.to_owned(),
        },
    };
    if !visit.posted() || visit.form.text("do") == "check" {
        return Reply::page(page(visit, typed, None));
    }
    let some = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    let input = CreatePolicy {
        name: typed.name.clone(),
        path: some(&typed.path),
        document: typed.document.clone(),
        description: some(&typed.description),
        tags: Vec::new(),
    };
    match visit
        .admitted(
            "iam:CreatePolicy",
            create_policy(visit.site, visit.call, input),
        )
        .await
    {
        Ok(view) => Reply::see_other(path_of(&view.row.arn), Done::Created),
        Err(refusal) => {
            let page = page(visit, typed, Some(refusal.clone()));
            Reply::refused_form(page, refusal)
        }
    }
    .of("iam:CreatePolicy")
}

fn page(visit: &Visit<'_>, typed: Typed, problem: Option<Refusal>) -> CreatePage {
    let name = match typed.name.as_str() {
        "" => "NAME",
        name => name,
    };
    let mut command = Command::aws(visit, "iam", "create-policy")
        .flag("--policy-name", name)
        .flag("--policy-document", &typed.document);
    for (flag, text) in [
        ("--path", &typed.path),
        ("--description", &typed.description),
    ] {
        if !text.is_empty() {
            command = command.flag(flag, text);
        }
    }
    CreatePage {
        layout: layout(visit, "Create a policy").same_by(command),
        problem,
        problems: problems(&typed.document, PolicyKind::Identity),
        typed,
    }
}
