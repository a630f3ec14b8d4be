//! What changes authorities: Update, Delete, Restore, tags, permissions and policies.

use std::sync::Arc;

use anyrole_policy::{Policy, PolicyKind};
use jiff::{SignedDuration, Timestamp};

use super::access::{authorized, readable};
use super::create::check_revocation;
use super::refusals::{deleted, wrong_state};
use super::{AuthorityStatus, CertificateAuthority, PcaKind, Permission, RevocationConfiguration};
use crate::authorize::Target;
use crate::call::Call;
use crate::page::{Page, PageRequest};
use crate::principals;
use crate::refusal::{Kind, Refusal};
use crate::site::Site;
use crate::snapshot::{Change, Snapshot};
use crate::tags::{self, Tag};

/// For how long a deleted authority can be restored where nothing is said, in days (API reference, DeleteCertificateAuthority).
const RESTORABLE_DAYS: i64 = 30;

/// Stores an authority as `alter` leaves it, if the caller may.
pub(super) async fn rewrite<T>(
    site: &Site,
    call: &Call,
    action: &'static str,
    target: Target<'_>,
    arn: &str,
    alter: impl FnOnce(&mut CertificateAuthority, &Snapshot) -> Result<T, Refusal> + Clone,
) -> Result<T, Refusal> {
    site.directory
        .write(|snapshot| {
            let entry = authorized(site, call, snapshot, action, target, arn)?;
            let mut row = CertificateAuthority::clone(&entry.row);
            let answer = alter(&mut row, snapshot)?;
            let change = Change::PutCertificateAuthority(Arc::new(row));
            Ok((vec![change], answer))
        })
        .await
}

impl CertificateAuthority {
    pub(super) fn move_to(&mut self, status: AuthorityStatus, now: Timestamp) {
        if self.status != status {
            self.status = status;
            self.state_changed_at = now;
        }
    }

    /// Whether it was deleted, and the time to restore it is over.
    pub fn is_gone(&self, now: Timestamp) -> bool {
        self.status == AuthorityStatus::Deleted
            && self.restorable_until.is_some_and(|until| until <= now)
    }

    fn refuse_deleted(&self) -> Result<(), Refusal> {
        if self.status == AuthorityStatus::Deleted {
            return Err(deleted());
        }
        Ok(())
    }
}

/// Turns an authority on or off, and changes how its revocations are published (API reference, UpdateCertificateAuthority).
pub async fn update_authority(
    site: &Site,
    call: &Call,
    arn: &str,
    revocation: Option<RevocationConfiguration>,
    status: Option<AuthorityStatus>,
) -> Result<(), Refusal> {
    if let Some(revocation) = &revocation {
        check_revocation(revocation)?;
    }
    let (action, now) = ("acm-pca:UpdateCertificateAuthority", call.origin.now);
    rewrite(site, call, action, Target::any(), arn, |row, _| {
        if !matches!(
            row.status,
            AuthorityStatus::Active | AuthorityStatus::Disabled
        ) {
            // AWS's words: who deletes one that is pending (Terraform) goes by them.
            return Err(wrong_state(&format!(
                "The certificate authority must be in the ACTIVE or DISABLED state to be updated; it is in state {}.",
                row.status.as_str()
            )));
        }
        match status {
            None => {}
            Some(wanted @ (AuthorityStatus::Active | AuthorityStatus::Disabled)) => {
                row.move_to(wanted, now);
            }
            Some(other) => {
                return Err(PcaKind::InvalidArgs.refusal(
                    "status-not-settable",
                    format!("The status can't be set to {}.", other.as_str()),
                ));
            }
        }
        if let Some(revocation) = revocation {
            row.revocation = revocation;
        }
        Ok(())
    })
    .await
}

/// Deletes an authority that issues nothing any more; it can be restored for some days (API reference, DeleteCertificateAuthority).
pub async fn delete_authority(
    site: &Site,
    call: &Call,
    arn: &str,
    days: Option<i64>,
) -> Result<(), Refusal> {
    let (action, now) = ("acm-pca:DeleteCertificateAuthority", call.origin.now);
    let days = days.unwrap_or(RESTORABLE_DAYS);
    if !(7..=30).contains(&days) {
        return Err(PcaKind::InvalidArgs.refusal(
            "restorable-days",
            "PermanentDeletionTimeInDays must be between 7 and 30.",
        ));
    }
    let restorable = SignedDuration::from_hours(24 * days);
    rewrite(site, call, action, Target::any(), arn, |row, snapshot| {
        let entry = snapshot.certificate_authority(&row.arn);
        let status = entry.map_or(row.status, |entry| entry.status(now));
        if matches!(status, AuthorityStatus::Active | AuthorityStatus::Deleted) {
            return Err(wrong_state(&format!(
                "The certificate authority is in state {}: disable it before you delete it.",
                status.as_str()
            )));
        }
        row.move_to(AuthorityStatus::Deleted, now);
        row.restorable_until = Some(now + restorable);
        Ok(())
    })
    .await
}

/// Brings a deleted authority back, disabled or waiting for its certificate (API reference, RestoreCertificateAuthority).
pub async fn restore_authority(site: &Site, call: &Call, arn: &str) -> Result<(), Refusal> {
    let (action, now) = ("acm-pca:RestoreCertificateAuthority", call.origin.now);
    rewrite(site, call, action, Target::any(), arn, |row, _| {
        if row.status != AuthorityStatus::Deleted {
            return Err(wrong_state(&format!(
                "The certificate authority is in state {}; only a deleted one can be restored.",
                row.status.as_str()
            )));
        }
        let status = match row.certificate {
            Some(_) => AuthorityStatus::Disabled,
            None => AuthorityStatus::PendingCertificate,
        };
        row.move_to(status, now);
        row.restorable_until = None;
        Ok(())
    })
    .await
}

/// Sets tags (API reference, TagCertificateAuthority).
pub async fn tag_authority(
    site: &Site,
    call: &Call,
    arn: &str,
    new: Vec<Tag>,
) -> Result<(), Refusal> {
    let action = "acm-pca:TagCertificateAuthority";
    let target = Target::any().with_request_tags(&new);
    rewrite(site, call, action, target, arn, |row, _| {
        row.refuse_deleted()?;
        tags::set(&mut row.tags, &new)
    })
    .await
}

/// Takes tags away: by key, or, where a value is given, only with that value (API reference, UntagCertificateAuthority).
pub async fn untag_authority(
    site: &Site,
    call: &Call,
    arn: &str,
    given: Vec<(String, Option<String>)>,
) -> Result<(), Refusal> {
    let action = "acm-pca:UntagCertificateAuthority";
    let keys: Vec<String> = given.iter().map(|(key, _)| key.clone()).collect();
    let target = Target::any().with_tag_keys(&keys);
    rewrite(site, call, action, target, arn, |row, _| {
        row.refuse_deleted()?;
        tags::remove_given(&mut row.tags, &given);
        Ok(())
    })
    .await
}

/// The tags of an authority in order of their keys (API reference, ListTags).
pub fn list_authority_tags(
    site: &Site,
    call: &Call,
    arn: &str,
    request: &PageRequest,
) -> Result<Page<Tag>, Refusal> {
    let entry = readable(site, call, "acm-pca:ListTags", arn)?;
    entry.row.refuse_deleted()?;
    Ok(tags::page(&entry.row.tags, request))
}

/// Lets a service use an authority (API reference, CreatePermission).
pub async fn create_permission(
    site: &Site,
    call: &Call,
    arn: &str,
    principal: String,
    source_account: Option<String>,
    actions: Vec<String>,
) -> Result<(), Refusal> {
    if principal != "acm.amazonaws.com" {
        return Err(Refusal::validation(
            "The principal must be acm.amazonaws.com: no other service issues certificates.",
        ));
    }
    let permission = Permission {
        source_account: source_account.unwrap_or_else(|| site.account().id.to_string()),
        principal,
        actions,
        created_at: call.origin.now,
    };
    let action = "acm-pca:CreatePermission";
    rewrite(site, call, action, Target::any(), arn, |row, _| {
        row.refuse_deleted()?;
        let same = |other: &Permission| {
            other.principal == permission.principal
                && other.source_account == permission.source_account
        };
        if row.permissions.iter().any(same) {
            return Err(PcaKind::PermissionAlreadyExists.refusal(
                "permission-exists",
                "The designated permission has already been given to the user.",
            ));
        }
        row.permissions.push(permission);
        Ok(())
    })
    .await
}

/// Takes a service's permission away (API reference, DeletePermission).
pub async fn delete_permission(
    site: &Site,
    call: &Call,
    arn: &str,
    principal: &str,
    source_account: Option<&str>,
) -> Result<(), Refusal> {
    let source = source_account.unwrap_or(site.account().id.as_str());
    let action = "acm-pca:DeletePermission";
    rewrite(site, call, action, Target::any(), arn, |row, _| {
        row.refuse_deleted()?;
        let before = row.permissions.len();
        row.permissions
            .retain(|one| one.principal != principal || one.source_account != source);
        if row.permissions.len() == before {
            return Err(Refusal::not_found(format!(
                "Could not find a permission of {} on the certificate authority.",
                crate::names::printable(principal)
            )));
        }
        Ok(())
    })
    .await
}

/// The permissions of services (API reference, ListPermissions).
pub fn list_permissions(
    site: &Site,
    call: &Call,
    arn: &str,
    request: &PageRequest,
) -> Result<(Page<Permission>, Option<String>), Refusal> {
    let entry = readable(site, call, "acm-pca:ListPermissions", arn)?;
    entry.row.refuse_deleted()?;
    let mut rows = entry.row.permissions.clone();
    let key = |one: &Permission| format!("{}/{}", one.principal, one.source_account);
    rows.retain(|one| *key(one) > *request.after);
    rows.sort_by_key(key);
    let page = Page::take(rows.into_iter(), request.size, key);
    Ok((page, entry.row.policy.clone()))
}

/// Gives an authority a policy in place of the one that it has (API reference, PutPolicy).
pub async fn put_policy(site: &Site, call: &Call, arn: &str, text: &str) -> Result<(), Refusal> {
    let malformed =
        |detail: String| PcaKind::InvalidPolicy.refusal("malformed-authority-policy", detail);
    let policy = Policy::parse(text, PolicyKind::Resource);
    let policy = policy.map_err(|error| malformed(error.to_string()))?;
    if policy.resources().any(|resource| resource != arn) {
        return Err(malformed(
            "Each Resource of the policy must be the certificate authority.".to_owned(),
        ));
    }
    let action = "acm-pca:PutPolicy";
    rewrite(site, call, action, Target::any(), arn, |row, snapshot| {
        row.refuse_deleted()?;
        let kept = principals::keep(site.account(), snapshot, text);
        row.policy = Some(kept.map_err(|refusal| Refusal {
            kind: Kind::Pca(PcaKind::InvalidPolicy),
            ..refusal
        })?);
        Ok(())
    })
    .await
}

/// The policy of an authority as it was given (API reference, GetPolicy).
pub fn read_policy(site: &Site, call: &Call, arn: &str) -> Result<String, Refusal> {
    let entry = readable(site, call, "acm-pca:GetPolicy", arn)?;
    entry.row.refuse_deleted()?;
    match &entry.row.policy {
        Some(kept) => Ok(principals::show(&site.directory.read(), kept)),
        None => Err(Refusal::not_found(
            "The certificate authority has no policy.",
        )),
    }
}

/// Takes an authority's policy away; none is no error (API reference, DeletePolicy).
pub async fn delete_policy(site: &Site, call: &Call, arn: &str) -> Result<(), Refusal> {
    let action = "acm-pca:DeletePolicy";
    rewrite(site, call, action, Target::any(), arn, |row, _| {
        row.refuse_deleted()?;
        row.policy = None;
        Ok(())
    })
    .await
}
