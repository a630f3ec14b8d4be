//! The port to the place where S3's bytes live: what a front end asks of an object store and what it
//! gets back. No I/O here; `crates/objects` implements it, `frontends/s3` calls it.

mod buckets;
mod error;
mod incoming;
mod object;
mod tagging;
mod uploads;

use async_trait::async_trait;
use jiff::Timestamp;

pub use self::buckets::{Bucket, ListQuery, Listing, ObjectEntry};
pub use self::error::ObjectStoreError;
pub use self::incoming::{BodyError, IncomingBody};
pub use self::object::{
    ByteRange, ByteStream, Checksum, ChecksumAlgorithm, CopyObject, ObjectContent, ObjectData,
    ObjectHead, ObjectMetadata, PutObject, WriteCondition,
};
pub use self::tagging::{ObjectTagError, check_object_tags};
pub use self::uploads::{Completion, NewUpload, Part, UploadHead, UploadName};
use crate::tags::Tag;

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

    /// Gives an object these tags in place of all that it had; nothing else of it changes, its time neither. `expected`, if
    /// given, must still be the tags that it has.
    ///
    /// # Errors
    /// `NoSuchBucket`, `NoSuchKey`, `ForeignBucket`, `PreconditionFailed`, `Internal`.
    async fn set_tags(
        &self,
        account: &str,
        bucket: &str,
        key: &str,
        tags: Vec<Tag>,
        expected: Option<Vec<Tag>>,
    ) -> Result<(), ObjectStoreError>;

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
