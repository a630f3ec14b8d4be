//! Multipart uploads: how one begins, what is known of it and of its parts, how it ends.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Checksum, ChecksumAlgorithm, ObjectMetadata, WriteCondition};
use crate::tags::Tag;

/// The three names that identify a multipart upload.
#[derive(Debug, Clone, Copy)]
pub struct UploadName<'a> {
    /// The bucket.
    pub bucket: &'a str,
    /// The key that it will become.
    pub key: &'a str,
    /// The id that `create_upload` gave.
    pub upload_id: &'a str,
}

/// The beginning of a multipart upload.
#[derive(Debug)]
pub struct NewUpload<'a> {
    /// The bucket.
    pub bucket: &'a str,
    /// The key that it will become.
    pub key: &'a str,
    /// What comes back with the object.
    pub metadata: ObjectMetadata,
    /// The object's tags.
    pub tags: Vec<Tag>,
    /// The checksum algorithm that the client announced.
    pub checksum_algorithm: Option<ChecksumAlgorithm>,
    /// Whether the checksum is one of the whole object rather than of its parts' checksums.
    pub checksum_full_object: bool,
    /// 128 random bits.
    pub nonce: [u8; 16],
    /// The time of the call.
    pub at: Timestamp,
}

/// What is known of a multipart upload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadHead {
    /// The id.
    pub upload_id: String,
    /// The key that it will become.
    pub key: String,
    /// When it was begun.
    pub initiated: Timestamp,
    /// What comes back with the object.
    pub metadata: ObjectMetadata,
    /// The object's tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
    /// The checksum algorithm that the client announced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checksum_algorithm: Option<ChecksumAlgorithm>,
    /// Whether the checksum is one of the whole object rather than of its parts' checksums.
    #[serde(default)]
    pub checksum_full_object: bool,
}

/// One part of a multipart upload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// 1 to 10000.
    pub number: u16,
    /// Size in bytes.
    pub size: u64,
    /// MD5 in hex, without quotes.
    pub etag: String,
    /// When it was stored.
    pub modified: Timestamp,
    /// The checksum that came with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checksum: Option<Checksum>,
}

/// The end of a multipart upload.
#[derive(Debug)]
pub struct Completion<'a> {
    /// Number and entity tag (without quotes) of each part, in ascending order.
    pub parts: &'a [(u16, String)],
    /// The checksum to keep with the object, made by the caller from those of the parts.
    pub checksum: Option<Checksum>,
    /// What must be so at the moment of the commit.
    pub condition: WriteCondition,
    /// Becomes the time of modification.
    pub at: Timestamp,
}
