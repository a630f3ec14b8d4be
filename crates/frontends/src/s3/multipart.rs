//! CreateMultipartUpload, UploadPart, CompleteMultipartUpload, AbortMultipartUpload.

use anyrole_domain::objects::{
    Checksum, Completion, NewUpload, ObjectStoreError, Part, UploadHead, UploadName,
};
use s3s::dto::{
    AbortMultipartUploadInput, AbortMultipartUploadOutput, CompleteMultipartUploadInput,
    CompleteMultipartUploadOutput, CompletedPart, CreateMultipartUploadInput,
    CreateMultipartUploadOutput, UploadPartInput, UploadPartOutput,
};
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::body::CheckedBody;
use super::checksums;
use super::chunked_body::Trailers;
use super::conditions::write_condition;
use super::handlers::{Handlers, check_key, part_number};
use super::metadata::{etag, read_metadata};
use super::object_tagging::tags_in_headers;
use super::refusals::render_store_error;

/// The most parts of one object (Amazon S3 multipart upload limits).
const MAX_PARTS: usize = 10_000;

pub(super) async fn create(
    s3: &Handlers,
    request: S3Request<CreateMultipartUploadInput>,
) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
    let input = request.input;
    check_key(&input.key)?;
    let account = s3.account(&request.extensions)?;
    let algorithm = input.checksum_algorithm.as_ref();
    let algorithm = algorithm
        .map(|name| checksums::parse_name(name.as_str()))
        .transpose()?;
    let full_object = match input.checksum_type.as_ref().map(|kind| kind.as_str()) {
        Some("FULL_OBJECT") => true,
        Some("COMPOSITE") => false,
        Some(_) => {
            return Err(s3_error!(
                InvalidRequest,
                "Value for x-amz-checksum-type header is invalid."
            ));
        }
        // CRC64NVME knows no other kind
        None => algorithm.is_some_and(|a| checksums::name(a) == "CRC64NVME"),
    };
    if full_object && algorithm.is_some_and(|a| checksums::name(a).starts_with("SHA")) {
        return Err(s3_error!(
            InvalidRequest,
            "The FULL_OBJECT checksum type cannot be used with the SHA1 and SHA256 checksum algorithms."
        ));
    }
    let upload = NewUpload {
        bucket: &input.bucket,
        key: &input.key,
        metadata: read_metadata(&request.headers, input.metadata)?,
        tags: tags_in_headers(&request.headers, false)?,
        checksum_algorithm: algorithm,
        checksum_full_object: full_object,
        nonce: (s3.nonces)(),
        at: s3.now(&request.extensions)?,
    };
    let upload_id = s3.store.create_upload(account, upload).await;
    Ok(S3Response::new(CreateMultipartUploadOutput {
        upload_id: Some(upload_id.map_err(render_store_error)?),
        checksum_algorithm: input.checksum_algorithm,
        checksum_type: input.checksum_type,
        bucket: Some(input.bucket),
        key: Some(input.key),
        ..CreateMultipartUploadOutput::default()
    }))
}

pub(super) async fn upload_part(
    s3: &Handlers,
    request: S3Request<UploadPartInput>,
) -> S3Result<S3Response<UploadPartOutput>> {
    let input = request.input;
    let account = s3.account(&request.extensions)?;
    let number = part_number(input.part_number)?;
    let upload = UploadName {
        bucket: &input.bucket,
        key: &input.key,
        upload_id: &input.upload_id,
    };
    let mut body = CheckedBody::new(
        input.body,
        input.content_length,
        &request.headers,
        Trailers::of(&request.extensions, request.trailing_headers),
    )?;
    let at = s3.now(&request.extensions)?;
    let part = s3
        .store
        .upload_part(account, upload, number, at, &mut body)
        .await;
    let part = part.map_err(render_store_error)?;
    let checksum = checksums::fields(part.checksum.as_ref());
    Ok(S3Response::new(UploadPartOutput {
        checksum_crc32: checksum.checksum_crc32,
        checksum_crc32c: checksum.checksum_crc32c,
        checksum_crc64nvme: checksum.checksum_crc64nvme,
        checksum_sha1: checksum.checksum_sha1,
        checksum_sha256: checksum.checksum_sha256,
        e_tag: etag(&part.etag),
        ..UploadPartOutput::default()
    }))
}

pub(super) async fn complete(
    s3: &Handlers,
    request: S3Request<CompleteMultipartUploadInput>,
) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
    let input = request.input;
    let account = s3.account(&request.extensions)?;
    let named = input.multipart_upload.and_then(|upload| upload.parts);
    let named = named.unwrap_or_default();
    if named.is_empty() || named.len() > MAX_PARTS {
        return Err(s3_error!(
            MalformedXML,
            "The XML you provided was not well-formed or did not validate against our published schema"
        ));
    }
    let upload = UploadName {
        bucket: &input.bucket,
        key: &input.key,
        upload_id: &input.upload_id,
    };
    let about = s3.store.head_upload(account, upload).await;
    let about = about.map_err(render_store_error)?;
    let parts = s3.store.list_parts(account, upload).await;
    let parts = parts.map_err(render_store_error)?;
    let chosen = choose(&named, &parts)?;
    let checksum = whole_checksum(&about, &chosen, &request.headers)?;
    let expected_size: u64 = chosen.iter().map(|part| part.size).sum();
    if input
        .mpu_object_size
        .is_some_and(|size| u64::try_from(size) != Ok(expected_size))
    {
        return Err(s3_error!(
            InvalidRequest,
            "The provided 'x-amz-mp-object-size' header does not match what was computed."
        ));
    }
    let chosen: Vec<(u16, String)> = chosen.iter().map(|p| (p.number, p.etag.clone())).collect();
    let completion = Completion {
        parts: &chosen,
        checksum,
        condition: write_condition(input.if_match, input.if_none_match)?,
        at: s3.now(&request.extensions)?,
    };
    let head = s3.store.complete_upload(account, upload, completion).await;
    let head = head.map_err(render_store_error)?;
    let checksum = checksums::fields(head.checksum.as_ref());
    Ok(S3Response::new(CompleteMultipartUploadOutput {
        location: Some(format!("/{}/{}", input.bucket, input.key)),
        bucket: Some(input.bucket),
        key: Some(input.key),
        e_tag: etag(&head.etag),
        checksum_crc32: checksum.checksum_crc32,
        checksum_crc32c: checksum.checksum_crc32c,
        checksum_crc64nvme: checksum.checksum_crc64nvme,
        checksum_sha1: checksum.checksum_sha1,
        checksum_sha256: checksum.checksum_sha256,
        checksum_type: checksum.checksum_type,
        ..CompleteMultipartUploadOutput::default()
    }))
}

/// The stored parts that the client names; their entity tags and, where it gives them, checksums must be the same.
fn choose<'a>(named: &[CompletedPart], parts: &'a [Part]) -> S3Result<Vec<&'a Part>> {
    let invalid = || {
        s3_error!(
            InvalidPart,
            "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag."
        )
    };
    let numbers = named
        .iter()
        .map(|name| part_number(name.part_number.unwrap_or_default()))
        .collect::<S3Result<Vec<u16>>>()?;
    if !numbers.is_sorted_by(|a, b| a < b) {
        return Err(render_store_error(ObjectStoreError::InvalidPartOrder));
    }
    let mut kept = parts.iter();
    let mut chosen = Vec::with_capacity(named.len());
    for (name, number) in named.iter().zip(numbers) {
        // both are in order
        let part = kept.find(|part| part.number == number);
        let part = part.ok_or_else(invalid)?;
        let same_etag = name
            .e_tag
            .as_ref()
            .is_some_and(|tag| tag.value() == part.etag);
        let kept = checksums::fields(part.checksum.as_ref());
        let same = |named: &Option<String>, kept: &Option<String>| named.is_none() || named == kept;
        let same_checksum = same(&name.checksum_crc32, &kept.checksum_crc32)
            && same(&name.checksum_crc32c, &kept.checksum_crc32c)
            && same(&name.checksum_crc64nvme, &kept.checksum_crc64nvme)
            && same(&name.checksum_sha1, &kept.checksum_sha1)
            && same(&name.checksum_sha256, &kept.checksum_sha256);
        if !same_etag || !same_checksum {
            return Err(invalid());
        }
        chosen.push(part);
    }
    Ok(chosen)
}

/// The checksum to keep, which must be the one that the client gives, if it gives one.
fn whole_checksum(
    upload: &UploadHead,
    parts: &[&Part],
    headers: &http::HeaderMap,
) -> S3Result<Option<Checksum>> {
    let made = checksums::of_parts(upload, parts);
    let Some(given) = checksums::announced(headers)? else {
        return Ok(made);
    };
    let same = made.as_ref().is_some_and(|made| {
        made.algorithm == given.algorithm
            && given
                .value
                .as_ref()
                .is_none_or(|value| *value == made.value)
    });
    if same {
        Ok(made)
    } else {
        let name = checksums::name(given.algorithm);
        Err(s3_error!(
            BadDigest,
            "The {name} you specified did not match the calculated checksum."
        ))
    }
}

pub(super) async fn abort(
    s3: &Handlers,
    request: S3Request<AbortMultipartUploadInput>,
) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
    let input = request.input;
    let account = s3.account(&request.extensions)?;
    let upload = UploadName {
        bucket: &input.bucket,
        key: &input.key,
        upload_id: &input.upload_id,
    };
    let aborted = s3.store.abort_upload(account, upload).await;
    aborted.map_err(render_store_error)?;
    Ok(S3Response::new(AbortMultipartUploadOutput::default()))
}
