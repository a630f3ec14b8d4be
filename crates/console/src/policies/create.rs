//! Making a managed policy.

use anyrole_domain::Refusal;
use anyrole_domain::managed_policies::{CreatePolicy, create_policy};
use anyrole_policy::PolicyKind;
use anyrole_wire::iam::inputs;
use askama::Template;
use serde_json::json;

use super::{START, layout, path_of};
use crate::limits::keep;
use crate::policy_problems::{PolicyProblem, problems};
use crate::reply::Audited as _;
use crate::tags::{self, CAPITAL, SMALL};
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
    tags: String,
}

impl Typed {
    fn input(&self) -> Result<CreatePolicy, Refusal> {
        let some = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        let input = CreatePolicy {
            name: self.name.clone(),
            path: some(&self.path),
            document: self.document.clone(),
            description: some(&self.description),
            tags: tags::lines(&self.tags)?,
        };
        let members = json!({
            "policyName": input.name,
            "path": input.path,
            "policyDocument": input.document,
            "description": input.description,
            "tags": tags::members(&input.tags, SMALL),
        });
        keep(inputs::CREATE_POLICY, &members)?;
        Ok(input)
    }
}

pub(super) async fn serve(visit: &Visit<'_>) -> Outcome {
    let text = |field| visit.form.text(field).trim().to_owned();
    let typed = Typed {
        name: text("name"),
        tags: visit.form.text("tags").to_owned(),
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
    let work = async { create_policy(visit.site, visit.call, typed.input()?).await };
    match visit.admitted("iam:CreatePolicy", work).await {
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
    let command = tags::with_lines(command, &typed.tags, CAPITAL);
    CreatePage {
        layout: layout(visit, "Create a policy").same_by(command),
        problem,
        problems: problems(&typed.document, PolicyKind::Identity),
        typed,
    }
}
