//! NumericEquals, NumericLessThan and so on: decimal numbers, compared exactly.

use super::operator::Comparison;
use super::{Scalar, Truth};
use crate::refusal::{Flaw, ParseError};

/// Digits kept after the point.
const SCALE: usize = 9;
/// Digits before the point; with the scale well within an i128.
const MAX_DIGITS: usize = 20;

#[derive(Debug)]
pub(super) struct Values {
    comparison: Comparison,
    values: Vec<(Box<str>, i128)>,
}

impl Values {
    pub fn parse(values: &[Scalar<'_>], comparison: Comparison) -> Result<Self, ParseError> {
        let compile = |value: &Scalar<'_>| match parse(value.text) {
            Some(number) => Ok((value.text.into(), number)),
            None => {
                let message = format!("`{}` is not a number", value.text);
                Err(Flaw::new(message, "write a decimal number, without an exponent").at(value.at))
            }
        };
        Ok(Self {
            comparison,
            values: values.iter().map(compile).collect::<Result<_, _>>()?,
        })
    }

    pub fn any(&self, asked: &str) -> Truth {
        let Some(asked) = parse(asked) else {
            return Truth::Unknown;
        };
        self.values
            .iter()
            .any(|(_, written)| self.comparison.holds(&asked, written))
            .into()
    }

    pub fn comparison(&self) -> Comparison {
        self.comparison
    }

    /// In units of 10^-9.
    pub fn numbers(&self) -> impl Iterator<Item = i128> + Clone {
        self.values.iter().map(|(_, number)| *number)
    }

    pub fn expected(&self, most: usize) -> Vec<String> {
        self.values
            .iter()
            .take(most)
            .map(|(written, _)| written.to_string())
            .collect()
    }
}

/// A decimal number in units of 10^-9.
fn parse(text: &str) -> Option<i128> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !all_digits(whole)
        || !all_digits(fraction)
        || whole.len() > MAX_DIGITS
        || fraction.len() > SCALE
    {
        return None;
    }
    let mut number: i128 = 0;
    for digit in whole.bytes().chain(fraction.bytes()) {
        number = number * 10 + i128::from(digit - b'0');
    }
    for _ in fraction.len()..SCALE {
        number *= 10;
    }
    Some(if negative { -number } else { number })
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn numbers() {
        assert_eq!(parse("0.1"), Some(100_000_000));
        assert_eq!(parse("-12"), Some(-12_000_000_000));
        assert_eq!(
            parse("9007199254740993"),
            Some(9_007_199_254_740_993_000_000_000)
        );
        assert_eq!(parse("-0"), parse("0.000"));
        for text in [
            "",
            "-",
            ".5",
            "5.",
            "1e3",
            "1,5",
            " 1",
            "0x1",
            "1.0000000001",
            "123456789012345678901",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
