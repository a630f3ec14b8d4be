//! Managed policies attached to an identity.

use super::{ATTACHED_POLICIES, Identity, change, check_quota, readable};
use crate::authorize::Target;
use crate::call::Call;
use crate::managed_policies;
use crate::names::printable;
use crate::page::{Page, PageRequest};
use crate::refusal::Refusal;
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
    change::<I, _>(site, call, I::WORDS.attach, identity, target, |_, row| {
        if managed_policies::find(arn).is_none() {
            return Err(Refusal::not_found(format!(
                "Policy {} does not exist or is not attachable.",
                printable(arn)
            )));
        }
        if !row.attached_policies().iter().any(|kept| kept == arn) {
            let wanted = row.attached_policies().len() + 1;
            check_quota(I::WORDS.attached_quota, ATTACHED_POLICIES, wanted)?;
            row.attached_policies_mut().push(arn.to_owned());
        }
        Ok(())
    })
    .await
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
    change::<I, _>(site, call, I::WORDS.detach, identity, target, |_, row| {
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

/// Lists attached managed policies in order of ARN (IAM API reference, ListAttachedUserPolicies and its like).
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
        .filter(|arn| **arn > request.after && path_of(arn).starts_with(path_prefix))
        .map(|arn| AttachedPolicy {
            name: name_of(arn).to_owned(),
            arn: arn.clone(),
        })
        .collect();
    attached.sort_by(|a, b| a.arn.cmp(&b.arn));
    Page::take(attached.into_iter(), request.size, |policy| {
        policy.arn.clone()
    })
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
