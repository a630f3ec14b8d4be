//! Durations as Go writes them in configuration files: text enters (`8760h`, `1h30m`, `1.5h`, `-5m`), a span of time leaves.

use jiff::SignedDuration;

use crate::CfsslError;

/// Units with their length in nanoseconds.
const UNITS: [(&str, i128); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// Reads a duration. There is no unit longer than an hour.
///
/// # Errors
/// [`CfsslError::Plain`] for what is none, and for more than 292 years, which Go can't hold either.
pub(crate) fn parse(text: &str) -> Result<SignedDuration, CfsslError> {
    let wrong = || {
        CfsslError::text(format!(
            "`{text}` is no duration; write one as `8760h`, `1h30m` or `45m`"
        ))
    };
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok(SignedDuration::ZERO);
    }
    if rest.is_empty() {
        return Err(wrong());
    }
    let mut total: i128 = 0;
    while !rest.is_empty() {
        let (nanoseconds, behind) = part(rest).ok_or_else(wrong)?;
        total = total.checked_add(nanoseconds).ok_or_else(wrong)?;
        rest = behind;
    }
    let total = i64::try_from(total * sign).map_err(|_| wrong())?;
    Ok(SignedDuration::from_nanos(total))
}

/// One number with its unit, and what stands behind it.
fn part(text: &str) -> Option<(i128, &str)> {
    let is_number = |character: char| character.is_ascii_digit() || character == '.';
    let end = text.find(|character| !is_number(character))?;
    let (number, rest) = text.split_at_checked(end)?;
    let end = rest.find(is_number).unwrap_or(rest.len());
    let (unit, behind) = rest.split_at_checked(end)?;
    let (_, length) = UNITS.iter().find(|(name, _)| *name == unit)?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut total = match whole {
        "" => 0,
        digits => digits.parse::<i64>().ok().map(i128::from)? * length,
    };
    let mut place = *length;
    for digit in fraction.chars() {
        // Beyond the nanosecond nothing counts.
        let digit = digit.to_digit(10)?;
        place /= 10;
        total += i128::from(digit) * place;
    }
    Some((total, behind))
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::parse;

    #[test]
    fn durations_are_read_as_go_reads_them() {
        let rows = [
            ("8760h", 8760 * 3600),
            ("1h30m", 5400),
            ("1.5h", 5400),
            (".5m", 30),
            ("-5m", -300),
            ("+1m1s", 61),
            ("0", 0),
            ("0s", 0),
        ];
        for (text, seconds) in rows {
            assert_eq!(
                parse(text).unwrap(),
                SignedDuration::from_secs(seconds),
                "{text}"
            );
        }
        assert_eq!(
            parse("1ms2µs").unwrap(),
            SignedDuration::from_nanos(1_002_000)
        );
        for text in [
            "",
            "1",
            "1d",
            "h",
            "1h-5m",
            "one",
            "1..5h",
            ".h",
            "9999999999h",
            "1 h",
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(&format!("`{text}`")), "{error}");
        }
    }
}
