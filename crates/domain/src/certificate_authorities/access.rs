//! Which authority a request is about, and whether the caller may: the ARN is read, the row found, and permission asked for with the row's
//! tags and its own policy. Called by each operation.

use std::sync::Arc;

use super::refusals::no_authority;
use super::{AuthorityEntry, PcaKind};
use crate::authorize::{Target, authorize};
use crate::call::Call;
use crate::refusal::Refusal;
use crate::site::Site;
use crate::snapshot::Snapshot;

/// Whether an ARN is one of an authority, in whatever account.
pub(super) fn check_arn(arn: &str) -> Result<(), Refusal> {
    check_uuid_arn(arn, "acm-pca", "certificate-authority/")
}

/// Whether an ARN is one of a thing of this service, in whatever account, whose name is a UUID behind `prefix`.
pub(crate) fn check_uuid_arn(arn: &str, service: &str, prefix: &str) -> Result<(), Refusal> {
    let mut parts = arn.splitn(6, ':').skip(2);
    let named = parts.next();
    let resource = parts.nth(2).unwrap_or_default();
    let id = resource.strip_prefix(prefix).unwrap_or_default();
    let is_id = uuid::Uuid::try_parse(id).is_ok() && id.len() == 36;
    if named == Some(service) && is_id {
        return Ok(());
    }
    let kind = prefix.trim_end_matches('/').replace('-', " ");
    Err(PcaKind::InvalidArn.refusal(
        "invalid-arn",
        format!(
            "The ARN {} is not the ARN of a {kind}.",
            crate::names::printable(arn)
        ),
    ))
}

/// The authority, if the caller may. Who may not, learns nothing of whether it is there.
pub(super) fn authorized<'a>(
    site: &Site,
    call: &Call,
    snapshot: &'a Snapshot,
    action: &'static str,
    target: Target<'_>,
    arn: &str,
) -> Result<&'a Arc<AuthorityEntry>, Refusal> {
    check_arn(arn)?;
    let entry = find(snapshot, arn, call);
    let tags = entry.map_or(&[][..], |entry| &entry.row.tags);
    let policy = entry.and_then(|entry| entry.policy.as_ref());
    // A policy that locks everybody out can be mended by the root.
    let mends = matches!(
        action,
        "acm-pca:DeletePolicy" | "acm-pca:GetPolicy" | "acm-pca:PutPolicy"
    );
    let is_root = matches!(call.caller.principal, crate::call::Principal::Root);
    let policy = policy.filter(|_| !(mends && is_root));
    let target = target
        .to(arn)
        .with_resource_tags(tags)
        .with_resource_policy(policy);
    authorize(site.account(), snapshot, call, action, target)?;
    entry.ok_or_else(|| no_authority(arn))
}

/// The authority of an ARN; one whose time to be restored is over is gone.
fn find<'a>(snapshot: &'a Snapshot, arn: &str, call: &Call) -> Option<&'a Arc<AuthorityEntry>> {
    let entry = snapshot.certificate_authority(arn)?;
    let is_gone = entry.row.is_gone(call.origin.now);
    (!is_gone).then_some(entry)
}

/// The authority of an ARN, for who only reads.
pub(super) fn readable(
    site: &Site,
    call: &Call,
    action: &'static str,
    arn: &str,
) -> Result<Arc<AuthorityEntry>, Refusal> {
    let snapshot = site.directory.read();
    authorized(site, call, &snapshot, action, Target::any(), arn).cloned()
}
