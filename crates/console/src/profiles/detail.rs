//! One profile: facts, its roles with what they lack, session policy, attribute mappings, tags.

use std::sync::Arc;

use anyrole_domain::Tag;
use anyrole_domain::profiles::{CertificateField, Profile};
use anyrole_domain::resources::{list_tags, read};
use anyrole_policy::PolicyKind;
use askama::Template;

use super::picker::{Candidate, named};
use crate::policy_problems::{PolicyProblem, problems};
use crate::resources::{Shown, below_list, command, command_on, here, id, tagging};
use crate::{Layout, Outcome, Reply, Visit};

#[derive(Template)]
#[template(path = "profiles/detail.html")]
struct DetailPage {
    layout: Layout,
    here: String,
    row: Arc<Profile>,
    /// What its roles lack; why that is not known.
    roles: Shown<Vec<Candidate>>,
    /// Of the session policy.
    problems: Vec<PolicyProblem>,
    fields: [CertificateField; 3],
    tags: Shown<Vec<Tag>>,
}

pub(super) fn page(visit: &Visit<'_>) -> Outcome {
    let (site, call) = (visit.site, visit.call);
    let row = read::<Profile>(site, call, &id(visit))?;
    Reply::page(DetailPage {
        layout: layout(visit, &row),
        here: here(visit),
        roles: named(visit, &row.role_arns),
        problems: problems(
            row.session_policy.as_deref().unwrap_or_default(),
            PolicyKind::Session,
        ),
        fields: CertificateField::ALL,
        tags: list_tags::<Profile>(site, call, &id(visit)),
        row,
    })
}

fn layout(visit: &Visit<'_>, row: &Profile) -> Layout {
    let one = &row.resource;
    let switch = if one.enabled { "disable" } else { "enable" };
    let [tag, untag] = tagging::commands(visit, &one.arn);
    let mapping = |verb: &str| {
        command(visit, &format!("{verb}-attribute-mapping"))
            .flag("--profile-id", &one.id)
            .flag("--certificate-field", "x509Subject")
    };
    below_list::<Profile>(visit, &*one.name)
        .same_by(command_on(visit, "get", row))
        .same_by(command_on(visit, switch, row))
        .same_by(mapping("put").flags("--mapping-rules", ["specifier=CN", "specifier=OU"]))
        .same_by(mapping("delete").flag("--specifiers", "OU"))
        .same_by(tag)
        .same_by(untag)
}
