//! ListParts and ListMultipartUploads.

use anyrole_domain::objects::{ChecksumAlgorithm as Algorithm, UploadHead, UploadName};
use s3s::dto::{
    ChecksumAlgorithm, ChecksumType, Initiator, ListMultipartUploadsInput,
    ListMultipartUploadsOutput, ListPartsInput, ListPartsOutput, MultipartUpload, Part,
    StorageClass,
};
use s3s::{S3Request, S3Response, S3Result};

use super::checksums;
use super::handlers::{Handlers, owner};
use super::list_objects::{Encoding, page_size};
use super::metadata::{etag, size, timestamp};
use super::refusals::render_store_error;

pub(super) async fn list_parts(
    s3: &Handlers,
    request: S3Request<ListPartsInput>,
) -> S3Result<S3Response<ListPartsOutput>> {
    let input = request.input;
    let account = s3.account(&request.extensions)?;
    let upload = UploadName {
        bucket: &input.bucket,
        key: &input.key,
        upload_id: &input.upload_id,
    };
    let about = s3.store.head_upload(account, upload).await;
    let about = about.map_err(render_store_error)?;
    let parts = s3.store.list_parts(account, upload).await;
    let marker = input.part_number_marker.unwrap_or(0);
    let max_parts = page_size(input.max_parts)?;
    let mut parts = parts.map_err(render_store_error)?;
    parts.retain(|part| i32::from(part.number) > marker);
    let limit = usize::try_from(max_parts).unwrap_or_default();
    let more = parts.len() > limit && limit > 0;
    parts.truncate(limit);
    let last = parts.last().map(|part| i32::from(part.number));
    let parts = parts.into_iter().map(|part| {
        let checksum = checksums::fields(part.checksum.as_ref());
        Part {
            checksum_crc32: checksum.checksum_crc32,
            checksum_crc32c: checksum.checksum_crc32c,
            checksum_crc64nvme: checksum.checksum_crc64nvme,
            checksum_sha1: checksum.checksum_sha1,
            checksum_sha256: checksum.checksum_sha256,
            e_tag: etag(&part.etag),
            last_modified: Some(timestamp(part.modified)),
            part_number: Some(i32::from(part.number)),
            size: size(part.size),
        }
    });
    Ok(S3Response::new(ListPartsOutput {
        checksum_algorithm: about.checksum_algorithm.map(algorithm),
        checksum_type: checksum_type(&about),
        initiator: Some(initiator(account)),
        is_truncated: Some(more),
        max_parts: Some(max_parts),
        next_part_number_marker: Some(last.unwrap_or(marker)),
        owner: Some(owner(account)),
        part_number_marker: Some(marker),
        parts: Some(parts.collect()),
        storage_class: Some(StorageClass::from_static(StorageClass::STANDARD)),
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(input.upload_id),
        ..ListPartsOutput::default()
    }))
}

/// One line of the listing.
enum Line {
    Upload(UploadHead),
    Prefix(String),
}

pub(super) async fn list_multipart_uploads(
    s3: &Handlers,
    request: S3Request<ListMultipartUploadsInput>,
) -> S3Result<S3Response<ListMultipartUploadsOutput>> {
    let input = request.input;
    let account = s3.account(&request.extensions)?;
    let encoding = Encoding::new(input.encoding_type.as_ref())?;
    let max_uploads = page_size(input.max_uploads)?;
    let uploads = s3.store.list_uploads(account, &input.bucket).await;
    let mut uploads = uploads.map_err(render_store_error)?;
    let key_marker = input.key_marker.clone().unwrap_or_default();
    skip(&mut uploads, &key_marker, input.upload_id_marker.as_deref());
    let prefix = input.prefix.clone().unwrap_or_default();
    let delimiter = input.delimiter.as_deref().filter(|d| !d.is_empty());
    let mut lines = roll_up(uploads, &prefix, delimiter, &key_marker);
    let limit = usize::try_from(max_uploads).unwrap_or_default();
    let more = lines.len() > limit && limit > 0;
    lines.truncate(limit);
    let (next_key, next_id) = match lines.last().filter(|_| more) {
        Some(Line::Upload(upload)) => (Some(upload.key.clone()), Some(upload.upload_id.clone())),
        Some(Line::Prefix(prefix)) => (Some(prefix.clone()), None),
        None => (None, None),
    };
    let (mut uploads, mut prefixes) = (Vec::new(), Vec::new());
    for line in lines {
        match line {
            Line::Upload(upload) => uploads.push(render(upload, account, &encoding)),
            Line::Prefix(prefix) => prefixes.push(prefix),
        }
    }
    Ok(S3Response::new(ListMultipartUploadsOutput {
        common_prefixes: encoding.prefixes(&prefixes),
        delimiter: encoding.render_some(input.delimiter.as_ref()),
        is_truncated: Some(more),
        key_marker: Some(encoding.render(&key_marker)),
        max_uploads: Some(max_uploads),
        next_key_marker: encoding.render_some(next_key.as_ref()),
        next_upload_id_marker: next_id,
        prefix: Some(encoding.render(&prefix)),
        upload_id_marker: Some(input.upload_id_marker.unwrap_or_default()),
        uploads: Some(uploads),
        encoding_type: input.encoding_type,
        bucket: Some(input.bucket),
        request_charged: None,
    }))
}

/// Drops the uploads up to the marker. With an id, those of the marker's key that come after it stay.
fn skip(uploads: &mut Vec<UploadHead>, key_marker: &str, id_marker: Option<&str>) {
    if key_marker.is_empty() {
        return;
    }
    let same_key = uploads.iter().filter(|upload| upload.key == key_marker);
    let marked =
        id_marker.and_then(|id| same_key.clone().position(|upload| upload.upload_id == id));
    let mut seen = marked.map_or(usize::MAX, |position| position + 1);
    uploads.retain(|upload| match upload.key.as_str().cmp(key_marker) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Greater => true,
        std::cmp::Ordering::Equal => {
            let kept = seen == 0;
            seen = seen.saturating_sub(1);
            kept
        }
    });
}

fn roll_up(
    uploads: Vec<UploadHead>,
    prefix: &str,
    delimiter: Option<&str>,
    key_marker: &str,
) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for upload in uploads {
        let Some(rest) = upload.key.strip_prefix(prefix) else {
            continue;
        };
        let cut = delimiter.and_then(|delimiter| Some((rest.split_once(delimiter)?.0, delimiter)));
        let Some((head, delimiter)) = cut else {
            lines.push(Line::Upload(upload));
            continue;
        };
        let common = format!("{prefix}{head}{delimiter}");
        let repeated = matches!(lines.last(), Some(Line::Prefix(last)) if *last == common);
        if !repeated && common != key_marker {
            lines.push(Line::Prefix(common));
        }
    }
    lines
}

fn render(upload: UploadHead, account: &str, encoding: &Encoding) -> MultipartUpload {
    MultipartUpload {
        checksum_algorithm: upload.checksum_algorithm.map(algorithm),
        checksum_type: checksum_type(&upload),
        initiated: Some(timestamp(upload.initiated)),
        initiator: Some(initiator(account)),
        key: Some(encoding.render(&upload.key)),
        owner: Some(owner(account)),
        storage_class: Some(StorageClass::from_static(StorageClass::STANDARD)),
        upload_id: Some(upload.upload_id),
    }
}

fn algorithm(algorithm: Algorithm) -> ChecksumAlgorithm {
    ChecksumAlgorithm::from_static(checksums::name(algorithm))
}

fn checksum_type(upload: &UploadHead) -> Option<ChecksumType> {
    upload.checksum_algorithm?;
    Some(ChecksumType::from_static(if upload.checksum_full_object {
        "FULL_OBJECT"
    } else {
        "COMPOSITE"
    }))
}

fn initiator(account: &str) -> Initiator {
    Initiator {
        display_name: None,
        id: Some(account.to_owned()),
    }
}
