//! Managed policies attached to an identity.

use super::{Identity, change_own, readable};
use crate::authorize::Target;
use crate::call::Call;
use crate::managed_policies::{ManagedPolicies, not_attachable};
use crate::names::printable;
use crate::page::{Page, PageRequest};
use crate::quotas;
use crate::refusal::{Kind, Refusal};
use crate::roles::is_service_linked;
use crate::site::Site;

/// One attached managed policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttachedPolicy {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
}

/// Attaches a managed policy; attached already is fine (IAM API reference, AttachUserPolicy and its like).
pub async fn attach_policy<I: Identity>(
    site: &Site,
    call: &Call,
    identity: &str,
    arn: &str,
) -> Result<(), Refusal> {
    let keys = [("iam:policyarn", arn)];
    let target = Target::any().with_keys(&keys);
    let action = I::WORDS.attach;
    change_own::<I, _>(site, call, action, identity, target, |snapshot, row| {
        check_attachable(snapshot.policies(), arn)?;
        if !row.attached_policies().iter().any(|kept| kept == arn) {
            let wanted = row.attached_policies().len() + 1;
            quotas::check_iam(I::most(site).attached, wanted, I::WORDS.attached_quota)?;
            row.attached_policies_mut().push(arn.to_owned());
        }
        Ok(())
    })
    .await
}

/// Whether a policy is there, and not one of a service-linked role.
fn check_attachable(managed: &ManagedPolicies, arn: &str) -> Result<(), Refusal> {
    let entry = managed.find(arn).ok_or_else(|| not_attachable(arn))?;
    if !is_service_linked(&entry.row.path) {
        return Ok(());
    }
    Err(Refusal::new(
        Kind::NotAttachable,
        "policy-of-service-linked-role",
        "Cannot attach a Service Role Policy to a Customer Role.",
    ))
}

/// Detaches a managed policy (IAM API reference, DetachUserPolicy and its like).
pub async fn detach_policy<I: Identity>(
    site: &Site,
    call: &Call,
    identity: &str,
    arn: &str,
) -> Result<(), Refusal> {
    let keys = [("iam:policyarn", arn)];
    let target = Target::any().with_keys(&keys);
    let action = I::WORDS.detach;
    change_own::<I, _>(site, call, action, identity, target, |_, row| {
        let before = row.attached_policies().len();
        row.attached_policies_mut().retain(|kept| kept != arn);
        if row.attached_policies().len() == before {
            return Err(Refusal::not_found(format!(
                "Policy {} was not found.",
                printable(arn)
            )));
        }
        Ok(())
    })
    .await
}

/// Lists attached managed policies in order of name (IAM API reference, ListAttachedUserPolicies and its like).
pub fn list_attached_policies<I: Identity>(
    site: &Site,
    call: &Call,
    identity: &str,
    path_prefix: &str,
    request: &PageRequest,
) -> Result<Page<AttachedPolicy>, Refusal> {
    let row = readable::<I>(site, call, I::WORDS.list_attached, identity)?;
    Ok(attached_page(row.attached_policies(), path_prefix, request))
}

/// One page of attached policies whose path begins with `path_prefix`.
pub fn attached_page(
    arns: &[String],
    path_prefix: &str,
    request: &PageRequest,
) -> Page<AttachedPolicy> {
    let mut attached: Vec<AttachedPolicy> = arns
        .iter()
        .filter(|arn| path_of(arn).starts_with(path_prefix))
        .map(|arn| AttachedPolicy {
            name: name_of(arn).to_owned(),
            arn: arn.clone(),
        })
        .filter(|policy| key(policy) > request.after)
        .collect();
    attached.sort_by_cached_key(key);
    Page::take(attached.into_iter(), request.size, key)
}

/// Shorter than an ARN, which markers have no room for; a customer's policy may be called as one of AWS's is.
fn key(policy: &AttachedPolicy) -> String {
    let whose = policy.arn.split(':').nth(4).unwrap_or_default();
    format!("{}/{whose}", policy.name)
}

/// The last part of a managed policy's ARN.
fn name_of(arn: &str) -> &str {
    arn.rsplit_once('/').map_or(arn, |(_, name)| name)
}

/// `/`, or `/…/`, between `policy` and the name.
fn path_of(arn: &str) -> &str {
    let path_and_name = arn.split_once(":policy").map_or("/", |(_, rest)| rest);
    let end = path_and_name.rfind('/').map_or(0, |at| at + 1);
    path_and_name.get(..end).unwrap_or("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_paths_are_read_off_the_arn() {
        for (arn, path, name) in [
            (
                "arn:aws:iam::aws:policy/ReadOnlyAccess",
                "/",
                "ReadOnlyAccess",
            ),
            (
                "arn:aws:iam::aws:policy/service-role/A",
                "/service-role/",
                "A",
            ),
            ("arn:aws:iam::000000000000:policy/a/b/C", "/a/b/", "C"),
        ] {
            assert_eq!((path_of(arn), name_of(arn)), (path, name));
        }
    }
}
