//! PutBucketPolicy, GetBucketPolicy and DeleteBucketPolicy: the text goes to the domain as it came, and comes back so.

use anyrole_domain::bucket_policies::NO_SUCH_POLICY;
use anyrole_domain::objects::Bucket;
use anyrole_domain::{Kind, Refusal};
use http::{Extensions, HeaderMap, HeaderValue, StatusCode, header};
use s3s::dto::{
    DeleteBucketPolicyInput, DeleteBucketPolicyOutput, GetBucketPolicyInput, GetBucketPolicyOutput,
    PutBucketPolicyInput, PutBucketPolicyOutput,
};
use s3s::{S3Error, S3ErrorCode, S3Request, S3Response, S3Result};

use super::handlers::Handlers;
use super::refusals::{render_refusal, render_store_error};

pub(super) async fn put_bucket_policy(
    s3: &Handlers,
    request: S3Request<PutBucketPolicyInput>,
) -> S3Result<S3Response<PutBucketPolicyOutput>> {
    let bucket = bucket(s3, &request.extensions, &request.input.bucket).await?;
    let policy = &request.input.policy;
    let put = s3.gate.authorizer.put_bucket_policy(&bucket, policy).await;
    put.map_err(|refusal| render(&refusal))?;
    Ok(S3Response::new(PutBucketPolicyOutput {}))
}

pub(super) async fn get_bucket_policy(
    s3: &Handlers,
    request: S3Request<GetBucketPolicyInput>,
) -> S3Result<S3Response<GetBucketPolicyOutput>> {
    let bucket = bucket(s3, &request.extensions, &request.input.bucket).await?;
    let policy = s3.gate.authorizer.read_bucket_policy(&bucket);
    let policy = policy.map_err(|refusal| render(&refusal))?;
    let mut headers = HeaderMap::new();
    let json = HeaderValue::from_static("application/json");
    headers.insert(header::CONTENT_TYPE, json);
    let output = GetBucketPolicyOutput {
        policy: Some(policy),
    };
    Ok(S3Response::with_headers(output, headers))
}

pub(super) async fn delete_bucket_policy(
    s3: &Handlers,
    request: S3Request<DeleteBucketPolicyInput>,
) -> S3Result<S3Response<DeleteBucketPolicyOutput>> {
    let bucket = bucket(s3, &request.extensions, &request.input.bucket).await?;
    let deleted = s3.gate.authorizer.delete_bucket_policy(&bucket).await;
    deleted.map_err(|refusal| render(&refusal))?;
    Ok(S3Response::new(DeleteBucketPolicyOutput {}))
}

async fn bucket(s3: &Handlers, extensions: &Extensions, name: &str) -> S3Result<Bucket> {
    let bucket = s3.store.head_bucket(s3.account(extensions)?, name).await;
    bucket.map_err(render_store_error)
}

fn render(refusal: &Refusal) -> S3Error {
    let (code, status) = match refusal.kind {
        Kind::MalformedPolicy => (S3ErrorCode::MalformedPolicy, StatusCode::BAD_REQUEST),
        Kind::NotFound if refusal.reason == NO_SUCH_POLICY => {
            (S3ErrorCode::NoSuchBucketPolicy, StatusCode::NOT_FOUND)
        }
        _ => return render_refusal(refusal),
    };
    let mut error = S3Error::with_message(code, refusal.public.clone());
    error.set_status_code(status);
    error
}
