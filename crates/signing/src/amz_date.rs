//! The date of a signature, `YYYYMMDDTHHMMSSZ`: parsed from `x-amz-date`, `X-Amz-Date` or `Date`, rendered when signing.

use http::HeaderMap;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

use crate::VerifyError;

/// A moment in whole seconds UTC together with its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AmzDate {
    text: [u8; 16],
    at: Timestamp,
}

impl AmzDate {
    /// Renders a moment; fractions of a second are cut off.
    pub fn of(at: Timestamp) -> Self {
        let at = Timestamp::from_second(at.as_second()).unwrap_or(at);
        let time = Offset::UTC.to_datetime(at);
        let mut text = *b"00000000T000000Z";
        let parts = [
            (0..4, i32::from(time.year())),
            (4..6, i32::from(time.month())),
            (6..8, i32::from(time.day())),
            (9..11, i32::from(time.hour())),
            (11..13, i32::from(time.minute())),
            (13..15, i32::from(time.second())),
        ];
        for (range, mut number) in parts {
            for digit in text.get_mut(range).into_iter().flatten().rev() {
                *digit = b'0' + u8::try_from(number.rem_euclid(10)).unwrap_or(0);
                number /= 10;
            }
        }
        Self { text, at }
    }

    /// Parses exactly `YYYYMMDDTHHMMSSZ`.
    pub fn parse(text: &str) -> Result<Self, VerifyError> {
        Self::parse_basic(text).ok_or(VerifyError::MalformedDate)
    }

    fn parse_basic(text: &str) -> Option<Self> {
        let text: [u8; 16] = text.as_bytes().try_into().ok()?;
        if text.get(8) != Some(&b'T') || text.get(15) != Some(&b'Z') {
            return None;
        }
        let number = |range: std::ops::Range<usize>| {
            text.get(range)?.iter().try_fold(0_i16, |number, digit| {
                digit
                    .is_ascii_digit()
                    .then(|| number * 10 + i16::from(digit - b'0'))
            })
        };
        let small = |range| i8::try_from(number(range)?).ok();
        let time = DateTime::new(
            number(0..4)?,
            small(4..6)?,
            small(6..8)?,
            small(9..11)?,
            small(11..13)?,
            small(13..15)?,
            0,
        )
        .ok()?;
        let at = Offset::UTC.to_timestamp(time).ok()?;
        Some(Self { text, at })
    }

    /// The date of a request signed in its headers: `x-amz-date`, else `Date` (basic ISO 8601 or an HTTP date, RFC 9110
    /// section 5.6.7). The string to sign holds it, so neither can be exchanged.
    pub(crate) fn of_headers(headers: &HeaderMap) -> Result<Self, VerifyError> {
        let value = headers
            .get("x-amz-date")
            .or_else(|| headers.get(http::header::DATE))
            .ok_or(VerifyError::MissingDate)?;
        let text = value
            .to_str()
            .map_err(|_| VerifyError::MalformedDate)?
            .trim();
        Self::parse_basic(text)
            .or_else(|| {
                jiff::fmt::rfc2822::parse(text)
                    .ok()
                    .map(|time| Self::of(time.timestamp()))
            })
            .ok_or(VerifyError::MalformedDate)
    }

    /// `YYYYMMDDTHHMMSSZ`.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.text).unwrap_or_default()
    }

    /// `YYYYMMDD`, the date of the credential scope.
    pub fn day(&self) -> &str {
        self.as_str().get(..8).unwrap_or_default()
    }

    /// The moment.
    pub fn timestamp(&self) -> Timestamp {
        self.at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn renders_what_it_parses() {
        for text in ["20150830T123600Z", "20240229T235959Z", "19991231T000000Z"] {
            let date = AmzDate::parse(text).unwrap();
            assert_eq!(AmzDate::of(date.timestamp()), date);
            assert_eq!(date.as_str(), text);
        }
        for text in [
            "",
            "20150830",
            "20150830T123600",
            "20151330T123600Z",
            "20230229T000000Z",
            "2015-830T123600Z",
            "20150830T126000Z",
        ] {
            assert_eq!(
                AmzDate::parse(text),
                Err(VerifyError::MalformedDate),
                "{text}"
            );
        }
    }

    #[test]
    fn falls_back_to_the_date_header() {
        let mut headers = HeaderMap::new();
        assert_eq!(AmzDate::of_headers(&headers), Err(VerifyError::MissingDate));
        headers.insert("date", "Sun, 30 Aug 2015 12:36:00 GMT".parse().unwrap());
        assert_eq!(
            AmzDate::of_headers(&headers).unwrap().as_str(),
            "20150830T123600Z"
        );
        headers.insert("x-amz-date", "20150831T000000Z".parse().unwrap());
        assert_eq!(AmzDate::of_headers(&headers).unwrap().day(), "20150831");
    }
}
