//! BinaryEquals: octets in base64 (RFC 4648 section 4, with padding). There is one text for each sequence of octets once
//! the unused bits must be zero, so that texts are compared.

use super::{Scalar, Truth};
use crate::refusal::{Flaw, ParseError};

#[derive(Debug)]
pub(super) struct Values(Vec<Box<str>>);

impl Values {
    pub fn parse(values: &[Scalar<'_>]) -> Result<Self, ParseError> {
        let compile = |value: &Scalar<'_>| match is_base64(value.text) {
            true => Ok(value.text.into()),
            false => {
                let message = format!("`{}` is not base64", value.text);
                Err(Flaw::new(message, "write the octets in base64, padded with `=`").at(value.at))
            }
        };
        Ok(Self(values.iter().map(compile).collect::<Result<_, _>>()?))
    }

    pub fn any(&self, asked: &str) -> Truth {
        if !is_base64(asked) {
            return Truth::Unknown;
        }
        self.0.iter().any(|value| **value == *asked).into()
    }

    pub fn expected(&self, most: usize) -> Vec<String> {
        self.0.iter().take(most).map(ToString::to_string).collect()
    }
}

fn is_base64(text: &str) -> bool {
    let digits = text.trim_end_matches('=');
    let padding = text.len() - digits.len();
    // Bits of the last digit that no octet uses.
    let unused = match padding {
        0 => 0,
        1 => 0b11,
        2 => 0b1111,
        _ => return false,
    };
    let last = digits.bytes().last().and_then(value_of);
    text.len().is_multiple_of(4)
        && digits.bytes().all(|digit| value_of(digit).is_some())
        && last.unwrap_or_default() & unused == 0
        && (padding == 0 || last.is_some())
}

fn value_of(digit: u8) -> Option<u8> {
    Some(match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::is_base64;

    #[test]
    fn base64() {
        for text in ["", "QQ==", "QUI=", "QUJD", "+/+/", "AAAA"] {
            assert!(is_base64(text), "{text}");
        }
        for text in [
            "Q", "QQ", "QQ=", "QR==", "QUJ=", "Q===", "====", "=QQ=", "QU=D", "QUJ-", "QUJD\n",
            "QUJé",
        ] {
            assert!(!is_base64(text), "{text}");
        }
    }
}
