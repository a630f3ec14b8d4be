//! Deleting a managed policy, or one version of it, with the name typed again.

use anyrole_domain::managed_policies::{
    delete_policy, delete_policy_version, read_policy, read_policy_version,
};

use super::{layout_of_policy, path_of};
use crate::confirm::{ConfirmPage, check_typed};
use crate::reply::Audited as _;
use crate::{Command, Done, Outcome, Reply, Visit};

pub(super) async fn serve(visit: &Visit<'_>, arn: &str) -> Outcome {
    let name = read_policy(visit.site, visit.call, arn)?.row.name.clone();
    let command = Command::aws(visit, "iam", "delete-policy").flag("--policy-arn", arn);
    let ask = |problem| ConfirmPage {
        layout: layout_of_policy(visit, "Delete the policy", arn).same_by(command.clone()),
        problem,
        text: "A policy can be deleted once nothing uses it and it has no version but the one in force. Its text is kept nowhere else.",
        label: "The policy's name",
        expected: name.clone(),
        button: "Delete the policy",
    };
    if !visit.posted() {
        return Reply::page(ask(None));
    }
    if let Err(refusal) = check_typed(visit, &name) {
        return Reply::refused_form(ask(Some(refusal.clone())), refusal);
    }
    match visit
        .admitted(
            "iam:DeletePolicy",
            delete_policy(visit.site, visit.call, arn),
        )
        .await
    {
        Ok(()) => Reply::see_other("policies", Done::Deleted),
        Err(refusal) => Reply::refused_form(ask(Some(refusal.clone())), refusal),
    }
    .of("iam:DeletePolicy")
}

pub(super) async fn version(visit: &Visit<'_>, arn: &str, version: &str) -> Outcome {
    let command = Command::aws(visit, "iam", "delete-policy-version")
        .flag("--policy-arn", arn)
        .flag("--version-id", version);
    let ask = |problem| ConfirmPage {
        layout: layout_of_policy(visit, "Delete the version", arn).same_by(command.clone()),
        problem,
        text: "The version's text is kept nowhere else.",
        label: "The version",
        expected: version.to_owned(),
        button: "Delete the version",
    };
    if !visit.posted() {
        read_policy_version(visit.site, visit.call, arn, version)?;
        return Reply::page(ask(None));
    }
    if let Err(refusal) = check_typed(visit, version) {
        return Reply::refused_form(ask(Some(refusal.clone())), refusal);
    }
    match visit
        .admitted(
            "iam:DeletePolicyVersion",
            delete_policy_version(visit.site, visit.call, arn, version),
        )
        .await
    {
        Ok(()) => Reply::see_other(path_of(arn), Done::Deleted),
        Err(refusal) => Reply::refused_form(ask(Some(refusal.clone())), refusal),
    }
    .of("iam:DeletePolicyVersion")
}
