//! DateEquals, DateLessThan and so on: ISO 8601 (W3C profile) or seconds since 1970.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::operator::Comparison;
use super::{Scalar, Truth};
use crate::refusal::{Flaw, ParseError};

#[derive(Debug)]
pub(super) struct Values {
    comparison: Comparison,
    values: Vec<(Box<str>, Timestamp)>,
}

impl Values {
    pub fn parse(values: &[Scalar<'_>], comparison: Comparison) -> Result<Self, ParseError> {
        let compile = |value: &Scalar<'_>| match parse(value.text) {
            Some(date) => Ok((value.text.into(), date)),
            None => {
                let message = format!("`{}` is not a date", value.text);
                Err(Flaw::new(
                    message,
                    "write it as `2030-01-31T23:59:59Z`, or as seconds since 1970",
                )
                .at(value.at))
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

    /// Since 1970.
    pub fn nanoseconds(&self) -> impl Iterator<Item = i128> + Clone {
        self.values.iter().map(|(_, time)| time.as_nanosecond())
    }

    pub fn expected(&self, most: usize) -> Vec<String> {
        self.values
            .iter()
            .take(most)
            .map(|(written, _)| written.to_string())
            .collect()
    }
}

/// Four digits could be a year or seconds, eight a day or seconds; a wrong guess would open a policy, so they are neither.
fn parse(text: &str) -> Option<Timestamp> {
    if matches!(text.len(), 4 | 8) {
        return None;
    }
    if let Ok(seconds) = text.parse::<i64>() {
        return Timestamp::from_second(seconds).ok();
    }
    if text.contains('T') {
        return text.parse().ok();
    }
    // Of a longer text jiff would read the day alone, and a time behind it would be lost.
    if !text.bytes().all(|b| b.is_ascii_digit() || b == b'-') {
        return None;
    }
    let day = match text.len() {
        7 => format!("{text}-01").parse::<Date>(),
        10 => text.parse::<Date>(),
        _ => return None,
    };
    day.ok()?
        .to_zoned(TimeZone::UTC)
        .ok()
        .map(|zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn dates() {
        let expected = parse("1893456000");
        assert!(expected.is_some());
        for text in [
            "2030-01-01T00:00:00Z",
            "2030-01-01",
            "2030-01",
            "2030-01-01T02:00:00+02:00",
            "2030-01-01T00:00Z",
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
        for text in [
            "",
            "tomorrow",
            "2030",
            "2030-13-01",
            "2030-01-01T00:00:00",
            "2030-1-1",
            "2030-01-01 12:00:00",
            "2030-01-01t12:00:00Z",
            "2030-01-01 12:00:00Z",
            "2030-01-01Z",
            "2030-01-01+02:00",
            "+002030-01-01",
            "2030-001",
            "2030-W01-1",
            "99999999999999999",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
