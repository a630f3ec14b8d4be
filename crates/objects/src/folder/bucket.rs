//! One bucket in memory: who owns it, its keys, and the locks that keep the order of changes in
//! memory and in the folder the same.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use anyrole_domain::objects::{Bucket, ObjectHead, ObjectStoreError, WriteCondition};
use parking_lot::{Mutex, RwLock};

use super::index::Index;
use super::internal;
use super::layout::{Layout, Place, Temporary, sync_directory};

/// So many changes of different keys can wait for the disk at once.
const STRIPES: usize = 256;

/// An open bucket.
#[derive(Debug)]
pub(super) struct OpenBucket {
    pub(super) about: Bucket,
    objects: PathBuf,
    /// Held shared by each change, exclusively by the bucket's removal; false once removed.
    alive: RwLock<bool>,
    /// Held over the change of a key from its condition to its sync, so that a second change of the
    /// same key is never acknowledged on the ground of a first one that a power cut could undo.
    stripes: Vec<Mutex<()>>,
    index: RwLock<Index>,
}

impl OpenBucket {
    pub(super) fn new(layout: &Layout, about: Bucket, index: Index) -> Self {
        Self {
            objects: layout.bucket(&about.name).join("objects"),
            about,
            alive: RwLock::new(true),
            stripes: (0..STRIPES).map(|_| Mutex::new(())).collect(),
            index: RwLock::new(index),
        }
    }

    pub(super) fn place(&self, key: &str) -> Place {
        Place::new(&self.objects, key)
    }

    /// For reading; not held across any wait.
    pub(super) fn index(&self) -> &RwLock<Index> {
        &self.index
    }

    /// Opens an object's file. Blocking.
    pub(super) fn open(&self, key: &str) -> Result<File, ObjectStoreError> {
        open(&self.place(key).file)
    }

    /// Puts a whole and synced file in the place of `key`. Blocking.
    pub(super) fn commit(
        &self,
        file: Temporary,
        key: &str,
        head: &ObjectHead,
        condition: &WriteCondition,
    ) -> Result<(), ObjectStoreError> {
        self.in_turn(key, |place| {
            if !self.index.read().holds(key, condition) {
                return Err(ObjectStoreError::PreconditionFailed);
            }
            self.replace(place, file, key, head)
        })
    }

    /// The same, if the object's file is still `source`. Blocking.
    pub(super) fn commit_over(
        &self,
        source: &File,
        file: Temporary,
        key: &str,
        head: &ObjectHead,
    ) -> Result<(), ObjectStoreError> {
        let identity = |file: &File| file.metadata().map(|about| (about.dev(), about.ino()));
        self.in_turn(key, |place| {
            let there = open(&place.file)?;
            let same = identity(&there).and_then(|there| Ok(there == identity(source)?));
            if !same.map_err(internal("looking at an object"))? {
                return Err(ObjectStoreError::PreconditionFailed);
            }
            self.replace(place, file, key, head)
        })
    }

    /// Puts what `write` makes of the object's file in its place; other writes of the key wait. Blocking.
    pub(super) fn rewrite(
        &self,
        key: &str,
        write: impl FnOnce(&File) -> Result<(Temporary, ObjectHead), ObjectStoreError>,
    ) -> Result<(), ObjectStoreError> {
        self.in_turn(key, |place| {
            let (file, head) = write(&open(&place.file)?)?;
            self.replace(place, file, key, &head)
        })
    }

    /// Runs a change of `key` while the bucket lives and no other change of it is under way.
    fn in_turn<T>(
        &self,
        key: &str,
        change: impl FnOnce(&Place) -> Result<T, ObjectStoreError>,
    ) -> Result<T, ObjectStoreError> {
        let place = self.place(key);
        let alive = self.alive.read();
        if !*alive {
            return Err(ObjectStoreError::NoSuchBucket);
        }
        let _turn = self.stripe(&place)?.lock();
        change(&place)
    }

    fn replace(
        &self,
        place: &Place,
        file: Temporary,
        key: &str,
        head: &ObjectHead,
    ) -> Result<(), ObjectStoreError> {
        file.place(&place.file)
            .map_err(internal("renaming an object into place"))?;
        if !self.index.write().insert(key, head) {
            return Err(ObjectStoreError::Internal("malformed entity tag".into()));
        }
        sync_directory(&place.directory).map_err(internal("syncing a directory"))
    }

    /// Removes a key; `false` if there was none. Blocking.
    pub(super) fn remove(&self, key: &str) -> Result<bool, ObjectStoreError> {
        self.in_turn(key, |place| {
            if !self.index.read().contains(key) {
                return Ok(false);
            }
            std::fs::remove_file(&place.file).map_err(internal("removing an object"))?;
            self.index.write().remove(key);
            sync_directory(&place.directory).map_err(internal("syncing a directory"))?;
            Ok(true)
        })
    }

    /// Runs `change` on the living bucket, which is not removed meanwhile. Blocking.
    pub(super) fn while_alive<T>(
        &self,
        change: impl FnOnce() -> Result<T, ObjectStoreError>,
    ) -> Result<T, ObjectStoreError> {
        let alive = self.alive.read();
        if !*alive {
            return Err(ObjectStoreError::NoSuchBucket);
        }
        change()
    }

    /// Ends the bucket's life by `removal` if it is empty. Blocking.
    pub(super) fn end<T>(
        &self,
        removal: impl FnOnce() -> Result<T, ObjectStoreError>,
    ) -> Result<T, ObjectStoreError> {
        let mut alive = self.alive.write();
        if !*alive {
            return Err(ObjectStoreError::NoSuchBucket);
        }
        if !self.index.read().is_empty() {
            return Err(ObjectStoreError::BucketNotEmpty);
        }
        let removed = removal()?;
        *alive = false;
        Ok(removed)
    }

    fn stripe(&self, place: &Place) -> Result<&Mutex<()>, ObjectStoreError> {
        self.stripes
            .get(usize::from(place.stripe))
            .ok_or_else(|| ObjectStoreError::Internal("no such stripe".into()))
    }
}

fn open(path: &Path) -> Result<File, ObjectStoreError> {
    File::open(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => ObjectStoreError::NoSuchKey,
        _ => internal("opening an object")(error),
    })
}
