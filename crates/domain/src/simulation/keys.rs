//! The condition keys of a simulated request: those that came with it, before those that are known of its caller.

use std::collections::BTreeMap;

use anyrole_policy::{Context, ContextValue};

use super::inputs::ContextEntry;
use crate::refusal::Refusal;
use crate::users::User;

/// The longest value, in bytes: what a header may bring.
const MAX_VALUE: usize = 2048;

/// Values by lower-cased key.
#[derive(Debug, Default)]
pub(super) struct Keys(BTreeMap<String, Value>);

#[derive(Debug)]
enum Value {
    One(String),
    Many(Vec<String>),
}

fn values_of(value: &Value) -> impl Iterator<Item = &String> {
    match value {
        Value::One(value) => std::slice::from_ref(value).iter(),
        Value::Many(values) => values.iter(),
    }
}

impl Keys {
    /// The keys that came with the request.
    pub fn given(entries: Vec<ContextEntry>) -> Result<Self, Refusal> {
        let mut keys = BTreeMap::new();
        for entry in entries {
            let name = entry.context_key_name.unwrap_or_default();
            let mut values = entry.context_key_values;
            let is_list = entry
                .context_key_type
                .is_some_and(|kind| kind.ends_with("List"));
            let value = match values.pop() {
                Some(value) if values.is_empty() && !is_list => Value::One(value),
                Some(value) if is_list => {
                    values.push(value);
                    Value::Many(values)
                }
                // No value: the key is not there.
                None => continue,
                Some(_) => {
                    return Err(super::inputs::invalid(format!(
                        "The context key {name} has several values; its type must be a list."
                    )));
                }
            };
            if values_of(&value).any(|value| value.len() > MAX_VALUE) {
                return Err(super::inputs::invalid(format!(
                    "A value of the context key {name} is longer than {MAX_VALUE} bytes."
                )));
            }
            if name.is_empty() {
                return Err(super::inputs::invalid("A context entry has no key name."));
            }
            keys.insert(name.to_ascii_lowercase(), value);
        }
        Ok(Self(keys))
    }

    /// Adds what is known of a caller who is a user, unless the request says otherwise.
    pub fn add_user(&mut self, user: &User) {
        let known = [
            ("aws:principalarn", user.arn.as_str()),
            ("aws:principaltype", "User"),
            ("aws:principalaccount", user.account.as_str()),
            ("aws:userid", user.id.as_str()),
            ("aws:username", user.name.as_str()),
        ];
        for (key, value) in known {
            self.add(key.to_owned(), value);
        }
        for tag in &user.tags {
            let key = format!("aws:principaltag/{}", tag.key.to_ascii_lowercase());
            self.add(key, &tag.value);
        }
    }

    fn add(&mut self, key: String, value: &str) {
        self.0
            .entry(key)
            .or_insert_with(|| Value::One(value.to_owned()));
    }

    pub fn has(&self, lower_case_key: &str) -> bool {
        self.0.contains_key(lower_case_key)
    }
}

impl Context for Keys {
    fn value(&self, lower_case_key: &str) -> Option<ContextValue<'_>> {
        Some(match self.0.get(lower_case_key)? {
            Value::One(value) => ContextValue::One(value),
            Value::Many(values) => ContextValue::ManyOwned(values),
        })
    }
}
