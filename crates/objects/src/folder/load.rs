//! The start: the folder is locked, leftovers of a crash go, and the keys of every bucket are read
//! into memory.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyrole_domain::objects::Bucket;
use parking_lot::{Mutex, RwLock};

use super::Folder;
use super::bucket::OpenBucket;
use super::buffers::BufferPool;
use super::index::Index;
use super::layout::{Layout, create_directory, sync_directory};
use super::object_file::{ObjectTrailer, read_trailer};
use super::uploads::UploadLocks;

/// Why a folder could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it.
    #[error("`{}` is in use by another process", .0.display())]
    InUse(PathBuf),
    /// It could not be read or written.
    #[error("`{}`: {source}", .path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> OpenError + '_ {
    move |source| OpenError::Io {
        path: path.to_owned(),
        source,
    }
}

pub(super) fn open(root: &Path) -> Result<Folder, OpenError> {
    let layout = Layout::new(root);
    for directory in [layout.temporaries(), layout.buckets()] {
        create_directory(&directory).map_err(at(&directory))?;
    }
    let lock = lock(&layout)?;
    remove_leftovers(&layout.temporaries())?;
    sync_directory(root).map_err(at(root))?;
    // the folder may be new itself
    if let Some(parent) = root
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
    {
        sync_directory(parent).map_err(at(parent))?;
    }
    let buckets = load_buckets(&layout)?;
    Ok(Folder {
        layout,
        buckets: RwLock::new(buckets),
        bucket_changes: Mutex::new(()),
        upload_locks: UploadLocks::default(),
        buffers: BufferPool::default(),
        _lock: lock,
    })
}

fn lock(layout: &Layout) -> Result<File, OpenError> {
    let path = layout.lock();
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(at(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse(path)),
        Err(TryLockError::Error(source)) => Err(at(&path)(source)),
    }
}

/// Whatever is in `tmp/` was never acknowledged, or was acknowledged as gone.
fn remove_leftovers(temporaries: &Path) -> Result<(), OpenError> {
    for entry in fs::read_dir(temporaries).map_err(at(temporaries))? {
        let path = entry.map_err(at(temporaries))?.path();
        let removed = if path.is_dir() {
            fs::remove_dir_all(&path)
        } else {
            fs::remove_file(&path)
        };
        removed.map_err(at(&path))?;
    }
    Ok(())
}

fn load_buckets(layout: &Layout) -> Result<BTreeMap<String, Arc<OpenBucket>>, OpenError> {
    let mut buckets = BTreeMap::new();
    let folder = layout.buckets();
    for entry in fs::read_dir(&folder).map_err(at(&folder))? {
        let path = entry.map_err(at(&folder))?.path();
        let about_path = path.join("bucket.json");
        let about = fs::read(&about_path).map_err(at(&about_path))?;
        let about: Bucket = serde_json::from_slice(&about)
            .map_err(io::Error::from)
            .map_err(at(&about_path))?;
        let index = load_index(&path.join("objects"))?;
        let name = about.name.clone();
        buckets.insert(name, Arc::new(OpenBucket::new(layout, about, index)));
    }
    Ok(buckets)
}

/// Opens every file and reads its last block: some 10 µs each when cached, so that a million objects
/// take about 10 s on one core. One thread for each core takes the shards in turn.
fn load_index(objects: &Path) -> Result<Index, OpenError> {
    let entries = fs::read_dir(objects).map_err(at(objects))?;
    let shards: Vec<PathBuf> = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<_>>()
        .map_err(at(objects))?;
    let shards = Mutex::new(shards);
    let index = Mutex::new(Index::default());
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let load = || {
            loop {
                let Some(shard) = shards.lock().pop() else {
                    return Ok(());
                };
                load_shard(&shard, &index)?;
            }
        };
        let workers: Vec<_> = (1..threads).map(|_| scope.spawn(load)).collect();
        load()?;
        for worker in workers {
            worker.join().unwrap_or_else(|_| {
                Err(at(objects)(io::Error::other("a loading thread panicked")))
            })?;
        }
        Ok(())
    })?;
    Ok(index.into_inner())
}

fn load_shard(shard: &Path, index: &Mutex<Index>) -> Result<(), OpenError> {
    for entry in fs::read_dir(shard).map_err(at(shard))? {
        let path = entry.map_err(at(shard))?.path();
        let read = File::open(&path).and_then(|file| read_trailer::<ObjectTrailer>(&file));
        match read {
            Ok(trailer) => {
                if !index.lock().insert(&trailer.key, &trailer.head) {
                    tracing::error!(path = %path.display(), "object with a malformed entity tag is left out");
                }
            }
            // the disk's fault, not a crash's: files come into place whole; the others stay readable
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                tracing::error!(path = %path.display(), %error, "damaged object file is left out");
            }
            Err(error) => return Err(at(&path)(error)),
        }
    }
    Ok(())
}
