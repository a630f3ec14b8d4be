//! What a request gives: the members of its input, each of which satisfies the model's constraints. Made by the protocols'
//! readers (`rolesanywhere/given.rs`, `query_route.rs`), read by the operations.

use anyrole_domain::{Refusal, ResourceId, Tag};
use anyrole_wire::constraints::{Member, check};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// The members of one request, checked.
pub struct Given(Map<String, Value>);

impl Given {
    /// Members that satisfy the constraints of `input`.
    pub fn checked(input: &[Member], given: Map<String, Value>) -> Result<Self, Refusal> {
        check(input, &given).map_err(|violations| Refusal::validation(violations.to_string()))?;
        Ok(Self(given))
    }

    /// The members as their type.
    pub fn decode<T: DeserializeOwned>(self) -> Result<T, Refusal> {
        decoded(Value::Object(self.0))
    }

    /// The identifier of this name.
    pub fn id(&self, member: &str) -> ResourceId {
        ResourceId::new(self.text(member))
    }

    /// The text of this name.
    pub fn text(&self, member: &str) -> &str {
        self.some_text(member).unwrap_or_default()
    }

    /// The text of this name, where it is given.
    pub fn some_text(&self, member: &str) -> Option<&str> {
        self.0.get(member).and_then(Value::as_str)
    }

    /// The text of this name as the caller's own, where it is given.
    pub fn own_text(&self, member: &str) -> Option<String> {
        self.some_text(member).map(str::to_owned)
    }

    /// The number of this name, where it is given.
    pub fn integer(&self, member: &str) -> Option<i64> {
        self.0.get(member).and_then(Value::as_i64)
    }

    /// Whether the member of this name is given and true.
    pub fn is_true(&self, member: &str) -> bool {
        self.0.get(member).and_then(Value::as_bool) == Some(true)
    }

    /// The texts of the list of this name; none where it is not given.
    pub fn texts(&self, member: &str) -> Result<Vec<String>, Refusal> {
        self.list(member)
    }

    /// The member `tags`, each with `key` and `value`; none where it is not given.
    pub fn tags(&self) -> Result<Vec<Tag>, Refusal> {
        self.list("tags")
    }

    fn list<T: for<'a> Deserialize<'a>>(&self, member: &str) -> Result<Vec<T>, Refusal> {
        self.0
            .get(member)
            .map_or_else(|| Ok(Vec::new()), |list| decoded(list.clone()))
    }

    #[cfg(test)]
    pub(crate) fn into_value(self) -> Value {
        Value::Object(self.0)
    }
}

fn decoded<T: DeserializeOwned>(value: Value) -> Result<T, Refusal> {
    serde_json::from_value(value).map_err(unreadable)
}

/// JSON that is not what the operation takes.
pub(crate) fn unreadable(error: serde_json::Error) -> Refusal {
    Refusal::validation(format!(
        "The request's body is not what this operation takes: {error}"
    ))
}
