//! The database's files: folder and files that only their owner may read, a lock against a second process, and
//! directory entries on disk before anything is answered.

use std::fs::{DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::OpenError;

/// Makes folder, lock file and an empty database where they are missing; returns the lock, held until it is dropped.
pub(super) fn prepare(database: &Path) -> Result<File, OpenError> {
    let failed = |source| at(database, source);
    make_folder(folder_of(database)).map_err(failed)?;
    let lock = lock(database)?;
    // SQLite gives its companion files the mode of the database, so the database must have it first.
    owner_only(database).map_err(failed)?;
    for suffix in ["-wal", "-shm"] {
        tighten(&companion(database, suffix)).map_err(failed)?;
    }
    Ok(lock)
}

/// Puts the directory entries of the database and its companions on disk.
pub(super) fn sync_folder(database: &Path) -> Result<(), OpenError> {
    File::open(folder_of(database))
        .and_then(|folder| folder.sync_all())
        .map_err(|source| at(database, source))
}

/// The lock is the kernel's: it goes with the process, however that ends.
fn lock(database: &Path) -> Result<File, OpenError> {
    let path = companion(database, ".lock");
    let file = owner_only(&path).map_err(|source| at(&path, source))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::Held(database.to_owned())),
        Err(TryLockError::Error(source)) => Err(at(&path, source)),
    }
}

fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let above = folder
        .parent()
        .filter(|above| !above.as_os_str().is_empty());
    if let Some(above) = above {
        make_folder(above)?;
    }
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        outcome => outcome?,
    }
    File::open(above.unwrap_or(Path::new(".")))?.sync_all()
}

fn owner_only(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)?;
    tighten(path)?;
    Ok(file)
}

/// Takes group's and others' rights away, where there is such a file.
fn tighten(path: &Path) -> io::Result<()> {
    let mode = match path.metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        metadata => metadata?.permissions().mode(),
    };
    if mode & 0o077 != 0 {
        std::fs::set_permissions(path, Permissions::from_mode(mode & 0o700))?;
    }
    Ok(())
}

fn companion(database: &Path, suffix: &str) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push(suffix);
    path.into()
}

fn folder_of(database: &Path) -> &Path {
    match database.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn at(path: &Path, source: io::Error) -> OpenError {
    OpenError::File {
        path: path.to_owned(),
        source,
    }
}
