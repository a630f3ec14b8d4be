//! Policies that are evaluated together and often: policies go in once, and decisions look only at the statements that
//! may concern a request. Held by whoever keeps the policies of a user or role.

use std::sync::Arc;

use crate::document::Policy;
use crate::index::Index;

/// Policies of one user, role or level, with an index over their statements; for [`crate::Policies`].
///
/// A decision costs the same with ten policies that don't concern the request as with a thousand. Few statements get
/// no index, so that a set of one small policy is as cheap to make as a list.
///
/// ```
/// use std::sync::Arc;
/// use anyrole_policy::{Layers, Policy, PolicyKind, PolicySet};
///
/// let text = r#"{"Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}}"#;
/// let role = PolicySet::new(vec![Arc::new(Policy::parse(text, PolicyKind::Identity)?)]);
/// let layers = Layers { identity: (&role).into(), ..Layers::default() };
/// # let _ = layers;
/// # Ok::<(), anyrole_policy::ParseError>(())
/// ```
#[derive(Debug, Default)]
pub struct PolicySet {
    policies: Vec<Arc<Policy>>,
    index: Option<Index>,
}

impl PolicySet {
    /// Takes the policies together.
    pub fn new(policies: Vec<Arc<Policy>>) -> Self {
        let places = policies.iter().zip(0_u32..).flat_map(|(policy, at)| {
            let statements = policy.statements.iter().zip(0_u32..);
            statements.map(move |(statement, index)| ((at, index), statement))
        });
        let index = Index::build(places);
        Self { policies, index }
    }

    /// The policies, in the order given.
    pub fn policies(&self) -> &[Arc<Policy>] {
        &self.policies
    }

    pub(crate) fn index(&self) -> Option<&Index> {
        self.index.as_ref()
    }
}

impl From<Vec<Arc<Policy>>> for PolicySet {
    fn from(policies: Vec<Arc<Policy>>) -> Self {
        Self::new(policies)
    }
}
