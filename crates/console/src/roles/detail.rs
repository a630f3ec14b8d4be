//! One role: who gets in, what it may do, its boundary, tags and last use; and the small forms that change these.

use std::borrow::Cow;

use anyrole_domain::identities::{
    self, AttachedPolicy, attach_policy, delete_boundary, detach_policy, list_attached_policies,
    list_inline_policies, put_boundary, read_inline_policy,
};
use anyrole_domain::roles::{Role, RoleView, read_role};
use anyrole_domain::{PageRequest, Refusal, Tag};
use anyrole_policy::PolicyKind;
use askama::Template;

use super::{layout, let_in, path_of};
use crate::policy_choices::policy_choices;
use crate::policy_problems::{PolicyProblem, problems};
use crate::refused::no_such_page;
use crate::reply::Audited as _;
use crate::visit::encoded;
use crate::{Command, Done, Layout, Outcome, Reply, Visit};

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
    gaps: Vec<String>,
    problems: Vec<PolicyProblem>,
    attached: Result<Vec<Attached>, Refusal>,
    inline: Result<Vec<Inline>, Refusal>,
    choices: Vec<String>,
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

/// Carries out one of the page's small forms.
pub(super) async fn change(visit: &Visit<'_>, name: &str, action: &str) -> Outcome {
    let (site, call, form) = (visit.site, visit.call, &visit.form);
    let text = |field| form.text(field).trim();
    let (event, done, outcome) = match action {
        "attach" => (
            "iam:AttachRolePolicy",
            Done::Saved,
            visit
                .admitted(
                    "iam:AttachRolePolicy",
                    attach_policy::<Role>(site, call, name, text("attach")),
                )
                .await,
        ),
        "detach" => (
            "iam:DetachRolePolicy",
            Done::Saved,
            visit
                .admitted(
                    "iam:DetachRolePolicy",
                    detach_policy::<Role>(site, call, name, text("policy")),
                )
                .await,
        ),
        "boundary" => (
            "iam:PutRolePermissionsBoundary",
            Done::Saved,
            visit
                .admitted(
                    "iam:PutRolePermissionsBoundary",
                    put_boundary::<Role>(site, call, name, text("boundary")),
                )
                .await,
        ),
        "remove-boundary" => (
            "iam:DeleteRolePermissionsBoundary",
            Done::Saved,
            visit
                .admitted(
                    "iam:DeleteRolePermissionsBoundary",
                    delete_boundary::<Role>(site, call, name),
                )
                .await,
        ),
        "tag" => {
            let tag = Tag {
                key: Cow::Owned(text("tag-key").to_owned()),
                value: text("tag-value").to_owned(),
            };
            (
                "iam:TagRole",
                Done::Tagged,
                visit
                    .admitted(
                        "iam:TagRole",
                        identities::tag::<Role>(site, call, name, &[tag]),
                    )
                    .await,
            )
        }
        "untag" => {
            let keys = [form.text("key").to_owned()];
            (
                "iam:UntagRole",
                Done::Tagged,
                visit
                    .admitted(
                        "iam:UntagRole",
                        identities::untag::<Role>(site, call, name, &keys),
                    )
                    .await,
            )
        }
        _ => return Err(no_such_page(&visit.path.join("/"))),
    };
    match outcome {
        Ok(()) => Reply::see_other(path_of(name), done),
        Err(refusal) => refused(visit, name, refusal).await,
    }
    .of(event)
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
        layout: layout(visit, &row.name)
            .same_by(Command::aws(visit, "iam", "get-role").flag("--role-name", &row.name))
            .same_by(
                Command::aws(visit, "iam", "attach-role-policy")
                    .flag("--role-name", &row.name)
                    .flag("--policy-arn", "ARN"),
            ),
        problem,
        simulate: format!("simulate?principal={}", encoded(&row.arn)),
        gaps: let_in::gaps(visit, &row.arn),
        problems: problems(&role.trust_policy, PolicyKind::Trust),
        attached: attached(visit, &row.name),
        inline: inline(visit, &row.name),
        choices: policy_choices(visit),
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
    let of_page = |arn: &str| format!("policies/{}", encoded(arn));
    let policies = policies.map(|AttachedPolicy { name, arn }| Attached {
        of_page: of_page(&arn),
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
            path: encoded(&name),
            problems: problems(&document, PolicyKind::Identity),
            name,
            document,
        })
    });
    policies.collect()
}
