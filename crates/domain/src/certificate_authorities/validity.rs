//! From when to when a certificate is valid, as IssueCertificate says it (Private CA API reference, Validity).

use anyrole_ca::Validity;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};
use serde::{Deserialize, Serialize};

use super::{AuthorityEntry, PcaKind};
use crate::refusal::Refusal;

/// How far the start lies before the request where nothing is said (API reference, IssueCertificate, ValidityNotBefore).
const BACKDATED: SignedDuration = SignedDuration::from_mins(60);

/// A moment: a value and how it is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Moment {
    /// The number.
    pub value: i64,
    /// What it counts.
    #[serde(rename = "Type")]
    pub unit: MomentUnit,
}

/// What the number of a moment counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MomentUnit {
    /// `YYMMDDHHMMSS` or `YYYYMMDDHHMMSS`, UTC.
    EndDate,
    /// Seconds since 1970.
    Absolute,
    /// Days from now.
    Days,
    /// Months from now.
    Months,
    /// Years from now.
    Years,
}

fn refused(detail: impl Into<String>) -> Refusal {
    PcaKind::InvalidArgs.refusal("validity-refused", detail)
}

impl Moment {
    fn resolve(self, now: Timestamp) -> Result<Timestamp, Refusal> {
        let out_of_range = || refused(format!("The validity {} is out of range.", self.value));
        match self.unit {
            MomentUnit::Absolute => Timestamp::from_second(self.value).map_err(|_| out_of_range()),
            MomentUnit::EndDate => date(self.value).ok_or_else(|| {
                refused(format!(
                    "The validity {} is no date: use YYMMDDHHMMSS or YYYYMMDDHHMMSS.",
                    self.value
                ))
            }),
            MomentUnit::Days | MomentUnit::Months | MomentUnit::Years => {
                let span = match self.unit {
                    MomentUnit::Days => Span::new().try_days(self.value),
                    MomentUnit::Months => Span::new().try_months(self.value),
                    _ => Span::new().try_years(self.value),
                };
                let span = span.map_err(|_| out_of_range())?;
                let start = now.to_zoned(TimeZone::UTC);
                let end = start.checked_add(span).map_err(|_| out_of_range())?;
                Ok(end.timestamp())
            }
        }
    }
}

/// UTCTime with twelve digits (years 1950 to 2049, RFC 5280 section 4.1.2.5.1), GeneralizedTime with fourteen.
fn date(number: i64) -> Option<Timestamp> {
    let part = |divisor: i64, size: i64| number / divisor % size;
    let high = number / 10_000_000_000;
    let year = match high {
        0..50 => 2000 + high,
        50..100 => 1900 + high,
        1000..10_000 => high,
        _ => return None,
    };
    let small = |value: i64| i8::try_from(value).ok();
    let date = DateTime::new(
        i16::try_from(year).ok()?,
        small(part(100_000_000, 100))?,
        small(part(1_000_000, 100))?,
        small(part(10_000, 100))?,
        small(part(100, 100))?,
        small(part(1, 100))?,
        0,
    );
    let zoned = date.ok()?.to_zoned(TimeZone::UTC).ok()?;
    Some(zoned.timestamp())
}

/// The validity of a certificate. Without a start of its own it begins an hour ago, for clocks that differ, but not before the authority's.
pub(super) fn resolve(
    entry: &AuthorityEntry,
    end: Moment,
    start: Option<Moment>,
    now: Timestamp,
) -> Result<Validity, Refusal> {
    let start = match start {
        Some(moment) => match moment.unit {
            MomentUnit::Absolute | MomentUnit::EndDate => moment.resolve(now)?,
            _ => {
                return Err(refused(
                    "ValidityNotBefore takes the types ABSOLUTE and END_DATE only.",
                ));
            }
        },
        None => {
            let default = now - BACKDATED;
            entry
                .not_before()
                .map_or(default, |earliest| earliest.max(default).min(now))
        }
    };
    let end = end.resolve(now)?;
    if end <= now {
        return Err(refused("The certificate would have expired already."));
    }
    Validity::new(start, end).map_err(|error| refused(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_what_they_say() {
        let now: Timestamp = "2026-01-31T12:00:00Z".parse().unwrap();
        for (value, unit, expected) in [
            (
                1_800_000_000,
                MomentUnit::Absolute,
                Some("2027-01-15T08:00:00Z"),
            ),
            (
                270_131_235_959,
                MomentUnit::EndDate,
                Some("2027-01-31T23:59:59Z"),
            ),
            (
                91_231_235_959,
                MomentUnit::EndDate,
                Some("2009-12-31T23:59:59Z"),
            ),
            (
                510_101_000_000,
                MomentUnit::EndDate,
                Some("1951-01-01T00:00:00Z"),
            ),
            (
                20_991_231_235_959,
                MomentUnit::EndDate,
                Some("2099-12-31T23:59:59Z"),
            ),
            (20_261_331_000_000, MomentUnit::EndDate, None),
            (20_260_230_000_000, MomentUnit::EndDate, None),
            (20_260_101_240_000, MomentUnit::EndDate, None),
            (5_000_101_000_000, MomentUnit::EndDate, None),
            (30, MomentUnit::Days, Some("2026-03-02T12:00:00Z")),
            (1, MomentUnit::Months, Some("2026-02-28T12:00:00Z")),
            (10, MomentUnit::Years, Some("2036-01-31T12:00:00Z")),
            (1_000_000, MomentUnit::Years, None),
            (i64::MAX, MomentUnit::Days, None),
            (i64::MAX, MomentUnit::Absolute, None),
        ] {
            let found = Moment { value, unit }.resolve(now).ok();
            let expected = expected.map(|text| text.parse::<Timestamp>().unwrap());
            assert_eq!(found, expected, "{value} {unit:?}");
        }
    }
}
