//! The policy simulator: policies, actions and resources come in, what would be decided and by which statements goes out
//! (IAM API reference, SimulateCustomPolicy and SimulatePrincipalPolicy). Nothing is done. Called by `frontends/iam`.

mod collected;
mod inputs;
mod keys;
mod operations;

use std::sync::Arc;

use anyrole_policy::{
    AwsPrincipal, Decision, Effect, Layer, Layers, NearMiss, Obstacle, Policies, Policy, Principal,
    Request, StatementAt, evaluate, explain,
};

pub use self::inputs::{ContextEntry, Exclusion, InlinePolicyId, Question};
use self::keys::Keys;
pub use self::operations::{
    PrincipalPolicies, context_keys_for_custom_policy, context_keys_for_principal_policy,
    simulate_custom_policy, simulate_principal_policy,
};
use crate::names::printable;
use crate::refusal::{Kind, Refusal};

/// What kind of policy a statement is in, in the model's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceType {
    /// An inline policy of a user.
    User,
    /// An inline policy of a group.
    Group,
    /// An inline policy of a role.
    Role,
    /// A managed policy of AWS's.
    AwsManaged,
    /// A managed policy of the customer's.
    UserManaged,
    /// The policy of a resource.
    Resource,
    /// One that came with the request.
    None,
}

/// A policy with what it is called in answers.
#[derive(Debug, Clone)]
struct Sourced {
    id: String,
    source: SourceType,
    policy: Arc<Policy>,
}

/// All that is decided by.
#[derive(Debug, Default)]
struct Stage {
    identity: Vec<Sourced>,
    boundary: Option<Sourced>,
    resource: Option<Sourced>,
    /// Level by level, as an organization has them.
    service_control: Vec<Vec<Arc<Policy>>>,
}

/// Whose request is simulated.
#[derive(Debug)]
struct Caller {
    account: String,
    arn: String,
    unique_id: String,
}

/// What would be decided of one action on one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The action.
    pub action: String,
    /// The resource; `*` where none was named.
    pub resource: String,
    /// The decision.
    pub decision: Verdict,
    /// The decision with the layer that it fell in.
    pub decided: Decision,
    /// The statements that decided: where one denies, those that deny.
    pub matched: Vec<MatchedStatement>,
    /// Statements about the action that something else kept from matching, where the question asks for them: the first 20.
    pub near_misses: Vec<NearStatement>,
    /// Condition keys that the policies ask for, and that the request does not have.
    pub missing_keys: Arc<[String]>,
    /// Whether the service control policies allow, where there are any.
    pub allowed_by_organizations: Option<bool>,
    /// Whether the permissions boundary allows, where there is one.
    pub allowed_by_boundary: Option<bool>,
}

/// A decision as the simulator says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Allowed.
    Allowed,
    /// A statement denies.
    ExplicitDeny,
    /// No statement allows.
    ImplicitDeny,
}

/// Where a statement stands that decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchedStatement {
    /// The policy, as answers call it.
    pub policy: String,
    /// What kind of policy that is.
    pub source: SourceType,
    /// Its Sid.
    pub sid: Option<String>,
    /// Line and column where the statement begins, from 1.
    pub start: (usize, usize),
    /// Line and column behind its end.
    pub end: (usize, usize),
}

/// A statement that nearly matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NearStatement {
    /// The statement.
    pub statement: MatchedStatement,
    /// The first thing that stopped it.
    pub stopped_by: Obstacle,
}

/// The most of them that are told of one decision.
const MAX_NEAR: usize = 20;

/// What outcomes tell beside the decision: the condition keys that are missing, and whether near misses are told.
#[derive(Debug)]
struct Told {
    missing_keys: Arc<[String]>,
    near_misses: bool,
}

impl Stage {
    fn policies(&self) -> impl Iterator<Item = &Policy> {
        let named = self.identity.iter().chain(&self.boundary);
        let named = named.chain(&self.resource).map(|sourced| &*sourced.policy);
        named.chain(
            self.service_control
                .iter()
                .flatten()
                .map(|policy| &**policy),
        )
    }

    fn statement_count(&self) -> usize {
        self.policies().map(Policy::statement_count).sum()
    }

    fn missing_keys(&self, keys: &Keys) -> Arc<[String]> {
        let mut missing: Vec<&str> = self
            .policies()
            .flat_map(Policy::context_keys)
            .filter(|key| !keys.has(key))
            .collect();
        missing.sort_unstable();
        missing.dedup();
        missing.into_iter().map(str::to_owned).collect()
    }

    fn decide(
        &self,
        caller: &Caller,
        keys: &Keys,
        (action, resource): (&str, &str),
        resource_account: &str,
        told: &Told,
    ) -> Result<Outcome, Refusal> {
        let principal = AwsPrincipal::user(&caller.account, &caller.arn, &caller.unique_id);
        let request = Request {
            principal: Principal::Aws(principal),
            action,
            resource,
            resource_account,
            context: keys,
        };
        let identity: Vec<Arc<Policy>> = self
            .identity
            .iter()
            .map(|each| each.policy.clone())
            .collect();
        let levels: Vec<Policies<'_>> = self.service_control.iter().map(Policies::from).collect();
        let boundary = self.boundary.as_ref().map(|sourced| &sourced.policy);
        let layers = Layers {
            identity: Policies::from(&identity),
            boundary: boundary.map(|policy| &**policy),
            resource: self.resource.as_ref().map(|sourced| &*sourced.policy),
            service_control: &levels,
            ..Layers::default()
        };
        let explanation = explain(&request, &layers);
        self.check_evaluated(&explanation.near_misses)?;
        let (decision, effect) = match explanation.decision {
            Decision::Allow => (Verdict::Allowed, Some(Effect::Allow)),
            Decision::ExplicitDeny { .. } => (Verdict::ExplicitDeny, Some(Effect::Deny)),
            Decision::ImplicitDeny { .. } => (Verdict::ImplicitDeny, None),
        };
        let matched = explanation.matched.iter();
        let matched = matched.filter(|statement| Some(statement.effect) == effect);
        Ok(Outcome {
            action: action.to_owned(),
            resource: resource.to_owned(),
            decision,
            decided: explanation.decision,
            matched: matched
                .filter_map(|statement| self.named(statement))
                .collect(),
            near_misses: match told.near_misses {
                true => self.near(&explanation.near_misses),
                false => Vec::new(),
            },
            missing_keys: told.missing_keys.clone(),
            allowed_by_organizations: (!levels.is_empty())
                .then(|| levels.iter().all(|level| allowed_alone(&request, *level))),
            allowed_by_boundary: boundary.map(|policy| {
                allowed_alone(&request, Policies::from(std::slice::from_ref(policy)))
            }),
        })
    }

    /// Refuses where a condition was asked of a value that is none of its operator's: what would be decided of a request whose
    /// values are right can't be said.
    fn check_evaluated(&self, near_misses: &[NearMiss]) -> Result<(), Refusal> {
        for NearMiss {
            statement,
            stopped_by,
        } in near_misses
        {
            let Obstacle::Condition {
                operator,
                key,
                actual,
                unreadable: true,
                ..
            } = stopped_by
            else {
                continue;
            };
            let named = self.named(statement);
            let policy = named.map_or_else(|| "a control policy".to_owned(), |named| named.policy);
            let values = actual.as_deref().unwrap_or_default().join("`, `");
            let text = format!(
                "The policy {policy} could not be evaluated: line {}, column {}: {operator} can't compare `{}`, which is given for {key}.",
                statement.line,
                statement.column,
                printable(&values),
            );
            return Err(Refusal::new(Kind::Unevaluable, "policy-evaluation", text));
        }
        Ok(())
    }

    fn near(&self, near_misses: &[NearMiss]) -> Vec<NearStatement> {
        let near = near_misses.iter().filter_map(|near| {
            Some(NearStatement {
                statement: self.named(&near.statement)?,
                stopped_by: near.stopped_by.clone(),
            })
        });
        near.take(MAX_NEAR).collect()
    }

    /// Where a statement stands, as answers say it; control policies are counted alone.
    fn named(&self, statement: &StatementAt) -> Option<MatchedStatement> {
        let sourced = match statement.layer {
            Layer::Identity => self.identity.get(statement.policy),
            Layer::Boundary => self.boundary.as_ref(),
            Layer::Resource | Layer::Trust => self.resource.as_ref(),
            Layer::Session | Layer::ServiceControl | Layer::ResourceControl => None,
        }?;
        Some(MatchedStatement {
            policy: sourced.id.clone(),
            source: sourced.source,
            sid: statement.sid.clone(),
            start: (statement.line, statement.column),
            end: (statement.end_line, statement.end_column),
        })
    }
}

/// Whether these policies would allow, were they all.
fn allowed_alone(request: &Request<'_>, policies: Policies<'_>) -> bool {
    let account = match request.principal {
        Principal::Aws(principal) => principal.account,
        _ => request.resource_account,
    };
    let request = Request {
        resource_account: account,
        ..*request
    };
    let layers = Layers {
        identity: policies,
        ..Layers::default()
    };
    evaluate(&request, &layers).is_allowed()
}
