//! s3s's trait: one line for each operation that is served. All others answer s3s's `NotImplemented`.

use std::sync::Arc;

use anyrole_domain::objects::ObjectStore;
use async_trait::async_trait;
use http::Extensions;
use s3s::dto::*;
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};

use super::access::{Gate, call};
use super::service::Nonces;
use super::{
    bucket_policy, buckets, copy_object, delete_objects, get_object, list_objects, list_uploads,
    multipart, object_attributes, object_tagging, put_object,
};

/// What every operation needs.
pub(super) struct Handlers {
    pub(super) store: Arc<dyn ObjectStore>,
    pub(super) gate: Gate,
    pub(super) nonces: Nonces,
    pub(super) region: String,
}

impl Handlers {
    /// The caller's account.
    pub(super) fn account<'a>(&self, extensions: &'a Extensions) -> S3Result<&'a str> {
        Ok(call(extensions)?.caller.account.as_str())
    }

    /// The one instant that the request is judged at.
    pub(super) fn now(&self, extensions: &Extensions) -> S3Result<jiff::Timestamp> {
        Ok(call(extensions)?.origin.now)
    }
}

/// The bucket owner's name in listings: the account id stands for AWS's canonical user id.
pub(super) fn owner(account: &str) -> Owner {
    Owner {
        display_name: None,
        id: Some(account.to_owned()),
    }
}

/// s3s has checked the length; NUL is ours to refuse.
pub(super) fn check_key(key: &str) -> S3Result<()> {
    if key.contains('\0') {
        return Err(s3_error!(
            InvalidArgument,
            "Object key must not contain NUL"
        ));
    }
    Ok(())
}

/// 1 to 10000.
pub(super) fn part_number(number: i32) -> S3Result<u16> {
    let valid = u16::try_from(number)
        .ok()
        .filter(|n| (1..=10_000).contains(n));
    valid.ok_or_else(|| {
        s3_error!(
            InvalidArgument,
            "Part number must be an integer between 1 and 10000, inclusive"
        )
    })
}

/// Writes the method that hands an operation to its function.
macro_rules! serve {
    ($($method:ident $input:ident -> $output:ident = $function:path;)*) => {
        #[async_trait]
        impl S3 for Handlers {
            $(
                async fn $method(
                    &self,
                    request: S3Request<$input>,
                ) -> S3Result<S3Response<$output>> {
                    $function(self, request).await
                }
            )*
        }
    };
}

serve! {
    list_buckets ListBucketsInput -> ListBucketsOutput = buckets::list_buckets;
    create_bucket CreateBucketInput -> CreateBucketOutput = buckets::create_bucket;
    delete_bucket DeleteBucketInput -> DeleteBucketOutput = buckets::delete_bucket;
    head_bucket HeadBucketInput -> HeadBucketOutput = buckets::head_bucket;
    put_bucket_policy PutBucketPolicyInput -> PutBucketPolicyOutput = bucket_policy::put_bucket_policy;
    get_bucket_policy GetBucketPolicyInput -> GetBucketPolicyOutput = bucket_policy::get_bucket_policy;
    delete_bucket_policy DeleteBucketPolicyInput -> DeleteBucketPolicyOutput = bucket_policy::delete_bucket_policy;
    get_bucket_location GetBucketLocationInput -> GetBucketLocationOutput = buckets::get_bucket_location;
    list_objects ListObjectsInput -> ListObjectsOutput = list_objects::list_objects;
    list_objects_v2 ListObjectsV2Input -> ListObjectsV2Output = list_objects::list_objects_v2;
    list_object_versions ListObjectVersionsInput -> ListObjectVersionsOutput = list_objects::list_object_versions;
    get_object GetObjectInput -> GetObjectOutput = get_object::get_object;
    head_object HeadObjectInput -> HeadObjectOutput = get_object::head_object;
    get_object_attributes GetObjectAttributesInput -> GetObjectAttributesOutput = object_attributes::get_object_attributes;
    put_object PutObjectInput -> PutObjectOutput = put_object::put_object;
    delete_object DeleteObjectInput -> DeleteObjectOutput = put_object::delete_object;
    delete_objects DeleteObjectsInput -> DeleteObjectsOutput = delete_objects::delete_objects;
    put_object_tagging PutObjectTaggingInput -> PutObjectTaggingOutput = object_tagging::put_object_tagging;
    get_object_tagging GetObjectTaggingInput -> GetObjectTaggingOutput = object_tagging::get_object_tagging;
    delete_object_tagging DeleteObjectTaggingInput -> DeleteObjectTaggingOutput = object_tagging::delete_object_tagging;
    copy_object CopyObjectInput -> CopyObjectOutput = copy_object::copy_object;
    create_multipart_upload CreateMultipartUploadInput -> CreateMultipartUploadOutput = multipart::create;
    upload_part UploadPartInput -> UploadPartOutput = multipart::upload_part;
    upload_part_copy UploadPartCopyInput -> UploadPartCopyOutput = copy_object::upload_part_copy;
    complete_multipart_upload CompleteMultipartUploadInput -> CompleteMultipartUploadOutput = multipart::complete;
    abort_multipart_upload AbortMultipartUploadInput -> AbortMultipartUploadOutput = multipart::abort;
    list_parts ListPartsInput -> ListPartsOutput = list_uploads::list_parts;
    list_multipart_uploads ListMultipartUploadsInput -> ListMultipartUploadsOutput = list_uploads::list_multipart_uploads;
}
