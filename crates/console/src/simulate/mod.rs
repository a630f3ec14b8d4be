//! The page below `simulate`: a role, a user or documents, with actions, resources and condition keys, come in; what would be decided leaves,
//! with the statements that decide and those that nearly did.

mod context;

use anyrole_domain::simulation::{
    MatchedStatement, Outcome as Decided, PrincipalPolicies, Question, Verdict,
    simulate_custom_policy, simulate_principal_policy,
};
use anyrole_domain::{Page, PageRequest, Refusal};
use anyrole_policy::PolicyKind;
use askama::Template;

use crate::policy_problems::{PolicyProblem, problems};
use crate::refused::no_such_page;
use crate::reply::Audited as _;
use crate::{Command, Layout, Outcome, Reply, Section, Visit, choices};

/// Decisions of a page.
const ROWS: usize = 50;

#[derive(Template)]
#[template(path = "simulate/index.html")]
struct SimulatePage {
    layout: Layout,
    problem: Option<Refusal>,
    typed: Typed,
    choices: Vec<String>,
    problems: Vec<PolicyProblem>,
    boundary_problems: Vec<PolicyProblem>,
    resource_problems: Vec<PolicyProblem>,
    rows: Option<Vec<Row>>,
    next: Option<String>,
}

struct Typed {
    principal: String,
    policy: String,
    boundary: String,
    actions: String,
    resources: String,
    context: String,
    caller_arn: String,
    owner: String,
    resource_policy: String,
}

impl Typed {
    /// Whether there is something in the fields that few need.
    fn has_more(&self) -> bool {
        let more = [&self.caller_arn, &self.owner, &self.resource_policy];
        more.iter().any(|text| !text.trim().is_empty())
    }
}

struct Row {
    action: String,
    resource: String,
    badge: &'static str,
    verdict: &'static str,
    decided: String,
    matched: Vec<String>,
    near: Vec<String>,
    missing: String,
    beyond_boundary: bool,
}

/// Answers a visit.
///
/// # Errors
/// What the domain refuses, and pages that there are not.
pub async fn serve(visit: &Visit<'_>) -> Outcome {
    if visit.path.len() > 1 {
        return Err(no_such_page(&visit.path.join("/")));
    }
    let typed = typed(visit);
    if !visit.posted() {
        return Reply::page(page(visit, typed, None, None));
    }
    let event = match typed.principal.is_empty() {
        true => "iam:SimulateCustomPolicy",
        false => "iam:SimulatePrincipalPolicy",
    };
    match visit.admitted(event, decide(visit, &typed)).await {
        Ok(decided) => Reply::page(page(visit, typed, Some(decided), None)),
        Err(refusal) => {
            let page = page(visit, typed, None, Some(refusal.clone()));
            Reply::refused_form(page, refusal)
        }
    }
    .of(event)
}

fn typed(visit: &Visit<'_>) -> Typed {
    let fields = match visit.posted() {
        true => &visit.form,
        false => &visit.query,
    };
    let text = |field| fields.text(field).trim().to_owned();
    Typed {
        principal: text("principal"),
        policy: fields.text("policy").to_owned(),
        boundary: fields.text("boundary").to_owned(),
        actions: text("actions"),
        resources: text("resources"),
        context: text("context"),
        caller_arn: text("caller"),
        owner: text("owner"),
        resource_policy: fields.text("resource-policy").to_owned(),
    }
}

/// What stands on lines of its own, or between commas.
fn words(text: &str) -> Vec<String> {
    let words = text.split(['\n', ',']).map(str::trim);
    let words = words.filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|text| !text.trim().is_empty())
}

async fn decide(visit: &Visit<'_>, typed: &Typed) -> Result<Page<Decided>, Refusal> {
    let document = |text: &String| match text.trim() {
        "" => Vec::new(),
        _ => vec![text.clone()],
    };
    let question = Question {
        policy_input_list: document(&typed.policy),
        permissions_boundary_policy_input_list: document(&typed.boundary),
        action_names: words(&typed.actions),
        resource_arns: words(&typed.resources),
        context_entries: context::entries(&typed.context),
        caller_arn: some(&typed.caller_arn),
        resource_owner: some(&typed.owner),
        resource_policy: some(&typed.resource_policy),
        tells_near_misses: true,
        ..Question::default()
    };
    let request = PageRequest {
        after: visit.form.text("after").to_owned(),
        size: ROWS,
    };
    if typed.principal.is_empty() {
        return simulate_custom_policy(visit.site, visit.call, question, request).await;
    }
    let of = PrincipalPolicies {
        arn: typed.principal.clone(),
        exclusions: Vec::new(),
    };
    simulate_principal_policy(visit.site, visit.call, of, question, request).await
}

fn page(
    visit: &Visit<'_>,
    typed: Typed,
    decided: Option<Page<Decided>>,
    problem: Option<Refusal>,
) -> SimulatePage {
    let next = decided.as_ref().and_then(|page| page.next.clone());
    let rows = decided.map(|page| page.items.iter().map(row).collect());
    SimulatePage {
        layout: Layout::of(visit, Section::Simulate, "Simulate").same_by(command(visit, &typed)),
        problem,
        choices: choices::roles(visit),
        problems: problems(&typed.policy, PolicyKind::Identity),
        boundary_problems: problems(&typed.boundary, PolicyKind::Identity),
        resource_problems: problems(&typed.resource_policy, PolicyKind::Resource),
        rows,
        next,
        typed,
    }
}

fn command(visit: &Visit<'_>, typed: &Typed) -> Command {
    let mut command = match typed.principal.is_empty() {
        true => Command::aws(visit, "iam", "simulate-custom-policy"),
        false => Command::aws(visit, "iam", "simulate-principal-policy")
            .flag("--policy-source-arn", &typed.principal),
    };
    if !typed.policy.trim().is_empty() {
        command = command.flag("--policy-input-list", &typed.policy);
    } else if typed.principal.is_empty() {
        command = command.file("--policy-input-list", "policy.json");
    }
    if !typed.boundary.trim().is_empty() {
        command = command.flag("--permissions-boundary-policy-input-list", &typed.boundary);
    }
    let actions = words(&typed.actions);
    command = match actions.is_empty() {
        true => command.flag("--action-names", "s3:GetObject"),
        false => command.flags("--action-names", actions),
    };
    let resources = words(&typed.resources);
    if !resources.is_empty() {
        command = command.flags("--resource-arns", resources);
    }
    for (flag, text) in [
        ("--resource-policy", &typed.resource_policy),
        ("--resource-owner", &typed.owner),
        ("--caller-arn", &typed.caller_arn),
    ] {
        if let Some(text) = some(text) {
            command = command.flag(flag, text);
        }
    }
    let entries: Vec<String> = context::entries(&typed.context)
        .into_iter()
        .map(|entry| {
            serde_json::json!({
                "ContextKeyName": entry.context_key_name,
                "ContextKeyValues": entry.context_key_values,
                "ContextKeyType": entry.context_key_type,
            })
            .to_string()
        })
        .collect();
    match entries.is_empty() {
        true => command,
        false => command.flag("--context-entries", format!("[{}]", entries.join(","))),
    }
}

fn row(outcome: &Decided) -> Row {
    let (badge, verdict) = match outcome.decision {
        Verdict::Allowed => ("ok", "Allowed"),
        Verdict::ExplicitDeny => ("bad", "Denied"),
        Verdict::ImplicitDeny => ("warn", "Not allowed"),
    };
    let does = match outcome.decision {
        Verdict::ExplicitDeny => "denies it",
        _ => "allows it",
    };
    let matched = outcome.matched.iter();
    let near = outcome.near_misses.iter();
    Row {
        action: outcome.action.clone(),
        resource: outcome.resource.clone(),
        badge,
        verdict,
        decided: outcome.decided.to_string(),
        matched: matched
            .map(|statement| format!("{} {does}.", place(statement)))
            .collect(),
        near: near
            .map(|near| {
                let place = place(&near.statement);
                format!("{place} does not match: {}.", near.stopped_by)
            })
            .collect(),
        missing: outcome.missing_keys.join(", "),
        beyond_boundary: outcome.allowed_by_boundary == Some(false),
    }
}

fn place(statement: &MatchedStatement) -> String {
    let sid = match &statement.sid {
        Some(sid) => format!(" `{sid}`"),
        None => String::new(),
    };
    let (line, policy) = (statement.start.0, &statement.policy);
    format!("{policy}: the statement{sid} on line {line}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_line_by_line_and_between_commas() {
        assert_eq!(
            words("s3:GetObject, s3:PutObject\n\n s3:ListBucket \n"),
            ["s3:GetObject", "s3:PutObject", "s3:ListBucket"]
        );
        assert!(words(" \n,").is_empty());
    }
}
