//! What the S3 front end needs of the domain: who may do what, the bucket policies that have a say in it, and, for signed
//! chunks, the secret that they are signed with.

use anyrole_domain::bucket_policies::{
    BucketPolicies, delete_bucket_policy, put_bucket_policy, read_bucket_policy,
};
use anyrole_domain::objects::Bucket;
use anyrole_domain::{Call, Refusal, Site, Target};
use async_trait::async_trait;

/// Decides whether a caller may do something, and keeps the policies of buckets. The domain's [`Site`] is one.
#[async_trait]
pub trait Authorizer: Send + Sync + 'static {
    /// `action` as policies name it (`s3:GetObject`); the target has the resource's ARN (`*` for ListBuckets), the
    /// bucket's own policy and the request's condition keys.
    fn authorize(&self, call: &Call, action: &str, target: Target<'_>) -> Result<(), Refusal>;

    /// The policies of buckets of this name; nearly always none.
    fn bucket_policies(&self, bucket: &str) -> Option<BucketPolicies>;

    /// Gives a bucket a policy.
    async fn put_bucket_policy(&self, bucket: &Bucket, text: &str) -> Result<(), Refusal>;

    /// The text of a bucket's policy.
    fn read_bucket_policy(&self, bucket: &Bucket) -> Result<String, Refusal>;

    /// Takes a bucket's policy away.
    async fn delete_bucket_policy(&self, bucket: &Bucket) -> Result<(), Refusal>;
}

#[async_trait]
impl Authorizer for Site {
    fn authorize(&self, call: &Call, action: &str, target: Target<'_>) -> Result<(), Refusal> {
        Site::authorize(self, call, action, target)
    }

    fn bucket_policies(&self, bucket: &str) -> Option<BucketPolicies> {
        self.directory.read().bucket_policies(bucket).cloned()
    }

    async fn put_bucket_policy(&self, bucket: &Bucket, text: &str) -> Result<(), Refusal> {
        put_bucket_policy(self, bucket, text).await
    }

    fn read_bucket_policy(&self, bucket: &Bucket) -> Result<String, Refusal> {
        read_bucket_policy(self, bucket)
    }

    async fn delete_bucket_policy(&self, bucket: &Bucket) -> Result<(), Refusal> {
        delete_bucket_policy(self, bucket).await
    }
}

/// Knows the secret of an access key id that our own check has accepted already. It is asked only
/// for bodies in signed chunks, which s3s decodes and checks.
pub trait SecretByAccessKeyId: Send + Sync + 'static {
    /// The secret access key; `None` if there is no such key.
    fn secret(&self, access_key_id: &str) -> Option<String>;
}
