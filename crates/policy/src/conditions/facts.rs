//! What can be said of a condition without a request: its family, whether it wants the key, and between which values.
//! Read by `lint/`.

use super::operator::Comparison;
use super::string;
use super::{Condition, Quantifier, Test};
use crate::request::{Context, ContextValue};

/// The operators of one kind of value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    String,
    Arn,
    Bool,
    Numeric,
    Date,
    Ip,
    Binary,
    Null,
}

/// What a condition says of the key's being there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    Absent,
    Present,
    Either,
}

/// The values between which a condition holds; each bound with whether it is itself among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Range {
    family: Family,
    low: Option<(i128, bool)>,
    high: Option<(i128, bool)>,
}

impl Range {
    /// Whether a value is in both.
    pub fn meet(one: &Self, other: &Self) -> bool {
        let below = |low: Option<(i128, bool)>, high: Option<(i128, bool)>| match (low, high) {
            (Some((low, with_low)), Some((high, with_high))) => {
                low < high || (low == high && with_low && with_high)
            }
            _ => true,
        };
        one.family != other.family || (below(one.low, other.high) && below(other.low, one.high))
    }

    fn of(
        family: Family,
        comparison: Comparison,
        values: impl Iterator<Item = i128> + Clone,
    ) -> Self {
        let (least, most) = (values.clone().min(), values.max());
        let (low, high) = match comparison {
            Comparison::Equals => (least.map(|v| (v, true)), most.map(|v| (v, true))),
            Comparison::LessThan => (None, most.map(|v| (v, false))),
            Comparison::LessThanEquals => (None, most.map(|v| (v, true))),
            Comparison::GreaterThan => (least.map(|v| (v, false)), None),
            Comparison::GreaterThanEquals => (least.map(|v| (v, true)), None),
        };
        Self { family, low, high }
    }
}

/// A request without keys: variables stay as written.
struct Nothing;

impl Context for Nothing {
    fn value(&self, _: &str) -> Option<ContextValue<'_>> {
        None
    }
}

impl Condition {
    pub fn family(&self) -> Family {
        match self.test {
            Test::String(_) => Family::String,
            Test::Arn(_) => Family::Arn,
            Test::Bool(_) => Family::Bool,
            Test::Numeric(_) => Family::Numeric,
            Test::Date(_) => Family::Date,
            Test::Ip(_) => Family::Ip,
            Test::Binary(_) => Family::Binary,
            Test::Null(_) => Family::Null,
        }
    }

    /// Whether `*` in its values stands for anything.
    pub fn takes_wildcards(&self) -> bool {
        match &self.test {
            Test::String(values) => values.comparison() == string::Comparison::Like,
            Test::Arn(_) => true,
            _ => false,
        }
    }

    /// The keys of the variables in its values, each as often as it is there.
    pub fn variables(&self) -> Vec<&str> {
        let mut keys = Vec::new();
        self.push_variables(&mut keys);
        keys
    }

    /// Its values as the policy wrote them.
    pub fn written_texts(&self) -> Vec<String> {
        self.expected(&Nothing, usize::MAX)
    }

    /// Whether it holds only where the key is there with one of its values.
    pub fn wants_a_value(&self) -> bool {
        !self.negated
            && !self.if_exists
            && self.quantifier != Some(Quantifier::ForAllValues)
            && self.family() != Family::Null
    }

    pub fn presence(&self) -> Presence {
        match &self.test {
            Test::Null(values) => match (values.wants(true), values.wants(false)) {
                (true, false) => Presence::Absent,
                (false, true) => Presence::Present,
                _ => Presence::Either,
            },
            _ if self.wants_a_value() => Presence::Present,
            _ => Presence::Either,
        }
    }

    /// Between which values it holds, for ordered families and one value at a time.
    pub fn range(&self) -> Option<Range> {
        if !self.wants_a_value() || self.quantifier.is_some() {
            return None;
        }
        match &self.test {
            Test::Numeric(values) => Some(Range::of(
                Family::Numeric,
                values.comparison(),
                values.numbers(),
            )),
            Test::Date(values) => Some(Range::of(
                Family::Date,
                values.comparison(),
                values.nanoseconds(),
            )),
            _ => None,
        }
    }

    /// The only texts that it wants, where they are plain.
    pub fn only_values(&self) -> Option<Vec<String>> {
        (self.wants_a_value() && self.quantifier.is_none())
            .then(|| self.plain_values())
            .flatten()
    }

    /// The texts that it excludes, where they are plain.
    pub fn all_but_values(&self) -> Option<Vec<String>> {
        (self.negated && self.quantifier.is_none())
            .then(|| self.plain_values())
            .flatten()
    }

    fn plain_values(&self) -> Option<Vec<String>> {
        let Test::String(values) = &self.test else {
            return None;
        };
        let is_plain =
            values.comparison() == string::Comparison::Equals && self.variables().is_empty();
        is_plain.then(|| self.written_texts())
    }
}
