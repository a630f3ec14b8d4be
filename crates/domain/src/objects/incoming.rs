//! Data on its way in: the front end checks it, the store pulls it.

use async_trait::async_trait;
use bytes::Bytes;

use super::Checksum;

/// The data of a write as it comes in. The front end checks it; the store pulls it.
#[async_trait]
pub trait IncomingBody: Send {
    /// The next chunk, never empty; `None` at the end.
    async fn chunk(&mut self) -> Result<Option<Bytes>, BodyError>;

    /// The length of the whole in bytes, where the client announced it.
    fn announced_length(&self) -> Option<u64>;

    /// Called once, after the last chunk and before anything is committed: the last word on whether
    /// the data is what the client meant. Gives the checksum that is kept with the object.
    fn finish(&mut self, md5: &[u8; 16]) -> Result<Option<Checksum>, BodyError>;
}

/// Why a body was not accepted. The code is S3's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// `Content-MD5`, a checksum or a payload hash does not fit the data (S3: `BadDigest`).
    #[error("the data does not match the `{0}` that was sent with it")]
    Mismatch(String),
    /// Less data than announced (S3: `IncompleteBody`).
    #[error("the body ended before its announced length")]
    Incomplete,
    /// More data than one object or part may have (S3: `EntityTooLarge`).
    #[error("the body is larger than allowed")]
    TooLarge,
    /// A chunk's signature is wrong (S3: `SignatureDoesNotMatch`).
    #[error("a chunk's signature is wrong")]
    Signature,
    /// The connection broke or the transfer encoding is malformed.
    #[error("the body could not be read: {0}")]
    Broken(String),
}
