//! One managed policy: its document in force, its versions, who uses it, its tags.

use anyrole_domain::managed_policies::{
    EntitiesPageRequest, EntityKind, PolicyView, VersionView, list_entities_for_policy,
    list_policy_versions, read_policy, read_policy_version, tag_policy, untag_policy,
};
use anyrole_domain::{PageRequest, Refusal, Tag};
use anyrole_policy::PolicyKind;
use anyrole_wire::iam::inputs;
use askama::Template;
use serde_json::json;

use super::{is_of_aws, layout, path_of};
use crate::limits::keep;
use crate::policy_problems::{PolicyProblem, problems};
use crate::refused::no_such_page;
use crate::reply::Audited as _;
use crate::resources::Shown;
use crate::tags::{self, SMALL};
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
    document: Shown<(VersionView, Vec<PolicyProblem>)>,
    versions: Shown<Vec<VersionView>>,
    users: Shown<Users>,
    tags: Shown<Vec<Tag>>,
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
    let event = match action {
        "tag" => "iam:TagPolicy",
        "untag" => "iam:UntagPolicy",
        _ => return Err(no_such_page(&visit.path.join("/"))),
    };
    match visit.admitted(event, changed(visit, arn, action)).await {
        Ok(()) => Reply::see_other(path_of(arn), Done::Tagged),
        Err(refusal) => refused(visit, arn, refusal),
    }
    .of(event)
}

async fn changed(visit: &Visit<'_>, arn: &str, action: &str) -> Result<(), Refusal> {
    if action == "untag" {
        let keys = tags::key_to_go(&visit.form);
        let members = json!({ "policyArn": arn, "tagKeys": keys });
        keep(inputs::UNTAG_POLICY, &members)?;
        return untag_policy(visit.site, visit.call, arn, keys).await;
    }
    let new = tags::typed(&visit.form);
    let members = json!({ "policyArn": arn, "tags": tags::members(&new, SMALL) });
    keep(inputs::TAG_POLICY, &members)?;
    tag_policy(visit.site, visit.call, arn, new).await
}

/// The commands of the page: it is read, and its small forms are sent; AWS's policies can't be changed.
fn commands(visit: &Visit<'_>, arn: &str, default: &str) -> Vec<Command> {
    let of = |operation| Command::aws(visit, "iam", operation).flag("--policy-arn", arn);
    let mut commands = vec![
        of("get-policy"),
        of("get-policy-version").flag("--version-id", default),
    ];
    if !is_of_aws(arn) {
        commands.extend([
            of("set-default-policy-version").flag("--version-id", "VERSION"),
            of("tag-policy").flag("--tags", "Key=KEY,Value=VALUE"),
            of("untag-policy").flag("--tag-keys", "KEY"),
        ]);
    }
    commands
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
    Ok(DetailPage {
        layout: layout(visit, &policy.row.name).same_by_all(commands(visit, arn, &default)),
        problem,
        of_page: path_of(arn),
        is_of_aws: is_of_aws(arn),
        document,
        versions: versions(visit, arn),
        users: users(visit, arn),
        tags: Ok(policy.row.tags.clone()),
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
