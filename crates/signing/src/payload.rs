//! The last line of the canonical request: the body's SHA-256, or a word that says why there is none.

use http::HeaderMap;

use crate::VerifyError;
use crate::sink::{Sink, hex_of};

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

    /// What an S3 request declares: `x-amz-content-sha256`, which header authentication requires; a presigned URL has
    /// `UNSIGNED-PAYLOAD` without it. That a declared hash is the body's own is for whoever reads the body.
    pub fn declared_to_s3(headers: &'a HeaderMap, presigned: bool) -> Result<Self, VerifyError> {
        match headers.get("x-amz-content-sha256") {
            Some(value) => value
                .to_str()
                .map(Self::Literal)
                .map_err(|_| VerifyError::Malformed {
                    part: "x-amz-content-sha256",
                }),
            None if presigned => Ok(Self::UNSIGNED),
            None => Err(VerifyError::MissingContentHash),
        }
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
