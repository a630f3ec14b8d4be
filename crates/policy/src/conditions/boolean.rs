//! Bool: `true` or `false`, in any case, or a policy variable.

use super::{Scalar, Truth};
use crate::document::Version;
use crate::refusal::{Flaw, ParseError};
use crate::request::Context;
use crate::variables::{Template, Wildcards};

#[derive(Debug)]
pub(super) struct Values(Vec<Value>);

#[derive(Debug)]
enum Value {
    Fixed(bool),
    Variable {
        written: Box<str>,
        template: Template,
    },
}

impl Values {
    pub fn parse(values: &[Scalar<'_>], version: Version) -> Result<Self, ParseError> {
        let compile = |value: &Scalar<'_>| match parse(value.text) {
            Some(fixed) => Ok(Value::Fixed(fixed)),
            None => variable(value.text, version).map_err(|flaw| flaw.at(value.at)),
        };
        Ok(Self(values.iter().map(compile).collect::<Result<_, _>>()?))
    }

    pub fn any(&self, asked: &str, context: &dyn Context) -> Truth {
        let Some(asked) = parse(asked) else {
            return Truth::Unknown;
        };
        let matches = |value: &Value| match value {
            Value::Fixed(fixed) => asked == *fixed,
            Value::Variable { template, .. } => {
                let asked = if asked { "true" } else { "false" };
                template.equals_ignoring_case(asked, context)
            }
        };
        self.0.iter().any(matches).into()
    }

    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flat_map(|value| {
            match value {
                Value::Fixed(_) => None,
                Value::Variable { template, .. } => Some(template.variables()),
            }
            .into_iter()
            .flatten()
        })
    }

    pub fn expected(&self, context: &dyn Context, most: usize) -> Vec<String> {
        let expected = |value: &Value| match value {
            Value::Fixed(fixed) => fixed.to_string(),
            Value::Variable { written, template } => template
                .filled(context)
                .unwrap_or_else(|| written.to_string()),
        };
        self.0.iter().take(most).map(expected).collect()
    }
}

pub(super) fn parse(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        return Some(true);
    }
    text.eq_ignore_ascii_case("false").then_some(false)
}

fn variable(text: &str, version: Version) -> Result<Value, Flaw> {
    let template = Template::parse(text, version, Wildcards::Literal)?;
    if template.has_variable() {
        let written = text.into();
        return Ok(Value::Variable { written, template });
    }
    Err(Flaw::new(
        format!("`{text}` is not a boolean"),
        "write `true` or `false`",
    ))
}
