//! A policy document as a tree that can be turned before it becomes JSON.

use serde_json::{Map, Value, json};

use crate::operators::Operator;

/// A policy document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The Version element, if there is one.
    pub version: Option<&'static str>,
    /// The statements.
    pub statements: Vec<Statement>,
}

/// A statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Its effect is Deny.
    pub deny: bool,
    /// Principal or NotPrincipal, in a resource's policy.
    pub principal: Option<Clause<Named>>,
    /// Action or NotAction.
    pub action: Clause<String>,
    /// Resource or NotResource.
    pub resource: Clause<String>,
    /// All of them must hold.
    pub conditions: Vec<Condition>,
}

/// An element that is there as itself or as its `Not…` form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause<T> {
    /// The `Not…` form.
    pub negated: bool,
    /// The values.
    pub values: Vec<T>,
}

/// One principal of a Principal element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// `"*"`, which stands alone.
    Everyone,
    /// Of the kind `AWS`.
    Aws(String),
    /// Of the kind `Service`.
    Service(String),
    /// Of the kind `Federated`.
    Federated(String),
}

/// One key under one operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The prefix.
    pub quantifier: Option<Quantifier>,
    /// The operator.
    pub operator: Operator,
    /// With the suffix.
    pub if_exists: bool,
    /// The key.
    pub key: String,
    /// The values.
    pub values: Vec<String>,
}

/// How a multivalued key is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quantifier {
    /// `ForAllValues:`
    All,
    /// `ForAnyValue:`
    Any,
}

impl Document {
    /// Allows everything.
    #[must_use]
    pub fn of_everything() -> Self {
        let star = || Clause {
            negated: false,
            values: vec!["*".to_owned()],
        };
        let statement = Statement {
            deny: false,
            principal: None,
            action: star(),
            resource: star(),
            conditions: Vec::new(),
        };
        Self {
            version: None,
            statements: vec![statement],
        }
    }

    /// The document as IAM reads it.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let statements: Vec<_> = self.statements.iter().map(Statement::to_json).collect();
        let mut document = Map::new();
        if let Some(version) = self.version {
            document.insert("Version".to_owned(), json!(version));
        }
        document.insert("Statement".to_owned(), json!(statements));
        Value::Object(document)
    }

    /// Whether `${…}` is a variable.
    #[must_use]
    pub fn has_variables(&self) -> bool {
        self.version == Some("2012-10-17")
    }
}

impl Statement {
    fn to_json(&self) -> Value {
        let mut statement = Map::new();
        let effect = if self.deny { "Deny" } else { "Allow" };
        statement.insert("Effect".to_owned(), json!(effect));
        if let Some(principal) = &self.principal {
            insert(&mut statement, "Principal", principal, principals);
        }
        insert(&mut statement, "Action", &self.action, |v| json!(v));
        insert(&mut statement, "Resource", &self.resource, |v| json!(v));
        if !self.conditions.is_empty() {
            statement.insert("Condition".to_owned(), conditions(&self.conditions));
        }
        Value::Object(statement)
    }
}

impl Condition {
    /// The operator with prefix and suffix.
    #[must_use]
    pub fn operator_name(&self) -> String {
        let prefix = match self.quantifier {
            Some(Quantifier::All) => "ForAllValues:",
            Some(Quantifier::Any) => "ForAnyValue:",
            None => "",
        };
        let suffix = if self.if_exists { "IfExists" } else { "" };
        format!("{prefix}{}{suffix}", self.operator.name)
    }
}

fn insert<T>(
    statement: &mut Map<String, Value>,
    element: &str,
    clause: &Clause<T>,
    to_json: impl Fn(&[T]) -> Value,
) {
    let not = if clause.negated { "Not" } else { "" };
    statement.insert(format!("{not}{element}"), to_json(&clause.values));
}

fn principals(named: &[Named]) -> Value {
    let (mut aws, mut services, mut providers) = (Vec::new(), Vec::new(), Vec::new());
    for one in named {
        match one {
            Named::Everyone => return json!("*"),
            Named::Aws(text) => aws.push(text),
            Named::Service(text) => services.push(text),
            Named::Federated(text) => providers.push(text),
        }
    }
    let mut kinds = Map::new();
    for (kind, texts) in [
        ("AWS", aws),
        ("Service", services),
        ("Federated", providers),
    ] {
        if !texts.is_empty() {
            kinds.insert(kind.to_owned(), json!(texts));
        }
    }
    Value::Object(kinds)
}

fn conditions(conditions: &[Condition]) -> Value {
    let mut operators = Map::new();
    for condition in conditions {
        let keys = operators
            .entry(condition.operator_name())
            .or_insert_with(|| json!({}));
        if let Some(keys) = keys.as_object_mut() {
            keys.insert(condition.key.clone(), json!(condition.values));
        }
    }
    Value::Object(operators)
}
