//! Bucket policies: whether a text may be one enters as a rule here, and it is kept as a row of the bucket that it was put
//! on. The bucket itself is in the object store; the time at which it was made tells it from others of its name.
//! The S3 front end calls, after it has asked whether the caller may.

use std::sync::Arc;

use anyrole_policy::{Policy, PolicyKind};
use imbl::OrdMap;
use jiff::Timestamp;

use crate::account::{Account, AccountId};
use crate::call::{Call, Principal};
use crate::objects::Bucket;
use crate::principals;
use crate::refusal::{Kind, Refusal};
use crate::site::Site;
use crate::snapshot::{Change, UnusableRow};

/// The longest policy in bytes (Amazon S3 user guide, bucket policies: 20 KB).
const MAX_LENGTH: usize = 20 * 1024;

/// The policy of one bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketPolicy {
    /// The account that owns the bucket.
    pub account: AccountId,
    /// The bucket's name.
    pub bucket: String,
    /// When the bucket was made, to the microsecond: one made again has no policy.
    pub bucket_created_at: Timestamp,
    /// The document as it was given, but for users and roles: these are in it by their unique ids.
    pub text: String,
}

impl BucketPolicy {
    /// Tells the bucket from others of its name.
    pub fn bucket_created_micros(&self) -> i64 {
        self.bucket_created_at.as_microsecond()
    }
}

/// A bucket's policy, ready for use.
#[derive(Debug)]
pub struct BucketPolicyEntry {
    /// The row.
    pub row: Arc<BucketPolicy>,
    /// The policy.
    pub policy: Policy,
}

/// The policies of all buckets of one name: several servers may each have one, and one made again is another.
#[derive(Debug, Clone, Default)]
pub struct BucketPolicies(OrdMap<i64, Arc<BucketPolicyEntry>>);

impl BucketPolicies {
    /// The policy of the bucket that was made then.
    pub fn of(&self, created: Timestamp) -> Option<&Arc<BucketPolicyEntry>> {
        self.0.get(&created.as_microsecond())
    }

    pub(crate) fn put(&mut self, row: &Arc<BucketPolicy>) -> Result<(), UnusableRow> {
        let policy =
            Policy::parse(&row.text, PolicyKind::Resource).map_err(|error| UnusableRow {
                kind: "bucket policy",
                name: row.bucket.clone(),
                detail: error.to_string(),
            })?;
        let entry = BucketPolicyEntry {
            row: row.clone(),
            policy,
        };
        self.0.insert(row.bucket_created_micros(), Arc::new(entry));
        Ok(())
    }

    /// Whether any is left.
    pub(crate) fn remove(&mut self, created: Timestamp) -> bool {
        self.0.remove(&created.as_microsecond());
        !self.0.is_empty()
    }
}

/// Gives a bucket a policy in place of the one that it has (Amazon S3 API reference, PutBucketPolicy).
pub async fn put_bucket_policy(site: &Site, bucket: &Bucket, text: &str) -> Result<(), Refusal> {
    if text.len() > MAX_LENGTH {
        return Err(malformed(
            "Policy exceeds the maximum allowed document size.",
        ));
    }
    let policy =
        Policy::parse(text, PolicyKind::Resource).map_err(|error| malformed(error.to_string()))?;
    check_resources(site.account(), &bucket.name, &policy)?;
    let row = |text: String| -> Result<_, Refusal> {
        Ok(Arc::new(BucketPolicy {
            account: site.account().id.clone(),
            bucket: bucket.name.clone(),
            bucket_created_at: to_the_microsecond(bucket.created)?,
            text,
        }))
    };
    if policy.names_canonical_users() {
        // Nobody has such an id here: an Allow would let nobody in, and a Deny stop nobody.
        return Err(malformed(
            "Invalid principal in policy: canonical user ids are not known here",
        ));
    }
    site.directory
        .write(|snapshot| {
            let row = row(principals::keep(site.account(), snapshot, text)?)?;
            Ok((vec![Change::PutBucketPolicy(row)], ()))
        })
        .await
}

/// The text of a bucket's policy as it was given (Amazon S3 API reference, GetBucketPolicy).
pub fn read_bucket_policy(site: &Site, bucket: &Bucket) -> Result<String, Refusal> {
    let snapshot = site.directory.read();
    let entry = snapshot
        .bucket_policies(&bucket.name)
        .and_then(|policies| policies.of(bucket.created))
        .ok_or_else(|| {
            Refusal::new(
                Kind::NotFound,
                NO_SUCH_POLICY,
                "The bucket policy does not exist",
            )
        })?;
    Ok(principals::show(&snapshot, &entry.row.text))
}

/// Takes a bucket's policy away; none is no error (Amazon S3 API reference, DeleteBucketPolicy).
pub async fn delete_bucket_policy(site: &Site, bucket: &Bucket) -> Result<(), Refusal> {
    site.directory
        .write(|snapshot| {
            let policies = snapshot.bucket_policies(&bucket.name);
            let entry = policies.and_then(|policies| policies.of(bucket.created));
            let change = entry.map(|entry| Change::DeleteBucketPolicy {
                account: entry.row.account.clone(),
                bucket: entry.row.bucket.clone(),
                bucket_created_at: entry.row.bucket_created_at,
            });
            Ok((change.into_iter().collect(), ()))
        })
        .await
}

/// Whether a bucket's policy has a say in what the caller asks for. It has none in what the root does to the policy itself:
/// so one that locks everybody out can be mended (Amazon S3 user guide, bucket policies).
pub fn has_a_say(call: &Call, action: &str) -> bool {
    let mends = matches!(
        action,
        "s3:DeleteBucketPolicy" | "s3:GetBucketPolicy" | "s3:PutBucketPolicy"
    );
    !(mends && matches!(call.caller.principal, Principal::Root))
}

/// The reason code where a bucket has no policy.
pub const NO_SUCH_POLICY: &str = "no-such-bucket-policy";

/// Every resource is the bucket, or objects in it.
fn check_resources(account: &Account, bucket: &str, policy: &Policy) -> Result<(), Refusal> {
    let prefix = format!("arn:{}:s3:::", account.partition);
    let is_of_bucket = |resource: &str| {
        let named = resource.strip_prefix(&prefix)?;
        let (name, _) = named.split_once('/').unwrap_or((named, ""));
        let fits = match name.strip_suffix('*') {
            Some(start) => bucket.starts_with(start),
            None => name == bucket,
        };
        fits.then_some(())
    };
    if policy
        .resources()
        .all(|resource| is_of_bucket(resource).is_some())
    {
        Ok(())
    } else {
        Err(malformed("Policy has invalid resource"))
    }
}

fn malformed(text: impl Into<std::borrow::Cow<'static, str>>) -> Refusal {
    Refusal::new(Kind::MalformedPolicy, "malformed-bucket-policy", text)
}

/// What both engines keep of a time.
fn to_the_microsecond(time: Timestamp) -> Result<Timestamp, Refusal> {
    Timestamp::from_microsecond(time.as_microsecond())
        .map_err(|error| Refusal::internal(error.to_string()))
}
