//! What a client says about an object, from request headers into the store and back out.

use anyrole_domain::objects::{ObjectHead, ObjectMetadata};
use http::{HeaderMap, HeaderValue, header};
use s3s::dto::{ETag, Metadata, Timestamp};
use s3s::{S3Result, s3_error};

/// User metadata is at most so many bytes, names and values together (S3 user guide).
const MAX_USER_METADATA: usize = 2048;

/// Reads the headers that come back with the object; `user` is s3s's reading of `x-amz-meta-*`.
pub(super) fn read_metadata(
    headers: &HeaderMap,
    user: Option<Metadata>,
) -> S3Result<ObjectMetadata> {
    refuse_unserved(headers)?;
    let text = |name: header::HeaderName| {
        let value = headers.get(name)?;
        Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let user: std::collections::BTreeMap<String, String> = user.into_iter().flatten().collect();
    if user
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum::<usize>()
        > MAX_USER_METADATA
    {
        return Err(s3_error!(
            MetadataTooLarge,
            "Your metadata headers exceed the maximum allowed metadata size"
        ));
    }
    Ok(ObjectMetadata {
        content_type: text(header::CONTENT_TYPE).filter(|value| !value.is_empty()),
        cache_control: text(header::CACHE_CONTROL),
        content_disposition: text(header::CONTENT_DISPOSITION),
        content_encoding: text(header::CONTENT_ENCODING)
            .and_then(|value| without_aws_chunked(&value)),
        content_language: text(header::CONTENT_LANGUAGE),
        expires: text(header::EXPIRES),
        website_redirect: text(header::HeaderName::from_static(
            "x-amz-website-redirect-location",
        )),
        user,
    })
}

/// `aws-chunked` is the transfer's encoding and not the object's.
fn without_aws_chunked(value: &str) -> Option<String> {
    let kept: Vec<&str> = value
        .split(',')
        .map(str::trim)
        .filter(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case("aws-chunked"))
        .collect();
    (!kept.is_empty()).then(|| kept.join(","))
}

/// Refuses what would be a promise that is not kept: encryption, locks, grants, storage classes.
fn refuse_unserved(headers: &HeaderMap) -> S3Result<()> {
    for name in headers.keys() {
        let name = name.as_str();
        if name.starts_with("x-amz-server-side-encryption")
            || name.starts_with("x-amz-object-lock-")
            || name.starts_with("x-amz-grant-")
            || name == "x-amz-write-offset-bytes"
        {
            return Err(s3_error!(
                NotImplemented,
                "A header you provided implies functionality that is not implemented: `{name}`"
            ));
        }
    }
    let is_one_of = |name: &str, accepted: &[&str]| {
        headers
            .get(name)
            .is_none_or(|value| accepted.iter().any(|a| value == a))
    };
    if !is_one_of("x-amz-acl", &["private", "bucket-owner-full-control"]) {
        return Err(s3_error!(
            AccessControlListNotSupported,
            "The bucket does not allow ACLs"
        ));
    }
    if !is_one_of("x-amz-storage-class", &["STANDARD"]) {
        return Err(s3_error!(
            InvalidStorageClass,
            "The storage class you specified is not valid"
        ));
    }
    Ok(())
}

/// The type of an object that came without one.
pub(super) const DEFAULT_TYPE: &str = "binary/octet-stream";

/// An entity tag as s3s writes it.
pub(super) fn etag(value: &str) -> Option<ETag> {
    Some(ETag::Strong(value.to_owned()))
}

/// A time as s3s writes it. HTTP dates and S3's conditions know whole seconds.
pub(super) fn timestamp(time: jiff::Timestamp) -> Timestamp {
    let seconds = jiff::Timestamp::from_second(time.as_second()).unwrap_or(time);
    std::time::SystemTime::from(seconds).into()
}

/// A size as S3's model has it.
pub(super) fn size(size: u64) -> Option<i64> {
    i64::try_from(size).ok()
}

/// `Expires` as it was sent, which s3s's typed field could not bring back.
pub(super) fn expires_header(head: &ObjectHead) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let expires = head.metadata.expires.as_deref().map(HeaderValue::from_str);
    if let Some(Ok(expires)) = expires {
        headers.insert(header::EXPIRES, expires);
    }
    headers
}

/// The user's metadata as s3s writes it.
pub(super) fn user_metadata(metadata: &ObjectMetadata) -> Option<Metadata> {
    let pairs = metadata
        .user
        .iter()
        .map(|(name, value)| (name.clone(), value.clone()));
    (!metadata.user.is_empty()).then(|| pairs.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transfer_encoding_is_not_kept() {
        for (sent, kept) in [
            ("aws-chunked", None),
            ("gzip", Some("gzip")),
            ("aws-chunked,gzip", Some("gzip")),
            ("gzip, AWS-Chunked", Some("gzip")),
            ("aws-chunked, gzip, br", Some("gzip,br")),
        ] {
            assert_eq!(without_aws_chunked(sent).as_deref(), kept, "{sent}");
        }
    }
}
