//! How many of each thing there may be, and how many requests. The app's settings fill it in; each noun's creation asks it.

use crate::rates::Rates;
use crate::refusal::{Kind, Refusal};

/// Quotas; `None` is no limit (Roles Anywhere user guide, quotas; IAM user guide, quotas).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quotas {
    /// Trust anchors in the account.
    pub trust_anchors: Option<usize>,
    /// Profiles in the account.
    pub profiles: Option<usize>,
    /// Roles in a profile.
    pub roles_per_profile: Option<usize>,
    /// CRLs of a trust anchor.
    pub crls_per_trust_anchor: Option<usize>,
    /// Certificates in a trust anchor.
    pub certificates_per_trust_anchor: Option<usize>,
    /// Roles in the account.
    pub roles: Option<usize>,
    /// The customer's managed policies in the account.
    pub policies: Option<usize>,
    /// Instance profiles in the account.
    pub instance_profiles: Option<usize>,
    /// Managed policies attached to a role.
    pub policies_per_role: Option<usize>,
    /// Certificate authorities in the account.
    pub certificate_authorities: Option<usize>,
    /// Characters of a trust policy, white space not counted.
    pub trust_policy_length: Option<usize>,
    /// Characters of a role's inline policies together, white space not counted.
    pub role_inline_policies_length: Option<usize>,
    /// Characters of a managed policy, white space not counted.
    pub managed_policy_length: Option<usize>,
    /// Requests a second.
    pub rates: Rates,
}

impl Default for Quotas {
    /// AWS's, but for certificates and CRLs of a trust anchor, which AWS limits to 2 of each, and for rates, which are off.
    fn default() -> Self {
        Self {
            trust_anchors: Some(50),
            profiles: Some(250),
            roles_per_profile: Some(250),
            crls_per_trust_anchor: None,
            certificates_per_trust_anchor: None,
            roles: Some(1000),
            policies: Some(1500),
            instance_profiles: Some(1000),
            policies_per_role: Some(10),
            certificate_authorities: Some(200),
            trust_policy_length: Some(2048),
            role_inline_policies_length: Some(10_240),
            managed_policy_length: Some(6144),
            rates: Rates::new(),
        }
    }
}

/// Refuses what would make more of `things` than the quota.
pub(crate) fn check(quota: Option<usize>, wanted: usize, things: &str) -> Result<(), Refusal> {
    match quota {
        Some(most) if wanted > most => Err(Refusal::new(
            Kind::LimitExceeded,
            "quota-exceeded",
            format!("The quota of {most} {things} is exceeded."),
        )),
        _ => Ok(()),
    }
}

/// The same in the words of IAM; `name` is the quota's.
pub(crate) fn check_iam(quota: Option<usize>, wanted: usize, name: &str) -> Result<(), Refusal> {
    match quota {
        Some(most) if wanted > most => Err(Refusal::new(
            Kind::LimitExceeded,
            "limit-exceeded",
            format!("Cannot exceed quota for {name}: {most}"),
        )),
        _ => Ok(()),
    }
}
