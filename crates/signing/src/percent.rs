//! Percent-encoding as SigV4 wants it: RFC 3986 section 2.3 unreserved characters stay, every other byte becomes
//! `%XX` in upper case. Paths keep `/`.

use std::borrow::Cow;

use crate::sink::Sink;

/// Which reserved bytes stay as they are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    Nothing,
    Slash,
}

/// What a byte is to the encoder; looked up, since every byte of every signed request passes here.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Unreserved,
    Slash,
    Percent,
    Other,
}

const CLASSES: [Class; 256] = {
    let mut classes = [Class::Other; 256];
    let mut rest: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    while let [byte, tail @ ..] = rest {
        let (_, from) = classes.split_at_mut(*byte as usize);
        if let [class, ..] = from {
            *class = Class::Unreserved;
        }
        rest = tail;
    }
    let (_, from) = classes.split_at_mut(b'/' as usize);
    if let [class, ..] = from {
        *class = Class::Slash;
    }
    let (_, from) = classes.split_at_mut(b'%' as usize);
    if let [class, ..] = from {
        *class = Class::Percent;
    }
    classes
};

fn class(byte: u8) -> Class {
    CLASSES
        .get(usize::from(byte))
        .copied()
        .unwrap_or(Class::Other)
}

impl Keep {
    fn keeps(self, byte: u8) -> bool {
        match class(byte) {
            Class::Unreserved => true,
            Class::Slash => self == Self::Slash,
            Class::Percent | Class::Other => false,
        }
    }
}

/// Encodes raw bytes: a `%` becomes `%25`.
pub(crate) fn encode_into(sink: &mut impl Sink, mut bytes: &[u8], keep: Keep) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().unwrap_or(b'0');
    while !bytes.is_empty() {
        let run = bytes
            .iter()
            .position(|&byte| !keep.keeps(byte))
            .unwrap_or(bytes.len());
        let (kept, rest) = bytes.split_at(run);
        sink.put(kept);
        let Some((&byte, rest)) = rest.split_first() else {
            return;
        };
        sink.put(&[b'%', digit(byte >> 4), digit(byte & 15)]);
        bytes = rest;
    }
}

/// Decodes `%XX`; a `%` without two hex digits stays a literal, and `+` stays a plus (not a space), as AWS has it.
pub(crate) fn decode(text: &str) -> Cow<'_, [u8]> {
    let mut bytes = text.as_bytes();
    if !bytes.contains(&b'%') {
        return Cow::Borrowed(bytes);
    }
    let mut decoded = Vec::with_capacity(bytes.len());
    while let Some(run) = bytes.iter().position(|&byte| byte == b'%') {
        let (literal, rest) = bytes.split_at(run);
        decoded.extend_from_slice(literal);
        bytes = match rest {
            [_, high, low, rest @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                decoded.push(hex_value(*high) << 4 | hex_value(*low));
                rest
            }
            [percent, rest @ ..] => {
                decoded.push(*percent);
                rest
            }
            [] => rest,
        };
    }
    decoded.extend_from_slice(bytes);
    Cow::Owned(decoded)
}

/// Decodes to text; `None` when the bytes are not UTF-8.
pub(crate) fn decode_text(text: &str) -> Option<Cow<'_, str>> {
    match decode(text) {
        Cow::Borrowed(_) => Some(Cow::Borrowed(text)),
        Cow::Owned(bytes) => String::from_utf8(bytes).ok().map(Cow::Owned),
    }
}

/// Decodes and encodes once, so that every spelling of the same bytes gives the same text.
pub(crate) fn normalise(text: &str, keep: Keep) -> Cow<'_, [u8]> {
    if is_normal(text.as_bytes(), keep) {
        return Cow::Borrowed(text.as_bytes());
    }
    let mut encoded = Vec::with_capacity(text.len() + 16);
    encode_into(&mut encoded, &decode(text), keep);
    Cow::Owned(encoded)
}

fn is_normal(mut bytes: &[u8], keep: Keep) -> bool {
    while let Some(run) = bytes.iter().position(|&byte| !keep.keeps(byte)) {
        bytes = match bytes.split_at(run).1 {
            [b'%', high, low, rest @ ..]
                if is_upper_hex(*high)
                    && is_upper_hex(*low)
                    && !keep.keeps(hex_value(*high) << 4 | hex_value(*low)) =>
            {
                rest
            }
            _ => return false,
        };
    }
    true
}

fn is_upper_hex(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'A'..=b'F')
}

fn hex_value(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        b'A'..=b'F' => digit - b'A' + 10,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_the_same_bytes_is_normalised_to_one() {
        let cases = [
            ("a b", "a%20b"),
            ("a%20b", "a%20b"),
            ("a+b", "a%2Bb"),
            ("%7e~%41", "~~A"),
            ("%e2%82%ac", "%E2%82%AC"),
            ("€", "%E2%82%AC"),
            ("50%", "50%25"),
            ("%zz%2", "%25zz%252"),
            ("a%2Fb/c", "a%2Fb%2Fc"),
            ("", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(
                normalise(text, Keep::Nothing),
                expected.as_bytes(),
                "{text}"
            );
        }
        assert_eq!(normalise("a%2Fb/c", Keep::Slash), &b"a/b/c"[..]);
    }

    #[test]
    fn what_is_normal_already_is_not_copied() {
        for text in ["arn%3Aaws%3Aiam", "plain", "%2F"] {
            assert!(matches!(normalise(text, Keep::Nothing), Cow::Borrowed(_)));
        }
    }
}
