//! The claims of a token whose signature was verified (RFC 7519, section 4); read by `domain/web_identity`.

use serde_json::{Map, Value};

/// What a provider's key has signed. Only `UnverifiedToken::verify` makes one.
#[derive(Debug, Clone, PartialEq)]
pub struct Claims(pub(crate) Map<String, Value>);

impl Claims {
    /// A claim, whatever it is.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// A claim that is a string.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    /// A claim that is a string, or a list of nothing but strings.
    pub fn texts(&self, name: &str) -> Option<Vec<&str>> {
        match self.0.get(name)? {
            Value::String(text) => Some(vec![text]),
            Value::Array(values) => values.iter().map(Value::as_str).collect(),
            _ => None,
        }
    }

    /// A claim that is a date: seconds since 1970, fractions cut off (RFC 7519, section 2, NumericDate).
    pub fn second(&self, name: &str) -> Option<i64> {
        let value = self.0.get(name)?;
        value.as_i64().or_else(|| {
            let seconds = value.as_f64()?;
            // Far beyond all dates, and exact as a float.
            let sane = seconds.is_finite() && seconds.abs() < 1e15;
            #[expect(
                clippy::cast_possible_truncation,
                reason = "a whole number within the bounds of the line above"
            )]
            sane.then(|| seconds.floor() as i64)
        })
    }

    /// The names of all claims.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}
