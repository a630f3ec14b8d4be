//! What a request gives: body, path and query in, one object of members out, each of which satisfies the model's constraints.

use anyrole_domain::Refusal;
use anyrole_wire::aws_query::pairs;
use anyrole_wire::constraints::{Member, Place, Shape};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

pub(super) use crate::given::Given;
use crate::given::unreadable;

impl Given {
    /// Reads them. `segment` is the path's identifier, percent-encoded as it came.
    pub(super) fn read(
        input: &'static [Member],
        segment: &str,
        query: &str,
        body: &[u8],
    ) -> Result<Self, Refusal> {
        let in_body = input.iter().any(|member| member.place == Place::Body);
        let mut given = if in_body && !body.is_empty() {
            serde_json::from_slice(body).map_err(unreadable)?
        } else {
            Map::new()
        };
        refuse_strangers(input, &given)?;
        for member in input {
            let value = match member.place {
                Place::Body => continue,
                Place::Path => Some(in_path(member.name, segment)?),
                Place::Query => in_query(member, query)?,
            };
            given.insert(member.name.to_owned(), value.unwrap_or(Value::Null));
        }
        Self::checked(input, given)
    }
}

/// A member of a newer model may restrict: it is refused rather than passed over.
fn refuse_strangers(input: &[Member], given: &Map<String, Value>) -> Result<(), Refusal> {
    let known = |name: &str| {
        input
            .iter()
            .any(|member| member.place == Place::Body && member.name == name)
    };
    match given
        .iter()
        .find(|(name, value)| !value.is_null() && !known(name))
    {
        Some((name, _)) => Err(Refusal::validation(format!(
            "The request's body is not what this operation takes: `{}` is not a member of it",
            anyrole_domain::printable(name)
        ))),
        None => Ok(()),
    }
}

fn in_path(member: &str, segment: &str) -> Result<Value, Refusal> {
    percent_decode_str(segment)
        .decode_utf8()
        .map(|text| Value::String(text.into_owned()))
        .map_err(|_| Refusal::validation(format!("The path's {member} is not UTF-8.")))
}

fn in_query(member: &Member, query: &str) -> Result<Option<Value>, Refusal> {
    let mut values = Vec::new();
    for pair in pairs(query) {
        let (name, value) = pair.map_err(|error| Refusal::validation(error.to_string()))?;
        if name == member.name {
            values.push(scalar(member, value)?);
        }
    }
    if matches!(member.shape, Shape::List { .. }) {
        return Ok((!values.is_empty()).then_some(Value::Array(values)));
    }
    if values.len() > 1 {
        return Err(Refusal::validation(format!(
            "`{}` is given more than once.",
            member.name
        )));
    }
    Ok(values.pop())
}

fn scalar(member: &Member, text: String) -> Result<Value, Refusal> {
    if !matches!(member.shape, Shape::Integer(_)) {
        return Ok(Value::String(text));
    }
    text.parse::<i64>()
        .map(Value::from)
        .map_err(|_| Refusal::validation(format!("`{}` must be a whole number.", member.name)))
}

#[cfg(test)]
mod tests {
    use anyrole_wire::rolesanywhere::inputs;
    use serde_json::json;

    use super::*;

    const ID: &str = "6f1cd1f4-6d1d-4b5c-8f4b-7f3f5e1a0c11";

    fn read(
        input: &'static [Member],
        segment: &str,
        query: &str,
        body: &str,
    ) -> Result<Value, String> {
        match Given::read(input, segment, query, body.as_bytes()) {
            Ok(given) => Ok(given.into_value()),
            Err(refusal) => Err(refusal.public.into_owned()),
        }
    }

    #[test]
    fn an_arn_in_the_path_and_a_key_that_comes_again_are_read() {
        let arn = format!("arn%3Aaws%3Arolesanywhere%3Aus-east-1%3A000000000000%3Aprofile%2F{ID}");
        let query = "certificateField=x509SAN&specifiers=DNS&specifiers=Name%2FCN";
        assert_eq!(
            read(inputs::DELETE_ATTRIBUTE_MAPPING, &arn, query, ""),
            Ok(json!({
                "profileId": format!("arn:aws:rolesanywhere:us-east-1:000000000000:profile/{ID}"),
                "certificateField": "x509SAN",
                "specifiers": ["DNS", "Name/CN"],
            }))
        );
    }

    #[test]
    fn what_breaks_a_rule_is_refused() {
        let profile = inputs::UPDATE_PROFILE;
        for (found, text) in [
            (
                read(profile, "nonsense", "", ""),
                "Value 'nonsense' at 'profileId'",
            ),
            (read(profile, "", "", ""), "2 validation errors detected"),
            (read(profile, "%ff", "", ""), "not UTF-8"),
            (
                read(profile, ID, "", "{"),
                "is not what this operation takes",
            ),
            (
                read(profile, ID, "", "[]"),
                "is not what this operation takes",
            ),
            (
                read(profile, ID, "", r#"{"enabled":true}"#),
                "`enabled` is not a member",
            ),
            (
                read(inputs::LIST, "", "pageSize=1&pageSize=2", ""),
                "more than once",
            ),
            (read(inputs::LIST, "", "pageSize=x", ""), "whole number"),
            (read(inputs::LIST, "", "nextToken=", ""), "at 'nextToken'"),
            (
                read(inputs::CREATE_PROFILE, "", "", ""),
                "Value null at 'name'",
            ),
        ] {
            let said = found.unwrap_err();
            assert!(said.contains(text), "{said}");
        }
        assert!(read(profile, ID, "", r#"{"enabled":null,"name":null}"#).is_ok());
    }
}
