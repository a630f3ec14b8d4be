//! A duration in, its two largest units out, for people.

use jiff::SignedDuration;

/// Such as `12 days 3 hours`; of less than a minute, its seconds.
pub(crate) fn span(duration: SignedDuration) -> String {
    let seconds = duration.as_secs().unsigned_abs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    let unit = |count: u64, name: &str| match count {
        1 => format!("1 {name}"),
        count => format!("{count} {name}s"),
    };
    match (days, hours, minutes) {
        (0, 0, 0) => unit(seconds, "second"),
        (0, 0, minutes) => unit(minutes, "minute"),
        (0, hours, minutes) => format!("{} {}", unit(hours, "hour"), unit(minutes, "minute")),
        (days, hours, _) if days < 60 => format!("{} {}", unit(days, "day"), unit(hours, "hour")),
        (days, ..) => unit(days, "day"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_units_are_enough() {
        for (seconds, expected) in [
            (1, "1 second"),
            (59, "59 seconds"),
            (60, "1 minute"),
            (3_600, "1 hour 0 minutes"),
            (90_000, "1 day 1 hour"),
            (86_400 * 59, "59 days 0 hours"),
            (86_400 * 400, "400 days"),
            (-61, "1 minute"),
        ] {
            assert_eq!(span(SignedDuration::from_secs(seconds)), expected);
        }
    }
}
