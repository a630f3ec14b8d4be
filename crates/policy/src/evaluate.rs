//! The decision: a request and the policies of each layer go in, a [`Decision`] comes out. Nothing is allocated
//! unless a policy variable must be filled in. Called by the domain's authorization, and by `explain.rs`.

use crate::action::ActionPattern;
use crate::arn::ArnPattern;
use crate::conditions::{Condition, Truth};
use crate::document::{Effect, Policy, PolicyKind, Statement};
use crate::layers::{Decision, Layer, Layers, Policies};
use crate::principal::{PrincipalPattern, Reach, spares};
use crate::request::{AwsKind, AwsPrincipal, Principal, Request};

/// Decides a request, in AWS's order (IAM user guide, "Policy evaluation logic"): an explicit deny anywhere; resource
/// control policies and service control policies must allow at each of their levels. Then, within one account, an
/// Allow of the resource's policy that names the user or the session itself, which is final; one that names the
/// session's role or everyone, which stands in for the identity policies; then identity policies, boundary and session
/// policies must all allow. Across accounts the resource's policy must allow, and all of those as well.
///
/// ```
/// use std::sync::Arc;
/// use anyrole_policy::{
///     AwsPrincipal, Context, ContextValue, Decision, Layer, Layers, Policy, PolicyKind, Principal, Request, evaluate,
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
/// let layers = Layers {
///     identity: (&role).into(),
///     session: Some((&session).into()),
///     ..Layers::default()
/// };
/// let request = |action| Request {
///     principal: Principal::Aws(AwsPrincipal::role_session(
///         "000000000000",
///         "arn:aws:iam::000000000000:role/app",
///         "AROA0000000000EXAMPLE",
///         "arn:aws:sts::000000000000:assumed-role/app/host1",
///     )),
///     action,
///     resource: "arn:aws:s3:::reports/2030.txt",
///     resource_account: "000000000000",
///     context: &NoKeys,
/// };
/// assert_eq!(evaluate(&request("s3:GetObject"), &layers), Decision::Allow);
/// assert_eq!(
///     evaluate(&request("s3:PutObject"), &layers),
///     Decision::ImplicitDeny { layer: Layer::Session },
/// );
///
/// // The same object in another account: the bucket's policy must allow it, too.
/// let elsewhere = Request { resource_account: "111111111111", ..request("s3:GetObject") };
/// assert_eq!(
///     evaluate(&elsewhere, &layers),
///     Decision::ImplicitDeny { layer: Layer::Resource },
/// );
/// # Ok::<(), anyrole_policy::ParseError>(())
/// ```
pub fn evaluate(request: &Request<'_>, layers: &Layers<'_>) -> Decision {
    let verdicts = Verdicts::of(request, layers);
    match (verdicts.denying(), &request.principal) {
        (Some(layer), _) => Decision::ExplicitDeny { layer },
        (None, Principal::Aws(aws)) => match verdicts.missing(aws, request) {
            Some(layer) => Decision::ImplicitDeny { layer },
            None => Decision::Allow,
        },
        // Services, identity providers and unsigned requests have no policies of their own.
        (None, _) => match verdicts.missing_without_account() {
            Some(layer) => Decision::ImplicitDeny { layer },
            None => Decision::Allow,
        },
    }
}

/// What each layer says; `None` where there is no such layer.
struct Verdicts {
    resource_control: Option<Verdict>,
    service_control: Option<Verdict>,
    resource: Verdict,
    resource_layer: Layer,
    identity: Verdict,
    boundary: Option<Verdict>,
    session: Option<Verdict>,
}

impl Verdicts {
    fn of(request: &Request<'_>, layers: &Layers<'_>) -> Self {
        let request = &Asked::of(request, layers);
        let resource_layer = resource_layer(layers);
        let judged = |policy, layer| judge(policy, request, layer);
        let verdicts = Self {
            resource_control: judge_levels(
                layers.resource_control,
                request,
                Layer::ResourceControl,
            ),
            service_control: None,
            resource: layers
                .resource
                .map_or(Verdict::Silent, |policy| judged(policy, resource_layer)),
            resource_layer,
            identity: Verdict::Silent,
            boundary: None,
            session: None,
        };
        // Those of an account limit nobody else.
        let Principal::Aws(aws) = &request.principal else {
            return verdicts;
        };
        let identity = judge_all(layers.identity, request, Layer::Identity);
        let session = layers
            .session
            .map(|policies| judge_all(policies, request, Layer::Session));
        Self {
            service_control: judge_levels(layers.service_control, request, Layer::ServiceControl),
            identity: match aws.has_root_permissions() {
                true => identity.max(Verdict::Allow(Reach::Direct)),
                false => identity,
            },
            boundary: layers
                .boundary
                .map(|policy| judged(policy, Layer::Boundary)),
            session: match aws.kind {
                AwsKind::FederatedUser => session.or(Some(Verdict::Silent)),
                AwsKind::Root | AwsKind::User | AwsKind::RoleSession => session,
            },
            ..verdicts
        }
    }

    fn denying(&self) -> Option<Layer> {
        let layers = [
            (Layer::ServiceControl, self.service_control),
            (Layer::ResourceControl, self.resource_control),
            (self.resource_layer, Some(self.resource)),
            (Layer::Identity, Some(self.identity)),
            (Layer::Boundary, self.boundary),
            (Layer::Session, self.session),
        ];
        first(layers, Verdict::Deny)
    }

    /// The first layer that had to allow a principal of an account, and doesn't.
    fn missing(&self, aws: &AwsPrincipal<'_>, request: &Request<'_>) -> Option<Layer> {
        let same_account = aws.account == request.resource_account;
        let controls = [
            (Layer::ResourceControl, self.resource_control),
            (Layer::ServiceControl, self.service_control),
        ];
        let missing = first(controls, Verdict::Silent);
        if missing.is_some() || (same_account && self.resource == Verdict::Allow(Reach::Direct)) {
            return missing;
        }
        // A trust policy must name at least the account: identity policies alone don't open a role.
        let needs_resource = !same_account || self.resource_layer == Layer::Trust;
        let stands_in = same_account && self.resource == Verdict::Allow(Reach::Limited);
        let limits = [
            (
                self.resource_layer,
                Some(self.resource).filter(|_| needs_resource),
            ),
            (Layer::Identity, Some(self.identity).filter(|_| !stands_in)),
            (Layer::Boundary, self.boundary),
            (Layer::Session, self.session),
        ];
        first(limits, Verdict::Silent)
    }

    fn missing_without_account(&self) -> Option<Layer> {
        let layers = [
            (Layer::ResourceControl, self.resource_control),
            (self.resource_layer, Some(self.resource)),
        ];
        first(layers, Verdict::Silent)
    }
}

fn first<const N: usize>(layers: [(Layer, Option<Verdict>); N], wanted: Verdict) -> Option<Layer> {
    layers
        .iter()
        .find(|(_, verdict)| *verdict == Some(wanted))
        .map(|(layer, _)| *layer)
}

pub(crate) fn resource_layer(layers: &Layers<'_>) -> Layer {
    match layers.resource {
        Some(policy) if policy.kind == PolicyKind::Trust => Layer::Trust,
        _ => Layer::Resource,
    }
}

/// Decides by a role's trust policy alone, as for a service principal: nothing else has a say.
///
/// An AWS principal of which the policy names only the account isn't allowed by it alone; [`evaluate`] with the trust
/// policy as [`Layers::resource`] weighs its identity policies as well.
pub fn evaluate_trust(request: &Request<'_>, trust: &Policy) -> Decision {
    let layer = Layer::Trust;
    match judge(trust, &Asked::alone(request), layer) {
        Verdict::Deny => Decision::ExplicitDeny { layer },
        Verdict::Silent | Verdict::Allow(Reach::Account) => Decision::ImplicitDeny { layer },
        Verdict::Allow(Reach::Limited | Reach::Direct) => Decision::Allow,
    }
}

/// A request with what statements ask beside it.
pub(crate) struct Asked<'r> {
    request: &'r Request<'r>,
    has_boundary: bool,
}

impl<'r> Asked<'r> {
    pub fn of(request: &'r Request<'r>, layers: &Layers<'_>) -> Self {
        Self {
            request,
            has_boundary: layers.boundary.is_some(),
        }
    }

    pub fn alone(request: &'r Request<'r>) -> Self {
        Self {
            request,
            has_boundary: false,
        }
    }
}

impl<'r> std::ops::Deref for Asked<'r> {
    type Target = Request<'r>;

    fn deref(&self) -> &Request<'r> {
        self.request
    }
}

/// What the statements of one layer say together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    Silent,
    Allow(Reach),
    Deny,
}

/// Every level must allow; `None` without levels.
fn judge_levels(levels: &[Policies<'_>], request: &Asked<'_>, layer: Layer) -> Option<Verdict> {
    let verdicts = levels
        .iter()
        .map(|policies| judge_all(*policies, request, layer));
    verdicts.reduce(|one, other| match (one, other) {
        (Verdict::Deny, _) | (_, Verdict::Deny) => Verdict::Deny,
        _ => one.min(other),
    })
}

fn judge_all(policies: Policies<'_>, request: &Asked<'_>, layer: Layer) -> Verdict {
    let mut verdict = Verdict::Silent;
    match policies.index {
        Some(index) => index.candidates(request.action, request.resource, |(policy, at)| {
            if let Some(statement) = policies.statement(policy, at) {
                verdict = verdict.max(judge_statement(statement, request, layer));
            }
            verdict != Verdict::Deny
        }),
        None => {
            for policy in policies.iter() {
                verdict = verdict.max(judge(policy, request, layer));
            }
        }
    }
    verdict
}

fn judge(policy: &Policy, request: &Asked<'_>, layer: Layer) -> Verdict {
    let mut verdict = Verdict::Silent;
    for statement in &policy.statements {
        verdict = verdict.max(judge_statement(statement, request, layer));
        if verdict == Verdict::Deny {
            break;
        }
    }
    verdict
}

fn judge_statement(statement: &Statement, request: &Asked<'_>, layer: Layer) -> Verdict {
    match (weigh(statement, request, layer), statement.effect) {
        (Err(_), _) => Verdict::Silent,
        (Ok(_), Effect::Deny) => Verdict::Deny,
        (Ok(reach), Effect::Allow) => Verdict::Allow(reach),
    }
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
    request: &Asked<'_>,
    layer: Layer,
) -> Result<Reach, Stop<'s>> {
    let holds = |condition: &Condition| match condition.holds(request.context) {
        Truth::Yes => true,
        Truth::Unknown => statement.effect == Effect::Deny,
        Truth::No => false,
    };
    weigh_with(statement, request, layer, holds)
}

/// As [`weigh`], with another judgement of its conditions.
pub(crate) fn weigh_with<'s>(
    statement: &'s Statement,
    request: &Asked<'_>,
    layer: Layer,
    holds: impl Fn(&Condition) -> bool,
) -> Result<Reach, Stop<'s>> {
    let matches_action = |pattern: &ActionPattern| pattern.matches(request.action);
    if !statement.actions.holds(matches_action) {
        return Err(Stop::Action);
    }
    let reach = principal_reach(statement, request, layer).ok_or(Stop::Principal)?;
    if !resource_holds(statement, request) {
        return Err(Stop::Resource);
    }
    let failed = statement.conditions.iter().find(|found| !holds(found));
    failed.map_or(Ok(reach), |condition| Err(Stop::Condition(condition)))
}

pub(crate) fn principal_reach(
    statement: &Statement,
    request: &Asked<'_>,
    layer: Layer,
) -> Option<Reach> {
    let principal = &request.principal;
    let is_deny = statement.effect == Effect::Deny;
    let Some(clause) = &statement.principals else {
        // A policy of another kind in a place where statements must name principals: fails closed.
        let must_name = matches!(
            layer,
            Layer::Resource | Layer::Trust | Layer::ResourceControl
        );
        return (is_deny || !must_name).then_some(Reach::Direct);
    };
    if clause.negated && is_deny {
        return (!spares(&clause.patterns, principal, request.has_boundary))
            .then_some(Reach::Limited);
    }
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

fn resource_holds(statement: &Statement, request: &Asked<'_>) -> bool {
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
    let matching = |pattern: &ArnPattern| pattern.matches(request.resource, request.context);
    let matched = Truth::any(clause.patterns.iter().map(matching));
    match if clause.negated { !matched } else { matched } {
        Truth::Yes => true,
        Truth::Unknown => statement.effect == Effect::Deny,
        Truth::No => false,
    }
}
