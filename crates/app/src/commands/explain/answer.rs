//! The server's answer as `anyrole explain` reads it, with what a step looked at in the order in which it was told.

use std::fmt;

use serde::Deserialize;
use serde::de::{MapAccess, Visitor};
use serde_json::Value;

/// An explanation.
#[derive(Debug, Deserialize)]
pub struct Answer {
    pub outcome: String,
    pub at: String,
    pub reason: String,
    pub step: Option<String>,
    pub message: Option<String>,
    pub detail: Option<String>,
    pub cure: Vec<String>,
    pub steps: Vec<StepTaken>,
    #[serde(default)]
    pub recorded: Option<Value>,
    #[serde(default)]
    pub now: Option<Box<Answer>>,
}

impl Answer {
    pub fn is_granted(&self) -> bool {
        self.outcome == "granted"
    }
}

/// One step.
#[derive(Debug, Deserialize)]
pub struct StepTaken {
    pub step: String,
    pub outcome: String,
    pub looked_at: Facts,
}

/// Names with values, in the order of the text.
#[derive(Debug)]
pub struct Facts(pub Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Facts {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Facts;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Facts, A::Error> {
                let mut facts = Vec::new();
                while let Some(fact) = map.next_entry()? {
                    facts.push(fact);
                }
                Ok(Facts(facts))
            }
        }

        deserializer.deserialize_map(InOrder)
    }
}
