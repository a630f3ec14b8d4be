//! Changing who may assume a role, what is said of it, and how long its sessions may be.

use std::sync::Arc;

use super::lifecycle::max_session_duration;
use super::{Role, RoleView};
use crate::authorize::Target;
use crate::call::Call;
use crate::identities::{Identity as _, change, change_own};
use crate::names::check_description;
use crate::policy_documents::check_trust_policy;
use crate::principals;
use crate::refusal::Refusal;
use crate::site::Site;

/// Replaces the trust policy (IAM API reference, UpdateAssumeRolePolicy).
pub async fn update_assume_role_policy(
    site: &Site,
    call: &Call,
    name: &str,
    document: &str,
) -> Result<(), Refusal> {
    let (action, target) = ("iam:UpdateAssumeRolePolicy", Target::any());
    change_own(
        site,
        call,
        action,
        name,
        target,
        |snapshot, row: &mut Role| {
            check_trust_policy(site, document)?;
            row.assume_role_policy = principals::keep(site.account(), snapshot, document)?;
            Ok(())
        },
    )
    .await
}

/// Changes description and longest session, where they are given (IAM API reference, UpdateRole).
pub async fn update_role(
    site: &Site,
    call: &Call,
    name: &str,
    description: Option<String>,
    seconds: Option<i64>,
) -> Result<(), Refusal> {
    let (action, target) = ("iam:UpdateRole", Target::any());
    change(site, call, action, name, target, |_, row: &mut Role| {
        if let Some(seconds) = seconds {
            row.check_own()?;
            row.max_session_duration = max_session_duration(seconds)?;
        }
        // A service-linked role may be described, too.
        check_description(description.as_deref())?;
        row.description = description.or(row.description.take());
        Ok(())
    })
    .await
}

/// Changes the description (IAM API reference, UpdateRoleDescription).
pub async fn update_role_description(
    site: &Site,
    call: &Call,
    name: &str,
    description: String,
) -> Result<RoleView, Refusal> {
    let (action, target) = ("iam:UpdateRoleDescription", Target::any());
    change(
        site,
        call,
        action,
        name,
        target,
        |snapshot, row: &mut Role| {
            check_description(Some(&description))?;
            row.description = Some(description);
            Ok(RoleView::of(snapshot, &Arc::new(row.clone())))
        },
    )
    .await
}
