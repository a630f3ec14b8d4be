//! One managed policy: its document in force, its versions, who uses it, its tags.

use std::borrow::Cow;

use anyrole_domain::managed_policies::{
    EntitiesPageRequest, EntityKind, PolicyView, VersionView, list_entities_for_policy,
    list_policy_versions, read_policy, read_policy_version, tag_policy, untag_policy,
};
use anyrole_domain::{PageRequest, Refusal, Tag};
use anyrole_policy::PolicyKind;
use askama::Template;

use super::{is_of_aws, layout, path_of};
use crate::policy_problems::{PolicyProblem, problems};
use crate::refused::no_such_page;
use crate::reply::Audited as _;
use crate::{Command, Done, Layout, Outcome, Reply, Visit, roles};

/// More versions than a policy has.
const VERSIONS: usize = 100;
/// How many of its users are shown.
const USERS: usize = 50;

#[derive(Template)]
#[template(path = "policies/detail.html")]
struct DetailPage {
    layout: Layout,
    problem: Option<Refusal>,
    policy: PolicyView,
    of_page: String,
    is_of_aws: bool,
    document: Result<(VersionView, Vec<PolicyProblem>), Refusal>,
    versions: Result<Vec<VersionView>, Refusal>,
    users: Result<Users, Refusal>,
    tag_key: String,
    tag_value: String,
}

struct Users {
    rows: Vec<User>,
    are_more: bool,
}

struct User {
    kind: &'static str,
    name: String,
    of_page: Option<String>,
}

pub(super) fn serve(visit: &Visit<'_>, arn: &str) -> Outcome {
    Reply::page(page(visit, arn, None)?)
}

/// The page with what was refused.
pub(super) fn refused(visit: &Visit<'_>, arn: &str, refusal: Refusal) -> Outcome {
    match page(visit, arn, Some(refusal.clone())) {
        Ok(page) => Reply::refused_form(page, refusal),
        Err(_) => Err(refusal),
    }
}

/// Carries out one of the page's small forms.
pub(super) async fn change(visit: &Visit<'_>, arn: &str, action: &str) -> Outcome {
    let text = |field| visit.form.text(field).trim().to_owned();
    let (event, outcome) = match action {
        "tag" => {
            let tag = Tag {
                key: Cow::Owned(text("tag-key")),
                value: text("tag-value"),
            };
            let outcome = visit
                .admitted(
                    "iam:TagPolicy",
                    tag_policy(visit.site, visit.call, arn, vec![tag]),
                )
                .await;
            ("iam:TagPolicy", outcome)
        }
        "untag" => {
            let keys = vec![visit.form.text("key").to_owned()];
            let outcome = visit
                .admitted(
                    "iam:UntagPolicy",
                    untag_policy(visit.site, visit.call, arn, keys),
                )
                .await;
            ("iam:UntagPolicy", outcome)
        }
        _ => return Err(no_such_page(&visit.path.join("/"))),
    };
    match outcome {
        Ok(()) => Reply::see_other(path_of(arn), Done::Tagged),
        Err(refusal) => refused(visit, arn, refusal),
    }
    .of(event)
}

fn page(visit: &Visit<'_>, arn: &str, problem: Option<Refusal>) -> Result<DetailPage, Refusal> {
    let policy = read_policy(visit.site, visit.call, arn)?;
    let default = format!("v{}", policy.row.default_version);
    let document = read_policy_version(visit.site, visit.call, arn, &default).map(|version| {
        let problems = match is_of_aws(arn) {
            true => Vec::new(),
            false => problems(&version.version.document, PolicyKind::Identity),
        };
        (version, problems)
    });
    let command = |operation| Command::aws(visit, "iam", operation).flag("--policy-arn", arn);
    Ok(DetailPage {
        layout: layout(visit, &policy.row.name)
            .same_by(command("get-policy"))
            .same_by(command("get-policy-version").flag("--version-id", &default)),
        problem,
        of_page: path_of(arn),
        is_of_aws: is_of_aws(arn),
        document,
        versions: versions(visit, arn),
        users: users(visit, arn),
        tag_key: visit.form.text("tag-key").to_owned(),
        tag_value: visit.form.text("tag-value").to_owned(),
        policy,
    })
}

fn page_of(size: usize) -> PageRequest {
    PageRequest {
        after: String::new(),
        size,
    }
}

fn versions(visit: &Visit<'_>, arn: &str) -> Result<Vec<VersionView>, Refusal> {
    let page = list_policy_versions(visit.site, visit.call, arn, &page_of(VERSIONS))?;
    Ok(page.items)
}

fn users(visit: &Visit<'_>, arn: &str) -> Result<Users, Refusal> {
    let request = EntitiesPageRequest {
        page: page_of(USERS),
        kind: None,
        usage: None,
        path_prefix: "/".to_owned(),
    };
    let page = list_entities_for_policy(visit.site, visit.call, arn, &request)?;
    let rows = page.items.into_iter().map(|entity| User {
        kind: match entity.kind {
            EntityKind::Group => "Group",
            EntityKind::Role => "Role",
            EntityKind::User => "User",
        },
        of_page: (entity.kind == EntityKind::Role).then(|| roles::path_of(&entity.name)),
        name: entity.name,
    });
    Ok(Users {
        rows: rows.collect(),
        are_more: page.next.is_some(),
    })
}
