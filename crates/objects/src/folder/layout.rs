//! Names and paths within the folder, and the few ways in which it is changed: every one of them
//! ends with a sync of the directory that the change is in.
//!
//! ```text
//! lock                                one process at a time
//! tmp/N                               being written or on its way out; emptied at start
//! buckets/NAME/bucket.json
//! buckets/NAME/objects/H/HASH         HASH = SHA-256 of the key, H its first digit
//! buckets/NAME/uploads/ID/upload.json
//! buckets/NAME/uploads/ID/part-00001
//! ```
//!
//! Keys don't appear in names, so that any key is safe and `a` and `a/b` live side by side; each file
//! says its key itself.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::digest;

/// The first digit of a key's hash.
pub(super) const SHARDS: &str = "0123456789abcdef";

/// The folder.
#[derive(Debug)]
pub(super) struct Layout {
    root: PathBuf,
    next_temporary: AtomicU64,
}

impl Layout {
    pub(super) fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            next_temporary: AtomicU64::new(0),
        }
    }

    pub(super) fn lock(&self) -> PathBuf {
        self.root.join("lock")
    }

    pub(super) fn temporaries(&self) -> PathBuf {
        self.root.join("tmp")
    }

    pub(super) fn buckets(&self) -> PathBuf {
        self.root.join("buckets")
    }

    /// The folder of a bucket, whose name AWS's rules keep safe as a file name.
    pub(super) fn bucket(&self, bucket: &str) -> PathBuf {
        self.buckets().join(bucket)
    }

    pub(super) fn uploads(&self, bucket: &str) -> PathBuf {
        self.bucket(bucket).join("uploads")
    }

    /// A name in `tmp/` that no one else has in this run.
    pub(super) fn temporary(&self) -> PathBuf {
        let number = self.next_temporary.fetch_add(1, Ordering::Relaxed);
        self.temporaries().join(number.to_string())
    }

    /// An upload's folder; `None` if the id is not one that we gave.
    pub(super) fn upload(&self, bucket: &str, presented_id: &str) -> Option<PathBuf> {
        let ours = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        let well_formed = presented_id.len() == 32 && presented_id.bytes().all(ours);
        well_formed.then(|| self.uploads(bucket).join(presented_id))
    }
}

/// A key's place in its bucket.
#[derive(Debug)]
pub(super) struct Place {
    /// The directory to sync.
    pub(super) directory: PathBuf,
    pub(super) file: PathBuf,
    /// Spreads keys over locks.
    pub(super) stripe: u8,
}

impl Place {
    pub(super) fn new(objects: &Path, key: &str) -> Self {
        let hash = digest::digest(&digest::SHA256, key.as_bytes());
        let name = hex_simd::encode_to_string(hash.as_ref(), hex_simd::AsciiCase::Lower);
        let shard: String = name.chars().take(1).collect();
        let directory = objects.join(shard);
        Self {
            file: directory.join(&name),
            directory,
            stripe: hash.as_ref().last().copied().unwrap_or_default(),
        }
    }
}

/// `part-00001`: padded, so that names sort as numbers do.
pub(super) fn part_name(number: u16) -> String {
    format!("part-{number:05}")
}

/// Makes a new file that only we can read.
pub(super) fn create_file(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}

/// Makes a directory, and those above it, that only we can read.
pub(super) fn create_directory(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Writes a whole new file and syncs it, not the directory.
pub(super) fn write_file(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = create_file(path)?;
    file.write_all(content)?;
    file.sync_all()
}

/// Makes the entries of a directory survive a power cut.
pub(super) fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Something in `tmp/`, removed when it is dropped before it has found its place.
#[derive(Debug)]
pub(super) struct Temporary {
    path: PathBuf,
    placed: bool,
}

impl Temporary {
    pub(super) fn new(layout: &Layout) -> Self {
        Self {
            path: layout.temporary(),
            placed: false,
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Moves it to its place. The caller syncs the directory there.
    pub(super) fn place(mut self, target: &Path) -> io::Result<()> {
        fs::rename(&self.path, target)?;
        self.placed = true;
        Ok(())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if self.placed {
            return;
        }
        if fs::remove_file(&self.path).is_err() {
            // a directory, or nothing at all; what is left is removed at the next start
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

/// Takes a directory out of sight with one rename; returns when that would survive a power cut.
/// Its content goes when the result is dropped, or at the next start.
pub(super) fn take_away(layout: &Layout, directory: &Path) -> io::Result<Temporary> {
    let gone = Temporary::new(layout);
    fs::rename(directory, gone.path())?;
    if let Some(parent) = directory.parent() {
        sync_directory(parent)?;
    }
    Ok(gone)
}
