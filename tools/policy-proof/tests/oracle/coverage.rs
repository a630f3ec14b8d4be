//! What the generated scenes reached: outcomes, elements, and each operator with each prefix and suffix, both where it
//! held and where it kept a statement from matching.

use std::collections::BTreeMap;

use anyrole_policy::{Explanation, Obstacle};
use anyrole_policy_proof::{Condition, Document, Family, OPERATORS, Quantifier, Statement};

use crate::Outcome;

#[derive(Default)]
pub struct Coverage {
    cases: usize,
    outcomes: BTreeMap<Outcome, usize>,
    /// Of matching statements, by `Action`, `NotAction` and so on.
    elements: BTreeMap<String, usize>,
    held: BTreeMap<String, usize>,
    stopped: BTreeMap<String, usize>,
}

impl Coverage {
    pub fn add(&mut self, outcome: Outcome, explanation: &Explanation, document: &Document) {
        self.cases += 1;
        *self.outcomes.entry(outcome).or_default() += 1;
        for matched in &explanation.matched {
            self.matched(&document.statements[matched.statement]);
        }
        for miss in &explanation.near_misses {
            if let Obstacle::Condition { operator, .. } = &miss.stopped_by {
                *self.stopped.entry(operator.clone()).or_default() += 1;
            }
        }
    }

    pub fn merge(&mut self, other: Self) {
        self.cases += other.cases;
        for (outcome, count) in other.outcomes {
            *self.outcomes.entry(outcome).or_default() += count;
        }
        for (mine, others) in [
            (&mut self.elements, other.elements),
            (&mut self.held, other.held),
            (&mut self.stopped, other.stopped),
        ] {
            for (name, count) in others {
                *mine.entry(name).or_default() += count;
            }
        }
    }

    fn matched(&mut self, statement: &Statement) {
        let mut count = |negated: bool, element: &str| {
            let not = if negated { "Not" } else { "" };
            *self.elements.entry(format!("{not}{element}")).or_default() += 1;
        };
        count(statement.action.negated, "Action");
        count(statement.resource.negated, "Resource");
        if let Some(principal) = &statement.principal {
            count(principal.negated, "Principal");
        }
        for condition in &statement.conditions {
            *self.held.entry(condition.operator_name()).or_default() += 1;
        }
    }

    /// At least a fifth allowed and a fifth denied explicitly.
    pub fn assert_outcomes(&self) {
        println!(
            "{} cases: {:?}, {:?}",
            self.cases, self.outcomes, self.elements
        );
        for outcome in [Outcome::Allow, Outcome::ExplicitDeny] {
            let count = self.outcomes.get(&outcome).copied().unwrap_or_default();
            assert!(count * 5 >= self.cases, "{outcome:?}: {count}");
        }
    }

    /// These elements, in statements that matched.
    pub fn assert_elements(&self, elements: &[&str]) {
        for element in elements {
            let count = self.elements.get(*element).copied().unwrap_or_default();
            assert!(count >= 100, "{element}: {count}");
        }
    }

    /// Every operator with every prefix and suffix.
    pub fn assert_operators(&self) {
        for name in operator_names() {
            let count = |map: &BTreeMap<String, usize>| map.get(&name).copied().unwrap_or_default();
            let (held, stopped) = (count(&self.held), count(&self.stopped));
            assert!(
                held > 0 && stopped > 0,
                "{name}: held {held}, stopped {stopped}"
            );
        }
    }
}

fn operator_names() -> Vec<String> {
    let mut names = Vec::new();
    for operator in OPERATORS {
        for quantifier in [None, Some(Quantifier::All), Some(Quantifier::Any)] {
            for if_exists in [false, true] {
                let is_null = operator.family == Family::Null;
                if is_null && (quantifier.is_some() || if_exists) {
                    continue;
                }
                let condition = Condition {
                    quantifier,
                    operator,
                    if_exists,
                    key: String::new(),
                    values: Vec::new(),
                };
                names.push(condition.operator_name());
            }
        }
    }
    names
}
