//! Roles for a profile: those that some certificate may get into, and of the others what is missing. Reads the compiled trust
//! policies of the snapshot; the console calls it.

use std::sync::Arc;

use super::RoleEntry;
use crate::authorize::Target;
use crate::call::Call;
use crate::page::{Page, PageRequest};
use crate::refusal::Refusal;
use crate::sessions::{TrustGap, trust_gaps};
use crate::site::Site;

/// Which roles are looked for.
#[derive(Debug, Clone)]
pub struct RoleSearch {
    /// A part of the name, whatever its case; empty for all roles.
    pub name_part: String,
    /// The page of those that are offered; its key is a lower-cased role name.
    pub offered: PageRequest,
    /// The page of the others; its key is a lower-cased role name.
    pub others: PageRequest,
}

/// A role with what its trust policy lacks.
#[derive(Debug, Clone)]
pub struct OfferedRole {
    /// The role.
    pub role: Arc<RoleEntry>,
    /// What keeps every certificate out; nothing of a role that is offered.
    pub gaps: Vec<TrustGap>,
}

/// A page of each.
#[derive(Debug, Clone)]
pub struct OfferedRoles {
    /// Roles that some certificate may get into.
    pub offered: Page<OfferedRole>,
    /// The others.
    pub others: Page<OfferedRole>,
}

/// Lists roles in order of their names: a listing of all roles, as far as permissions go (IAM API reference, ListRoles).
pub fn offered_roles(
    site: &Site,
    call: &Call,
    search: &RoleSearch,
) -> Result<OfferedRoles, Refusal> {
    authorize_listing(site, call)?;
    let snapshot = site.directory.read();
    let part = search.name_part.to_ascii_lowercase();
    let page = |request: &PageRequest, offered: bool| {
        let found = snapshot
            .roles_after(&request.after)
            .filter(|entry| part.is_empty() || key(entry).contains(&part))
            .map(|role| judged(site, role))
            .filter(|found| found.gaps.is_empty() == offered);
        Page::take(found, request.size, |found| key(&found.role))
    };
    Ok(OfferedRoles {
        offered: page(&search.offered, true),
        others: page(&search.others, false),
    })
}

/// Whether there is a role that some certificate may get into. Asks the permission of [`offered_roles`].
///
/// # Errors
/// The caller may not list roles.
pub fn any_role_is_offered(site: &Site, call: &Call) -> Result<bool, Refusal> {
    authorize_listing(site, call)?;
    let snapshot = site.directory.read();
    let mut roles = snapshot.roles_after("");
    Ok(roles.any(|role| trust_gaps(site.account(), role).is_empty()))
}

/// Roles by ARN with what each lacks; `None` for one that is not there. Asks the permission of [`offered_roles`].
pub fn judged_roles<'a>(
    site: &Site,
    call: &Call,
    arns: impl IntoIterator<Item = &'a String>,
) -> Result<Vec<Option<OfferedRole>>, Refusal> {
    authorize_listing(site, call)?;
    let snapshot = site.directory.read();
    let roles = arns.into_iter().map(|arn| snapshot.role(arn));
    Ok(roles
        .map(|role| role.map(|role| judged(site, role)))
        .collect())
}

fn authorize_listing(site: &Site, call: &Call) -> Result<(), Refusal> {
    let arn = site.account().role_arn("/", "");
    site.authorize(call, "iam:ListRoles", Target::on(&arn))
}

fn judged(site: &Site, role: &Arc<RoleEntry>) -> OfferedRole {
    OfferedRole {
        role: role.clone(),
        gaps: trust_gaps(site.account(), role),
    }
}

fn key(entry: &RoleEntry) -> String {
    entry.row.name.to_ascii_lowercase()
}
