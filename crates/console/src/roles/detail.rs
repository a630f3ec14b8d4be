//! One role: who gets in, what it may do, its boundary, tags and last use; and the small forms that change these.

use anyrole_domain::identities::{
    self, AttachedPolicy, attach_policy, delete_boundary, detach_policy, list_attached_policies,
    list_inline_policies, put_boundary, read_inline_policy,
};
use anyrole_domain::roles::{Role, RoleView, read_role};
use anyrole_domain::{PageRequest, Refusal, Tag};
use anyrole_policy::PolicyKind;
use anyrole_wire::iam::inputs;
use askama::Template;
use serde_json::json;

use super::{layout, let_in, path_of};
use crate::limits::keep;
use crate::policy_problems::{PolicyProblem, problems};
use crate::refused::no_such_page;
use crate::reply::Audited as _;
use crate::resources::Shown;
use crate::tags::{self, SMALL};
use crate::visit::{encoded, segment_of};
use crate::{Command, Done, Layout, Outcome, Reply, Visit, choices, policies};

/// More than a role may have of anything (IAM quotas).
const ALL: usize = 1000;

#[derive(Template)]
#[template(path = "roles/detail.html")]
struct DetailPage {
    layout: Layout,
    problem: Option<Refusal>,
    role: RoleView,
    of_page: String,
    simulate: String,
    activity: String,
    gaps: Vec<String>,
    problems: Vec<PolicyProblem>,
    attached: Shown<Vec<Attached>>,
    inline: Shown<Vec<Inline>>,
    choices: Vec<String>,
    tags: Shown<Vec<Tag>>,
    /// What was typed into the form that was refused.
    typed: Typed,
}

#[derive(Default)]
struct Typed {
    attach: String,
    boundary: String,
    key: String,
    value: String,
}

struct Attached {
    name: String,
    arn: String,
    of_page: String,
}

struct Inline {
    name: String,
    path: String,
    document: String,
    problems: Vec<PolicyProblem>,
}

pub(super) async fn serve(visit: &Visit<'_>, name: &str) -> Outcome {
    Reply::page(page(visit, name, None).await?)
}

/// The page with what was refused.
pub(super) async fn refused(visit: &Visit<'_>, name: &str, refusal: Refusal) -> Outcome {
    let page = page(visit, name, Some(refusal.clone())).await;
    match page {
        Ok(page) => Reply::refused_form(page, refusal),
        // Who may change a role and may not read it is told of the change.
        Err(_) => Err(refusal),
    }
}

/// The page's small forms: where each goes, which operation it is, what is told of it.
static CHANGES: [(&str, &str, Done); 6] = [
    ("attach", "iam:AttachRolePolicy", Done::Saved),
    ("detach", "iam:DetachRolePolicy", Done::Saved),
    ("boundary", "iam:PutRolePermissionsBoundary", Done::Saved),
    (
        "remove-boundary",
        "iam:DeleteRolePermissionsBoundary",
        Done::Saved,
    ),
    ("tag", "iam:TagRole", Done::Tagged),
    ("untag", "iam:UntagRole", Done::Tagged),
];

/// Carries out one of the page's small forms.
pub(super) async fn change(visit: &Visit<'_>, name: &str, action: &str) -> Outcome {
    let Some(&(_, event, done)) = CHANGES.iter().find(|(known, ..)| *known == action) else {
        return Err(no_such_page(&visit.path.join("/")));
    };
    match visit.admitted(event, changed(visit, name, action)).await {
        Ok(()) => Reply::see_other(path_of(name), done),
        Err(refusal) => refused(visit, name, refusal).await,
    }
    .of(event)
}

async fn changed(visit: &Visit<'_>, name: &str, action: &str) -> Result<(), Refusal> {
    let (site, call, form) = (visit.site, visit.call, &visit.form);
    let text = |field| form.text(field).trim();
    let arn = |field| {
        let members = json!({ "roleName": name, "policyArn": text(field) });
        keep(inputs::ROLE_ATTACHMENT, &members).map(|()| text(field))
    };
    match action {
        "attach" => attach_policy::<Role>(site, call, name, arn("attach")?).await,
        "detach" => detach_policy::<Role>(site, call, name, arn("policy")?).await,
        "boundary" => {
            let boundary = text("boundary");
            let members = json!({ "roleName": name, "permissionsBoundary": boundary });
            keep(inputs::PUT_ROLE_PERMISSIONS_BOUNDARY, &members)?;
            put_boundary::<Role>(site, call, name, boundary).await
        }
        "remove-boundary" => delete_boundary::<Role>(site, call, name).await,
        "tag" => {
            let new = tags::typed(form);
            let members = json!({ "roleName": name, "tags": tags::members(&new, SMALL) });
            keep(inputs::TAG_ROLE, &members)?;
            identities::tag::<Role>(site, call, name, &new).await
        }
        _ => {
            let keys = tags::key_to_go(form);
            let members = json!({ "roleName": name, "tagKeys": keys });
            keep(inputs::UNTAG_ROLE, &members)?;
            identities::untag::<Role>(site, call, name, &keys).await
        }
    }
}

/// The commands of the page: it is read, and its small forms are sent.
fn commands(visit: &Visit<'_>, name: &str) -> [Command; 8] {
    let of = |operation| Command::aws(visit, "iam", operation).flag("--role-name", name);
    [
        of("get-role"),
        of("list-attached-role-policies"),
        of("attach-role-policy").flag("--policy-arn", "ARN"),
        of("detach-role-policy").flag("--policy-arn", "ARN"),
        of("put-role-permissions-boundary").flag("--permissions-boundary", "ARN"),
        of("delete-role-permissions-boundary"),
        of("tag-role").flag("--tags", "Key=KEY,Value=VALUE"),
        of("untag-role").flag("--tag-keys", "KEY"),
    ]
}

async fn page(
    visit: &Visit<'_>,
    name: &str,
    problem: Option<Refusal>,
) -> Result<DetailPage, Refusal> {
    let role = read_role(visit.site, visit.call, name).await?;
    let row = &role.row;
    let of_page = path_of(&row.name);
    let typed = |field: &str| visit.form.text(field).to_owned();
    Ok(DetailPage {
        layout: layout(visit, &row.name).same_by_all(commands(visit, &row.name)),
        problem,
        activity: format!("activity?role={}", encoded(&row.arn)),
        simulate: format!("simulate?principal={}", encoded(&row.arn)),
        gaps: let_in::gaps(visit, &row.arn),
        problems: problems(&role.trust_policy, PolicyKind::Trust),
        attached: attached(visit, &row.name),
        inline: inline(visit, &row.name),
        choices: choices::policies(visit),
        tags: Ok(row.tags.clone()),
        typed: Typed {
            attach: typed("attach"),
            boundary: typed("boundary"),
            key: typed("tag-key"),
            value: typed("tag-value"),
        },
        of_page,
        role,
    })
}

fn all() -> PageRequest {
    PageRequest {
        after: String::new(),
        size: ALL,
    }
}

fn attached(visit: &Visit<'_>, name: &str) -> Result<Vec<Attached>, Refusal> {
    let page = list_attached_policies::<Role>(visit.site, visit.call, name, "/", &all())?;
    let policies = page.items.into_iter();
    let policies = policies.map(|AttachedPolicy { name, arn }| Attached {
        of_page: policies::path_of(&arn),
        name,
        arn,
    });
    Ok(policies.collect())
}

fn inline(visit: &Visit<'_>, role: &str) -> Result<Vec<Inline>, Refusal> {
    let names = list_inline_policies::<Role>(visit.site, visit.call, role, &all())?;
    let policies = names.items.into_iter().map(|name| {
        let document = read_inline_policy::<Role>(visit.site, visit.call, role, &name)?;
        Ok(Inline {
            path: segment_of(&name),
            problems: problems(&document, PolicyKind::Identity),
            name,
            document,
        })
    });
    policies.collect()
}
