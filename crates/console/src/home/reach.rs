//! Which certificate reaches which role by which rule: each profile's roles with the anchors whose certificates their trust
//! policies let in.

use anyrole_domain::profiles::Profile;
use anyrole_domain::resources::list;
use anyrole_domain::roles::{RolePageRequest, list_roles};
use anyrole_domain::sessions::{RoleReach, reach};
use anyrole_domain::trust_anchors::{TrustAnchor, TrustAnchorEntry};
use anyrole_domain::{PageRequest, Refusal, Snapshot};

use crate::{Pager, Visit, roles};

/// Profiles of a page.
const PROFILES: usize = 10;
/// Roles of a profile, and anchors, that are looked at.
const ROLES: usize = 10;
const ANCHORS: usize = 10;
/// Rows of a page.
const ROWS: usize = 80;

/// The picture's rows.
pub(super) struct Reaches {
    pub(super) rows: Vec<Reached>,
    pub(super) pager: Pager,
    /// Whether some are left out.
    pub(super) is_cut: bool,
}

/// Certificates that reach a role, or that none does.
pub(super) struct Reached {
    pub(super) profile: String,
    pub(super) profile_id: String,
    pub(super) role: String,
    /// The path of the role's page.
    pub(super) role_page: String,
    /// Where `is_open`: whose certificates.
    pub(super) anchor: String,
    pub(super) is_open: bool,
    /// What the certificates must be like, or what keeps all of them out.
    pub(super) conditions: Vec<String>,
    /// Which statement lets them in.
    pub(super) rule: String,
    /// What keeps it from working though the policy allows it.
    pub(super) but: Vec<&'static str>,
}

/// For who may list profiles, anchors and roles.
pub(super) fn reaches(visit: &Visit<'_>) -> Result<Reaches, Refusal> {
    let (site, call) = (visit.site, visit.call);
    let profiles = list::<Profile>(site, call, &visit.page(PROFILES))?;
    let first = || PageRequest {
        after: String::new(),
        size: 1,
    };
    list::<TrustAnchor>(site, call, &first())?;
    let roles = RolePageRequest {
        page: first(),
        path_prefix: "/".to_owned(),
    };
    list_roles(site, call, &roles)?;
    let snapshot = site.directory.read_full();
    let mut anchors: Vec<&TrustAnchorEntry> = snapshot
        .trust_anchors_after("")
        .map(|anchor| &**anchor)
        .take(ANCHORS + 1)
        .collect();
    let mut is_cut = anchors.len() > ANCHORS;
    anchors.truncate(ANCHORS);
    let mut rows = Vec::new();
    for profile in &profiles.items {
        is_cut |= profile.role_arns.len() > ROLES;
        for role_arn in profile.role_arns.iter().take(ROLES) {
            if rows.len() >= ROWS {
                is_cut = true;
                break;
            }
            rows.extend(of_role(visit, &snapshot, profile, role_arn, &anchors));
        }
    }
    Ok(Reaches {
        rows,
        pager: visit.pager(profiles.next.as_deref()),
        is_cut,
    })
}

fn of_role(
    visit: &Visit<'_>,
    snapshot: &Snapshot,
    profile: &Profile,
    role_arn: &str,
    anchors: &[&TrustAnchorEntry],
) -> Vec<Reached> {
    let name = role_arn.rsplit_once('/').map_or(role_arn, |(_, name)| name);
    let row = |anchor: &str, is_open, conditions, rule| Reached {
        profile: profile.resource.name.clone(),
        profile_id: profile.resource.id.clone(),
        role: name.to_owned(),
        role_page: roles::path_of(name),
        anchor: anchor.to_owned(),
        is_open,
        conditions,
        rule,
        but: Vec::from_iter((!profile.resource.enabled).then_some("the profile is disabled")),
    };
    let Some(role) = snapshot.role(role_arn) else {
        return vec![row(
            "",
            false,
            vec!["there is no such role".to_owned()],
            String::new(),
        )];
    };
    let mut open = Vec::new();
    let mut closed = Vec::new();
    for anchor in anchors {
        let resource = &anchor.row.resource;
        let mut found = match reach(visit.site.account(), anchor, role) {
            RoleReach::Some(reached) => {
                let rule = reached.statement.map(|at| match at.sid {
                    Some(sid) => format!("{sid}, line {}", at.line),
                    None => format!("statement {}, line {}", at.statement + 1, at.line),
                });
                let rule = rule.unwrap_or_default();
                row(&resource.name, true, reached.conditions, rule)
            }
            RoleReach::Depends(why) => row(&resource.name, true, vec![why], String::new()),
            RoleReach::None(why) => {
                closed.push(why);
                continue;
            }
        };
        if !resource.enabled {
            found.but.push("the trust anchor is disabled");
        }
        open.push(found);
    }
    if open.is_empty() {
        let why = closed.into_iter().next();
        let why = why.unwrap_or_else(|| "there is no trust anchor".to_owned());
        open.push(row("", false, vec![why], String::new()));
    }
    open
}
