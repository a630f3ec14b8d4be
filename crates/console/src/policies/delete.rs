//! Deleting a managed policy, or one version of it, with the name typed again.

use anyrole_domain::managed_policies::{
    delete_policy, delete_policy_version, read_policy, read_policy_version,
};

use super::{layout_of_policy, path_of};
use crate::confirm::{ConfirmPage, delete_once_typed};
use crate::{Command, Outcome, Visit};

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
        about: None,
    };
    let work = delete_policy(visit.site, visit.call, arn);
    delete_once_typed(visit, ask, "iam:DeletePolicy", work, "policies").await
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
        about: None,
    };
    if !visit.posted() {
        read_policy_version(visit.site, visit.call, arn, version)?;
    }
    let work = delete_policy_version(visit.site, visit.call, arn, version);
    delete_once_typed(visit, ask, "iam:DeletePolicyVersion", work, &path_of(arn)).await
}
