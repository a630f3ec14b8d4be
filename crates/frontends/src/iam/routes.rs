//! The whole table of IAM operations (IAM API reference), in order of `Action`.

use anyrole_domain::{Call, Refusal, Site, printable};
use anyrole_wire::aws_query::Parameters;
use anyrole_wire::iam::inputs;

use super::{role_policies, roles};
use crate::query_route::{Answer, Route, find, route};

/// The namespace of IAM's answers.
pub const NAMESPACE: &str = "https://iam.amazonaws.com/doc/2010-05-08/";

#[rustfmt::skip]
static ROUTES: &[Route] = &[
    route!("iam", "AttachRolePolicy", inputs::ROLE_ATTACHMENT, role_policies::attach),
    route!("iam", "CreateRole", inputs::CREATE_ROLE, roles::create),
    route!("iam", "DeleteRole", inputs::ROLE, roles::delete),
    route!("iam", "DeleteRolePolicy", inputs::ROLE_POLICY, role_policies::delete),
    route!("iam", "DetachRolePolicy", inputs::ROLE_ATTACHMENT, role_policies::detach),
    route!("iam", "GetRole", inputs::ROLE, roles::read),
    route!("iam", "GetRolePolicy", inputs::ROLE_POLICY, role_policies::read),
    route!("iam", "ListAttachedRolePolicies", inputs::LIST_ATTACHED_ROLE_POLICIES, role_policies::list_attached),
    route!("iam", "ListInstanceProfilesForRole", inputs::LIST_OF_ROLE, roles::list_instance_profiles),
    route!("iam", "ListRolePolicies", inputs::LIST_OF_ROLE, role_policies::list),
    route!("iam", "ListRoles", inputs::LIST_BY_PATH, roles::list),
    route!("iam", "PutRolePolicy", inputs::PUT_ROLE_POLICY, role_policies::put),
    route!("iam", "UpdateAssumeRolePolicy", inputs::UPDATE_ASSUME_ROLE_POLICY, roles::update_assume_role_policy),
];

/// The operation's name for the log and the audit trail.
pub fn operation_name(action: &str) -> &'static str {
    find(ROUTES, action).map_or("iam:Unknown", |route| route.event)
}

/// Decodes, calls the domain, encodes.
pub async fn serve(site: &Site, call: &Call, action: &str, parameters: &Parameters) -> Answer {
    let unknown = || Refusal::not_implemented(&format!("iam:{}", printable(action)));
    let route = find(ROUTES, action).ok_or_else(unknown)?;
    route.serve(site, call, parameters).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_each_event_has_a_row_in_the_domain() {
        assert!(
            ROUTES
                .windows(2)
                .all(|pair| pair[0].action < pair[1].action)
        );
        for route in ROUTES {
            assert!(
                anyrole_domain::operations::is_known_action(route.event),
                "{}",
                route.event
            );
        }
    }
}
