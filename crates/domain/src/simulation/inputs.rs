//! What the simulator is asked, and what of it can't be.

use std::sync::Arc;

use anyrole_policy::{Policy, PolicyKind};
use serde::Deserialize;

use super::{SourceType, Sourced};
use crate::refusal::{Kind, Refusal};

/// The most actions, and the most resources.
const MAX_NAMES: usize = 1000;

/// A condition key of the simulated request (IAM API reference, ContextEntry).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ContextEntry {
    /// The key.
    pub context_key_name: Option<String>,
    /// Its values.
    pub context_key_values: Vec<String>,
    /// `string` or `stringList`, and so on.
    pub context_key_type: Option<String>,
}

/// An inline policy (IAM API reference, InlinePolicyIdentifierType).
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InlinePolicyId {
    /// Its name.
    pub policy_name: String,
    /// `user`, `group` or `role`.
    pub attachment_type: String,
    /// Whose it is.
    pub attachment_name: String,
}

/// Policies of the principal that are passed over (IAM API reference, PolicyIdentifier): those that are all that is said.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Exclusion {
    /// `inline`, `aws-managed`, `user-managed`, `permission-boundary`, `scp` or `rcp`.
    pub policy_type: Option<String>,
    /// A managed policy.
    pub policy_arn: Option<String>,
    /// An inline policy.
    pub inline_policy_identifier: Option<InlinePolicyId>,
}

/// Service control policies of one level of an organization (IAM API reference, OrderedOrganizationPolicyType).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OrganizationLevel {
    /// Their documents.
    pub service_control_policy_input_list: Vec<String>,
}

/// What is asked, but for whose policies it is about.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Question {
    /// Documents; beside the principal's own, where it is about one.
    pub policy_input_list: Vec<String>,
    /// The boundary, in place of the principal's own.
    pub permissions_boundary_policy_input_list: Vec<String>,
    /// Service control policies, level by level.
    pub ordered_organization_policy_input_list: Vec<OrganizationLevel>,
    /// `service:Action`, without wildcards.
    pub action_names: Vec<String>,
    /// ARNs; none is `*`.
    pub resource_arns: Vec<String>,
    /// The policy of each resource.
    pub resource_policy: Option<String>,
    /// The account of resources whose ARNs name none.
    pub resource_owner: Option<String>,
    /// The user whose request it is.
    pub caller_arn: Option<String>,
    /// Condition keys.
    pub context_entries: Vec<ContextEntry>,
    /// What kind of machine to start; of no meaning here.
    pub resource_handling_option: Option<String>,
    /// Whether outcomes tell which statements nearly matched; no request of the API asks for it.
    #[serde(skip)]
    pub tells_near_misses: bool,
}

/// The simulator's own refusal.
pub(super) fn invalid(text: impl Into<String>) -> Refusal {
    Refusal::new(Kind::InvalidInput, "invalid-input", text.into())
}

/// The documents of a list, named by their places in it.
pub(super) fn sourced(
    list: &str,
    texts: &[String],
    kind: PolicyKind,
    source: SourceType,
) -> Result<Vec<Sourced>, Refusal> {
    let documents = texts.iter().zip(1_usize..);
    documents
        .map(|(text, number)| {
            let id = format!("{list}.{number}");
            let policy = parsed(&id, text, kind)?;
            Ok(Sourced { id, source, policy })
        })
        .collect()
}

pub(super) fn parsed(id: &str, text: &str, kind: PolicyKind) -> Result<Arc<Policy>, Refusal> {
    Policy::parse(text, kind)
        .map(Arc::new)
        .map_err(|error| invalid(format!("Invalid policy {id}: {error}")))
}

/// The fifth part of an ARN, or an account id itself.
pub(super) fn account_of(arn: &str) -> Option<&str> {
    let account = if arn.starts_with("arn:") {
        arn.split(':').nth(4)?
    } else {
        arn
    };
    (account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit())).then_some(account)
}

impl Question {
    /// What can be said of the question itself.
    pub(super) fn check(&self) -> Result<(), Refusal> {
        if self.permissions_boundary_policy_input_list.len() > 1 {
            return Err(invalid("At most one permissions boundary can be given."));
        }
        if self.resource_handling_option.is_some() {
            return Err(invalid(
                "ResourceHandlingOption is about machines, which are not served.",
            ));
        }
        if self.action_names.is_empty() {
            return Err(invalid("ActionNames is empty."));
        }
        for action in &self.action_names {
            let whole = action.split_once(':').is_some_and(|(service, name)| {
                let is_word = |text: &str| {
                    !text.is_empty()
                        && text
                            .bytes()
                            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                };
                is_word(service) && is_word(name)
            });
            if !whole {
                return Err(invalid(format!("Invalid action name: {action}")));
            }
        }
        if self.action_names.len().max(self.resource_arns.len()) > MAX_NAMES {
            return Err(invalid(format!(
                "At most {MAX_NAMES} actions and as many resources can be given."
            )));
        }
        let owner = self.resource_owner.as_deref();
        if owner.is_some_and(|owner| account_of(owner).is_none()) {
            return Err(invalid("ResourceOwner names no account."));
        }
        let strange = self
            .resource_arns
            .iter()
            .find(|resource| *resource != "*" && resource.splitn(6, ':').count() < 6);
        strange.map_or(Ok(()), |resource| {
            Err(invalid(format!("Invalid resource: {resource}")))
        })
    }
}
