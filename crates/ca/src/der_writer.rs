//! DER going out (X.690): values enter in order, octets leave. A length is put in once the content behind it is known.

use der::asn1::ObjectIdentifier;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Tags of X.690 and their forms.
pub(crate) mod tag {
    pub(crate) const BOOLEAN: u8 = 0x01;
    pub(crate) const INTEGER: u8 = 0x02;
    pub(crate) const BIT_STRING: u8 = 0x03;
    pub(crate) const OCTET_STRING: u8 = 0x04;
    pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
    pub(crate) const ENUMERATED: u8 = 0x0a;
    pub(crate) const IA5_STRING: u8 = 0x16;
    pub(crate) const UTC_TIME: u8 = 0x17;
    pub(crate) const GENERALIZED_TIME: u8 = 0x18;
    pub(crate) const SEQUENCE: u8 = 0x30;
    pub(crate) const SET: u8 = 0x31;

    /// `[number]` over a constructed value.
    pub(crate) const fn constructed(number: u8) -> u8 {
        0xa0 | number
    }

    /// `[number]` over a primitive value.
    pub(crate) const fn primitive(number: u8) -> u8 {
        0x80 | number
    }
}

/// What is written so far.
#[derive(Debug, Default)]
pub(crate) struct Writer(Vec<u8>);

impl Writer {
    pub(crate) fn with_capacity(octets: usize) -> Self {
        Self(Vec::with_capacity(octets))
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// The octets of one element whose content `write` puts in.
    pub(crate) fn element(tag: u8, write: impl FnOnce(&mut Self)) -> Vec<u8> {
        let mut writer = Self::default();
        writer.nest(tag, write);
        writer.0
    }

    /// An element whose content `write` puts in.
    pub(crate) fn nest(&mut self, tag: u8, write: impl FnOnce(&mut Self)) {
        self.0.push(tag);
        let start = self.0.len();
        write(self);
        let length = Length::of(self.0.len().saturating_sub(start));
        self.0.splice(start..start, length);
    }

    /// An element with this content.
    pub(crate) fn put(&mut self, tag: u8, content: &[u8]) {
        self.0.push(tag);
        self.0.extend(Length::of(content.len()));
        self.0.extend_from_slice(content);
    }

    /// An element that is DER already.
    pub(crate) fn raw(&mut self, der: &[u8]) {
        self.0.extend_from_slice(der);
    }

    /// A number that is not negative, given big-endian.
    pub(crate) fn integer(&mut self, mut magnitude: &[u8]) {
        while let [0, rest @ ..] = magnitude {
            magnitude = rest;
        }
        let padded = magnitude.first().is_none_or(|first| *first >= 0x80);
        self.0.push(tag::INTEGER);
        self.0
            .extend(Length::of(magnitude.len() + usize::from(padded)));
        self.0.extend(padded.then_some(0));
        self.0.extend_from_slice(magnitude);
    }

    pub(crate) fn oid(&mut self, oid: &ObjectIdentifier) {
        self.put(tag::OBJECT_IDENTIFIER, oid.as_bytes());
    }

    pub(crate) fn boolean_true(&mut self) {
        self.put(tag::BOOLEAN, &[0xff]);
    }

    /// A BIT STRING of whole octets.
    pub(crate) fn bit_string(&mut self, octets: &[u8]) {
        self.0.push(tag::BIT_STRING);
        self.0.extend(Length::of(octets.len() + 1));
        self.0.push(0);
        self.0.extend_from_slice(octets);
    }

    /// A BIT STRING of named bits, the first one highest; no zeroes at its end (X.690 section 11.2.2).
    pub(crate) fn named_bits(&mut self, tag: u8, bits: u16) {
        let [high, low] = bits.to_be_bytes();
        let unused = u8::try_from(bits.trailing_zeros() % 8).unwrap_or_default();
        match (high, low) {
            (0, 0) => self.put(tag, &[0]),
            (_, 0) => self.put(tag, &[unused, high]),
            _ => self.put(tag, &[unused, high, low]),
        }
    }

    /// UTCTime up to 2049, GeneralizedTime after it (RFC 5280 section 4.1.2.5).
    pub(crate) fn time(&mut self, at: Timestamp) {
        let digits = Digits::of(at);
        match at.as_second() < FIRST_SECOND_OF_2050 {
            true => self.put(tag::UTC_TIME, digits.without_century()),
            false => self.put(tag::GENERALIZED_TIME, &digits.0),
        }
    }

    /// GeneralizedTime, in whole seconds.
    pub(crate) fn generalized_time(&mut self, at: Timestamp) {
        self.put(tag::GENERALIZED_TIME, &Digits::of(at).0);
    }
}

const FIRST_SECOND_OF_2050: i64 = 2_524_608_000;

/// The octets of a length (X.690 section 8.1.3).
struct Length {
    octets: [u8; 9],
    next: usize,
}

impl Length {
    fn of(length: usize) -> Self {
        let mut octets = [0; 9];
        if let Some(big_endian) = octets.last_chunk_mut() {
            *big_endian = length.to_be_bytes();
        }
        let zeroes = octets.iter().take_while(|octet| **octet == 0).count();
        if length < 0x80 {
            return Self { octets, next: 8 };
        }
        let next = zeroes - 1;
        if let (Some(first), Ok(count)) = (octets.get_mut(next), u8::try_from(8 - next)) {
            *first = 0x80 | count;
        }
        Self { octets, next }
    }
}

impl Iterator for Length {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        let octet = self.octets.get(self.next).copied()?;
        self.next += 1;
        Some(octet)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.octets.len().saturating_sub(self.next);
        (left, Some(left))
    }
}

/// `YYYYMMDDHHMMSSZ` in UTC. Times that no certificate can say are refused before they come here.
struct Digits([u8; 15]);

impl Digits {
    fn of(at: Timestamp) -> Self {
        let at = TimeZone::UTC.to_datetime(at);
        let pairs = [
            at.year() / 100,
            at.year() % 100,
            i16::from(at.month()),
            i16::from(at.day()),
            i16::from(at.hour()),
            i16::from(at.minute()),
            i16::from(at.second()),
        ];
        let mut text = [b'Z'; 15];
        for (place, pair) in text.chunks_exact_mut(2).zip(pairs) {
            let digits = [pair / 10, pair % 10];
            for (to, digit) in place.iter_mut().zip(digits) {
                *to = b'0' + u8::try_from(digit).unwrap_or_default();
            }
        }
        Self(text)
    }

    fn without_century(&self) -> &[u8] {
        self.0.get(2..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::{Writer, tag};

    fn written(write: impl FnOnce(&mut Writer)) -> Vec<u8> {
        let mut writer = Writer::default();
        write(&mut writer);
        writer.into_bytes()
    }

    #[test]
    fn lengths_are_the_shortest() {
        for (length, header) in [
            (0, &[0x04, 0][..]),
            (127, &[0x04, 127]),
            (128, &[0x04, 0x81, 128]),
            (255, &[0x04, 0x81, 255]),
            (256, &[0x04, 0x82, 1, 0]),
            (70_000, &[0x04, 0x83, 1, 0x11, 0x70]),
        ] {
            let content = vec![7; length];
            let put = written(|der| der.put(tag::OCTET_STRING, &content));
            let nested = Writer::element(tag::OCTET_STRING, |der| der.raw(&content));
            assert_eq!(put, [header, &content].concat());
            assert_eq!(nested, put);
        }
    }

    #[test]
    fn numbers_bits_and_times() {
        assert_eq!(written(|der| der.integer(&[0, 0])), [2, 1, 0]);
        assert_eq!(written(|der| der.integer(&[0, 0x80])), [2, 2, 0, 0x80]);
        assert_eq!(written(|der| der.integer(&[1, 2])), [2, 2, 1, 2]);
        let bits = |bits| written(|der| der.named_bits(tag::BIT_STRING, bits));
        assert_eq!(bits(0), [3, 1, 0]);
        assert_eq!(bits(0x8000), [3, 2, 7, 0x80]);
        assert_eq!(bits(0x0600), [3, 2, 1, 6]);
        assert_eq!(bits(0x8080), [3, 3, 7, 0x80, 0x80]);
        let time = |text: &str| {
            let at: Timestamp = text.parse().unwrap();
            written(|der| der.time(at))
        };
        assert_eq!(time("2026-03-01T12:05:59.9Z"), b"\x17\x0d260301120559Z");
        assert_eq!(time("2049-12-31T23:59:59Z"), b"\x17\x0d491231235959Z");
        assert_eq!(time("2050-01-01T00:00:00Z"), b"\x18\x0f20500101000000Z");
        assert_eq!(time("9999-12-30T21:59:59Z"), b"\x18\x0f99991230215959Z");
    }
}
