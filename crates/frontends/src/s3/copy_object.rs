//! CopyObject and UploadPartCopy. The gate has asked for the source already.

use anyrole_domain::objects::{ByteRange, CopyObject, UploadName, WriteCondition};
use http::Extensions;
use s3s::dto::{
    CopyObjectInput, CopyObjectOutput, CopyObjectResult, CopyPartResult, CopySource, Range,
    UploadPartCopyInput, UploadPartCopyOutput,
};
use s3s::{S3Error, S3ErrorCode, S3Request, S3Response, S3Result, s3_error};

use super::access::More;
use super::body::{CopiedBody, MAX_BODY};
use super::checksums;
use super::conditions::ReadConditions;
use super::get_object::{check_version, missing_key};
use super::handlers::{Handlers, check_key, part_number};
use super::metadata::{etag, read_metadata, timestamp};
use super::object_tagging::{replaces_tags, tags_in_headers};
use super::operations::{GET_TAGGING, GET_VERSION_TAGGING, PUT_TAGGING};
use super::refusals::render_store_error;

pub(super) async fn copy_object(
    s3: &Handlers,
    request: S3Request<CopyObjectInput>,
) -> S3Result<S3Response<CopyObjectOutput>> {
    let input = request.input;
    check_key(&input.key)?;
    let account = s3.account(&request.extensions)?;
    let (source_bucket, source_key) = source(&input.copy_source)?;
    let metadata = read_metadata(&request.headers, input.metadata)?;
    let replace = match input.metadata_directive.as_ref().map(|d| d.as_str()) {
        None | Some("COPY") => false,
        Some("REPLACE") => true,
        Some(_) => return Err(s3_error!(InvalidArgument, "Unknown metadata directive.")),
    };
    if !replace && (source_bucket, source_key) == (&*input.bucket, &*input.key) {
        return Err(s3_error!(
            InvalidRequest,
            "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes."
        ));
    }
    let head = s3
        .store
        .head_object(account, source_bucket, source_key)
        .await;
    let head = match head {
        Ok(head) => head,
        Err(error) => {
            return Err(missing_key(s3, &request.extensions, source_bucket, error).await);
        }
    };
    let source = (source_bucket, source_key);
    s3.gate
        .check_judged(&request.extensions, source, &head.tags)?;
    let tags = replaces_tags(&request.headers)?
        .then(|| tags_in_headers(&request.headers, true))
        .transpose()?;
    if tags.is_none() && !head.tags.is_empty() {
        ask_for_tags(
            s3,
            &request.extensions,
            &input.copy_source,
            (&input.bucket, &input.key),
        )
        .await?;
    }
    ReadConditions {
        if_match: input.copy_source_if_match,
        if_none_match: input.copy_source_if_none_match,
        if_modified_since: input.copy_source_if_modified_since,
        if_unmodified_since: input.copy_source_if_unmodified_since,
    }
    .check_source(&head)?;
    if head.size > MAX_BODY {
        return Err(s3_error!(
            InvalidRequest,
            "The specified copy source is larger than the maximum allowable size for a copy source: 5368709120"
        ));
    }
    let copy = CopyObject {
        source_bucket,
        source_key,
        source_etag: Some(&head.etag),
        bucket: &input.bucket,
        key: &input.key,
        metadata: replace.then_some(metadata),
        tags,
        condition: WriteCondition::Always,
        at: s3.now(&request.extensions)?,
    };
    let head = s3.store.copy_object(account, copy).await;
    let head = head.map_err(render_store_error)?;
    let checksum = checksums::fields(head.checksum.as_ref());
    Ok(S3Response::new(CopyObjectOutput {
        copy_object_result: Some(CopyObjectResult {
            checksum_crc32: checksum.checksum_crc32,
            checksum_crc32c: checksum.checksum_crc32c,
            checksum_crc64nvme: checksum.checksum_crc64nvme,
            checksum_sha1: checksum.checksum_sha1,
            checksum_sha256: checksum.checksum_sha256,
            checksum_type: checksum.checksum_type,
            e_tag: etag(&head.etag),
            last_modified: Some(timestamp(head.modified)),
        }),
        ..CopyObjectOutput::default()
    }))
}

pub(super) async fn upload_part_copy(
    s3: &Handlers,
    request: S3Request<UploadPartCopyInput>,
) -> S3Result<S3Response<UploadPartCopyOutput>> {
    let input = request.input;
    let account = s3.account(&request.extensions)?;
    let number = part_number(input.part_number)?;
    let upload = UploadName {
        bucket: &input.bucket,
        key: &input.key,
        upload_id: &input.upload_id,
    };
    let about = s3.store.head_upload(account, upload).await;
    let about = about.map_err(render_store_error)?;
    let (bucket, key) = source(&input.copy_source)?;
    let range = input
        .copy_source_range
        .as_deref()
        .map(parse_range)
        .transpose()?;
    let content = s3.store.get_object(account, bucket, key, range).await;
    let content = match content {
        Ok(content) => content,
        Err(error) => return Err(missing_key(s3, &request.extensions, bucket, error).await),
    };
    s3.gate
        .check_judged(&request.extensions, (bucket, key), &content.head.tags)?;
    ReadConditions {
        if_match: input.copy_source_if_match,
        if_none_match: input.copy_source_if_none_match,
        if_modified_since: input.copy_source_if_modified_since,
        if_unmodified_since: input.copy_source_if_unmodified_since,
    }
    .check_source(&content.head)?;
    if content.length > MAX_BODY {
        return Err(s3_error!(
            EntityTooLarge,
            "Your proposed upload exceeds the maximum allowed size"
        ));
    }
    let mut body = CopiedBody::new(content.data, content.length, about.checksum_algorithm);
    let at = s3.now(&request.extensions)?;
    let part = s3
        .store
        .upload_part(account, upload, number, at, &mut body)
        .await;
    let part = part.map_err(render_store_error)?;
    let checksum = checksums::fields(part.checksum.as_ref());
    Ok(S3Response::new(UploadPartCopyOutput {
        copy_part_result: Some(CopyPartResult {
            checksum_crc32: checksum.checksum_crc32,
            checksum_crc32c: checksum.checksum_crc32c,
            checksum_crc64nvme: checksum.checksum_crc64nvme,
            checksum_sha1: checksum.checksum_sha1,
            checksum_sha256: checksum.checksum_sha256,
            e_tag: etag(&part.etag),
            last_modified: Some(timestamp(part.modified)),
        }),
        ..UploadPartCopyOutput::default()
    }))
}

/// Tags that come along are read and written (Amazon S3 user guide, copying objects).
async fn ask_for_tags(
    s3: &Handlers,
    extensions: &Extensions,
    from: &CopySource,
    (bucket, key): (&str, &str),
) -> S3Result<()> {
    let (source_bucket, source_key) = source(from)?;
    let (action, version) = match from {
        CopySource::Bucket {
            version_id: Some(version),
            ..
        } => (GET_VERSION_TAGGING, Some(("s3:versionid", &**version))),
        _ => (GET_TAGGING, None),
    };
    let more = More {
        keys: version.as_slice(),
        ..More::default()
    };
    let source = s3.gate.object(source_bucket, source_key);
    s3.gate.ask(extensions, action, &source, more).await?;
    let target = s3.gate.object(bucket, key);
    s3.gate
        .ask(extensions, PUT_TAGGING, &target, More::default())
        .await
}

fn source(source: &CopySource) -> S3Result<(&str, &str)> {
    match source {
        CopySource::Bucket {
            bucket,
            key,
            version_id,
        } => {
            check_version(version_id.as_deref())?;
            Ok((bucket, key))
        }
        _ => Err(S3Error::new(S3ErrorCode::NotImplemented)),
    }
}

/// `bytes=first-last`, both given (UploadPartCopy).
fn parse_range(text: &str) -> S3Result<ByteRange> {
    match Range::parse(text) {
        Ok(Range::Int {
            first,
            last: Some(last),
        }) => Ok(ByteRange::From {
            first,
            last: Some(last),
        }),
        _ => Err(s3_error!(
            InvalidArgument,
            "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy"
        )),
    }
}
