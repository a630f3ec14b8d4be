//! The canonical query: a raw query as sent on the wire enters; its parameters, each normalised, sorted by name and then
//! by value, leave. Also reads single parameters of presigned URLs.
//! Source: IAM user guide, "Create a signed AWS API request", step 1, `CanonicalQueryString`.

use std::borrow::Cow;

use crate::percent::{Keep, decode, normalise};
use crate::sink::Sink;

/// The parameter that carries a presigned URL's signature, and so cannot be part of what is signed.
pub(crate) const SIGNATURE: &str = "X-Amz-Signature";

/// Raw `name`, raw `value` in order; a parameter without `=` has an empty value, empty parameters are skipped.
pub(crate) fn parameters(raw_query: &str) -> impl Iterator<Item = (&str, &str)> {
    raw_query
        .split('&')
        .filter(|part| !part.is_empty())
        .map(|part| part.split_once('=').unwrap_or((part, "")))
}

/// `parameters` with their names decoded, for those who look for certain names.
pub(crate) fn named_parameters(raw_query: &str) -> impl Iterator<Item = (Cow<'_, [u8]>, &str)> {
    parameters(raw_query).map(|(name, value)| (decode(name), value))
}

type Parameter<'a> = (Cow<'a, [u8]>, Cow<'a, [u8]>);

pub(crate) fn write(sink: &mut impl Sink, raw_query: &str) {
    if raw_query.is_empty() {
        return;
    }
    let mut pairs: Vec<Parameter<'_>> = Vec::with_capacity(8);
    for (name, value) in parameters(raw_query) {
        // unreserved characters only, so its normal form is itself
        let name = normalise(name, Keep::Nothing);
        if *name != *SIGNATURE.as_bytes() {
            pairs.push((name, normalise(value, Keep::Nothing)));
        }
    }
    pairs.sort_unstable();
    for (position, (name, value)) in pairs.iter().enumerate() {
        if position > 0 {
            sink.put(b"&");
        }
        sink.put(name);
        sink.put(b"=");
        sink.put(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_sorted_after_encoding_by_name_then_value() {
        let cases = [
            ("", ""),
            ("acl", "acl="),
            ("b=2&a=1", "a=1&b=2"),
            ("a=2&a=10&a=1", "a=1&a=10&a=2"),
            ("a=b=c", "a=b%3Dc"),
            ("&&a=1&", "a=1"),
            ("A=1&a=1&%41=0", "A=0&A=1&a=1"),
            ("q=a+b&q=a%20b", "q=a%20b&q=a%2Bb"),
            ("x=1&X-Amz-Signature=ff&X-Amz-Date=d", "X-Amz-Date=d&x=1"),
            ("x=1&X%2DAmz-Signature=ff", "x=1"),
            // `-` sorts before `=`, so sorting whole `name=value` texts would be wrong here
            ("a-b=1&a=2", "a=2&a-b=1"),
        ];
        for (query, expected) in cases {
            let mut text = Vec::new();
            write(&mut text, query);
            assert_eq!(String::from_utf8(text).unwrap(), expected, "{query}");
        }
    }
}
