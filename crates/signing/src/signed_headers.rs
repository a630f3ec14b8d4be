//! The `SignedHeaders` list: parsed and held to AWS's rules, and written with its values into the canonical request.

use std::borrow::Cow;

use http::HeaderMap;

use crate::VerifyError;
use crate::sink::Sink;

/// Lower-case header names joined with `;`, as in the `Authorization` header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedHeaders<'a>(Cow<'a, str>);

/// More than any client signs; keeps the work for an absurd list small.
const LIMIT: usize = 128;

impl<'a> SignedHeaders<'a> {
    /// Parses a list; names must be lower-case and not empty, and at most 128.
    pub fn parse(list: Cow<'a, str>) -> Result<Self, VerifyError> {
        let (mut names, mut previous, mut well_formed) = (1, b';', true);
        for &byte in list.as_bytes() {
            if byte == b';' {
                names += 1;
                well_formed &= previous != b';';
            } else {
                well_formed &= byte.is_ascii_graphic() && !byte.is_ascii_uppercase();
            }
            previous = byte;
        }
        if well_formed && previous != b';' && names <= LIMIT {
            return Ok(Self(list));
        }
        Err(VerifyError::Malformed {
            part: "SignedHeaders",
        })
    }

    /// The list as presented.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The names in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.split(';')
    }

    /// True if the (lower-case) name is in the list.
    pub fn contains(&self, name: &str) -> bool {
        self.names().any(|signed| signed == name)
    }

    /// `host` and every `x-amz-*` header of the request must be signed: what is not signed can be added by anyone
    /// who holds a presigned URL, and changes the meaning of the request (`x-amz-copy-source`).
    pub(crate) fn check_cover(&self, headers: &HeaderMap) -> Result<(), VerifyError> {
        // both lists are short: comparing is cheaper here than the map's hashing
        let signed: Vec<&str> = self.names().collect();
        if !signed.contains(&"host") {
            return Err(VerifyError::HostNotSigned);
        }
        let mut present = 0;
        for name in headers.keys().map(http::HeaderName::as_str) {
            if signed.contains(&name) {
                present += 1;
            } else if name.starts_with("x-amz-") {
                return Err(VerifyError::HeaderNotSigned {
                    name: name.to_owned(),
                });
            }
        }
        if present == signed.len() {
            return Ok(());
        }
        match signed.into_iter().find(|name| !headers.contains_key(*name)) {
            Some(name) => Err(VerifyError::SignedHeaderAbsent {
                name: name.to_owned(),
            }),
            None => Ok(()),
        }
    }

    /// Writes `name:value` lines; a header that is not there has an empty value.
    pub(crate) fn write(&self, sink: &mut impl Sink, headers: &HeaderMap) {
        for name in self.names() {
            sink.put(name.as_bytes());
            let mut separator: &[u8] = b":";
            for (_, value) in headers.iter().filter(|(known, _)| known.as_str() == name) {
                sink.put(separator);
                write_value(sink, value.as_bytes());
                separator = b",";
            }
            sink.put(if separator == b":" { b":\n" } else { b"\n" });
        }
    }
}

/// Trimmed, inner runs of spaces become one space.
fn write_value(sink: &mut impl Sink, value: &[u8]) {
    let value = value.trim_ascii();
    if !value.contains(&b' ') {
        return sink.put(value);
    }
    let words = value
        .split(|&byte| byte == b' ')
        .filter(|word| !word.is_empty());
    for (position, word) in words.enumerate() {
        if position > 0 {
            sink.put(b" ");
        }
        sink.put(word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in lines {
            map.append(*name, value.parse().unwrap());
        }
        map
    }

    #[test]
    fn values_are_trimmed_collapsed_and_joined() {
        let map = headers(&[
            ("host", "h"),
            ("a", "  x   y  z "),
            ("b", "1"),
            ("b", " 2 "),
            ("c", ""),
        ]);
        let mut text = Vec::new();
        SignedHeaders::parse("a;b;c;host".into())
            .unwrap()
            .write(&mut text, &map);
        assert_eq!(
            String::from_utf8(text).unwrap(),
            "a:x y z\nb:1,2\nc:\nhost:h\n"
        );
    }

    #[test]
    fn host_and_amz_headers_must_be_signed_and_signed_ones_present() {
        let map = headers(&[
            ("host", "h"),
            ("x-amz-date", "d"),
            ("x-amz-copy-source", "/b/k"),
            ("accept", "*/*"),
        ]);
        let check = |list: &'static str| {
            SignedHeaders::parse(list.into()).and_then(|list| list.check_cover(&map))
        };
        assert_eq!(check("host;x-amz-copy-source;x-amz-date"), Ok(()));
        assert_eq!(
            check("x-amz-copy-source;x-amz-date"),
            Err(VerifyError::HostNotSigned)
        );
        assert_eq!(
            check("host;x-amz-date").unwrap_err().code(),
            "header-not-signed"
        );
        assert_eq!(
            check("host;range;x-amz-copy-source;x-amz-date")
                .unwrap_err()
                .code(),
            "signed-header-absent"
        );
        for malformed in ["", "host;", "Host", "host;;x", "ho st"] {
            assert_eq!(
                check(malformed).unwrap_err().code(),
                "malformed-authorization",
                "{malformed}"
            );
        }
    }

    #[test]
    fn absurd_lists_are_refused() {
        let list = |count| SignedHeaders::parse(vec!["host"; count].join(";").into());
        assert!(list(LIMIT).is_ok() && list(LIMIT + 1).is_err());
    }
}
