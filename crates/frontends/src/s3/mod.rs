//! S3: an authenticated request (`Call` in its extensions) enters at `S3Frontend::call`; s3s decodes
//! it, `access` asks whether the caller may, one function for each operation asks the object store,
//! and s3s encodes the answer.
//!
//! s3s logs each refused request at `error` and expected signatures at `debug`: silence its target.

mod access;
mod authorizer;
mod body;
mod bucket_policy;
mod buckets;
mod checksums;
mod chunked_body;
mod chunks;
mod condition_keys;
mod conditions;
mod copy_object;
mod delete_objects;
mod get_object;
mod handlers;
mod idle_body;
mod list_objects;
mod list_uploads;
mod metadata;
mod multipart;
mod object_attributes;
mod object_tagging;
mod operation_table;
mod operations;
mod payload;
mod prepare;
mod put_object;
mod query;
mod refusals;
mod resource;
mod service;
mod trail;

pub use self::authorizer::{Authorizer, SecretByAccessKeyId};
pub use self::service::{S3Frontend, S3Parts};
pub use self::trail::S3Trail;

#[cfg(test)]
mod tests;
