//! The port to the place where S3's bytes live: what a front end asks of an object store and what it
//! gets back. No I/O here; `crates/objects` implements it, `frontends/s3` calls it.

use std::collections::BTreeMap;
use std::pin::Pin;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::Stream;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A store of buckets and objects.
///
/// Every call names the account (12 digits) that it is made for. Bucket names have one index for all
/// accounts; a bucket of another account answers [`ObjectStoreError::ForeignBucket`].
///
/// A call that changes something returns only when the change would survive a power cut, and a
/// change is there as a whole or not at all.
#[async_trait]
pub trait ObjectStore: Send + Sync {
    /// All buckets of the account, by name in byte order.
    async fn list_buckets(&self, account: &str) -> Result<Vec<Bucket>, ObjectStoreError>;

    /// Makes a bucket. The name was checked by the caller against AWS's naming rules.
    ///
    /// # Errors
    /// `BucketAlreadyOwnedByYou`, `BucketAlreadyExists` (another account has it), `Internal`.
    async fn create_bucket(
        &self,
        account: &str,
        bucket: &str,
        region: &str,
        at: Timestamp,
    ) -> Result<(), ObjectStoreError>;

    /// Removes an empty bucket, and with it its unfinished multipart uploads.
    ///
    /// # Errors
    /// `NoSuchBucket`, `BucketNotEmpty`, `ForeignBucket`, `Internal`.
    async fn delete_bucket(&self, account: &str, bucket: &str) -> Result<(), ObjectStoreError>;

    /// When the bucket was made, where, and by whom.
    async fn head_bucket(&self, account: &str, bucket: &str) -> Result<Bucket, ObjectStoreError>;

    /// One page of the bucket's keys in UTF-8 byte order.
    async fn list_objects(
        &self,
        account: &str,
        bucket: &str,
        query: &ListQuery,
    ) -> Result<Listing, ObjectStoreError>;

    /// Stores an object. Nothing of it can be seen before `body` has ended and its
    /// [`IncomingBody::finish`] has agreed.
    async fn put_object(
        &self,
        account: &str,
        put: PutObject<'_>,
        body: &mut dyn IncomingBody,
    ) -> Result<ObjectHead, ObjectStoreError>;

    /// What is known of an object, without its data.
    async fn head_object(
        &self,
        account: &str,
        bucket: &str,
        key: &str,
    ) -> Result<ObjectHead, ObjectStoreError>;

    /// An object's head and (a part of) its data, as they were at one moment: a write that comes
    /// between head and data changes neither.
    ///
    /// # Errors
    /// `NoSuchBucket`, `NoSuchKey`, `ForeignBucket`, `InvalidRange`, `Internal`.
    async fn get_object(
        &self,
        account: &str,
        bucket: &str,
        key: &str,
        range: Option<ByteRange>,
    ) -> Result<ObjectContent, ObjectStoreError>;

    /// Removes an object; `false` if there was none, which is no error.
    async fn delete_object(
        &self,
        account: &str,
        bucket: &str,
        key: &str,
    ) -> Result<bool, ObjectStoreError>;

    /// Copies an object within the store, also onto itself. Where `metadata` is `None` the source's
    /// is kept. `source_etag`, if given, must still be the source's.
    async fn copy_object(
        &self,
        account: &str,
        copy: CopyObject<'_>,
    ) -> Result<ObjectHead, ObjectStoreError>;

    /// Begins a multipart upload and gives its id, which holds `nonce`.
    async fn create_upload(
        &self,
        account: &str,
        upload: NewUpload<'_>,
    ) -> Result<String, ObjectStoreError>;

    /// What a multipart upload was begun with.
    async fn head_upload(
        &self,
        account: &str,
        upload: UploadName<'_>,
    ) -> Result<UploadHead, ObjectStoreError>;

    /// Stores a part (1 to 10000), in place of an earlier one of that number.
    async fn upload_part(
        &self,
        account: &str,
        upload: UploadName<'_>,
        part_number: u16,
        at: Timestamp,
        body: &mut dyn IncomingBody,
    ) -> Result<Part, ObjectStoreError>;

    /// All parts of an upload, by number.
    async fn list_parts(
        &self,
        account: &str,
        upload: UploadName<'_>,
    ) -> Result<Vec<Part>, ObjectStoreError>;

    /// All unfinished uploads of a bucket, by key and then by time.
    async fn list_uploads(
        &self,
        account: &str,
        bucket: &str,
    ) -> Result<Vec<UploadHead>, ObjectStoreError>;

    /// Joins the parts to one object and ends the upload.
    ///
    /// # Errors
    /// `NoSuchUpload`, `InvalidPart` (missing, or another entity tag), `InvalidPartOrder`,
    /// `EntityTooSmall` (a part other than the last under 5 MiB), `PreconditionFailed`, `Internal`.
    async fn complete_upload(
        &self,
        account: &str,
        upload: UploadName<'_>,
        completion: Completion<'_>,
    ) -> Result<ObjectHead, ObjectStoreError>;

    /// Drops an upload and its parts.
    async fn abort_upload(
        &self,
        account: &str,
        upload: UploadName<'_>,
    ) -> Result<(), ObjectStoreError>;
}

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

/// One bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bucket {
    /// The bucket's name.
    pub name: String,
    /// The account that owns it, 12 digits.
    pub account: String,
    /// The region it was made in.
    pub region: String,
    /// When it was made.
    pub created: Timestamp,
}

/// What a listing asks for.
#[derive(Debug, Clone, Default)]
pub struct ListQuery {
    /// Only keys that begin with this.
    pub prefix: String,
    /// Keys that hold this after the prefix are rolled up into one common prefix; never empty.
    pub delimiter: Option<String>,
    /// Begin after this key. If it is itself one of the common prefixes, its keys are skipped.
    pub after: Option<String>,
    /// At most so many keys and common prefixes together.
    pub max_keys: usize,
}

/// One page of a listing. Keys and common prefixes are each in byte order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// The objects.
    pub objects: Vec<ObjectEntry>,
    /// The rolled-up prefixes.
    pub common_prefixes: Vec<String>,
    /// If there is more: the last key or prefix of this page, for the next query's `after`.
    pub next: Option<String>,
}

/// A listing's line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectEntry {
    /// The object's key.
    pub key: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its entity tag, without quotes.
    pub etag: String,
    /// When it was stored.
    pub modified: Timestamp,
}

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

/// Why a store refused or failed. Names are S3's error codes where it has one.
#[derive(Debug, thiserror::Error)]
pub enum ObjectStoreError {
    /// No bucket of this name.
    #[error("no such bucket")]
    NoSuchBucket,
    /// The bucket belongs to another account (S3: `AccessDenied`).
    #[error("the bucket belongs to another account")]
    ForeignBucket,
    /// The account has this bucket already.
    #[error("the bucket exists and is yours")]
    BucketAlreadyOwnedByYou,
    /// Another account has this bucket.
    #[error("the bucket name is taken")]
    BucketAlreadyExists,
    /// Objects are left in the bucket.
    #[error("the bucket is not empty")]
    BucketNotEmpty,
    /// No object of this key.
    #[error("no such key")]
    NoSuchKey,
    /// No unfinished upload of this id for this bucket and key.
    #[error("no such upload")]
    NoSuchUpload,
    /// A part is missing or has another entity tag than named.
    #[error("part {0} is missing or has another entity tag")]
    InvalidPart(u16),
    /// Parts are not named in ascending order.
    #[error("the parts are not in ascending order")]
    InvalidPartOrder,
    /// A part that is not the last is under 5 MiB.
    #[error("part {number} has {size} bytes, under the minimum of 5 MiB")]
    EntityTooSmall {
        /// The part.
        number: u16,
        /// Its size in bytes.
        size: u64,
    },
    /// Nothing of the range is in the object.
    #[error("the range is outside the object of {size} bytes")]
    InvalidRange {
        /// The object's size in bytes.
        size: u64,
    },
    /// A [`WriteCondition`] or a `source_etag` did not hold.
    #[error("a precondition does not hold")]
    PreconditionFailed,
    /// The body was not accepted.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// The store itself failed; the text is for the log alone.
    #[error("object store: {0}")]
    Internal(String),
}
