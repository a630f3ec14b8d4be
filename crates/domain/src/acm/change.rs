//! What changes kept certificates: Delete, and tags.

use std::sync::Arc;

use super::ManagedCertificate;
use super::read::authorized;
use crate::authorize::Target;
use crate::call::Call;
use crate::refusal::Refusal;
use crate::site::Site;
use crate::snapshot::Change;
use crate::tags::{self, Tag};

/// Forgets a certificate and its key; its authority does not revoke it (API reference, DeleteCertificate).
pub async fn delete_certificate(site: &Site, call: &Call, arn: &str) -> Result<(), Refusal> {
    let action = "acm:DeleteCertificate";
    site.directory
        .write(|snapshot| {
            let entry = authorized(site, call, snapshot, action, Target::any(), arn)?;
            Ok((
                vec![Change::DeleteManagedCertificate(entry.row.arn.clone())],
                (),
            ))
        })
        .await
}

/// Stores a certificate as `alter` leaves it, if the caller may.
pub(super) async fn rewrite(
    site: &Site,
    call: &Call,
    action: &'static str,
    target: Target<'_>,
    arn: &str,
    alter: impl FnOnce(&mut ManagedCertificate) -> Result<(), Refusal> + Clone,
) -> Result<(), Refusal> {
    site.directory
        .write(|snapshot| {
            let entry = authorized(site, call, snapshot, action, target, arn)?;
            let mut row = ManagedCertificate::clone(&entry.row);
            alter(&mut row)?;
            Ok((vec![Change::PutManagedCertificate(Arc::new(row))], ()))
        })
        .await
}

/// Sets tags (API reference, AddTagsToCertificate).
pub async fn tag_certificate(
    site: &Site,
    call: &Call,
    arn: &str,
    new: Vec<Tag>,
) -> Result<(), Refusal> {
    let target = Target::any().with_request_tags(&new);
    let action = "acm:AddTagsToCertificate";
    rewrite(site, call, action, target, arn, |row| {
        tags::set(&mut row.tags, &new)
    })
    .await
}

/// Takes tags away: by key, or, where a value is given, only with that value (API reference, RemoveTagsFromCertificate).
pub async fn untag_certificate(
    site: &Site,
    call: &Call,
    arn: &str,
    given: Vec<(String, Option<String>)>,
) -> Result<(), Refusal> {
    let keys: Vec<String> = given.iter().map(|(key, _)| key.clone()).collect();
    let target = Target::any().with_tag_keys(&keys);
    let action = "acm:RemoveTagsFromCertificate";
    rewrite(site, call, action, target, arn, |row| {
        tags::remove_given(&mut row.tags, &given);
        Ok(())
    })
    .await
}
