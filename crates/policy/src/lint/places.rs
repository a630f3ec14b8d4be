//! Where the parts of each statement are in the text, in the order in which they are compiled.

use crate::json::{Member, Node, Value};
use crate::parse::{find, one_or_many};
use crate::refusal::Position;

/// The places of one statement's parts.
#[derive(Debug)]
pub(super) struct Places {
    pub statement: Position,
    pub principals: Position,
    pub actions: Vec<Position>,
    pub resources: Vec<Position>,
    /// Of each key under each operator.
    pub conditions: Vec<Position>,
}

impl Places {
    pub fn of(root: &Node) -> Vec<Self> {
        let statements = elements(root).and_then(|members| find(members, "Statement"));
        let statements = statements.map(|member| one_or_many(&member.node));
        statements
            .unwrap_or_default()
            .iter()
            .filter_map(|node| Some(Self::of_statement(node, elements(node)?)))
            .collect()
    }

    fn of_statement(node: &Node, elements: &[Member]) -> Self {
        let either =
            |name: &str, other: &str| find(elements, name).or_else(|| find(elements, other));
        let values = |name, other| {
            let nodes = either(name, other).map(|member| one_or_many(&member.node));
            nodes
                .unwrap_or_default()
                .iter()
                .map(|node| node.at)
                .collect()
        };
        Self {
            statement: node.at,
            principals: either("Principal", "NotPrincipal").map_or(node.at, |member| member.key_at),
            actions: values("Action", "NotAction"),
            resources: values("Resource", "NotResource"),
            conditions: conditions(elements),
        }
    }
}

fn conditions(elements: &[Member]) -> Vec<Position> {
    let operators = find(elements, "Condition").and_then(|member| self::elements(&member.node));
    operators
        .unwrap_or_default()
        .iter()
        .filter_map(|operator| self::elements(&operator.node))
        .flatten()
        .map(|key| key.key_at)
        .collect()
}

fn elements(node: &Node) -> Option<&[Member]> {
    match &node.value {
        Value::Object(members) => Some(members),
        _ => None,
    }
}
