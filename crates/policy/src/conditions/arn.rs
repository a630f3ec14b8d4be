//! ArnEquals and ArnLike, which are the same, and their negations.

use super::{Scalar, Truth};
use crate::arn::ArnPattern;
use crate::document::Version;
use crate::refusal::ParseError;
use crate::request::Context;

#[derive(Debug)]
pub(super) struct Values(Vec<ArnPattern>);

impl Values {
    pub fn parse(values: &[Scalar<'_>], version: Version) -> Result<Self, ParseError> {
        let compile = |value: &Scalar<'_>| {
            ArnPattern::parse_condition(value.text, version).map_err(|flaw| flaw.at(value.at))
        };
        Ok(Self(values.iter().map(compile).collect::<Result<_, _>>()?))
    }

    pub fn any(&self, asked: &str, context: &dyn Context) -> Truth {
        Truth::any(self.0.iter().map(|pattern| pattern.matches(asked, context)))
    }

    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flat_map(ArnPattern::variables)
    }

    pub fn expected(&self, context: &dyn Context, most: usize) -> Vec<String> {
        self.0
            .iter()
            .take(most)
            .map(|pattern| pattern.filled(context))
            .collect()
    }
}
