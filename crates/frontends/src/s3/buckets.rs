//! ListBuckets, CreateBucket, DeleteBucket, HeadBucket, GetBucketLocation.

use anyrole_domain::objects::ObjectStoreError;
use s3s::dto::{
    Bucket, BucketLocationConstraint, CreateBucketInput, CreateBucketOutput, DeleteBucketInput,
    DeleteBucketOutput, GetBucketLocationInput, GetBucketLocationOutput, HeadBucketInput,
    HeadBucketOutput, ListBucketsInput, ListBucketsOutput,
};
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::access::More;
use super::handlers::{Handlers, owner};
use super::metadata::timestamp;
use super::refusals::render_store_error;

/// The region whose rules differ: it has no location constraint, and making one's own bucket again succeeds.
const CLASSIC: &str = "us-east-1";

pub(super) async fn list_buckets(
    s3: &Handlers,
    request: S3Request<ListBucketsInput>,
) -> S3Result<S3Response<ListBucketsOutput>> {
    let input = request.input;
    let account = s3.account(&request.extensions)?;
    let limit = match input.max_buckets {
        None => usize::MAX,
        Some(limit @ 1..=10_000) => usize::try_from(limit).unwrap_or(usize::MAX),
        Some(_) => {
            return Err(s3_error!(
                InvalidArgument,
                "max-buckets must be from 1 to 10000"
            ));
        }
    };
    let all = s3.store.list_buckets(account).await;
    let prefix = input.prefix.clone().unwrap_or_default();
    let after = input.continuation_token.unwrap_or_default();
    let mut found: Vec<_> = all
        .map_err(render_store_error)?
        .into_iter()
        .filter(|bucket| bucket.name.starts_with(&prefix) && bucket.name > after)
        .filter(|bucket| {
            input
                .bucket_region
                .as_ref()
                .is_none_or(|r| *r == bucket.region)
        })
        .collect();
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found
        .last()
        .filter(|_| more)
        .map(|bucket| bucket.name.clone());
    let regions_wanted = input.max_buckets.is_some() || input.bucket_region.is_some();
    let buckets = found.into_iter().map(|bucket| Bucket {
        bucket_region: regions_wanted.then_some(bucket.region),
        creation_date: Some(timestamp(bucket.created)),
        name: Some(bucket.name),
    });
    Ok(S3Response::new(ListBucketsOutput {
        buckets: Some(buckets.collect()),
        continuation_token: next,
        owner: Some(owner(account)),
        prefix: input.prefix,
    }))
}

pub(super) async fn create_bucket(
    s3: &Handlers,
    request: S3Request<CreateBucketInput>,
) -> S3Result<S3Response<CreateBucketOutput>> {
    let input = request.input;
    let account = s3.account(&request.extensions)?;
    let constraint = input.create_bucket_configuration.as_ref();
    let constraint =
        constraint.and_then(|configuration| configuration.location_constraint.as_ref());
    let constraint = constraint.map(|constraint| constraint.as_str());
    let key = constraint.filter(|constraint| !constraint.is_empty());
    let key = key.map(|constraint| ("s3:locationconstraint", constraint));
    let more = More {
        keys: key.as_slice(),
        ..More::default()
    };
    s3.gate.ask_now(&request.extensions, more).await?;
    check_location(&s3.region, constraint)?;
    if input.object_lock_enabled_for_bucket == Some(true) {
        return Err(s3_error!(NotImplemented, "Object Lock is not implemented"));
    }
    if input
        .acl
        .as_ref()
        .is_some_and(|acl| acl.as_str() != "private")
    {
        return Err(s3_error!(
            InvalidBucketAclWithObjectOwnership,
            "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"
        ));
    }
    let at = s3.now(&request.extensions)?;
    let made = s3
        .store
        .create_bucket(account, &input.bucket, &s3.region, at)
        .await;
    match made {
        Err(ObjectStoreError::BucketAlreadyOwnedByYou) if s3.region == CLASSIC => {}
        made => made.map_err(render_store_error)?,
    }
    Ok(S3Response::new(CreateBucketOutput {
        location: Some(format!("/{}", input.bucket)),
    }))
}

/// AWS's rules for one regional endpoint (API_CreateBucket, LocationConstraint).
fn check_location(region: &str, constraint: Option<&str>) -> S3Result<()> {
    match constraint.filter(|constraint| !constraint.is_empty()) {
        None if region == CLASSIC => Ok(()),
        Some(CLASSIC) => Err(s3_error!(
            InvalidLocationConstraint,
            "The specified location-constraint is not valid"
        )),
        Some(constraint) if constraint == region => Ok(()),
        Some("EU") if region == "eu-west-1" => Ok(()),
        other => Err(s3_error!(
            IllegalLocationConstraintException,
            "The {} location constraint is incompatible for the region specific endpoint this request was sent to.",
            other.unwrap_or("unspecified")
        )),
    }
}

pub(super) async fn delete_bucket(
    s3: &Handlers,
    request: S3Request<DeleteBucketInput>,
) -> S3Result<S3Response<DeleteBucketOutput>> {
    let account = s3.account(&request.extensions)?;
    let name = &request.input.bucket;
    let bucket = s3.store.head_bucket(account, name).await;
    let bucket = bucket.map_err(render_store_error)?;
    let deleted = s3.store.delete_bucket(account, name).await;
    deleted.map_err(render_store_error)?;
    // A bucket made again is another one: what can't be taken away now is never asked again.
    if let Err(refusal) = s3.gate.authorizer.delete_bucket_policy(&bucket).await {
        tracing::warn!(%refusal, bucket = name, "the policy of a deleted bucket is left");
    }
    Ok(S3Response::new(DeleteBucketOutput {}))
}

pub(super) async fn head_bucket(
    s3: &Handlers,
    request: S3Request<HeadBucketInput>,
) -> S3Result<S3Response<HeadBucketOutput>> {
    let account = s3.account(&request.extensions)?;
    let bucket = s3.store.head_bucket(account, &request.input.bucket).await;
    Ok(S3Response::new(HeadBucketOutput {
        bucket_region: Some(bucket.map_err(render_store_error)?.region),
        ..HeadBucketOutput::default()
    }))
}

pub(super) async fn get_bucket_location(
    s3: &Handlers,
    request: S3Request<GetBucketLocationInput>,
) -> S3Result<S3Response<GetBucketLocationOutput>> {
    let account = s3.account(&request.extensions)?;
    let bucket = s3.store.head_bucket(account, &request.input.bucket).await;
    let region = bucket.map_err(render_store_error)?.region;
    let constraint = (region != CLASSIC).then(|| BucketLocationConstraint::from(region));
    Ok(S3Response::new(GetBucketLocationOutput {
        location_constraint: constraint,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations() {
        let illegal = Some("IllegalLocationConstraintException");
        for (region, constraint, code) in [
            ("us-east-1", None, None),
            ("us-east-1", Some(""), None),
            (
                "us-east-1",
                Some("us-east-1"),
                Some("InvalidLocationConstraint"),
            ),
            ("us-east-1", Some("eu-west-1"), illegal),
            ("eu-west-1", None, illegal),
            ("eu-west-1", Some("eu-west-1"), None),
            ("eu-west-1", Some("EU"), None),
            ("eu-west-1", Some("eu-north-1"), illegal),
        ] {
            let outcome = check_location(region, constraint);
            let refused = outcome.err().map(|error| error.code().as_str().to_owned());
            assert_eq!(refused.as_deref(), code, "{region} {constraint:?}");
        }
    }
}
