//! The steps in their order. Each does its work and gives the commands that a person would type for it; what it returns
//! is the outcome, and an error is a step that failed.

mod certificates;
mod control_plane;
mod objects;
mod sessions;

use super::walk::Walk;

/// One step.
pub struct Step {
    /// What it does, in one line.
    pub title: &'static str,
    /// Does it: pushes the commands, returns the outcome.
    pub run: fn(&mut Walk, &mut Vec<String>) -> anyhow::Result<String>,
}

const fn step(
    title: &'static str,
    run: fn(&mut Walk, &mut Vec<String>) -> anyhow::Result<String>,
) -> Step {
    Step { title, run }
}

/// The walk-through.
pub const STEPS: &[Step] = &[
    step("Create a root CA", certificates::root_ca),
    step(
        "Create the CA that issues, below the root: root.key can go offline now",
        certificates::issuing_ca,
    ),
    step("Create a client certificate", certificates::client),
    step(
        "Create the trust anchor: certificates of this CA count",
        control_plane::trust_anchor,
    ),
    step(
        "Create a role that Roles Anywhere may assume, for this trust anchor alone",
        control_plane::role,
    ),
    step(
        "Attach AmazonS3FullAccess to the role",
        control_plane::attach_policy,
    ),
    step(
        "Create a profile for the role, with a session policy that leaves out deleting",
        control_plane::profile,
    ),
    step(
        "Get credentials with the certificate",
        sessions::credentials,
    ),
    step("Make that a profile of the AWS CLI", sessions::aws_profile),
    step("Ask who these credentials are", sessions::caller_identity),
    step("Create a bucket with them", objects::create_bucket),
    step("Put an object into it", objects::put),
    step("List the bucket", objects::list),
    step("Get the object", objects::get),
    step(
        "Delete the object, which the session policy forbids",
        objects::delete,
    ),
    step(
        "Create a client certificate of another CA",
        certificates::stranger,
    ),
    step("Ask for credentials with that one", sessions::stranger),
];

/// A text that stands for itself and is typed in single quotes; `$NAME` stays a variable of the shell.
fn single_quoted(template: &str, variable: &str) -> String {
    format!(
        "'{}'",
        template.replace(variable, &format!("'\"{variable}\"'"))
    )
}
