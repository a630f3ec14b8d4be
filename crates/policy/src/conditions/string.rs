//! StringEquals, StringEqualsIgnoreCase, StringLike and their negations.

use super::{Scalar, Truth};
use crate::document::Version;
use crate::refusal::ParseError;
use crate::request::Context;
use crate::variables::{Template, Wildcards};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equals,
    EqualsIgnoreCase,
    Like,
}

#[derive(Debug)]
pub(super) struct Values {
    comparison: Comparison,
    values: Vec<(Box<str>, Template)>,
}

impl Values {
    pub fn parse(
        values: &[Scalar<'_>],
        comparison: Comparison,
        version: Version,
    ) -> Result<Self, ParseError> {
        let wildcards = match comparison {
            Comparison::Like => Wildcards::Allowed,
            Comparison::Equals | Comparison::EqualsIgnoreCase => Wildcards::Literal,
        };
        let compile = |value: &Scalar<'_>| {
            let template = Template::parse(value.text, version, wildcards)
                .map_err(|flaw| flaw.at(value.at))?;
            Ok((value.text.into(), template))
        };
        Ok(Self {
            comparison,
            values: values.iter().map(compile).collect::<Result<_, _>>()?,
        })
    }

    pub fn any(&self, asked: &str, context: &dyn Context) -> Truth {
        let matches = |(_, template): &(Box<str>, Template)| match self.comparison {
            Comparison::Equals | Comparison::Like => template.matches(asked, context),
            Comparison::EqualsIgnoreCase => template.equals_ignoring_case(asked, context).into(),
        };
        Truth::any(self.values.iter().map(matches))
    }

    pub fn comparison(&self) -> Comparison {
        self.comparison
    }

    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.values
            .iter()
            .flat_map(|(_, template)| template.variables())
    }

    pub fn expected(&self, context: &dyn Context, most: usize) -> Vec<String> {
        let expected = |(written, template): &(Box<str>, Template)| {
            template
                .filled(context)
                .unwrap_or_else(|| written.to_string())
        };
        self.values.iter().take(most).map(expected).collect()
    }
}
