//! Roles that belong to a service, which alone may change them (IAM user guide, service-linked roles). Roles Anywhere has one.

use std::collections::BTreeMap;

use super::lifecycle::keep_new;
use super::{Role, RoleView};
use crate::access_keys::unique_id;
use crate::authorize::Target;
use crate::call::Call;
use crate::identities::{authorize_on, find};
use crate::names::printable;
use crate::refusal::{Kind, Refusal};
use crate::site::Site;
use crate::snapshot::Change;

/// The path of every service-linked role and of their policies begins so.
const PATH: &str = "/aws-service-role/";

/// A service that has a role of its own.
struct Service {
    name: &'static str,
    role: &'static str,
    policy: &'static str,
}

static SERVICES: &[Service] = &[Service {
    name: "rolesanywhere.amazonaws.com",
    role: "AWSServiceRoleForRolesAnywhere",
    policy: "AWSRolesAnywhereServicePolicy",
}];

/// How a deletion ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeletionStatus {
    /// The role is gone.
    Succeeded,
    /// The service still needs it.
    Failed {
        /// Why.
        reason: &'static str,
        /// The region that this is.
        region: String,
        /// The ARNs of what needs it.
        used_by: Vec<String>,
    },
}

/// Whether a path is that of a service-linked role, or of its policy.
pub(crate) fn is_service_linked(path: &str) -> bool {
    path.starts_with(PATH)
}

/// Makes a service's role (IAM API reference, CreateServiceLinkedRole).
pub async fn create_service_linked_role(
    site: &Site,
    call: &Call,
    service_name: &str,
    description: Option<String>,
    suffix: Option<&str>,
) -> Result<RoleView, Refusal> {
    let service = SERVICES.iter().find(|service| service.name == service_name);
    let path = format!("{PATH}{service_name}/");
    let name = service.map_or("*", |service| service.role);
    let arn = site.account().role_arn(&path, name);
    let keys = [("iam:awsservicename", service_name)];
    let target = Target::on(&arn).with_keys(&keys);
    site.authorize(call, "iam:CreateServiceLinkedRole", target)?;
    let invalid = |text| Refusal::new(Kind::InvalidInput, "invalid-input", text);
    let service = service.ok_or_else(|| {
        let name = printable(service_name);
        invalid(format!(
            "{name} is not a service that has a service-linked role."
        ))
    })?;
    if suffix.is_some() {
        let text = format!("Custom suffix is not allowed for {service_name}");
        return Err(invalid(text));
    }
    let trust = serde_json::json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": {"Service": service.name},
            "Action": "sts:AssumeRole",
        }],
    });
    let partition = &site.account().partition;
    let policy = format!("arn:{partition}:iam::aws:policy{PATH}{}", service.policy);
    let row = Role {
        account: call.caller.account.clone(),
        id: unique_id("AROA", 17, site.entropy.as_ref()),
        arn,
        name: service.role.to_owned(),
        path,
        assume_role_policy: trust.to_string(),
        description,
        max_session_duration: 3600,
        inline_policies: BTreeMap::new(),
        attached_policies: vec![policy],
        boundary: None,
        tags: Vec::new(),
        created_at: call.origin.now,
    };
    keep_new(site, row).await.map_err(|refusal| match refusal.kind {
        Kind::AlreadyExists => invalid(format!(
            "Service role name {} has been taken in this account, please try a different suffix.",
            service.role
        )),
        _ => refusal,
    })
}

/// Deletes a service's role, unless trust anchors need it, and answers the task that did (IAM API reference,
/// DeleteServiceLinkedRole).
pub async fn delete_service_linked_role(
    site: &Site,
    call: &Call,
    name: &str,
) -> Result<String, Refusal> {
    let (action, target) = ("iam:DeleteServiceLinkedRole", Target::any());
    let (row, outcome) = site
        .directory
        .write(|snapshot| {
            let found = find::<Role>(snapshot, name);
            authorize_on(site, call, action, name, found.as_deref().ok(), target)?;
            let row = found?;
            if !is_service_linked(&row.path) {
                return Err(Refusal::not_found(format!(
                    "The role {} is not a service-linked role.",
                    row.name
                )));
            }
            if snapshot.trust_anchor_count() > 0 {
                return Ok((Vec::new(), (row, FAILED)));
            }
            let change = Change::DeleteRole(row.arn.clone());
            Ok((vec![change], (row, SUCCEEDED)))
        })
        .await?;
    let task = format!("task{}{}/", row.path, row.name);
    let sealed = site
        .secrets
        .seal(&context(&task), outcome)
        .map_err(|error| Refusal::internal(error.to_string()))?;
    Ok(task + &hex(&sealed))
}

const SUCCEEDED: &[u8] = b"succeeded";
const FAILED: &[u8] = b"failed";

/// How a deletion ended (IAM API reference, GetServiceLinkedRoleDeletionStatus). The task's id says it, sealed: nothing is
/// kept of a deletion.
pub fn deletion_status(site: &Site, call: &Call, task_id: &str) -> Result<DeletionStatus, Refusal> {
    let action = "iam:GetServiceLinkedRoleDeletionStatus";
    let parts = task_id
        .strip_prefix("task")
        .filter(|rest| is_service_linked(rest))
        .and_then(|rest| rest.rsplit_once('/'));
    let (role, sealed) = parts.unwrap_or(("/", ""));
    let arn = site.account().role_arn("", role);
    site.authorize(call, action, Target::on(&arn))?;
    let outcome = unhex(sealed).and_then(|sealed| {
        let task = format!("task{role}/");
        site.secrets.open(&context(&task), &sealed).ok()
    });
    match outcome.as_deref().map(Vec::as_slice) {
        Some(SUCCEEDED) => Ok(DeletionStatus::Succeeded),
        Some(_) => {
            let snapshot = site.directory.read();
            let anchors = snapshot.trust_anchors_after("");
            Ok(DeletionStatus::Failed {
                reason: "The service-linked role is in use: delete all trust anchors first.",
                region: site.account().region.clone(),
                used_by: anchors
                    .map(|entry| entry.row.resource.arn.clone())
                    .collect(),
            })
        }
        None => Err(Refusal::not_found(format!(
            "The deletion task {} cannot be found.",
            printable(task_id)
        ))),
    }
}

fn context(task: &str) -> String {
    format!("deletion of {task}")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) {
        return None;
    }
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok())
        .collect()
}
