//! What a request says of its body in `x-amz-content-sha256`: read here, for those who judge and decode the body.

use http::HeaderMap;
use s3s::{S3Result, s3_error};

use super::refusals::PAYLOAD_HASH;

/// What is signed of the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Payload {
    /// Nothing.
    Unsigned,
    /// The whole body's SHA-256.
    Sha256([u8; 32]),
    /// Chunks that are not signed, and a trailer.
    Chunks,
    /// Chunks, each signed, with or without a trailer.
    SignedChunks,
}

impl Payload {
    /// Whether the body is in aws-chunked coding.
    pub(super) fn is_chunked(&self) -> bool {
        matches!(self, Self::Chunks | Self::SignedChunks)
    }

    /// Reads the header; without it the body is not signed, as a presigned URL's is not.
    pub(super) fn parse(headers: &HeaderMap) -> S3Result<Self> {
        let mut values = headers.get_all(PAYLOAD_HASH).iter();
        let Some(value) = values.next() else {
            return Ok(Self::Unsigned);
        };
        let payload = match value.as_bytes() {
            b"UNSIGNED-PAYLOAD" => Some(Self::Unsigned),
            b"STREAMING-UNSIGNED-PAYLOAD-TRAILER" => Some(Self::Chunks),
            // s3s answers that the last two are not implemented
            b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
            | b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
            | b"STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD"
            | b"STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER" => Some(Self::SignedChunks),
            hex => parse_sha256(hex).map(Self::Sha256),
        };
        payload.filter(|_| values.next().is_none()).ok_or_else(|| {
            s3_error!(InvalidArgument, "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER or a valid sha256 value.")
        })
    }
}

/// 64 digits, in lower case.
fn parse_sha256(hex: &[u8]) -> Option<[u8; 32]> {
    let lower = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if hex.len() != 64 || !hex.iter().all(lower) {
        return None;
    }
    hex_simd::decode_to_vec(hex).ok()?.try_into().ok()
}
