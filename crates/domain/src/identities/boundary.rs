//! The permissions boundary of an identity: a managed policy that nothing it does goes beyond.

use super::{Identity, change_own};
use crate::authorize::Target;
use crate::call::Call;
use crate::names::printable;
use crate::refusal::Refusal;
use crate::site::Site;
use crate::snapshot::Snapshot;

/// An identity that may have a boundary.
pub trait Bounded: Identity {
    /// The action that sets the boundary.
    const PUT_BOUNDARY: &'static str;
    /// The action that takes the boundary away.
    const DELETE_BOUNDARY: &'static str;
    /// The boundary, to be changed.
    fn boundary_mut(&mut self) -> &mut Option<String>;
}

/// Refuses a boundary that is no managed policy.
pub(crate) fn check_boundary(snapshot: &Snapshot, arn: &str) -> Result<(), Refusal> {
    if snapshot.policies().find(arn).is_some() {
        return Ok(());
    }
    Err(Refusal::not_found(format!(
        "Scope ARN: {} does not exist or is not attachable.",
        printable(arn)
    )))
}

/// Sets the boundary (IAM API reference, PutUserPermissionsBoundary and its like).
pub async fn put_boundary<I: Bounded>(
    site: &Site,
    call: &Call,
    identity: &str,
    arn: &str,
) -> Result<(), Refusal> {
    let keys = [("iam:permissionsboundary", arn)];
    let target = Target::any().with_keys(&keys);
    change_own::<I, _>(
        site,
        call,
        I::PUT_BOUNDARY,
        identity,
        target,
        |snapshot, row| {
            check_boundary(snapshot, arn)?;
            *row.boundary_mut() = Some(arn.to_owned());
            Ok(())
        },
    )
    .await
}

/// Takes the boundary away; one that has none is left as it is (IAM API reference, DeleteUserPermissionsBoundary and its like).
pub async fn delete_boundary<I: Bounded>(
    site: &Site,
    call: &Call,
    identity: &str,
) -> Result<(), Refusal> {
    let action = I::DELETE_BOUNDARY;
    change_own::<I, _>(site, call, action, identity, Target::any(), |_, row| {
        *row.boundary_mut() = None;
        Ok(())
    })
    .await
}
