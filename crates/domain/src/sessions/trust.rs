//! Whether a role lets a verified certificate in: its trust policy, asked for the three actions that a session takes.

use std::cell::OnceCell;
use std::sync::Arc;

use anyrole_policy::{Context, ContextValue, Decision, Principal, Request};

use super::match_profile::denied;
use super::steps::Watch;
use super::trust_keys::{OpenKey, fixed_value};
use super::verified_chains::{KnownChain, MappedTags};
use crate::account::Account;
use crate::call::Origin;
use crate::profiles::ProfileEntry;
use crate::refusal::Refusal;
use crate::roles::RoleEntry;
use crate::tags::find_tag;
use crate::trust_anchors::TrustAnchorEntry;

/// The service principal that trust policies name.
pub(super) const SERVICE: &str = "rolesanywhere.amazonaws.com";
/// What a trust policy must allow; one of them missing refuses (Roles Anywhere user guide, trust model).
pub(super) const TRUST_ACTIONS: [&str; 3] =
    ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"];
/// All that a session is made of, once the certificate and the profile agree.
pub(super) struct Issue<'a> {
    pub(super) anchor: &'a TrustAnchorEntry,
    pub(super) profile: &'a ProfileEntry,
    pub(super) role: &'a RoleEntry,
    pub(super) chain: Arc<KnownChain>,
    pub(super) mapped: Arc<MappedTags>,
    pub(super) asked_name: Option<&'a str>,
    pub(super) seconds: u32,
}

impl Issue<'_> {
    /// The session's name.
    pub(super) fn name(&self) -> &str {
        self.asked_name.unwrap_or(self.chain.default_session_name())
    }

    /// How much the session takes in its token, in bytes.
    pub(super) fn packed_length(&self) -> usize {
        let tags = self.mapped.tags.iter();
        let tags: usize = tags.map(|tag| tag.key.len() + tag.value.len() + 4).sum();
        tags + self.profile.session_policies.len() * 32
            + self.chain.certificates().len() * 32
            + self.name().len()
            + self.chain.source_identity.len()
            + self.role.row.arn.len()
            + self.role.row.id.len()
            + self.anchor.row.resource.arn.len()
    }
}

/// AWS's text for all that keeps a role from being assumed.
pub(super) fn unable_to_assume(role_arn: &str, reason: &'static str) -> Refusal {
    denied(
        reason,
        format!(
            "Unable to assume role for {}",
            crate::names::printable(role_arn)
        ),
    )
}

/// The three actions must all be allowed; no other policy has a say (IAM Roles Anywhere user guide, trust model).
pub(super) fn check_trust(
    account: &Account,
    origin: &Origin,
    issue: &Issue<'_>,
    watch: &mut impl Watch,
) -> Result<(), Refusal> {
    let role_arn = &issue.role.row.arn;
    let context = TrustContext {
        account,
        origin,
        issue,
        tag_keys: OnceCell::new(),
        duration: OnceCell::new(),
        time: OnceCell::new(),
        epoch: OnceCell::new(),
        source_ip: OnceCell::new(),
    };
    for action in TRUST_ACTIONS {
        let request = Request {
            principal: Principal::Service(SERVICE),
            action,
            resource: role_arn,
            resource_account: account.id.as_str(),
            context: &context,
        };
        let explained = || anyrole_policy::explain_trust(&request, &issue.role.trust_policy);
        watch.saw(|facts| facts.policy(action, explained()));
        let why = match anyrole_policy::evaluate_trust(&request, &issue.role.trust_policy) {
            Decision::Allow => continue,
            Decision::ExplicitDeny { .. } => "trust-policy-denies",
            Decision::ImplicitDeny { .. } => "trust-policy-does-not-allow",
        };
        return Err(unable_to_assume(role_arn, why)
            .with_private(format!("the trust policy does not let {action} pass"))
            .with_policy(explained()));
    }
    Ok(())
}

/// Condition keys while a role is assumed (Roles Anywhere user guide, trust model). Tags are seen as `aws:PrincipalTag`, and as the
/// `aws:RequestTag` that ordinary AssumeRole calls have.
struct TrustContext<'a> {
    account: &'a Account,
    origin: &'a Origin,
    issue: &'a Issue<'a>,
    tag_keys: OnceCell<Vec<&'a str>>,
    duration: OnceCell<String>,
    time: OnceCell<String>,
    epoch: OnceCell<String>,
    source_ip: OnceCell<String>,
}

impl TrustContext<'_> {
    fn single(&self, key: OpenKey<'_>) -> Option<&str> {
        let (origin, chain) = (self.origin, &self.issue.chain);
        match key {
            OpenKey::Tag(name) => find_tag(&self.issue.mapped.tags, name),
            OpenKey::TagKeys => None,
            OpenKey::SourceArn => Some(&self.issue.anchor.row.resource.arn),
            OpenKey::SourceIdentity => Some(&chain.source_identity),
            OpenKey::SessionName => Some(self.issue.name()),
            OpenKey::Duration => Some(self.duration.get_or_init(|| self.issue.seconds.to_string())),
            OpenKey::SecureTransport => Some(if origin.secure_transport {
                "true"
            } else {
                "false"
            }),
            OpenKey::UserAgent => origin.user_agent.as_deref(),
            OpenKey::CurrentTime => Some(self.time.get_or_init(|| origin.now.to_string())),
            OpenKey::EpochTime => {
                let epoch = || origin.now.as_second().to_string();
                Some(self.epoch.get_or_init(epoch))
            }
            OpenKey::SourceIp => origin
                .source_ip
                .map(|ip| self.source_ip.get_or_init(|| ip.to_string()).as_str()),
        }
    }

    fn tag_keys(&self) -> Option<ContextValue<'_>> {
        let tags = self.issue.mapped.tags.iter();
        let keys = self
            .tag_keys
            .get_or_init(|| tags.map(|tag| &*tag.key).collect());
        (!keys.is_empty()).then_some(ContextValue::Many(keys))
    }
}

impl Context for TrustContext<'_> {
    fn value(&self, lower_case_key: &str) -> Option<ContextValue<'_>> {
        match OpenKey::of(lower_case_key) {
            Some(OpenKey::TagKeys) => self.tag_keys(),
            Some(key) => self.single(key).map(ContextValue::One),
            None => fixed_value(self.account, &self.issue.role.row.tags, lower_case_key),
        }
    }
}
