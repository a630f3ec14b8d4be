//! Making, finding and removing buckets.

use std::sync::Arc;

use anyrole_domain::objects::{Bucket, ObjectStoreError};

use super::bucket::OpenBucket;
use super::index::Index;
use super::layout::{SHARDS, Temporary, create_directory, sync_directory, take_away, write_file};
use super::{Folder, internal};

impl Folder {
    /// The bucket, if it is the account's.
    pub(super) fn bucket(
        &self,
        account: &str,
        name: &str,
    ) -> Result<Arc<OpenBucket>, ObjectStoreError> {
        let buckets = self.buckets.read();
        let bucket = buckets.get(name).ok_or(ObjectStoreError::NoSuchBucket)?;
        if bucket.about.account == account {
            Ok(Arc::clone(bucket))
        } else {
            Err(ObjectStoreError::ForeignBucket)
        }
    }

    pub(super) fn list_buckets(&self, account: &str) -> Vec<Bucket> {
        let buckets = self.buckets.read();
        let owned = buckets.values().filter(|b| b.about.account == account);
        owned.map(|bucket| bucket.about.clone()).collect()
    }

    /// Blocking. One change of the set of buckets at a time; reading goes on meanwhile.
    pub(super) fn create_bucket(&self, about: Bucket) -> Result<(), ObjectStoreError> {
        let _turn = self.bucket_changes.lock();
        if let Some(existing) = self.buckets.read().get(&about.name) {
            return Err(if existing.about.account == about.account {
                ObjectStoreError::BucketAlreadyOwnedByYou
            } else {
                ObjectStoreError::BucketAlreadyExists
            });
        }
        self.write_bucket(&about)
            .map_err(internal("making a bucket"))?;
        let name = about.name.clone();
        let bucket = Arc::new(OpenBucket::new(&self.layout, about, Index::default()));
        self.buckets.write().insert(name, bucket);
        Ok(())
    }

    fn write_bucket(&self, about: &Bucket) -> std::io::Result<()> {
        let temporary = Temporary::new(&self.layout);
        let objects = temporary.path().join("objects");
        for shard in SHARDS.chars() {
            create_directory(&objects.join(shard.to_string()))?;
        }
        create_directory(&temporary.path().join("uploads"))?;
        let about_file = temporary.path().join("bucket.json");
        write_file(&about_file, &serde_json::to_vec(about)?)?;
        sync_directory(&objects)?;
        sync_directory(temporary.path())?;
        temporary.place(&self.layout.bucket(&about.name))?;
        sync_directory(&self.layout.buckets())
    }

    /// Blocking.
    pub(super) fn delete_bucket(&self, account: &str, name: &str) -> Result<(), ObjectStoreError> {
        let _turn = self.bucket_changes.lock();
        let bucket = self.bucket(account, name)?;
        let gone = bucket.end(|| {
            take_away(&self.layout, &self.layout.bucket(name))
                .map_err(internal("removing a bucket"))
        })?;
        self.buckets.write().remove(name);
        drop(gone);
        Ok(())
    }
}
