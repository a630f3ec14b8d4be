//! The decision: a request and the policies of each layer go in, a [`Decision`] comes out. Nothing is allocated
//! unless a policy variable must be filled in. Called by the domain's authorization, and by `explain.rs`.

use std::sync::Arc;

use crate::action::ActionPattern;
use crate::conditions::{Condition, Truth};
use crate::document::{Effect, Policy, Statement};
use crate::principal::{PrincipalPattern, Reach};
use crate::request::{Principal, Request};

/// The policies that apply to a request, within one account.
#[derive(Debug, Clone, Copy, Default)]
pub struct Layers<'a> {
    /// Policies attached to the user or role, together.
    pub identity: &'a [Arc<Policy>],
    /// The permissions boundary, if there is one.
    pub boundary: Option<&'a Policy>,
    /// The session policies, together, if the session was made with any. `Some` of none allows nothing.
    pub session: Option<&'a [Arc<Policy>]>,
    /// The resource's own policy, if it has one.
    pub resource: Option<&'a Policy>,
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

/// Decides a request within one account, in AWS's order: an explicit deny anywhere; an Allow of the resource's
/// policy that names the user or the session itself, which is final; one that names the session's role or everyone,
/// which stands in for the identity policies; then identity policies, boundary and session policies must all allow.
/// (IAM user guide, "Policy evaluation logic".)
///
/// The account's root isn't limited by identity policies: the caller answers for it before it asks here.
///
/// ```
/// use std::sync::Arc;
/// use anyrole_policy::{
///     Context, ContextValue, Decision, Layer, Layers, Policy, PolicyKind, Principal, Request, evaluate,
/// };
///
/// struct NoKeys;
/// impl Context for NoKeys {
///     fn value(&self, _: &str) -> Option<ContextValue<'_>> { None }
/// }
///
/// let policy = |text| Policy::parse(text, PolicyKind::Identity).map(Arc::new);
/// let role = [policy(r#"{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}"#)?];
/// let session = [policy(r#"{"Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}}"#)?];
/// let layers = Layers { identity: &role, session: Some(&session), ..Layers::default() };
/// let request = |action| Request {
///     principal: Principal::Aws {
///         account: "000000000000",
///         arn: "arn:aws:iam::000000000000:role/app",
///         session_arn: Some("arn:aws:sts::000000000000:assumed-role/app/host1"),
///     },
///     action,
///     resource: "arn:aws:s3:::reports/2030.txt",
///     context: &NoKeys,
/// };
/// assert_eq!(evaluate(&request("s3:GetObject"), &layers), Decision::Allow);
/// assert_eq!(
///     evaluate(&request("s3:PutObject"), &layers),
///     Decision::ImplicitDeny { layer: Layer::Session },
/// );
/// # Ok::<(), anyrole_policy::ParseError>(())
/// ```
pub fn evaluate(request: &Request<'_>, layers: &Layers<'_>) -> Decision {
    let identity = judge_all(layers.identity, request, Layer::Identity);
    let boundary = layers
        .boundary
        .map(|policy| judge(policy, request, Layer::Boundary));
    let session = layers
        .session
        .map(|policies| judge_all(policies, request, Layer::Session));
    let resource = layers.resource.map_or(Verdict::Silent, |policy| {
        judge(policy, request, Layer::Resource)
    });
    let verdicts = [
        (Layer::Identity, Some(identity)),
        (Layer::Boundary, boundary),
        (Layer::Session, session),
        (Layer::Resource, Some(resource)),
    ];
    if let Some((layer, _)) = verdicts
        .iter()
        .find(|(_, verdict)| *verdict == Some(Verdict::Deny))
    {
        return Decision::ExplicitDeny { layer: *layer };
    }
    let is_aws = matches!(request.principal, Principal::Aws { .. });
    match resource {
        Verdict::Allow(Reach::Direct) => return Decision::Allow,
        Verdict::Allow(Reach::Limited) if !is_aws => return Decision::Allow,
        // Services and unsigned requests have no policies of their own.
        _ if !is_aws => {
            return Decision::ImplicitDeny {
                layer: Layer::Resource,
            };
        }
        _ => {}
    }
    let stands_in = resource == Verdict::Allow(Reach::Limited);
    let limits = [
        (Layer::Identity, Some(identity).filter(|_| !stands_in)),
        (Layer::Boundary, boundary),
        (Layer::Session, session),
    ];
    match limits
        .iter()
        .find(|(_, verdict)| *verdict == Some(Verdict::Silent))
    {
        Some((layer, _)) => Decision::ImplicitDeny { layer: *layer },
        None => Decision::Allow,
    }
}

/// Decides by a role's trust policy alone, as for a service principal: nothing else has a say.
///
/// An AWS principal of which the policy names only the account isn't allowed by it alone; [`evaluate`] with the trust
/// policy as [`Layers::resource`] weighs its identity policies as well.
pub fn evaluate_trust(request: &Request<'_>, trust: &Policy) -> Decision {
    let layer = Layer::Trust;
    match judge(trust, request, layer) {
        Verdict::Deny => Decision::ExplicitDeny { layer },
        Verdict::Silent | Verdict::Allow(Reach::Account) => Decision::ImplicitDeny { layer },
        Verdict::Allow(Reach::Limited | Reach::Direct) => Decision::Allow,
    }
}

/// What the statements of one layer say together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    Silent,
    Allow(Reach),
    Deny,
}

fn judge_all(policies: &[Arc<Policy>], request: &Request<'_>, layer: Layer) -> Verdict {
    let verdicts = policies.iter().map(|policy| judge(policy, request, layer));
    verdicts.max().unwrap_or(Verdict::Silent)
}

fn judge(policy: &Policy, request: &Request<'_>, layer: Layer) -> Verdict {
    let mut verdict = Verdict::Silent;
    for statement in &policy.statements {
        match (weigh(statement, request, layer), statement.effect) {
            (Err(_), _) => {}
            (Ok(_), Effect::Deny) => return Verdict::Deny,
            (Ok(reach), Effect::Allow) => verdict = verdict.max(Verdict::Allow(reach)),
        }
    }
    verdict
}

/// The first part of a statement that keeps it from matching.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stop<'s> {
    Action,
    Principal,
    Resource,
    Condition(&'s Condition),
}

/// Whether a statement matches, and how far it reaches then.
pub(crate) fn weigh<'s>(
    statement: &'s Statement,
    request: &Request<'_>,
    layer: Layer,
) -> Result<Reach, Stop<'s>> {
    let matches_action = |pattern: &ActionPattern| pattern.matches(request.action);
    if !statement.actions.holds(matches_action) {
        return Err(Stop::Action);
    }
    let reach = principal_reach(statement, &request.principal, layer).ok_or(Stop::Principal)?;
    if !resource_holds(statement, request) {
        return Err(Stop::Resource);
    }
    for condition in &statement.conditions {
        let holds = match condition.holds(request.context) {
            Truth::Yes => true,
            Truth::Unknown => statement.effect == Effect::Deny,
            Truth::No => false,
        };
        if !holds {
            return Err(Stop::Condition(condition));
        }
    }
    Ok(reach)
}

fn principal_reach(
    statement: &Statement,
    principal: &Principal<'_>,
    layer: Layer,
) -> Option<Reach> {
    let is_deny = statement.effect == Effect::Deny;
    let Some(clause) = &statement.principals else {
        // A policy of another kind in a place where statements must name principals: fails closed.
        let must_name = matches!(layer, Layer::Resource | Layer::Trust);
        return (is_deny || !must_name).then_some(Reach::Direct);
    };
    let named = clause
        .patterns
        .iter()
        .filter_map(|pattern| pattern.reach(principal))
        .max();
    // `{"AWS": "*"}` and services: AWS doesn't say; an Allow doesn't include them, a Deny does.
    let any_aws = || clause.patterns.contains(&PrincipalPattern::AnyAws);
    match named {
        None if clause.negated => Some(Reach::Limited),
        Some(_) if clause.negated => None,
        None => (is_deny && any_aws()).then_some(Reach::Limited),
        Some(Reach::Limited) if statement.names_principal_arn && is_wildcard(&clause.patterns) => {
            Some(Reach::Direct)
        }
        reach => reach,
    }
}

fn is_wildcard(patterns: &[PrincipalPattern]) -> bool {
    patterns.iter().any(|pattern| {
        matches!(
            pattern,
            PrincipalPattern::Everyone | PrincipalPattern::AnyAws
        )
    })
}

fn resource_holds(statement: &Statement, request: &Request<'_>) -> bool {
    let Some(clause) = &statement.resources else {
        return true;
    };
    // A variable without a value matches nothing, and must not make the complement everything.
    let opens = clause.negated && statement.effect == Effect::Allow;
    if opens
        && !clause
            .patterns
            .iter()
            .all(|pattern| pattern.has_values(request.context))
    {
        return false;
    }
    clause.holds(|pattern| pattern.matches(request.resource, request.context))
}
