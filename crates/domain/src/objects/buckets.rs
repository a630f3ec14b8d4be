//! A bucket, and a page of what is in it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

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
