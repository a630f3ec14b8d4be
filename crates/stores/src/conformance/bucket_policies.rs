//! Policies of buckets: kept as given, each for one bucket among those of its name.

use std::sync::Arc;

use anyrole_domain::Change;
use anyrole_domain::bucket_policies::BucketPolicy;
use anyrole_domain::ports::{Since, Store};

use super::samples::{self, ACCOUNT};
use super::{Engine, Failure, described, same};

fn put(row: &BucketPolicy) -> Change {
    Change::PutBucketPolicy(Arc::new(row.clone()))
}

fn deleted(row: &BucketPolicy) -> Change {
    Change::DeleteBucketPolicy {
        account: row.account.clone(),
        bucket: row.bucket.clone(),
        bucket_created_at: row.bucket_created_at,
    }
}

pub(super) async fn keeps_policies(engine: &impl Engine) -> Result<(), Failure> {
    let store = engine.open().await?;
    let account = samples::account(ACCOUNT)?;
    let earlier = samples::bucket_policy("a.bucket-1", -1)?;
    let later = samples::bucket_policy("a.bucket-1", 2)?;
    let other = samples::bucket_policy("another", 2)?;
    let rows = [account.clone(), put(&earlier), put(&later), put(&other)];
    store.commit(0, &rows).await?;
    same(
        "rows",
        &described(&store.load().await?.changes),
        &described(&rows),
    )?;

    let mut replaced = later.clone();
    replaced.text = "{}".to_owned();
    // What is not there is gone already.
    let nothing = samples::bucket_policy("none", 5)?;
    let changes = [put(&replaced), deleted(&earlier), deleted(&nothing)];
    store.commit(1, &changes).await?;
    if let Since::Changes(newer) = store.changes_since(1).await? {
        same("changes", &described(&newer.changes), &described(&changes))?;
    }
    drop(store);
    let store = engine.open().await?;
    let left = [account, put(&replaced), put(&other)];
    same(
        "rows when opened again",
        &described(&store.load().await?.changes),
        &described(&left),
    )
}
