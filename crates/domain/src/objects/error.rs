//! Why a store refused or failed.

use super::BodyError;

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
