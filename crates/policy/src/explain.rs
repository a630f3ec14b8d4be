//! Why a request was allowed or denied, as data: the statements that matched, and those that nearly did with what
//! stopped them. Reads statements by the very function that `evaluate.rs` decides with.

use crate::conditions::{Condition, Truth};
use crate::document::{Clause, Effect, Policy, Statement};
use crate::evaluate::{Asked, Stop, evaluate, evaluate_trust, resource_layer, weigh};
use crate::layers::{Decision, Layer, Layers, Policies};
use crate::request::{Principal, Request};

/// Values and patterns that are told of one element.
const MOST_VALUES: usize = 16;
/// Bytes of each that are told; an ellipsis stands for the rest.
const MOST_BYTES: usize = 256;

/// A decision with its reasons. Of long texts the first 256 bytes are told, and of many values the first 16.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Explanation {
    /// The decision, with the layer that it fell in.
    pub decision: Decision,
    /// The action asked for.
    pub action: String,
    /// The resource asked for.
    pub resource: String,
    /// The statements that matched, of both effects, in every layer.
    pub matched: Vec<StatementAt>,
    /// Statements about the action that something else kept from matching.
    pub near_misses: Vec<NearMiss>,
}

/// Where a statement is.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct StatementAt {
    /// The layer of its policy.
    pub layer: Layer,
    /// The policy's place in its layer, from 0; control policies of all levels are counted together.
    pub policy: usize,
    /// The statement's place in its policy, from 0.
    pub statement: usize,
    /// Its Sid.
    pub sid: Option<String>,
    /// What it does.
    pub effect: Effect,
    /// The line in the policy's text where it begins, from 1.
    pub line: usize,
    /// The column there, from 1.
    pub column: usize,
    /// The line where it ends; 0 in records of earlier versions.
    #[serde(default)]
    pub end_line: usize,
    /// The column behind its closing brace, from 1.
    #[serde(default)]
    pub end_column: usize,
}

/// A statement that nearly matched.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct NearMiss {
    /// The statement.
    pub statement: StatementAt,
    /// The first thing that stopped it.
    pub stopped_by: Obstacle,
}

/// What stopped a statement, with the policy's value and the request's.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "element", rename_all = "kebab-case")]
pub enum Obstacle {
    /// It is about other principals.
    Principal {
        /// Whom it names, or all but whom.
        named: Vec<String>,
        /// The names are those of NotPrincipal.
        negated: bool,
        /// Who asks.
        asking: String,
    },
    /// It is about other resources.
    Resource {
        /// The patterns, variables filled in.
        patterns: Vec<String>,
        /// The patterns are those of NotResource.
        negated: bool,
        /// The resource asked for.
        asked: String,
    },
    /// A condition doesn't hold.
    Condition {
        /// The operator with its modifiers, as written.
        operator: String,
        /// The key, as written.
        key: String,
        /// The policy's values, variables filled in where they have values.
        expected: Vec<String>,
        /// The request's values; none where the request doesn't have the key.
        actual: Option<Vec<String>>,
        /// The request's value isn't of the operator's type.
        unreadable: bool,
    },
}

/// Decides as [`evaluate`] does, and says why.
///
/// ```
/// use std::sync::Arc;
/// use anyrole_policy::{
///     AwsPrincipal, Context, ContextValue, Layers, Obstacle, Policy, PolicyKind, Principal, Request, explain,
/// };
///
/// struct Team;
/// impl Context for Team {
///     fn value(&self, key: &str) -> Option<ContextValue<'_>> {
///         (key == "aws:principaltag/team").then_some(ContextValue::One("red"))
///     }
/// }
///
/// let text = r#"{"Version": "2012-10-17", "Statement": {"Sid": "Blue", "Effect": "Allow",
///     "Action": "s3:GetObject", "Resource": "*",
///     "Condition": {"StringEquals": {"aws:PrincipalTag/team": "blue"}}}}"#;
/// let identity = [Arc::new(Policy::parse(text, PolicyKind::Identity)?)];
/// let request = Request {
///     principal: Principal::Aws(AwsPrincipal::user(
///         "000000000000",
///         "arn:aws:iam::000000000000:user/ann",
///         "AIDA0000000000EXAMPLE",
///     )),
///     action: "s3:GetObject",
///     resource: "arn:aws:s3:::reports/2030.txt",
///     resource_account: "000000000000",
///     context: &Team,
/// };
/// let explanation = explain(&request, &Layers { identity: (&identity).into(), ..Layers::default() });
/// assert!(!explanation.decision.is_allowed());
/// let near = &explanation.near_misses[0];
/// assert_eq!(near.statement.sid.as_deref(), Some("Blue"));
/// let Obstacle::Condition { expected, actual, .. } = &near.stopped_by else { unreachable!() };
/// assert_eq!(expected, &["blue"]);
/// assert_eq!(actual.as_deref(), Some(["red".to_owned()].as_slice()));
/// # Ok::<(), anyrole_policy::ParseError>(())
/// ```
pub fn explain(request: &Request<'_>, layers: &Layers<'_>) -> Explanation {
    let control = layers.service_control.iter();
    let control = control.flat_map(|level| of(Layer::ServiceControl, *level));
    let resource_control = layers.resource_control.iter();
    let resource_control = resource_control.flat_map(|level| of(Layer::ResourceControl, *level));
    let boundary = layers
        .boundary
        .iter()
        .map(|policy| (Layer::Boundary, *policy));
    let resource = layers
        .resource
        .iter()
        .map(|policy| (resource_layer(layers), *policy));
    let policies = of(Layer::Identity, layers.identity)
        .chain(boundary)
        .chain(of(Layer::Session, layers.session.unwrap_or_default()))
        .chain(resource)
        .chain(control)
        .chain(resource_control)
        .filter(|(layer, _)| counts(*layer, &request.principal));
    gather(
        &Asked::of(request, layers),
        evaluate(request, layers),
        policies,
    )
}

/// Services, identity providers and unsigned requests have no policies of their own, as in `evaluate.rs`.
fn counts(layer: Layer, principal: &Principal<'_>) -> bool {
    let of_resource = matches!(
        layer,
        Layer::Resource | Layer::Trust | Layer::ResourceControl
    );
    of_resource || matches!(principal, Principal::Aws(_))
}

fn of<'p>(layer: Layer, policies: Policies<'p>) -> impl Iterator<Item = (Layer, &'p Policy)> {
    policies.iter().map(move |policy| (layer, policy))
}

/// Decides as [`evaluate_trust`] does, and says why.
pub fn explain_trust(request: &Request<'_>, trust: &Policy) -> Explanation {
    gather(
        &Asked::alone(request),
        evaluate_trust(request, trust),
        std::iter::once((Layer::Trust, trust)),
    )
}

fn gather<'p>(
    request: &Asked<'_>,
    decision: Decision,
    policies: impl Iterator<Item = (Layer, &'p Policy)>,
) -> Explanation {
    let mut explanation = Explanation {
        decision,
        action: request.action.to_owned(),
        resource: request.resource.to_owned(),
        matched: Vec::new(),
        near_misses: Vec::new(),
    };
    let mut previous = None;
    for (layer, policy) in policies {
        let place = match previous {
            Some((same, place)) if same == layer => place + 1,
            _ => 0,
        };
        previous = Some((layer, place));
        for (index, statement) in policy.statements.iter().enumerate() {
            let at = statement_at(statement, layer, place, index);
            match weigh(statement, request, layer) {
                Ok(_) => explanation.matched.push(at),
                Err(stop) => {
                    explanation
                        .near_misses
                        .extend(
                            obstacle(stop, statement, request).map(|stopped_by| NearMiss {
                                statement: at,
                                stopped_by,
                            }),
                        )
                }
            }
        }
    }
    explanation
}

fn statement_at(statement: &Statement, layer: Layer, policy: usize, index: usize) -> StatementAt {
    StatementAt {
        layer,
        policy,
        statement: index,
        sid: statement.sid.clone(),
        effect: statement.effect,
        line: statement.at.line,
        column: statement.at.column,
        end_line: statement.end.line,
        end_column: statement.end.column,
    }
}

/// A statement about other actions isn't near.
fn obstacle(stop: Stop<'_>, statement: &Statement, request: &Request<'_>) -> Option<Obstacle> {
    Some(match stop {
        Stop::Action => return None,
        Stop::Principal => Obstacle::Principal {
            named: written(statement.principals.as_ref(), |pattern| {
                pattern.written().to_owned()
            }),
            negated: statement
                .principals
                .as_ref()
                .is_some_and(|clause| clause.negated),
            asking: asking(&request.principal),
        },
        Stop::Resource => Obstacle::Resource {
            patterns: written(statement.resources.as_ref(), |pattern| {
                pattern.filled(request.context)
            }),
            negated: statement
                .resources
                .as_ref()
                .is_some_and(|clause| clause.negated),
            asked: cut(request.resource),
        },
        Stop::Condition(condition) => condition_obstacle(condition, request),
    })
}

fn condition_obstacle(condition: &Condition, request: &Request<'_>) -> Obstacle {
    let values = condition.value(request.context);
    Obstacle::Condition {
        operator: condition.operator.to_string(),
        key: condition.key.to_string(),
        expected: cut_all(condition.expected(request.context, MOST_VALUES).into_iter()),
        actual: values.map(|values| cut_all(values.iter())),
        unreadable: condition.holds(request.context) == Truth::Unknown,
    }
}

fn written<T>(clause: Option<&Clause<T>>, text: impl Fn(&T) -> String) -> Vec<String> {
    clause
        .map(|clause| cut_all(clause.patterns.iter().map(text)))
        .unwrap_or_default()
}

/// The first of the texts, none of them long: explanations are stored, and what is in them came with the request.
fn cut_all(texts: impl Iterator<Item = impl AsRef<str>>) -> Vec<String> {
    texts
        .take(MOST_VALUES)
        .map(|text| cut(text.as_ref()))
        .collect()
}

fn cut(text: &str) -> String {
    if text.len() <= MOST_BYTES {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(MOST_BYTES);
    format!("{}…", text.get(..end).unwrap_or_default())
}

fn asking(principal: &Principal<'_>) -> String {
    match principal {
        Principal::Service(name) | Principal::Federated(name) => (*name).to_owned(),
        Principal::Aws(aws) => aws.session_arn.unwrap_or(aws.arn).to_owned(),
        Principal::Anonymous => "anonymous".to_owned(),
    }
}
