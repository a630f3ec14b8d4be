//! One object: what is known of it, how it is written, copied and read.

use std::collections::BTreeMap;
use std::pin::Pin;

use bytes::Bytes;
use futures_util::Stream;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::tags::Tag;

/// What a client says about an object and gets back with it, unread by the store.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ObjectMetadata {
    /// `Content-Type`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// `Cache-Control`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_control: Option<String>,
    /// `Content-Disposition`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_disposition: Option<String>,
    /// `Content-Encoding`, without `aws-chunked`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_encoding: Option<String>,
    /// `Content-Language`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_language: Option<String>,
    /// `Expires`, as sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
    /// `x-amz-website-redirect-location`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub website_redirect: Option<String>,
    /// `x-amz-meta-*`, names in lower case without that prefix.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub user: BTreeMap<String, String>,
}

/// A checksum that S3 keeps with an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checksum {
    /// How it was made.
    pub algorithm: ChecksumAlgorithm,
    /// Base64 of the big-endian value; a composite one ends in `-` and the number of parts.
    pub value: String,
}

/// S3's checksum algorithms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChecksumAlgorithm {
    /// `CRC32`.
    Crc32,
    /// `CRC32C`.
    Crc32c,
    /// `CRC64NVME`.
    Crc64Nvme,
    /// `SHA1`.
    Sha1,
    /// `SHA256`.
    Sha256,
}

/// What is known of an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectHead {
    /// Size in bytes.
    pub size: u64,
    /// Entity tag without quotes: MD5 in hex, or for a multipart object MD5 of the parts' MD5s, `-`, their number.
    pub etag: String,
    /// When it was stored.
    pub modified: Timestamp,
    /// What the client said about it.
    pub metadata: ObjectMetadata,
    /// Its tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
    /// The checksum kept with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checksum: Option<Checksum>,
    /// The sizes of the parts it was joined from, in bytes; empty for an object stored at once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub part_sizes: Vec<u64>,
}

/// A write of one object.
#[derive(Debug)]
pub struct PutObject<'a> {
    /// The bucket.
    pub bucket: &'a str,
    /// The key, 1 to 1024 bytes, without NUL.
    pub key: &'a str,
    /// What comes back with it.
    pub metadata: ObjectMetadata,
    /// Its tags.
    pub tags: Vec<Tag>,
    /// What must be so at the moment of the commit.
    pub condition: WriteCondition,
    /// Becomes the time of modification.
    pub at: Timestamp,
}

/// A condition that holds at the moment of the commit (`If-Match`, `If-None-Match: *`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum WriteCondition {
    /// None.
    #[default]
    Always,
    /// There is no object of this key.
    Absent,
    /// There is one, whatever its entity tag (`If-Match: *`).
    Present,
    /// There is one with this entity tag (without quotes).
    EtagIs(String),
}

/// A copy within the store.
#[derive(Debug)]
pub struct CopyObject<'a> {
    /// The bucket to read from.
    pub source_bucket: &'a str,
    /// The key to read.
    pub source_key: &'a str,
    /// The entity tag that the caller has judged the source by.
    pub source_etag: Option<&'a str>,
    /// The bucket to write to.
    pub bucket: &'a str,
    /// The key to write.
    pub key: &'a str,
    /// `Some` replaces the source's metadata.
    pub metadata: Option<ObjectMetadata>,
    /// `Some` replaces the source's tags.
    pub tags: Option<Vec<Tag>>,
    /// What must be so of the target at the moment of the commit.
    pub condition: WriteCondition,
    /// Becomes the time of modification.
    pub at: Timestamp,
}

/// A range of bytes as asked for (RFC 9110, 14.1.2), both ends counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteRange {
    /// From `first` to `last` or the end.
    From {
        /// First byte's offset.
        first: u64,
        /// Last byte's offset.
        last: Option<u64>,
    },
    /// The last so many bytes.
    Suffix(u64),
}

impl ByteRange {
    /// Offset and length within an object of `size` bytes; `None` if nothing of it is there.
    #[must_use]
    pub fn resolve(self, size: u64) -> Option<(u64, u64)> {
        match self {
            Self::From { first, last } => {
                let end = last.map_or(size, |last| last.saturating_add(1).min(size));
                (first < end).then(|| (first, end - first))
            }
            Self::Suffix(length) => {
                let length = length.min(size);
                (length > 0).then(|| (size - length, length))
            }
        }
    }
}

/// An object's head and data.
#[derive(Debug)]
pub struct ObjectContent {
    /// What is known of the whole object.
    pub head: ObjectHead,
    /// Offset of the first byte in `data`.
    pub offset: u64,
    /// Number of bytes in `data`.
    pub length: u64,
    /// The data.
    pub data: ObjectData,
}

/// A stream of an object's bytes.
pub type ByteStream = Pin<Box<dyn Stream<Item = std::io::Result<Bytes>> + Send + Sync>>;

/// Data on its way out.
pub enum ObjectData {
    /// All of it, for small objects.
    Bytes(Bytes),
    /// Chunks, each read ahead of its use.
    Stream(ByteStream),
}

impl std::fmt::Debug for ObjectData {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "Bytes({})", bytes.len()),
            Self::Stream(_) => f.write_str("Stream"),
        }
    }
}
