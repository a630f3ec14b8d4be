//! Null: `true` asks that the key be absent, `false` that it be there.

use super::{Scalar, Truth, boolean};
use crate::refusal::{Flaw, ParseError};

#[derive(Debug)]
pub(super) struct Values(Vec<bool>);

impl Values {
    pub fn parse(values: &[Scalar<'_>]) -> Result<Self, ParseError> {
        let compile = |value: &Scalar<'_>| {
            boolean::parse(value.text).ok_or_else(|| {
                let message = format!("`{}` is not a boolean", value.text);
                Flaw::new(
                    message,
                    "write `true` for an absent key, `false` for a present one",
                )
                .at(value.at)
            })
        };
        Ok(Self(values.iter().map(compile).collect::<Result<_, _>>()?))
    }

    pub fn any(&self, absent: bool) -> Truth {
        self.0.contains(&absent).into()
    }

    pub fn wants(&self, absent: bool) -> bool {
        self.0.contains(&absent)
    }

    pub fn expected(&self, most: usize) -> Vec<String> {
        self.0.iter().take(most).map(bool::to_string).collect()
    }
}
