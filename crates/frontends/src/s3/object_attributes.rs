//! GetObjectAttributes: what is known of an object, without its data.

use anyrole_domain::objects::ObjectHead;
use s3s::dto::{
    Checksum, GetObjectAttributesInput, GetObjectAttributesOutput, GetObjectAttributesParts,
    ObjectPart, StorageClass,
};
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::checksums;
use super::get_object::{check_version, missing_key};
use super::handlers::Handlers;
use super::metadata::{etag, size, timestamp};

/// The most parts on one page (GetObjectAttributes).
const MOST_PARTS: usize = 1000;

pub(super) async fn get_object_attributes(
    s3: &Handlers,
    request: S3Request<GetObjectAttributesInput>,
) -> S3Result<S3Response<GetObjectAttributesOutput>> {
    let input = request.input;
    check_version(input.version_id.as_deref())?;
    let account = s3.account(&request.extensions)?;
    let (bucket, key) = (input.bucket.as_str(), input.key.as_str());
    let head = match s3.store.head_object(account, bucket, key).await {
        Ok(head) => head,
        Err(error) => return Err(missing_key(s3, &request.extensions, bucket, error).await),
    };
    s3.gate
        .check_judged(&request.extensions, (bucket, key), &head.tags)?;
    let mut output = GetObjectAttributesOutput {
        last_modified: Some(timestamp(head.modified)),
        version_id: input.version_id,
        ..GetObjectAttributesOutput::default()
    };
    // s3s gives a header's value whole, and SDKs write them all into one
    let names = input.object_attributes.iter();
    for name in names.flat_map(|name| name.as_str().split(',')) {
        match name.trim() {
            "ETag" => output.e_tag = etag(&head.etag),
            "Checksum" => output.checksum = checksum(&head),
            "ObjectParts" => {
                output.object_parts = parts(&head, input.max_parts, input.part_number_marker);
            }
            "ObjectSize" => output.object_size = size(head.size),
            "StorageClass" => {
                let standard = StorageClass::from_static(StorageClass::STANDARD);
                output.storage_class = Some(standard);
            }
            _ => {
                return Err(s3_error!(
                    InvalidArgument,
                    "Invalid attribute name specified."
                ));
            }
        }
    }
    Ok(S3Response::new(output))
}

fn checksum(head: &ObjectHead) -> Option<Checksum> {
    let kept = checksums::fields(Some(head.checksum.as_ref()?));
    Some(Checksum {
        checksum_crc32: kept.checksum_crc32,
        checksum_crc32c: kept.checksum_crc32c,
        checksum_crc64nvme: kept.checksum_crc64nvme,
        checksum_sha1: kept.checksum_sha1,
        checksum_sha256: kept.checksum_sha256,
        checksum_type: kept.checksum_type,
    })
}

/// A page of the parts that an object was joined from; none of one that was stored at once.
fn parts(
    head: &ObjectHead,
    max_parts: Option<i32>,
    marker: Option<i32>,
) -> Option<GetObjectAttributesParts> {
    if head.part_sizes.is_empty() {
        return None;
    }
    let count = |number: usize| i32::try_from(number).ok();
    let most = max_parts.and_then(|most| usize::try_from(most).ok());
    let most = most.unwrap_or(MOST_PARTS).min(MOST_PARTS);
    let after = marker.and_then(|after| usize::try_from(after).ok());
    let after = after.unwrap_or(0);
    let page = (1..).zip(&head.part_sizes).skip(after).take(most);
    let page: Vec<ObjectPart> = page
        .map(|(number, bytes)| ObjectPart {
            part_number: Some(number),
            size: size(*bytes),
            ..ObjectPart::default()
        })
        .collect();
    let end = after + page.len();
    Some(GetObjectAttributesParts {
        is_truncated: Some(end < head.part_sizes.len()),
        max_parts: count(most),
        next_part_number_marker: count(end),
        part_number_marker: count(after),
        parts: Some(page),
        total_parts_count: count(head.part_sizes.len()),
    })
}
