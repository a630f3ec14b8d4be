//! PutObject and DeleteObject.

use anyrole_domain::objects::PutObject;
use s3s::dto::{DeleteObjectInput, DeleteObjectOutput, PutObjectInput, PutObjectOutput};
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::body::CheckedBody;
use super::checksums;
use super::chunked_body::Trailers;
use super::conditions::write_condition;
use super::get_object::check_version;
use super::handlers::{Handlers, check_key};
use super::metadata::{etag, read_metadata};
use super::object_tagging::tags_in_headers;
use super::refusals::render_store_error;

pub(super) async fn put_object(
    s3: &Handlers,
    request: S3Request<PutObjectInput>,
) -> S3Result<S3Response<PutObjectOutput>> {
    let input = request.input;
    check_key(&input.key)?;
    let account = s3.account(&request.extensions)?;
    let put = PutObject {
        bucket: &input.bucket,
        key: &input.key,
        metadata: read_metadata(&request.headers, input.metadata)?,
        tags: tags_in_headers(&request.headers, false)?,
        condition: write_condition(input.if_match, input.if_none_match)?,
        at: s3.now(&request.extensions)?,
    };
    let mut body = CheckedBody::new(
        input.body,
        input.content_length,
        &request.headers,
        Trailers::of(&request.extensions, request.trailing_headers),
    )?;
    let head = s3.store.put_object(account, put, &mut body).await;
    let head = head.map_err(render_store_error)?;
    let checksum = checksums::fields(head.checksum.as_ref());
    Ok(S3Response::new(PutObjectOutput {
        e_tag: etag(&head.etag),
        checksum_crc32: checksum.checksum_crc32,
        checksum_crc32c: checksum.checksum_crc32c,
        checksum_crc64nvme: checksum.checksum_crc64nvme,
        checksum_sha1: checksum.checksum_sha1,
        checksum_sha256: checksum.checksum_sha256,
        checksum_type: checksum.checksum_type,
        ..PutObjectOutput::default()
    }))
}

pub(super) async fn delete_object(
    s3: &Handlers,
    request: S3Request<DeleteObjectInput>,
) -> S3Result<S3Response<DeleteObjectOutput>> {
    let input = request.input;
    check_version(input.version_id.as_deref())?;
    if input.if_match.is_some()
        || input.if_match_size.is_some()
        || input.if_match_last_modified_time.is_some()
    {
        return Err(s3_error!(
            NotImplemented,
            "A header you provided implies functionality that is not implemented"
        ));
    }
    let account = s3.account(&request.extensions)?;
    let deleted = s3
        .store
        .delete_object(account, &input.bucket, &input.key)
        .await;
    deleted.map_err(render_store_error)?;
    Ok(S3Response::new(DeleteObjectOutput {
        version_id: input.version_id,
        ..DeleteObjectOutput::default()
    }))
}
