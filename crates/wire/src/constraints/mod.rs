//! The constraints of an API's model (Smithy: length, range, pattern, enum, required) as data, and their check.
//! A request's members come in as JSON; what breaks a rule leaves as the sentence that AWS's services say.

mod pattern;
#[cfg(test)]
mod tests;
mod violation;

use serde_json::{Map, Value};

pub use self::pattern::{Pattern, role_arn, rolesanywhere_arn, uuid};
pub use self::violation::Violations;

/// What a member may be.
#[derive(Debug)]
pub enum Shape {
    /// A string; lengths in characters.
    Text {
        /// The least length.
        min: usize,
        /// The greatest length, where there is one.
        max: Option<usize>,
        /// What the whole string must match.
        pattern: Option<&'static Pattern>,
        /// Whether the value is left out of errors.
        sensitive: bool,
    },
    /// A string of a set.
    OneOf(&'static [&'static str]),
    /// A whole number between two others; any, where there are none.
    Integer(Option<(i64, i64)>),
    /// True or false.
    Boolean,
    /// Bytes, base64 in JSON; lengths in bytes.
    Blob {
        /// The least length.
        min: usize,
        /// The greatest length.
        max: usize,
    },
    /// A list.
    List {
        /// What each member may be.
        of: &'static Shape,
        /// The greatest length, where there is one.
        max: Option<usize>,
    },
    /// A structure.
    Structure(&'static [Member]),
}

/// A string of `min` to `max` characters that is no secret.
pub const fn text(min: usize, max: usize, pattern: Option<&'static Pattern>) -> Shape {
    Shape::Text {
        min,
        max: Some(max),
        pattern,
        sensitive: false,
    }
}

/// A list of at most `max`.
pub const fn list(of: &'static Shape, max: usize) -> Shape {
    Shape::List { of, max: Some(max) }
}

/// Where a member of a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the JSON body.
    Body,
    /// In the path, percent-encoded.
    Path,
    /// In the query; a list repeats its key.
    Query,
}

/// A member of a structure.
#[derive(Debug)]
pub struct Member {
    /// Its name on the wire.
    pub name: &'static str,
    /// What it may be.
    pub shape: &'static Shape,
    /// Whether it must be there.
    pub required: bool,
    /// Where it stands; of meaning for a request's own members.
    pub place: Place,
}

impl Member {
    /// A member that must be there.
    pub const fn required(name: &'static str, shape: &'static Shape) -> Self {
        Self {
            name,
            shape,
            required: true,
            place: Place::Body,
        }
    }

    /// A member that may be left out.
    pub const fn optional(name: &'static str, shape: &'static Shape) -> Self {
        Self {
            name,
            shape,
            required: false,
            place: Place::Body,
        }
    }

    /// The same member in another place.
    #[must_use]
    pub const fn at(mut self, place: Place) -> Self {
        self.place = place;
        self
    }
}

/// Checks a request's members; a member that is `null` is not there.
///
/// A value of another JSON type than its shape's breaks no constraint: reading it into its type refuses it.
pub fn check(members: &[Member], given: &Map<String, Value>) -> Result<(), Violations> {
    let mut violations = Violations::default();
    check_members(members, given, "", &mut violations);
    violations.into_result()
}

fn check_members(
    members: &[Member],
    given: &Map<String, Value>,
    path: &str,
    violations: &mut Violations,
) {
    for member in members {
        let path = format!("{path}{}", member.name);
        match given.get(member.name) {
            None | Some(Value::Null) if member.required => violations.missing(&path),
            None | Some(Value::Null) => {}
            Some(value) => check_value(member.shape, value, &path, violations),
        }
    }
}

fn check_value(shape: &Shape, value: &Value, path: &str, violations: &mut Violations) {
    match (shape, value) {
        (Shape::Structure(members), Value::Object(given)) => {
            check_members(members, given, &format!("{path}."), violations);
        }
        (Shape::List { of, max }, Value::Array(items)) => {
            if let Some(max) = max.filter(|max| items.len() > *max) {
                violations.list(items, path, &at_most(max));
            }
            if matches!(of, Shape::Structure(_)) {
                for (index, item) in (1..).zip(items) {
                    check_value(of, item, &format!("{path}.{index}.member"), violations);
                }
            } else if items
                .iter()
                .any(|item| item.is_null() || !broken(of, item).is_empty())
            {
                violations.members(items, path, of.sensitive(), &all_constraints(of));
            }
        }
        _ => {
            for constraint in broken(shape, value) {
                violations.scalar(value, path, shape.sensitive(), &constraint);
            }
        }
    }
}

impl Shape {
    fn sensitive(&self) -> bool {
        matches!(
            self,
            Self::Text {
                sensitive: true,
                ..
            }
        )
    }
}

/// The constraints that a scalar breaks.
fn broken(shape: &Shape, value: &Value) -> Vec<String> {
    match (shape, value) {
        (
            Shape::Text {
                min, max, pattern, ..
            },
            Value::String(text),
        ) => {
            let length = text.chars().count();
            let long = max.filter(|max| length > *max).map(at_most);
            let short = (length < *min).then(|| at_least(*min));
            let other = pattern
                .filter(|pattern| !(pattern.matches)(text))
                .map(of_pattern);
            [other, long, short].into_iter().flatten().collect()
        }
        (Shape::OneOf(set), Value::String(text)) if !set.contains(&text.as_str()) => {
            vec![of_set(set)]
        }
        (Shape::Integer(Some((min, max))), Value::Number(number)) => match number.as_i64() {
            Some(number) if number < *min => vec![value_at_least(*min)],
            Some(number) if number > *max => vec![value_at_most(*max)],
            // Beyond 63 bits.
            None if number.is_u64() => vec![value_at_most(*max)],
            _ => Vec::new(),
        },
        (Shape::Blob { min, max }, Value::String(base64)) => {
            let length = decoded_length(base64);
            let long = (length > *max).then(|| at_most(*max));
            let short = (length < *min).then(|| at_least(*min));
            long.into_iter().chain(short).collect()
        }
        _ => Vec::new(),
    }
}

/// Every constraint of a list's member, as they are said where one of them is broken.
fn all_constraints(shape: &Shape) -> Vec<String> {
    let of_shape = match shape {
        Shape::Text {
            min, max, pattern, ..
        } => max
            .map(at_most)
            .into_iter()
            .chain([at_least(*min)])
            .chain(pattern.map(of_pattern))
            .collect(),
        Shape::OneOf(set) => vec![of_set(set)],
        _ => Vec::new(),
    };
    of_shape
        .into_iter()
        .chain(["Member must not be null".to_owned()])
        .collect()
}

fn at_most(max: usize) -> String {
    format!("Member must have length less than or equal to {max}")
}

fn at_least(min: usize) -> String {
    format!("Member must have length greater than or equal to {min}")
}

fn value_at_most(max: i64) -> String {
    format!("Member must have value less than or equal to {max}")
}

fn value_at_least(min: i64) -> String {
    format!("Member must have value greater than or equal to {min}")
}

fn of_pattern(pattern: &Pattern) -> String {
    format!(
        "Member must satisfy regular expression pattern: {}",
        pattern.text
    )
}

fn of_set(set: &[&str]) -> String {
    format!("Member must satisfy enum value set: [{}]", set.join(", "))
}

/// The bytes that a base64 text stands for, by its length alone.
fn decoded_length(base64: &str) -> usize {
    base64.trim_end_matches('=').len() * 3 / 4
}
