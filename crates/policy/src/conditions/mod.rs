//! Conditions: an operator, a key and the policy's values go in at parse; at a decision the context's values do,
//! and a [`Truth`] comes out. One file per operator family; this one knows modifiers and absent keys.

mod arn;
mod binary;
mod boolean;
mod date;
mod facts;
mod ip;
mod null;
mod numeric;
mod operator;
mod string;

pub(crate) use facts::{Family, Presence, Range};
pub(crate) use operator::Scalar;

use crate::request::{Context, ContextValue};

/// What is known of a condition. Ordered, so that AND is the minimum and OR the maximum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Truth {
    No,
    /// The request's value isn't of the operator's type. Fails closed: an Allow doesn't match, a Deny does.
    Unknown,
    Yes,
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

impl Truth {
    /// OR, which asks no further once it is sure.
    pub fn any(each: impl Iterator<Item = Self>) -> Self {
        let mut any = Self::No;
        for truth in each {
            any = any.max(truth);
            if any == Self::Yes {
                break;
            }
        }
        any
    }
}

impl std::ops::Not for Truth {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Unknown => Self::Unknown,
            Self::Yes => Self::No,
        }
    }
}

/// How a multivalued key is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quantifier {
    ForAllValues,
    ForAnyValue,
}

/// One key under one operator, compiled.
#[derive(Debug)]
pub(crate) struct Condition {
    /// The operator as written, e.g. `ForAnyValue:StringLikeIfExists`.
    pub operator: Box<str>,
    /// The key as written.
    pub key: Box<str>,
    lower_case_key: Box<str>,
    quantifier: Option<Quantifier>,
    if_exists: bool,
    /// `…Not…` operators: none of the policy's values may match.
    negated: bool,
    test: Test,
}

/// The policy's values, by operator family; the positive comparison.
#[derive(Debug)]
enum Test {
    String(string::Values),
    Arn(arn::Values),
    Bool(boolean::Values),
    Numeric(numeric::Values),
    Date(date::Values),
    Ip(ip::Values),
    Null(null::Values),
    Binary(binary::Values),
}

impl Test {
    /// Whether one value of the request matches one of the policy's.
    fn any(&self, value: &str, context: &dyn Context) -> Truth {
        match self {
            Self::String(values) => values.any(value, context),
            Self::Arn(values) => values.any(value, context),
            Self::Bool(values) => values.any(value, context),
            Self::Numeric(values) => values.any(value),
            Self::Date(values) => values.any(value),
            Self::Ip(values) => values.any(value),
            Self::Null(values) => values.any(false),
            Self::Binary(values) => values.any(value),
        }
    }
}

impl Condition {
    /// Whether the condition holds for the request.
    pub fn holds(&self, context: &dyn Context) -> Truth {
        let mut value = self.value(context);
        // "If the key value resolves to a null data set, such as an empty string" (IAM user guide, set operators).
        if self.quantifier.is_some() && value.is_some_and(|value| value.iter().all(str::is_empty)) {
            value = None;
        }
        if let Test::Null(values) = &self.test {
            return values.any(value.is_none());
        }
        match value {
            None => self.holds_without_key(),
            Some(ContextValue::One(value)) => self.holds_for(value, context),
            Some(values) => {
                let mut each = values.iter().map(|value| self.holds_for(value, context));
                // Without a modifier one of several values is enough, and for a negated operator none may match.
                let all = match self.quantifier {
                    Some(quantifier) => quantifier == Quantifier::ForAllValues,
                    None => self.negated,
                };
                if all { each.min() } else { each.by_ref().max() }.unwrap_or(Truth::No)
            }
        }
    }

    /// The request's value; an empty list counts as absent.
    pub fn value<'c>(&self, context: &'c dyn Context) -> Option<ContextValue<'c>> {
        context
            .value(&self.lower_case_key)
            .filter(|value| !value.is_empty())
    }

    /// The first of the policy's values, with variables filled in where they have values.
    pub fn expected(&self, context: &dyn Context, most: usize) -> Vec<String> {
        match &self.test {
            Test::String(values) => values.expected(context, most),
            Test::Arn(values) => values.expected(context, most),
            Test::Bool(values) => values.expected(context, most),
            Test::Numeric(values) => values.expected(most),
            Test::Date(values) => values.expected(most),
            Test::Ip(values) => values.expected(most),
            Test::Null(values) => values.expected(most),
            Test::Binary(values) => values.expected(most),
        }
    }

    /// The context keys that it asks for.
    pub fn push_keys<'s>(&'s self, keys: &mut Vec<&'s str>) {
        keys.push(&self.lower_case_key);
        self.push_variables(keys);
    }

    fn push_variables<'s>(&'s self, keys: &mut Vec<&'s str>) {
        match &self.test {
            Test::String(values) => keys.extend(values.variables()),
            Test::Arn(values) => keys.extend(values.variables()),
            Test::Bool(values) => keys.extend(values.variables()),
            Test::Numeric(_) | Test::Date(_) | Test::Ip(_) | Test::Null(_) | Test::Binary(_) => {}
        }
    }

    /// Whether the condition asks the caller to be one of some principals.
    pub fn names_principal_arn(&self) -> bool {
        &*self.lower_case_key == "aws:principalarn"
            && matches!(self.test, Test::Arn(_) | Test::String(_))
            && !self.negated
            && !self.if_exists
            && self.quantifier != Some(Quantifier::ForAllValues)
    }

    fn holds_for(&self, value: &str, context: &dyn Context) -> Truth {
        let matched = self.test.any(value, context);
        if self.negated { !matched } else { matched }
    }

    fn holds_without_key(&self) -> Truth {
        let holds = match self.quantifier {
            _ if self.if_exists => true,
            Some(Quantifier::ForAllValues) => true,
            Some(Quantifier::ForAnyValue) => false,
            None => self.negated,
        };
        holds.into()
    }
}
