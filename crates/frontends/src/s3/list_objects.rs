//! ListObjects, ListObjectsV2 and, for a bucket without versions, ListObjectVersions.

use anyrole_domain::objects::{ListQuery, Listing, ObjectEntry};
use http::Extensions;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use s3s::dto::{
    CommonPrefix, EncodingType, ListObjectVersionsInput, ListObjectVersionsOutput,
    ListObjectsInput, ListObjectsOutput, ListObjectsV2Input, ListObjectsV2Output, Object,
    ObjectStorageClass, ObjectVersion, ObjectVersionStorageClass, Owner,
};
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::handlers::{Handlers, owner};
use super::metadata::{etag, size, timestamp};
use super::refusals::render_store_error;

/// At most so many entries a page.
const MAX_KEYS: i32 = 1000;

/// What `encoding-type=url` leaves as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'*')
    .remove(b'/');

/// Whether names in the answer are percent-encoded, so that XML can say any of them.
pub(super) struct Encoding(bool);

impl Encoding {
    pub(super) fn new(asked: Option<&EncodingType>) -> S3Result<Self> {
        match asked.map(EncodingType::as_str) {
            None => Ok(Self(false)),
            Some("url") => Ok(Self(true)),
            Some(_) => Err(s3_error!(
                InvalidArgument,
                "Invalid Encoding Method specified in Request"
            )),
        }
    }

    pub(super) fn render(&self, text: &str) -> String {
        if self.0 {
            utf8_percent_encode(text, PLAIN).to_string()
        } else {
            text.to_owned()
        }
    }

    pub(super) fn render_some(&self, text: Option<&String>) -> Option<String> {
        text.map(|text| self.render(text))
    }

    pub(super) fn prefixes(&self, prefixes: &[String]) -> Option<Vec<CommonPrefix>> {
        let prefixes = prefixes.iter().map(|prefix| CommonPrefix {
            prefix: Some(self.render(prefix)),
        });
        Some(prefixes.collect())
    }
}

/// The page size that is meant.
pub(super) fn page_size(asked: Option<i32>) -> S3Result<i32> {
    match asked.unwrap_or(MAX_KEYS) {
        negative if negative < 0 => Err(s3_error!(
            InvalidArgument,
            "Argument maxKeys must be an integer between 0 and 2147483647"
        )),
        asked => Ok(asked.min(MAX_KEYS)),
    }
}

async fn list(
    s3: &Handlers,
    extensions: &Extensions,
    bucket: &str,
    query: ListQuery,
) -> S3Result<Listing> {
    let account = s3.account(extensions)?;
    let listing = s3.store.list_objects(account, bucket, &query).await;
    listing.map_err(render_store_error)
}

fn query(
    prefix: Option<&String>,
    delimiter: Option<&String>,
    after: Option<String>,
    max_keys: i32,
) -> ListQuery {
    ListQuery {
        prefix: prefix.cloned().unwrap_or_default(),
        delimiter: delimiter.filter(|delimiter| !delimiter.is_empty()).cloned(),
        after: after.filter(|after| !after.is_empty()),
        max_keys: usize::try_from(max_keys).unwrap_or_default(),
    }
}

fn object(entry: ObjectEntry, encoding: &Encoding, owner: Option<Owner>) -> Object {
    Object {
        e_tag: etag(&entry.etag),
        key: Some(encoding.render(&entry.key)),
        last_modified: Some(timestamp(entry.modified)),
        owner,
        size: size(entry.size),
        storage_class: Some(ObjectStorageClass::from_static(
            ObjectStorageClass::STANDARD,
        )),
        ..Object::default()
    }
}

pub(super) async fn list_objects(
    s3: &Handlers,
    request: S3Request<ListObjectsInput>,
) -> S3Result<S3Response<ListObjectsOutput>> {
    let input = request.input;
    let encoding = Encoding::new(input.encoding_type.as_ref())?;
    let max_keys = page_size(input.max_keys)?;
    let asked = query(
        input.prefix.as_ref(),
        input.delimiter.as_ref(),
        input.marker.clone(),
        max_keys,
    );
    let rolls_up = asked.delimiter.is_some();
    let listing = list(s3, &request.extensions, &input.bucket, asked).await?;
    let owner = owner(s3.account(&request.extensions)?);
    let contents = listing.objects.into_iter();
    let contents = contents.map(|entry| object(entry, &encoding, Some(owner.clone())));
    Ok(S3Response::new(ListObjectsOutput {
        prefix: Some(encoding.render(input.prefix.as_deref().unwrap_or_default())),
        marker: Some(encoding.render(input.marker.as_deref().unwrap_or_default())),
        max_keys: Some(max_keys),
        is_truncated: Some(listing.next.is_some()),
        contents: Some(contents.collect()),
        common_prefixes: encoding.prefixes(&listing.common_prefixes),
        delimiter: encoding.render_some(input.delimiter.as_ref()),
        // without a delimiter the last key is the next marker
        next_marker: encoding.render_some(listing.next.as_ref().filter(|_| rolls_up)),
        encoding_type: input.encoding_type,
        name: Some(input.bucket),
        request_charged: None,
    }))
}

pub(super) async fn list_objects_v2(
    s3: &Handlers,
    request: S3Request<ListObjectsV2Input>,
) -> S3Result<S3Response<ListObjectsV2Output>> {
    let input = request.input;
    let encoding = Encoding::new(input.encoding_type.as_ref())?;
    let max_keys = page_size(input.max_keys)?;
    let after = match &input.continuation_token {
        Some(token) => Some(parse_token(token)?),
        None => input.start_after.clone(),
    };
    let asked = query(
        input.prefix.as_ref(),
        input.delimiter.as_ref(),
        after,
        max_keys,
    );
    let listing = list(s3, &request.extensions, &input.bucket, asked).await?;
    let owner = owner(s3.account(&request.extensions)?);
    let owner = (input.fetch_owner == Some(true)).then_some(owner);
    let count = listing.objects.len() + listing.common_prefixes.len();
    let contents = listing.objects.into_iter();
    let contents = contents.map(|entry| object(entry, &encoding, owner.clone()));
    Ok(S3Response::new(ListObjectsV2Output {
        prefix: Some(encoding.render(input.prefix.as_deref().unwrap_or_default())),
        max_keys: Some(max_keys),
        key_count: i32::try_from(count).ok(),
        continuation_token: input.continuation_token,
        is_truncated: Some(listing.next.is_some()),
        next_continuation_token: listing.next.as_deref().map(render_token),
        contents: Some(contents.collect()),
        common_prefixes: encoding.prefixes(&listing.common_prefixes),
        delimiter: encoding.render_some(input.delimiter.as_ref()),
        start_after: encoding.render_some(input.start_after.as_ref()),
        encoding_type: input.encoding_type,
        name: Some(input.bucket),
        request_charged: None,
    }))
}

fn render_token(after: &str) -> String {
    base64_simd::URL_SAFE_NO_PAD.encode_to_string(after)
}

fn parse_token(token: &str) -> S3Result<String> {
    let bytes = base64_simd::URL_SAFE_NO_PAD.decode_to_vec(token).ok();
    let after = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    let wrong = || {
        s3_error!(
            InvalidArgument,
            "The continuation token provided is incorrect"
        )
    };
    after.ok_or_else(wrong)
}

pub(super) async fn list_object_versions(
    s3: &Handlers,
    request: S3Request<ListObjectVersionsInput>,
) -> S3Result<S3Response<ListObjectVersionsOutput>> {
    let input = request.input;
    let encoding = Encoding::new(input.encoding_type.as_ref())?;
    let max_keys = page_size(input.max_keys)?;
    if input.version_id_marker.is_some() && input.key_marker.is_none() {
        return Err(s3_error!(
            InvalidArgument,
            "A version-id marker cannot be specified without a key marker."
        ));
    }
    let asked = query(
        input.prefix.as_ref(),
        input.delimiter.as_ref(),
        input.key_marker.clone(),
        max_keys,
    );
    let listing = list(s3, &request.extensions, &input.bucket, asked).await?;
    let owner = owner(s3.account(&request.extensions)?);
    // the page ended with a key rather than a common prefix
    let last_key = listing.objects.last().map(|entry| entry.key.clone());
    let ended_with_key = listing.next.is_some() && listing.next == last_key;
    let versions = listing.objects.into_iter().map(|entry| ObjectVersion {
        e_tag: etag(&entry.etag),
        is_latest: Some(true),
        key: Some(encoding.render(&entry.key)),
        last_modified: Some(timestamp(entry.modified)),
        owner: Some(owner.clone()),
        size: size(entry.size),
        storage_class: Some(ObjectVersionStorageClass::from_static(
            ObjectVersionStorageClass::STANDARD,
        )),
        version_id: Some("null".to_owned()),
        ..ObjectVersion::default()
    });
    Ok(S3Response::new(ListObjectVersionsOutput {
        common_prefixes: encoding.prefixes(&listing.common_prefixes),
        delete_markers: None,
        delimiter: encoding.render_some(input.delimiter.as_ref()),
        is_truncated: Some(listing.next.is_some()),
        key_marker: Some(encoding.render(input.key_marker.as_deref().unwrap_or_default())),
        max_keys: Some(max_keys),
        next_key_marker: encoding.render_some(listing.next.as_ref()),
        next_version_id_marker: ended_with_key.then(|| "null".to_owned()),
        prefix: Some(encoding.render(input.prefix.as_deref().unwrap_or_default())),
        version_id_marker: Some(input.version_id_marker.unwrap_or_default()),
        versions: Some(versions.collect()),
        encoding_type: input.encoding_type,
        name: Some(input.bucket),
        request_charged: None,
    }))
}
