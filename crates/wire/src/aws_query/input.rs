//! A request's parameters as the members of its input: `Tags.member.1.Key=a` in, `{"tags":[{"key":"a"}]}` out, which the
//! model's constraints are checked on. A parameter that no member is named by is refused.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::Parameters;
use crate::constraints::{Member, Shape};

/// Parameters that are not the members of an input.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InputError {
    /// It may be one that restricts, so it is not passed over.
    #[error("the parameter `{0}` is not served")]
    Stranger(String),
    /// Neither `true` nor `false`, or not a whole number.
    #[error("the value of `{0}` is of another type")]
    Type(String),
}

/// Reads the members of `input`, whose names begin with a small letter as in errors; on the wire the first one may be
/// large. Members that are not there are left out.
pub fn read_input(
    parameters: &Parameters,
    input: &[Member],
) -> Result<Map<String, Value>, InputError> {
    let mut reader = Reader {
        parameters,
        read: BTreeSet::new(),
    };
    let members = reader.members("", input)?;
    let stranger = parameters.names().find(|name| {
        !matches!(*name, "Action" | "Version")
            && !name.starts_with("X-Amz-")
            && !reader.read.contains(*name)
    });
    match stranger {
        None => Ok(members),
        Some(name) => Err(InputError::Stranger(name.to_owned())),
    }
}

struct Reader<'a> {
    parameters: &'a Parameters,
    read: BTreeSet<&'a str>,
}

impl<'a> Reader<'a> {
    fn members(&mut self, start: &str, of: &[Member]) -> Result<Map<String, Value>, InputError> {
        let mut members = Map::new();
        for member in of {
            let name = member.name;
            for name in [large(name), name.to_owned()] {
                if let Some(value) = self.value(&format!("{start}{name}"), member.shape)? {
                    members.insert(member.name.to_owned(), value);
                    break;
                }
            }
        }
        Ok(members)
    }

    fn value(&mut self, name: &str, shape: &Shape) -> Result<Option<Value>, InputError> {
        match shape {
            Shape::Structure(members) => {
                let start = format!("{name}.");
                if !self.begins(&start) {
                    return Ok(None);
                }
                self.members(&start, members).map(Value::Object).map(Some)
            }
            Shape::List { of, .. } => self.list(name, of),
            _ => self
                .text(name)
                .map(|text| scalar(name, text, shape))
                .transpose(),
        }
    }

    /// An empty list is its bare name.
    fn list(&mut self, name: &str, of: &Shape) -> Result<Option<Value>, InputError> {
        let mut items = Vec::new();
        while let Some(item) = self.value(&format!("{name}.member.{}", items.len() + 1), of)? {
            items.push(item);
        }
        let empty = self.parameters.text(name) == Some("");
        if items.is_empty() && !(empty && self.text(name).is_some()) {
            return Ok(None);
        }
        Ok(Some(Value::Array(items)))
    }

    fn text(&mut self, name: &str) -> Option<&'a str> {
        let (name, text) = self.parameters.0.get_key_value(name)?;
        self.read.insert(name);
        Some(text)
    }

    fn begins(&self, start: &str) -> bool {
        let mut following = self.parameters.0.range(start.to_owned()..);
        following
            .next()
            .is_some_and(|(name, _)| name.starts_with(start))
    }
}

fn scalar(name: &str, text: &str, shape: &Shape) -> Result<Value, InputError> {
    let other = || InputError::Type(name.to_owned());
    match shape {
        Shape::Boolean => match text {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            _ => Err(other()),
        },
        Shape::Integer(_) => text.parse::<i64>().map(Value::from).map_err(|_| other()),
        _ => Ok(Value::String(text.to_owned())),
    }
}

/// The same with its first letter large.
fn large(name: &str) -> String {
    let mut name = name.to_owned();
    if let Some(first) = name.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    name
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::iam::inputs;

    fn read(input: &[Member], text: &str) -> Result<Value, InputError> {
        read_input(&Parameters::parse([text]).unwrap(), input).map(Value::Object)
    }

    #[test]
    fn members_are_read_by_their_shapes() {
        let text = "Action=CreateRole&Version=2010-05-08&X-Amz-Date=x&RoleName=a&MaxSessionDuration=3600\
            &Tags.member.1.Key=k&Tags.member.1.Value=&Tags.member.2.Key=l";
        assert_eq!(
            read(inputs::CREATE_ROLE, text),
            Ok(json!({
                "roleName": "a",
                "maxSessionDuration": 3600,
                "tags": [{"key": "k", "value": ""}, {"key": "l"}],
            }))
        );
        assert_eq!(
            read(inputs::UNTAG_ROLE, "TagKeys.member.1=a&TagKeys.member.2=b"),
            Ok(json!({"tagKeys": ["a", "b"]}))
        );
        assert_eq!(
            read(inputs::UNTAG_ROLE, "TagKeys="),
            Ok(json!({"tagKeys": []}))
        );
        assert_eq!(
            read(inputs::CREATE_POLICY_VERSION, "SetAsDefault=true"),
            Ok(json!({"setAsDefault": true}))
        );
    }

    #[test]
    fn what_no_member_is_named_by_is_refused() {
        for (text, stranger) in [
            ("RoleName=a&Boundary=b", "Boundary"),
            ("Tags.member.2.Key=a", "Tags.member.2.Key"),
            (
                "Tags.member.1.Key=a&Tags.member.1.Colour=b",
                "Tags.member.1.Colour",
            ),
            ("Tags=a", "Tags"),
            ("RoleName.member.1=a", "RoleName.member.1"),
        ] {
            assert_eq!(
                read(inputs::CREATE_ROLE, text),
                Err(InputError::Stranger(stranger.to_owned())),
                "{text}"
            );
        }
        for text in ["MaxSessionDuration=1.5", "MaxSessionDuration="] {
            let found = read(inputs::CREATE_ROLE, text);
            assert_eq!(
                found,
                Err(InputError::Type("MaxSessionDuration".to_owned()))
            );
        }
    }
}
