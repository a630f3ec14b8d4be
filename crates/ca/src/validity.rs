//! Start and end of a certificate: flags and the present time enter, two times of whole seconds leave.

use jiff::{SignedDuration, Timestamp};

use crate::{CaError, CertificateProfile};

/// From when to when a certificate holds; both inclusive, in whole seconds (RFC 5280 section 4.1.2.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    not_before: Timestamp,
    not_after: Timestamp,
}

impl Validity {
    /// Takes start and end, cut to whole seconds.
    ///
    /// # Errors
    /// [`CaError::EmptyValidity`] when the end does not come after the start, [`CaError::TimeOutOfRange`] for
    /// times before 1970, which not every reader can take.
    pub fn new(not_before: Timestamp, not_after: Timestamp) -> Result<Self, CaError> {
        let not_before = whole_second(not_before)?;
        let not_after = whole_second(not_after)?;
        if not_after <= not_before {
            return Err(CaError::EmptyValidity {
                not_before,
                not_after,
            });
        }
        Ok(Validity {
            not_before,
            not_after,
        })
    }

    /// What flags say, or the profile's default. Without an end of its own a certificate does not outlive its issuer.
    ///
    /// # Errors
    /// As [`Validity::new`] and [`parse_moment`].
    pub fn resolve(
        profile: CertificateProfile,
        not_before: Option<&str>,
        not_after: Option<&str>,
        issuer_end: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Self, CaError> {
        let start = match not_before {
            Some(text) => parse_moment(text, now)?,
            None => now,
        };
        let end = match not_after {
            Some(text) => parse_moment(text, now)?,
            None => {
                let end = start
                    .checked_add(profile.default_lifetime())
                    .map_err(|_| CaError::TimeOutOfRange(start))?;
                issuer_end.map_or(end, |limit| limit.min(end))
            }
        };
        Self::new(start, end)
    }

    /// The first second in which the certificate holds.
    pub fn not_before(&self) -> Timestamp {
        self.not_before
    }

    /// The last second in which the certificate holds.
    pub fn not_after(&self) -> Timestamp {
        self.not_after
    }
}

/// Reads a time (RFC 3339) or a duration that is counted from `now` (`24h`, `1h30m`, `-5m`), as `step` does.
///
/// # Errors
/// [`CaError::Moment`] when it is neither, or too far away.
pub fn parse_moment(text: &str, now: Timestamp) -> Result<Timestamp, CaError> {
    let trimmed = text.trim();
    if let Ok(moment) = trimmed.parse::<Timestamp>() {
        return Ok(moment);
    }
    let unreadable = || CaError::Moment(text.to_owned());
    let duration: SignedDuration = trimmed.parse().map_err(|_| unreadable())?;
    now.checked_add(duration).map_err(|_| unreadable())
}

pub(crate) fn whole_second(moment: Timestamp) -> Result<Timestamp, CaError> {
    let second = Timestamp::from_second(moment.as_second());
    match second {
        Ok(second) if second >= Timestamp::UNIX_EPOCH => Ok(second),
        _ => Err(CaError::TimeOutOfRange(moment)),
    }
}

#[cfg(test)]
mod tests {
    use super::{CertificateProfile, Timestamp, Validity, parse_moment};

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn reads_times_and_durations() {
        let now = time("2026-03-01T12:00:00Z");
        let table = [
            ("2030-01-31T00:00:00Z", "2030-01-31T00:00:00Z"),
            ("2030-01-31T00:00:00+02:00", "2030-01-30T22:00:00Z"),
            ("24h", "2026-03-02T12:00:00Z"),
            ("8760h", "2027-03-01T12:00:00Z"),
            ("1h30m", "2026-03-01T13:30:00Z"),
            ("1.5h", "2026-03-01T13:30:00Z"),
            ("-5m", "2026-03-01T11:55:00Z"),
            ("0s", "2026-03-01T12:00:00Z"),
        ];
        for (text, expected) in table {
            assert_eq!(parse_moment(text, now).unwrap(), time(expected), "{text}");
        }
        for text in ["", "24", "tomorrow", "2030-01-31", "1y", "99999999999999h"] {
            let error = parse_moment(text, now).unwrap_err().to_string();
            assert!(error.contains(&format!("`{text}`")), "{error}");
        }
    }

    #[test]
    fn defaults_and_limits() {
        let now = time("2026-03-01T12:00:00.7Z");
        let leaf = Validity::resolve(CertificateProfile::Leaf, None, None, None, now).unwrap();
        assert_eq!(leaf.not_before(), time("2026-03-01T12:00:00Z"));
        assert_eq!(leaf.not_after(), time("2026-03-02T12:00:00Z"));
        let issuer_end = Some(time("2026-03-01T13:00:00Z"));
        let cut = Validity::resolve(CertificateProfile::Leaf, None, None, issuer_end, now).unwrap();
        assert_eq!(cut.not_after(), time("2026-03-01T13:00:00Z"));
        let empty = Validity::resolve(CertificateProfile::Leaf, None, Some("-1h"), None, now);
        assert!(empty.is_err());
        let early = Validity::resolve(
            CertificateProfile::Leaf,
            Some("1969-01-01T00:00:00Z"),
            None,
            None,
            now,
        );
        assert!(early.is_err());
    }
}
