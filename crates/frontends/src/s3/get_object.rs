//! GetObject and HeadObject.

use anyrole_domain::objects::{ByteRange, ObjectData, ObjectHead, ObjectStoreError};
use http::{Extensions, HeaderMap, HeaderValue, StatusCode};
use s3s::dto::{
    ContentRange, GetObjectInput, GetObjectOutput, HeadObjectInput, HeadObjectOutput, Range,
    StreamingBlob,
};
use s3s::{Body, S3Error, S3ErrorCode, S3Request, S3Response, S3Result, s3_error};

use super::access::More;
use super::checksums;
use super::conditions::ReadConditions;
use super::handlers::Handlers;
use super::metadata::{DEFAULT_TYPE, etag, expires_header, size, timestamp, user_metadata};
use super::operations::{GET_TAGGING, LIST};
use super::refusals::render_store_error;

pub(super) async fn get_object(
    s3: &Handlers,
    request: S3Request<GetObjectInput>,
) -> S3Result<S3Response<GetObjectOutput>> {
    let input = request.input;
    check_version(input.version_id.as_deref())?;
    let account = s3.account(&request.extensions)?;
    let (bucket, key) = (input.bucket.as_str(), input.key.as_str());
    let conditions = ReadConditions {
        if_match: input.if_match,
        if_none_match: input.if_none_match,
        if_modified_since: input.if_modified_since,
        if_unmodified_since: input.if_unmodified_since,
    };
    let mut range = input.range.map(byte_range);
    let mut judged = None;
    if let Some(number) = input.part_number {
        if range.is_some() {
            return Err(s3_error!(
                InvalidRequest,
                "Cannot specify both Range header and partNumber query parameter"
            ));
        }
        let head = s3.store.head_object(account, bucket, key).await;
        let head = match head {
            Ok(head) => head,
            Err(error) => return Err(missing_key(s3, &request.extensions, bucket, error).await),
        };
        range = part_range(&head, number)?;
        judged = Some(head.etag);
    }
    let content = match s3.store.get_object(account, bucket, key, range).await {
        Ok(content) => content,
        Err(ObjectStoreError::InvalidRange { .. }) if conditions.any() => {
            // a condition outranks the range (RFC 9110, 13.2.2)
            let head = s3.store.head_object(account, bucket, key).await;
            conditions.check_read(&head.map_err(render_store_error)?)?;
            return Err(s3_error!(
                InvalidRange,
                "The requested range is not satisfiable"
            ));
        }
        Err(error) => return Err(missing_key(s3, &request.extensions, bucket, error).await),
    };
    let head = content.head;
    s3.gate
        .check_judged(&request.extensions, (bucket, key), &head.tags)?;
    conditions.check_read(&head)?;
    if judged.is_some_and(|judged| judged != head.etag) {
        return Err(s3_error!(
            OperationAborted,
            "The object was replaced meanwhile; try again"
        ));
    }
    let checksum_wanted = input.checksum_mode.is_some() && content.length == head.size;
    let kept = head.checksum.as_ref().filter(|_| checksum_wanted);
    let checksum = checksums::fields(kept);
    let headers = expires_header(&head);
    let tag_count = tag_count(s3, &request.extensions, (bucket, key), &head).await;
    let output = GetObjectOutput {
        accept_ranges: Some("bytes".to_owned()),
        body: Some(body(content.data)),
        cache_control: head.metadata.cache_control.clone(),
        checksum_crc32: checksum.checksum_crc32,
        checksum_crc32c: checksum.checksum_crc32c,
        checksum_crc64nvme: checksum.checksum_crc64nvme,
        checksum_sha1: checksum.checksum_sha1,
        checksum_sha256: checksum.checksum_sha256,
        checksum_type: checksum.checksum_type,
        content_disposition: head.metadata.content_disposition.clone(),
        content_encoding: head.metadata.content_encoding.clone(),
        content_language: head.metadata.content_language.clone(),
        content_length: size(content.length),
        content_range: range.map(|_| content_range(content.offset, content.length, head.size)),
        content_type: Some(content_type(&head)),
        e_tag: etag(&head.etag),
        last_modified: Some(timestamp(head.modified)),
        metadata: user_metadata(&head.metadata),
        parts_count: parts_count(input.part_number, &head),
        tag_count,
        website_redirect_location: head.metadata.website_redirect.clone(),
        ..GetObjectOutput::default()
    };
    Ok(respond(output, headers, request.uri.query()))
}

pub(super) async fn head_object(
    s3: &Handlers,
    request: S3Request<HeadObjectInput>,
) -> S3Result<S3Response<HeadObjectOutput>> {
    let input = request.input;
    check_version(input.version_id.as_deref())?;
    let account = s3.account(&request.extensions)?;
    let head = s3
        .store
        .head_object(account, &input.bucket, &input.key)
        .await;
    let head = match head {
        Ok(head) => head,
        Err(error) => {
            return Err(missing_key(s3, &request.extensions, &input.bucket, error).await);
        }
    };
    let name = (input.bucket.as_str(), input.key.as_str());
    s3.gate
        .check_judged(&request.extensions, name, &head.tags)?;
    ReadConditions {
        if_match: input.if_match,
        if_none_match: input.if_none_match,
        if_modified_since: input.if_modified_since,
        if_unmodified_since: input.if_unmodified_since,
    }
    .check_read(&head)?;
    let range = match (input.range, input.part_number) {
        (Some(range), _) => Some(byte_range(range)),
        (None, Some(number)) => part_range(&head, number)?,
        (None, None) => None,
    };
    let (offset, length) = match range {
        Some(range) => range
            .resolve(head.size)
            .ok_or_else(|| s3_error!(InvalidRange, "The requested range is not satisfiable"))?,
        None => (0, head.size),
    };
    let checksum_wanted = input.checksum_mode.is_some() && length == head.size;
    let kept = head.checksum.as_ref().filter(|_| checksum_wanted);
    let checksum = checksums::fields(kept);
    let mut headers = expires_header(&head);
    let tag_count = tag_count(s3, &request.extensions, name, &head).await;
    if let Some(count) = tag_count {
        // s3s does not know it
        headers.insert("x-amz-tagging-count", HeaderValue::from(count));
    }
    let output = HeadObjectOutput {
        accept_ranges: Some("bytes".to_owned()),
        cache_control: head.metadata.cache_control.clone(),
        checksum_crc32: checksum.checksum_crc32,
        checksum_crc32c: checksum.checksum_crc32c,
        checksum_crc64nvme: checksum.checksum_crc64nvme,
        checksum_sha1: checksum.checksum_sha1,
        checksum_sha256: checksum.checksum_sha256,
        checksum_type: checksum.checksum_type,
        content_disposition: head.metadata.content_disposition.clone(),
        content_encoding: head.metadata.content_encoding.clone(),
        content_language: head.metadata.content_language.clone(),
        content_length: size(length),
        content_range: range.map(|_| content_range(offset, length, head.size)),
        content_type: Some(content_type(&head)),
        e_tag: etag(&head.etag),
        last_modified: Some(timestamp(head.modified)),
        metadata: user_metadata(&head.metadata),
        parts_count: parts_count(input.part_number, &head),
        website_redirect_location: head.metadata.website_redirect.clone(),
        ..HeadObjectOutput::default()
    };
    Ok(respond(output, headers, request.uri.query()))
}

/// Without versions there is one, called `null`.
pub(super) fn check_version(version_id: Option<&str>) -> S3Result<()> {
    match version_id {
        None | Some("null") => Ok(()),
        Some(_) => Err(s3_error!(InvalidArgument, "Invalid version id specified")),
    }
}

/// That a key is missing is told only to those who may list the bucket.
pub(super) async fn missing_key(
    s3: &Handlers,
    extensions: &Extensions,
    bucket: &str,
    error: ObjectStoreError,
) -> S3Error {
    if matches!(error, ObjectStoreError::NoSuchKey) {
        let bucket = s3.gate.bucket(bucket);
        let asked = s3.gate.ask(extensions, LIST, &bucket, More::default());
        if let Err(refused) = asked.await {
            return refused;
        }
    }
    render_store_error(error)
}

/// The number of an object's tags, for those who may read them.
async fn tag_count(
    s3: &Handlers,
    extensions: &Extensions,
    (bucket, key): (&str, &str),
    head: &ObjectHead,
) -> Option<i32> {
    if head.tags.is_empty() {
        return None;
    }
    let object = s3.gate.object(bucket, key);
    let may = s3.gate.may(extensions, GET_TAGGING, &object).await;
    i32::try_from(head.tags.len()).ok().filter(|_| may)
}

fn byte_range(range: Range) -> ByteRange {
    match range {
        Range::Int { first, last } => ByteRange::From { first, last },
        Range::Suffix { length } => ByteRange::Suffix(length),
    }
}

/// The bytes of one part; an object that was not joined from parts is its own part 1.
fn part_range(head: &ObjectHead, number: i32) -> S3Result<Option<ByteRange>> {
    let missing = || {
        let code = S3ErrorCode::Custom("InvalidPartNumber".into());
        let mut error = S3Error::with_message(code, "The requested partnumber is not satisfiable");
        error.set_status_code(StatusCode::RANGE_NOT_SATISFIABLE);
        error
    };
    if head.part_sizes.is_empty() {
        return if number == 1 {
            Ok(None)
        } else {
            Err(missing())
        };
    }
    let index = usize::try_from(number).ok().and_then(|n| n.checked_sub(1));
    let index = index.ok_or_else(missing)?;
    let length = *head.part_sizes.get(index).ok_or_else(missing)?;
    let first: u64 = head.part_sizes.iter().take(index).sum();
    Ok(length.checked_sub(1).map(|last| ByteRange::From {
        first,
        last: Some(first + last),
    }))
}

fn parts_count(part_number: Option<i32>, head: &ObjectHead) -> Option<i32> {
    let count = i32::try_from(head.part_sizes.len()).ok()?;
    (part_number.is_some() && count > 0).then_some(count)
}

fn content_range(offset: u64, length: u64, size: u64) -> ContentRange {
    let last = (offset + length).saturating_sub(1);
    format!("bytes {offset}-{last}/{size}")
}

fn content_type(head: &ObjectHead) -> String {
    let stored = head.metadata.content_type.as_deref();
    stored.unwrap_or(DEFAULT_TYPE).to_owned()
}

fn body(data: ObjectData) -> StreamingBlob {
    match data {
        ObjectData::Bytes(bytes) => StreamingBlob::from(Body::from(bytes)),
        ObjectData::Stream(stream) => StreamingBlob::wrap(stream),
    }
}

/// A stored `Expires` yields to `response-expires`, which s3s sets.
fn respond<T>(output: T, headers: HeaderMap, query: Option<&str>) -> S3Response<T> {
    if query.is_some_and(|query| query.contains("response-expires=")) {
        return S3Response::new(output);
    }
    S3Response::with_headers(output, headers)
}
