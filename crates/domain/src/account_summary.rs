//! How many there are of each thing of IAM, beside how many there may be (IAM API reference, GetAccountSummary).

use crate::authorize::Target;
use crate::call::Call;
use crate::identities::{
    ACCESS_KEYS_PER_USER, ATTACHED_POLICIES, GROUP_POLICY_SIZE, GROUPS, GROUPS_PER_USER,
    USER_POLICY_SIZE, USERS,
};
use crate::refusal::Refusal;
use crate::site::Site;

/// The counts by AWS's names. What does not exist here, a second factor say, is counted as none.
pub fn read_account_summary(
    site: &Site,
    call: &Call,
) -> Result<Vec<(&'static str, usize)>, Refusal> {
    site.authorize(call, "iam:GetAccountSummary", Target::any())?;
    let snapshot = site.directory.read();
    let (users, groups) = snapshot.user_and_group_counts();
    let quotas = &site.quotas;
    let policies = snapshot.policies();
    let root_keys = snapshot.access_keys_of(None).count();
    Ok(vec![
        ("AccessKeysPerUserQuota", ACCESS_KEYS_PER_USER),
        ("AccountAccessKeysPresent", usize::from(root_keys > 0)),
        ("AccountMFAEnabled", 0),
        ("AccountPasswordPresent", 0),
        ("AccountSigningCertificatesPresent", 0),
        (
            "AssumeRolePolicySizeQuota",
            most(quotas.trust_policy_length),
        ),
        ("AttachedPoliciesPerGroupQuota", ATTACHED_POLICIES),
        (
            "AttachedPoliciesPerRoleQuota",
            most(quotas.policies_per_role),
        ),
        ("AttachedPoliciesPerUserQuota", ATTACHED_POLICIES),
        ("GlobalEndpointTokenVersion", 1),
        ("GroupPolicySizeQuota", GROUP_POLICY_SIZE),
        ("Groups", groups),
        ("GroupsPerUserQuota", GROUPS_PER_USER),
        ("GroupsQuota", GROUPS),
        ("InstanceProfiles", snapshot.instance_profile_count()),
        ("InstanceProfilesQuota", most(quotas.instance_profiles)),
        ("MFADevices", 0),
        ("MFADevicesInUse", 0),
        ("Policies", policies.count()),
        ("PoliciesQuota", most(quotas.policies)),
        ("PolicySizeQuota", most(quotas.managed_policy_length)),
        ("PolicyVersionsInUse", policies.version_count()),
        ("PolicyVersionsInUseQuota", 10_000),
        ("Providers", snapshot.oidc_providers().count()),
        (
            "RolePolicySizeQuota",
            most(quotas.role_inline_policies_length),
        ),
        ("Roles", snapshot.role_count()),
        ("RolesQuota", most(quotas.roles)),
        ("ServerCertificates", 0),
        ("ServerCertificatesQuota", 20),
        ("SigningCertificatesPerUserQuota", 2),
        ("UserPolicySizeQuota", USER_POLICY_SIZE),
        ("Users", users),
        ("UsersQuota", USERS),
        ("VersionsPerPolicyQuota", 5),
    ])
}

/// What a quota that is none is said to be.
fn most(quota: Option<usize>) -> usize {
    quota.unwrap_or(1_000_000)
}
