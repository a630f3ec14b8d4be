//! An object store in a folder of files. Each object is one file; every change is synced before it
//! is answered; keys, sizes and entity tags are also kept in memory, for listings.
//!
//! Costs: the start reads the end of every object file (about 10 s for a million on one core), and
//! memory is about 150 bytes for each object. Reading an object opens its file and needs no index.

mod bucket;
mod buckets;
mod buffers;
mod index;
mod layout;
mod load;
mod object_file;
mod read;
mod uploads;
mod write;

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use anyrole_domain::Tag;
use anyrole_domain::objects::{
    Bucket, ByteRange, Completion, CopyObject, IncomingBody, ListQuery, Listing, NewUpload,
    ObjectContent, ObjectHead, ObjectStore, ObjectStoreError, Part, PutObject, UploadHead,
    UploadName,
};
use async_trait::async_trait;
use jiff::Timestamp;
use parking_lot::{Mutex, RwLock};

use self::bucket::OpenBucket;
use self::buffers::BufferPool;
use self::layout::Layout;
use self::uploads::UploadLocks;

pub use self::load::OpenError;

/// The store. Clones share one folder.
#[derive(Debug, Clone)]
pub struct FolderStore {
    folder: Arc<Folder>,
}

/// What all clones share.
#[derive(Debug)]
struct Folder {
    layout: Layout,
    /// One index of names for all accounts.
    buckets: RwLock<BTreeMap<String, Arc<OpenBucket>>>,
    /// Held while a bucket is made or removed.
    bucket_changes: Mutex<()>,
    upload_locks: UploadLocks,
    buffers: BufferPool,
    /// Locked for as long as the store is open.
    _lock: File,
}

impl FolderStore {
    /// Opens the store in a folder, which is made if it isn't there. Blocking.
    ///
    /// # Errors
    /// The folder is in use by another process, or cannot be read or written.
    pub fn open(root: &Path) -> Result<Self, OpenError> {
        let folder = Arc::new(load::open(root)?);
        Ok(Self { folder })
    }
}

/// Says what was being done when the system refused.
fn internal(doing: &'static str) -> impl FnOnce(io::Error) -> ObjectStoreError {
    move |error| ObjectStoreError::Internal(format!("{doing}: {error}"))
}

/// Runs work that waits for the disk. It runs to its end even if the caller is gone.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ObjectStoreError> + Send + 'static,
) -> Result<T, ObjectStoreError> {
    let outcome = tokio::task::spawn_blocking(work).await;
    outcome.map_err(|error| internal("running a task")(io::Error::other(error)))?
}

#[async_trait]
impl ObjectStore for FolderStore {
    async fn list_buckets(&self, account: &str) -> Result<Vec<Bucket>, ObjectStoreError> {
        Ok(self.folder.list_buckets(account))
    }

    async fn create_bucket(
        &self,
        account: &str,
        bucket: &str,
        region: &str,
        at: Timestamp,
    ) -> Result<(), ObjectStoreError> {
        let about = Bucket {
            name: bucket.to_owned(),
            account: account.to_owned(),
            region: region.to_owned(),
            created: at,
        };
        let folder = Arc::clone(&self.folder);
        blocking(move || folder.create_bucket(about)).await
    }

    async fn delete_bucket(&self, account: &str, bucket: &str) -> Result<(), ObjectStoreError> {
        let (account, bucket) = (account.to_owned(), bucket.to_owned());
        let folder = Arc::clone(&self.folder);
        blocking(move || folder.delete_bucket(&account, &bucket)).await
    }

    async fn head_bucket(&self, account: &str, bucket: &str) -> Result<Bucket, ObjectStoreError> {
        Ok(self.folder.bucket(account, bucket)?.about.clone())
    }

    async fn list_objects(
        &self,
        account: &str,
        bucket: &str,
        query: &ListQuery,
    ) -> Result<Listing, ObjectStoreError> {
        let bucket = self.folder.bucket(account, bucket)?;
        let listing = bucket.index().read().list(query);
        Ok(listing)
    }

    async fn put_object(
        &self,
        account: &str,
        put: PutObject<'_>,
        body: &mut dyn IncomingBody,
    ) -> Result<ObjectHead, ObjectStoreError> {
        self.folder.put_object(account, put, body).await
    }

    async fn head_object(
        &self,
        account: &str,
        bucket: &str,
        key: &str,
    ) -> Result<ObjectHead, ObjectStoreError> {
        self.folder.head_object(account, bucket, key).await
    }

    async fn get_object(
        &self,
        account: &str,
        bucket: &str,
        key: &str,
        range: Option<ByteRange>,
    ) -> Result<ObjectContent, ObjectStoreError> {
        self.folder.get_object(account, bucket, key, range).await
    }

    async fn delete_object(
        &self,
        account: &str,
        bucket: &str,
        key: &str,
    ) -> Result<bool, ObjectStoreError> {
        let bucket = self.folder.bucket(account, bucket)?;
        let key = key.to_owned();
        blocking(move || bucket.remove(&key)).await
    }

    async fn copy_object(
        &self,
        account: &str,
        copy: CopyObject<'_>,
    ) -> Result<ObjectHead, ObjectStoreError> {
        self.folder.copy_object(account, copy).await
    }

    async fn set_tags(
        &self,
        account: &str,
        bucket: &str,
        key: &str,
        tags: Vec<Tag>,
        expected: Option<Vec<Tag>>,
    ) -> Result<(), ObjectStoreError> {
        self.folder
            .set_tags(account, bucket, key, tags, expected)
            .await
    }

    async fn create_upload(
        &self,
        account: &str,
        upload: NewUpload<'_>,
    ) -> Result<String, ObjectStoreError> {
        self.folder.create_upload(account, upload).await
    }

    async fn head_upload(
        &self,
        account: &str,
        upload: UploadName<'_>,
    ) -> Result<UploadHead, ObjectStoreError> {
        self.folder.head_upload(account, upload).await
    }

    async fn upload_part(
        &self,
        account: &str,
        upload: UploadName<'_>,
        part_number: u16,
        at: Timestamp,
        body: &mut dyn IncomingBody,
    ) -> Result<Part, ObjectStoreError> {
        let folder = &self.folder;
        folder
            .upload_part(account, upload, part_number, at, body)
            .await
    }

    async fn list_parts(
        &self,
        account: &str,
        upload: UploadName<'_>,
    ) -> Result<Vec<Part>, ObjectStoreError> {
        self.folder.list_parts(account, upload).await
    }

    async fn list_uploads(
        &self,
        account: &str,
        bucket: &str,
    ) -> Result<Vec<UploadHead>, ObjectStoreError> {
        self.folder.list_uploads(account, bucket).await
    }

    async fn complete_upload(
        &self,
        account: &str,
        upload: UploadName<'_>,
        completion: Completion<'_>,
    ) -> Result<ObjectHead, ObjectStoreError> {
        self.folder
            .complete_upload(account, upload, completion)
            .await
    }

    async fn abort_upload(
        &self,
        account: &str,
        upload: UploadName<'_>,
    ) -> Result<(), ObjectStoreError> {
        self.folder.abort_upload(account, upload).await
    }
}

#[cfg(test)]
mod tests;
