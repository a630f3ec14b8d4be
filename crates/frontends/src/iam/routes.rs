//! The whole table of IAM operations (IAM API reference), in order of `Action`.

use anyrole_domain::roles::Role;
use anyrole_domain::users::{Group, User};
use anyrole_domain::{Call, Refusal, Site, printable};
use anyrole_wire::aws_query::Parameters;
use anyrole_wire::iam::{inputs, oidc_providers as oidc_inputs, user_inputs};

use super::{
    access_keys, account, account_details, groups, identity_policies, instance_profiles,
    oidc_providers, policies, policy_versions, roles, simulation, users,
};
use crate::query_route::{Answer, Route, find, route};

/// The namespace of IAM's answers.
pub const NAMESPACE: &str = "https://iam.amazonaws.com/doc/2010-05-08/";

#[rustfmt::skip]
static ROUTES: &[Route] = &[
    route!("iam", "AddClientIDToOpenIDConnectProvider", oidc_inputs::PROVIDER_CLIENT_ID, oidc_providers::add_client_id),
    route!("iam", "AddRoleToInstanceProfile", inputs::INSTANCE_PROFILE_ROLE, instance_profiles::add_role),
    route!("iam", "AddUserToGroup", user_inputs::MEMBERSHIP, groups::add_user),
    route!("iam", "AttachGroupPolicy", user_inputs::GROUP_ATTACHMENT, identity_policies::attach::<Group>),
    route!("iam", "AttachRolePolicy", inputs::ROLE_ATTACHMENT, identity_policies::attach::<Role>),
    route!("iam", "AttachUserPolicy", user_inputs::USER_ATTACHMENT, identity_policies::attach::<User>),
    route!("iam", "CreateAccessKey", user_inputs::SOME_USER, access_keys::create),
    route!("iam", "CreateAccountAlias", user_inputs::ACCOUNT_ALIAS_NAME, account::create_alias),
    route!("iam", "CreateGroup", user_inputs::CREATE_GROUP, groups::create),
    route!("iam", "CreateInstanceProfile", inputs::CREATE_INSTANCE_PROFILE, instance_profiles::create),
    route!("iam", "CreateOpenIDConnectProvider", oidc_inputs::CREATE_PROVIDER, oidc_providers::create),
    route!("iam", "CreatePolicy", inputs::CREATE_POLICY, policies::create),
    route!("iam", "CreatePolicyVersion", inputs::CREATE_POLICY_VERSION, policy_versions::create),
    route!("iam", "CreateRole", inputs::CREATE_ROLE, roles::create),
    route!("iam", "CreateServiceLinkedRole", inputs::CREATE_SERVICE_LINKED_ROLE, roles::create_service_linked),
    route!("iam", "CreateUser", user_inputs::CREATE_USER, users::create),
    route!("iam", "DeleteAccessKey", user_inputs::DELETE_ACCESS_KEY, access_keys::delete),
    route!("iam", "DeleteAccountAlias", user_inputs::ACCOUNT_ALIAS_NAME, account::delete_alias),
    route!("iam", "DeleteGroup", user_inputs::GROUP, groups::delete),
    route!("iam", "DeleteGroupPolicy", user_inputs::GROUP_POLICY, identity_policies::delete::<Group>),
    route!("iam", "DeleteInstanceProfile", inputs::INSTANCE_PROFILE, instance_profiles::delete),
    route!("iam", "DeleteOpenIDConnectProvider", oidc_inputs::PROVIDER, oidc_providers::delete),
    route!("iam", "DeletePolicy", inputs::POLICY, policies::delete),
    route!("iam", "DeletePolicyVersion", inputs::POLICY_VERSION, policy_versions::delete),
    route!("iam", "DeleteRole", inputs::ROLE, roles::delete),
    route!("iam", "DeleteRolePermissionsBoundary", inputs::ROLE, identity_policies::delete_boundary::<Role>),
    route!("iam", "DeleteRolePolicy", inputs::ROLE_POLICY, identity_policies::delete::<Role>),
    route!("iam", "DeleteServiceLinkedRole", inputs::ROLE, roles::delete_service_linked),
    route!("iam", "DeleteUser", user_inputs::USER, users::delete),
    route!("iam", "DeleteUserPermissionsBoundary", user_inputs::DELETE_USER_PERMISSIONS_BOUNDARY, identity_policies::delete_boundary::<User>),
    route!("iam", "DeleteUserPolicy", user_inputs::USER_POLICY, identity_policies::delete::<User>),
    route!("iam", "DetachGroupPolicy", user_inputs::GROUP_ATTACHMENT, identity_policies::detach::<Group>),
    route!("iam", "DetachRolePolicy", inputs::ROLE_ATTACHMENT, identity_policies::detach::<Role>),
    route!("iam", "DetachUserPolicy", user_inputs::USER_ATTACHMENT, identity_policies::detach::<User>),
    route!("iam", "GetAccessKeyLastUsed", user_inputs::ACCESS_KEY, access_keys::last_used),
    route!("iam", "GetAccountAuthorizationDetails", user_inputs::AUTHORIZATION_DETAILS, account_details::read),
    route!("iam", "GetAccountSummary", user_inputs::NOTHING, account::summary),
    route!("iam", "GetContextKeysForCustomPolicy", user_inputs::CONTEXT_KEYS_FOR_CUSTOM_POLICY, simulation::keys_for_custom),
    route!("iam", "GetContextKeysForPrincipalPolicy", user_inputs::CONTEXT_KEYS_FOR_PRINCIPAL_POLICY, simulation::keys_for_principal),
    route!("iam", "GetGroup", user_inputs::LIST_OF_GROUP, groups::read),
    route!("iam", "GetGroupPolicy", user_inputs::GROUP_POLICY, identity_policies::read::<Group>),
    route!("iam", "GetInstanceProfile", inputs::INSTANCE_PROFILE, instance_profiles::read),
    route!("iam", "GetOpenIDConnectProvider", oidc_inputs::PROVIDER, oidc_providers::read),
    route!("iam", "GetPolicy", inputs::POLICY, policies::read),
    route!("iam", "GetPolicyVersion", inputs::POLICY_VERSION, policy_versions::read),
    route!("iam", "GetRole", inputs::ROLE, roles::read),
    route!("iam", "GetRolePolicy", inputs::ROLE_POLICY, identity_policies::read::<Role>),
    route!("iam", "GetServiceLinkedRoleDeletionStatus", inputs::DELETION_TASK, roles::deletion_status),
    route!("iam", "GetUser", user_inputs::SOME_USER, users::read),
    route!("iam", "GetUserPolicy", user_inputs::USER_POLICY, identity_policies::read::<User>),
    route!("iam", "ListAccessKeys", user_inputs::LIST_OF_SOME_USER, access_keys::list),
    route!("iam", "ListAccountAliases", user_inputs::LIST, account::list_aliases),
    route!("iam", "ListAttachedGroupPolicies", user_inputs::LIST_ATTACHED_GROUP_POLICIES, identity_policies::list_attached::<Group>),
    route!("iam", "ListAttachedRolePolicies", inputs::LIST_ATTACHED_ROLE_POLICIES, identity_policies::list_attached::<Role>),
    route!("iam", "ListAttachedUserPolicies", user_inputs::LIST_ATTACHED_USER_POLICIES, identity_policies::list_attached::<User>),
    route!("iam", "ListEntitiesForPolicy", inputs::LIST_ENTITIES_FOR_POLICY, policies::list_entities),
    route!("iam", "ListGroupPolicies", user_inputs::LIST_OF_GROUP, identity_policies::list::<Group>),
    route!("iam", "ListGroups", user_inputs::LIST_BY_PATH, groups::list),
    route!("iam", "ListGroupsForUser", user_inputs::LIST_OF_USER, groups::list_for_user),
    route!("iam", "ListInstanceProfiles", inputs::LIST_BY_PATH, instance_profiles::list),
    route!("iam", "ListInstanceProfilesForRole", inputs::LIST_OF_ROLE, instance_profiles::list_for_role),
    route!("iam", "ListOpenIDConnectProviderTags", oidc_inputs::LIST_PROVIDER_TAGS, oidc_providers::list_tags),
    route!("iam", "ListOpenIDConnectProviders", oidc_inputs::LIST_PROVIDERS, oidc_providers::list),
    route!("iam", "ListPolicies", inputs::LIST_POLICIES, policies::list),
    route!("iam", "ListPolicyTags", inputs::LIST_OF_POLICY, policies::list_tags),
    route!("iam", "ListPolicyVersions", inputs::LIST_OF_POLICY, policy_versions::list),
    route!("iam", "ListRolePolicies", inputs::LIST_OF_ROLE, identity_policies::list::<Role>),
    route!("iam", "ListRoleTags", inputs::LIST_OF_ROLE, identity_policies::list_tags::<Role>),
    route!("iam", "ListRoles", inputs::LIST_BY_PATH, roles::list),
    route!("iam", "ListUserPolicies", user_inputs::LIST_OF_USER, identity_policies::list::<User>),
    route!("iam", "ListUserTags", user_inputs::LIST_OF_USER, identity_policies::list_tags::<User>),
    route!("iam", "ListUsers", user_inputs::LIST_BY_PATH, users::list),
    route!("iam", "PutGroupPolicy", user_inputs::PUT_GROUP_POLICY, identity_policies::put::<Group>),
    route!("iam", "PutRolePermissionsBoundary", inputs::PUT_ROLE_PERMISSIONS_BOUNDARY, identity_policies::put_boundary::<Role>),
    route!("iam", "PutRolePolicy", inputs::PUT_ROLE_POLICY, identity_policies::put::<Role>),
    route!("iam", "PutUserPermissionsBoundary", user_inputs::PUT_USER_PERMISSIONS_BOUNDARY, identity_policies::put_boundary::<User>),
    route!("iam", "PutUserPolicy", user_inputs::PUT_USER_POLICY, identity_policies::put::<User>),
    route!("iam", "RemoveClientIDFromOpenIDConnectProvider", oidc_inputs::PROVIDER_CLIENT_ID, oidc_providers::remove_client_id),
    route!("iam", "RemoveRoleFromInstanceProfile", inputs::INSTANCE_PROFILE_ROLE, instance_profiles::remove_role),
    route!("iam", "RemoveUserFromGroup", user_inputs::MEMBERSHIP, groups::remove_user),
    route!("iam", "SetDefaultPolicyVersion", inputs::POLICY_VERSION, policy_versions::set_default),
    route!("iam", "SimulateCustomPolicy", user_inputs::SIMULATE_CUSTOM_POLICY, simulation::custom),
    route!("iam", "SimulatePrincipalPolicy", user_inputs::SIMULATE_PRINCIPAL_POLICY, simulation::principal),
    route!("iam", "TagOpenIDConnectProvider", oidc_inputs::TAG_PROVIDER, oidc_providers::tag),
    route!("iam", "TagPolicy", inputs::TAG_POLICY, policies::tag),
    route!("iam", "TagRole", inputs::TAG_ROLE, identity_policies::tag::<Role>),
    route!("iam", "TagUser", user_inputs::TAG_USER, identity_policies::tag::<User>),
    route!("iam", "UntagOpenIDConnectProvider", oidc_inputs::UNTAG_PROVIDER, oidc_providers::untag),
    route!("iam", "UntagPolicy", inputs::UNTAG_POLICY, policies::untag),
    route!("iam", "UntagRole", inputs::UNTAG_ROLE, identity_policies::untag::<Role>),
    route!("iam", "UntagUser", user_inputs::UNTAG_USER, identity_policies::untag::<User>),
    route!("iam", "UpdateAccessKey", user_inputs::UPDATE_ACCESS_KEY, access_keys::update),
    route!("iam", "UpdateAssumeRolePolicy", inputs::UPDATE_ASSUME_ROLE_POLICY, roles::update_assume_role_policy),
    route!("iam", "UpdateGroup", user_inputs::UPDATE_GROUP, groups::update),
    route!("iam", "UpdateOpenIDConnectProviderThumbprint", oidc_inputs::PROVIDER_THUMBPRINTS, oidc_providers::update_thumbprints),
    route!("iam", "UpdateRole", inputs::UPDATE_ROLE, roles::update),
    route!("iam", "UpdateRoleDescription", inputs::UPDATE_ROLE_DESCRIPTION, roles::update_description),
    route!("iam", "UpdateUser", user_inputs::UPDATE_USER, users::update),
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
