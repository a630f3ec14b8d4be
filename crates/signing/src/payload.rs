//! The last line of the canonical request: the body's SHA-256, or a word that says why there is none.

use http::HeaderMap;

use crate::VerifyError;
use crate::canonical_query::named_parameters;
use crate::sink::{Sink, hex_of};

const CONTENT_SHA256: &str = "x-amz-content-sha256";

/// What is signed about the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayloadHash<'a> {
    /// SHA-256 of the body.
    Sha256([u8; 32]),
    /// Text taken as it is: `UNSIGNED-PAYLOAD`, `STREAMING-…`, or a hex hash that the caller has checked.
    Literal(&'a str),
}

impl<'a> PayloadHash<'a> {
    /// The body is not signed (S3 over TLS, presigned URLs).
    pub const UNSIGNED: PayloadHash<'static> = PayloadHash::Literal("UNSIGNED-PAYLOAD");

    /// SHA-256 of a body in memory.
    pub fn of(body: &[u8]) -> PayloadHash<'static> {
        let mut hash = [0; 32];
        hash.copy_from_slice(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, body).as_ref());
        PayloadHash::Sha256(hash)
    }

    /// What an S3 request declares: `x-amz-content-sha256`, which header authentication requires. A presigned URL may
    /// have it as a parameter of its query too, and has `UNSIGNED-PAYLOAD` without it. That a declared hash is the
    /// body's own is for whoever reads the body.
    pub fn declared_to_s3(
        headers: &'a HeaderMap,
        presigned_query: Option<&'a str>,
    ) -> Result<Self, VerifyError> {
        if let Some(value) = headers.get(CONTENT_SHA256) {
            let text = value.to_str().map_err(|_| VerifyError::Malformed {
                part: CONTENT_SHA256,
            });
            return text.map(Self::Literal);
        }
        let query = presigned_query.ok_or(VerifyError::MissingContentHash)?;
        let mut named = named_parameters(query);
        let found = named.find(|(name, _)| name.eq_ignore_ascii_case(CONTENT_SHA256.as_bytes()));
        // neither hash nor word has a character that would be encoded
        Ok(found.map_or(Self::UNSIGNED, |(_, value)| Self::Literal(value)))
    }

    pub(crate) fn write(&self, sink: &mut impl Sink) {
        match self {
            Self::Sha256(hash) => sink.put(&hex_of(hash)),
            Self::Literal(text) => sink.put(text.as_bytes()),
        }
    }

    /// The text of the canonical request's last line.
    pub fn to_text(&self) -> String {
        let mut text = Vec::with_capacity(64);
        self.write(&mut text);
        String::from_utf8_lossy(&text).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_presigned_url_declares_its_payload_in_header_or_query() {
        let (none, mut some) = (HeaderMap::new(), HeaderMap::new());
        some.insert(CONTENT_SHA256, "abc".parse().unwrap());
        for (headers, query, expected) in [
            (&none, Some("x=y"), Some("UNSIGNED-PAYLOAD")),
            (&none, Some("x=y&X-Amz-Content-Sha256=def"), Some("def")),
            (&some, Some("x-amz-content-sha256=def"), Some("abc")),
            (&some, None, Some("abc")),
            (&none, None, None),
        ] {
            let declared = PayloadHash::declared_to_s3(headers, query);
            let expected = expected.map(PayloadHash::Literal);
            assert_eq!(declared.ok(), expected, "{query:?}");
        }
    }
}
