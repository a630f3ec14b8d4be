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
    let root_keys = snapshot.access_keys_of(None).count();
    Ok(vec![
        ("AccessKeysPerUserQuota", ACCESS_KEYS_PER_USER),
        ("AccountAccessKeysPresent", usize::from(root_keys > 0)),
        ("AccountMFAEnabled", 0),
        ("AccountPasswordPresent", 0),
        ("AccountSigningCertificatesPresent", 0),
        ("AssumeRolePolicySizeQuota", 2048),
        ("AttachedPoliciesPerGroupQuota", ATTACHED_POLICIES),
        ("AttachedPoliciesPerRoleQuota", ATTACHED_POLICIES),
        ("AttachedPoliciesPerUserQuota", ATTACHED_POLICIES),
        ("GlobalEndpointTokenVersion", 1),
        ("GroupPolicySizeQuota", GROUP_POLICY_SIZE),
        ("Groups", groups),
        ("GroupsPerUserQuota", GROUPS_PER_USER),
        ("GroupsQuota", GROUPS),
        ("InstanceProfiles", 0),
        ("InstanceProfilesQuota", 1000),
        ("MFADevices", 0),
        ("MFADevicesInUse", 0),
        ("Policies", 0),
        ("PoliciesQuota", 1500),
        ("PolicySizeQuota", 6144),
        ("PolicyVersionsInUse", 0),
        ("PolicyVersionsInUseQuota", 10_000),
        ("Providers", 0),
        ("RolePolicySizeQuota", 10_240),
        ("Roles", snapshot.role_count()),
        ("RolesQuota", 1000),
        ("ServerCertificates", 0),
        ("ServerCertificatesQuota", 20),
        ("SigningCertificatesPerUserQuota", 2),
        ("UserPolicySizeQuota", USER_POLICY_SIZE),
        ("Users", users),
        ("UsersQuota", USERS),
        ("VersionsPerPolicyQuota", 5),
    ])
}
