//! DER bytes in, one element after the other out, borrowed from the input. `parse.rs` and what reads the parts of a
//! certificate call it. Strict: definite lengths in their shortest form, tags of one octet (ITU-T X.690 section 10).

use std::fmt;

/// The tags that certificates are made of (ITU-T X.690 section 8, X.680 section 8).
pub(crate) mod tag {
    pub(crate) const BOOLEAN: u8 = 0x01;
    pub(crate) const INTEGER: u8 = 0x02;
    pub(crate) const BIT_STRING: u8 = 0x03;
    pub(crate) const OCTET_STRING: u8 = 0x04;
    pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
    pub(crate) const UTC_TIME: u8 = 0x17;
    pub(crate) const GENERALIZED_TIME: u8 = 0x18;
    pub(crate) const SEQUENCE: u8 = 0x30;
    pub(crate) const SET: u8 = 0x31;

    /// `[number]` of a structured value, such as an EXPLICIT one.
    pub(crate) const fn constructed(number: u8) -> u8 {
        0xa0 | number
    }

    /// `[number] IMPLICIT` of a simple value.
    pub(crate) const fn primitive(number: u8) -> u8 {
        0x80 | number
    }
}

/// What is wrong with the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct DerError(pub(crate) &'static str);

/// One element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Element<'a> {
    pub(crate) tag: u8,
    /// Its content.
    pub(crate) value: &'a [u8],
    /// Tag, length and content.
    pub(crate) raw: &'a [u8],
}

/// Reads elements from the front of what is left.
#[derive(Clone, Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next element, whatever its tag.
    pub(crate) fn element(&mut self) -> Result<Element<'a>, DerError> {
        let (tag, header, length) = match *self.rest {
            [tag, length @ 0..=0x7f, ..] => (tag, 2, usize::from(length)),
            [tag, 0x81, length @ 0x80..=0xff, ..] => (tag, 3, usize::from(length)),
            [tag, 0x82, high @ 1..=0xff, low, ..] => {
                (tag, 4, usize::from(u16::from_be_bytes([high, low])))
            }
            [tag, 0x83, high @ 1..=0xff, middle, low, ..] => (
                tag,
                5,
                usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low),
            ),
            [] | [_] => return Err(DerError("it ends early")),
            [_, ..] => return Err(DerError("a length is not in DER")),
        };
        if tag & 0x1f == 0x1f {
            return Err(DerError("a tag of more than one octet"));
        }
        let (Some(raw), Some(rest)) = (
            self.rest.get(..header + length),
            self.rest.get(header + length..),
        ) else {
            return Err(DerError("it ends early"));
        };
        self.rest = rest;
        Ok(Element {
            tag,
            value: raw.get(header..).unwrap_or_default(),
            raw,
        })
    }

    /// The next element, which must have this tag.
    pub(crate) fn expect(&mut self, tag: u8) -> Result<Element<'a>, DerError> {
        match self.element()? {
            element if element.tag == tag => Ok(element),
            _ => Err(DerError(
                "an element of another type stands where it must not",
            )),
        }
    }

    /// The next element if it has this tag.
    pub(crate) fn optional(&mut self, tag: u8) -> Result<Option<Element<'a>>, DerError> {
        match self.rest.first() {
            Some(next) if *next == tag => self.element().map(Some),
            _ => Ok(None),
        }
    }

    /// The content of the next element, which must have this tag, to be read in turn.
    pub(crate) fn inside(&mut self, tag: u8) -> Result<Self, DerError> {
        self.expect(tag).map(|element| Self::new(element.value))
    }

    /// Nothing may be left.
    pub(crate) fn end(&self) -> Result<(), DerError> {
        if self.is_empty() {
            Ok(())
        } else {
            Err(DerError("bytes follow its end"))
        }
    }
}

/// The one element that `bytes` are.
pub(crate) fn whole(bytes: &[u8], tag: u8) -> Result<Element<'_>, DerError> {
    let mut reader = Reader::new(bytes);
    let element = reader.expect(tag)?;
    reader.end()?;
    Ok(element)
}

/// The content of a BIT STRING of whole octets.
pub(crate) fn octet_aligned(bits: Element<'_>) -> Result<&[u8], DerError> {
    match bits.value {
        [0, octets @ ..] => Ok(octets),
        _ => Err(DerError("a bit string is not of whole octets")),
    }
}

/// A BOOLEAN's value.
pub(crate) fn boolean(element: Element<'_>) -> Result<bool, DerError> {
    match element.value {
        [0xff] => Ok(true),
        [0] => Ok(false),
        _ => Err(DerError("a boolean is neither true nor false")),
    }
}

/// A small INTEGER that is not negative.
pub(crate) fn small_integer(element: Element<'_>) -> Result<u32, DerError> {
    let octets = match element.value {
        [] | [0x80..=0xff, ..] => return Err(DerError("an integer is empty or negative")),
        [0, 0..=0x7f, ..] => return Err(DerError("an integer is not in its shortest form")),
        [0, rest @ ..] if !rest.is_empty() => rest,
        octets => octets,
    };
    if octets.len() > 4 {
        return Err(DerError("an integer is too large"));
    }
    Ok(octets
        .iter()
        .fold(0, |value, octet| value << 8 | u32::from(*octet)))
}

/// An object identifier's content. `Display` is its dotted form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Oid<'a>(pub(crate) &'a [u8]);

impl fmt::Display for Oid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut arc: u128 = 0;
        let mut is_first = true;
        for octet in self.0 {
            if arc >> 120 != 0 {
                return f.write_str("…");
            }
            arc = arc << 7 | u128::from(octet & 0x7f);
            if octet & 0x80 != 0 {
                continue;
            }
            if is_first {
                // The first two arcs share a number (ITU-T X.690 section 8.19.4).
                let root = (arc / 40).min(2);
                write!(f, "{root}.{}", arc - root * 40)?;
                is_first = false;
            } else {
                write!(f, ".{arc}")?;
            }
            arc = 0;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Oid, Reader, small_integer, tag, whole};

    #[test]
    fn lengths_are_definite_and_short() {
        let long = [&[0x04, 0x81, 0x80][..], &[7; 128]].concat();
        let mut longest = vec![0x04, 0x83, 1, 0, 0];
        longest.resize(5 + 65_536, 7);
        for accepted in [&[0x04, 0][..], &[0x04, 1, 9], &long, &longest] {
            let element = whole(accepted, tag::OCTET_STRING).unwrap();
            assert_eq!(element.raw, accepted);
        }
        let refused: [&[u8]; 11] = [
            &[],
            &[0x04],
            &[0x04, 1],
            &[0x04, 0x80, 0, 0],
            &[0x04, 0x81, 1, 9],
            &[0x04, 0x82, 0, 1, 9],
            &[0x04, 0x83, 0, 0, 1, 9],
            &[0x04, 0x84, 0, 0, 0, 1, 9],
            &[0x1f, 0x81, 1, 0],
            &[0x04, 1, 9, 9],
            &[0x05, 0],
        ];
        for bytes in refused {
            assert!(whole(bytes, tag::OCTET_STRING).is_err(), "{bytes:02x?}");
        }
    }

    #[test]
    fn integers_are_small_and_in_their_shortest_form() {
        let read = |value: &[u8]| {
            let der = [
                &[tag::INTEGER, u8::try_from(value.len()).unwrap()][..],
                value,
            ]
            .concat();
            small_integer(Reader::new(&der).element().unwrap()).ok()
        };
        assert_eq!(read(&[0]), Some(0));
        assert_eq!(read(&[0x7f]), Some(127));
        assert_eq!(read(&[0, 0x80]), Some(128));
        assert_eq!(read(&[0, 0xff, 0xff, 0xff, 0xff]), Some(u32::MAX));
        for refused in [&[][..], &[0x80], &[0, 1], &[1, 0, 0, 0, 0]] {
            assert_eq!(read(refused), None, "{refused:02x?}");
        }
    }

    #[test]
    fn object_identifiers_are_shown_dotted() {
        let rows: [(&[u8], &str); 5] = [
            (&[0x55, 0x04, 0x03], "2.5.4.3"),
            (&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d], "1.2.840.113549"),
            (&[0x88, 0x37, 0x01], "2.999.1"),
            (&[0x09], "0.9"),
            (&[], ""),
        ];
        for (octets, dotted) in rows {
            assert_eq!(Oid(octets).to_string(), dotted);
        }
        assert!(Oid(&[0xff; 40]).to_string().ends_with('…'));
    }
}
