//! What a request is decided by: the policies of each layer; and what is decided. Built by the caller for each
//! decision; borrows everything.

use std::sync::Arc;

use crate::document::{Policy, Statement};
use crate::index::Index;
use crate::set::PolicySet;

/// Policies of one layer, which count together: one Allow is enough, one Deny is final.
#[derive(Debug, Clone, Copy, Default)]
pub struct Policies<'a> {
    pub(crate) list: &'a [Arc<Policy>],
    pub(crate) index: Option<&'a Index>,
}

impl<'a> Policies<'a> {
    pub(crate) fn statement(self, policy: u32, at: u32) -> Option<&'a Statement> {
        let policy = self.list.get(usize::try_from(policy).ok()?)?;
        policy.statements.get(usize::try_from(at).ok()?)
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = &'a Policy> {
        self.list.iter().map(|policy| &**policy)
    }
}

impl<'a> From<&'a [Arc<Policy>]> for Policies<'a> {
    fn from(policies: &'a [Arc<Policy>]) -> Self {
        Self {
            list: policies,
            index: None,
        }
    }
}

impl<'a> From<&'a Vec<Arc<Policy>>> for Policies<'a> {
    fn from(policies: &'a Vec<Arc<Policy>>) -> Self {
        Self {
            list: policies,
            index: None,
        }
    }
}

impl<'a, const N: usize> From<&'a [Arc<Policy>; N]> for Policies<'a> {
    fn from(policies: &'a [Arc<Policy>; N]) -> Self {
        Self {
            list: policies,
            index: None,
        }
    }
}

impl<'a> From<&'a PolicySet> for Policies<'a> {
    fn from(set: &'a PolicySet) -> Self {
        Self {
            list: set.policies(),
            index: set.index(),
        }
    }
}

/// The policies that apply to a request.
#[derive(Debug, Clone, Copy, Default)]
pub struct Layers<'a> {
    /// Policies attached to the user or role, and to the user's groups.
    pub identity: Policies<'a>,
    /// The permissions boundary of the user or role, if there is one.
    pub boundary: Option<&'a Policy>,
    /// The session policies, together, if the session was made with any. `Some` of none allows nothing.
    pub session: Option<Policies<'a>>,
    /// The resource's own policy, if it has one. A role's trust policy, too: where it is of that kind, identity
    /// policies alone never do.
    pub resource: Option<&'a Policy>,
    /// Service control policies of the organization that the principal's account is in: one item for the root, each
    /// unit on the way, and the account; each must allow. None at all where there is no organization.
    pub service_control: &'a [Policies<'a>],
    /// Resource control policies of the organization that the resource's account is in, level by level as well.
    pub resource_control: &'a [Policies<'a>],
}

/// A layer of policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// Policies attached to the user or role.
    Identity,
    /// The permissions boundary.
    Boundary,
    /// Session policies.
    Session,
    /// The resource's policy.
    Resource,
    /// A role's trust policy.
    Trust,
    /// Service control policies.
    ServiceControl,
    /// Resource control policies.
    ResourceControl,
}

/// What the policies say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Decision {
    /// Allowed.
    Allow,
    /// A statement denies.
    ExplicitDeny {
        /// The layer that the statement is in.
        layer: Layer,
    },
    /// No statement allows.
    ImplicitDeny {
        /// The first layer that had to allow and doesn't.
        layer: Layer,
    },
}

impl Decision {
    /// Whether the request may go on.
    pub fn is_allowed(self) -> bool {
        self == Self::Allow
    }
}
