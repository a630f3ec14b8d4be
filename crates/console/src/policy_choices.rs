//! Managed policies to pick from: a visit comes in, ARNs for a list leave. Used by the pages of roles.

use anyrole_domain::PageRequest;
use anyrole_domain::managed_policies::{PolicyPageRequest, Scope, list_policies};

use crate::Visit;

/// How many policies are offered to be picked; others are typed.
const MOST_CHOICES: usize = 100;

/// The first managed policies, to be picked from; none for who may not list them.
pub(crate) fn policy_choices(visit: &Visit<'_>) -> Vec<String> {
    let request = PolicyPageRequest {
        page: PageRequest {
            after: String::new(),
            size: MOST_CHOICES,
        },
        scope: Scope::All,
        only_attached: false,
        usage: None,
        path_prefix: "/".to_owned(),
    };
    let page = list_policies(visit.site, visit.call, &request);
    let views = page.map(|page| page.items).unwrap_or_default();
    views.into_iter().map(|view| view.row.arn.clone()).collect()
}
