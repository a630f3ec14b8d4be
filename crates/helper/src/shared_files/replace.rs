//! A path and a change of content in; the file stands there whole, in its old content or the new, whatever happens.

use std::fs::{self, DirBuilder, File, Permissions, TryLockError};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};
use std::time::Duration;

use zeroize::Zeroizing;

/// The mode of a file that is made new.
const SECRET: u32 = 0o600;
/// The mode of folders that are made new.
const FOLDER: u32 = 0o700;
/// The names of temporary files.
const TEMPORARY: (&str, &str) = (".anyrole-", ".tmp");
/// How long others may hold the folder's lock. A change takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often is looked whether it is free.
const LOOK: Duration = Duration::from_millis(20);
/// A credentials file of more than this many bytes is something else.
const MOST: u64 = 16 * 1024 * 1024;

/// Why a file is as it was.
#[derive(Debug, thiserror::Error)]
#[error("cannot {what} `{}`: {cause}", path.display())]
pub struct ReplaceError {
    /// What was tried.
    what: &'static str,
    /// Of what.
    path: PathBuf,
    /// What the system said.
    cause: std::io::Error,
}

fn failed(what: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> ReplaceError {
    move |cause| ReplaceError {
        what,
        path: path.to_owned(),
        cause,
    }
}

/// Writes what `change` makes of the file's content, which is empty where there is no file. Who replaces at the same time
/// waits: the folder is locked, since a file that a rename puts away can't be.
pub(crate) fn replace<E: From<ReplaceError>>(
    path: &Path,
    change: impl FnOnce(&[u8]) -> Result<Zeroizing<Vec<u8>>, E>,
) -> Result<(), E> {
    let target = behind_links(path)?;
    let folder = folder_of(&target);
    make_folders(&folder)?;
    let lock = File::open(&folder).map_err(failed("open folder", &folder))?;
    lock_within(PATIENCE, &lock).map_err(failed("lock folder", &folder))?;
    remove_leftovers(&folder);
    let (before, metadata) = read(&target)?;
    let after = change(&before)?;
    if metadata.is_some() && *after == *before {
        return Ok(());
    }
    let mut temporary = tempfile::Builder::new()
        .prefix(TEMPORARY.0)
        .suffix(TEMPORARY.1)
        .permissions(Permissions::from_mode(SECRET))
        .tempfile_in(&folder)
        .map_err(failed("write a file in", &folder))?;
    let file = temporary.as_file_mut();
    keep_owner_and_mode(file, metadata.as_ref())
        .map_err(failed("keep owner and mode of", &target))?;
    file.write_all(&after)
        .and_then(|()| file.sync_all())
        .map_err(failed("write a file in", &folder))?;
    temporary
        .persist(&target)
        .map_err(|error| failed("write", &target)(with_cure(error.error)))?;
    lock.sync_all().map_err(failed("sync folder", &folder))?;
    Ok(())
}

/// A file that is mounted by itself, as into a container, can't be replaced by another one.
fn with_cure(error: std::io::Error) -> std::io::Error {
    if error.kind() != ErrorKind::ResourceBusy {
        return error;
    }
    let why = format!("{error}: it is a mount point; mount the folder that it is in instead");
    std::io::Error::new(ErrorKind::ResourceBusy, why)
}

/// Any user who can read a folder can lock it: nobody is waited for without an end.
fn lock_within(patience: Duration, folder: &File) -> std::io::Result<()> {
    let mut waited = Duration::ZERO;
    loop {
        match folder.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) if waited < patience => {
                std::thread::sleep(LOOK);
                waited += LOOK;
            }
            Err(TryLockError::WouldBlock) => {
                let why = format!("another process has held it for {} s", patience.as_secs());
                return Err(std::io::Error::new(std::io::ErrorKind::WouldBlock, why));
            }
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
}

/// What a process that was killed has left behind holds secrets. Whoever holds the lock knows that nobody else writes one. It is no
/// error if it can't be taken away.
fn remove_leftovers(folder: &Path) {
    let (prefix, suffix) = TEMPORARY;
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let is_ours = name
            .to_str()
            .is_some_and(|name| name.starts_with(prefix) && name.ends_with(suffix));
        if is_ours && entry.file_type().is_ok_and(|kind| kind.is_file()) {
            let _: std::io::Result<()> = fs::remove_file(entry.path());
        }
    }
}

/// The content of a file that is only read; empty where there is none, and where it is `/dev/null`, by which one says that none is wanted.
pub(super) fn read_content(path: &Path) -> Result<Zeroizing<Vec<u8>>, ReplaceError> {
    let target = behind_links(path)?;
    if target == Path::new("/dev/null") {
        return Ok(Zeroizing::default());
    }
    read(&target).map(|(content, _)| content)
}

/// Where the links lead, even where nothing is there yet.
fn behind_links(path: &Path) -> Result<PathBuf, ReplaceError> {
    let mut target = path.to_owned();
    // As many as Linux follows (path_resolution(7)).
    for _ in 0..40 {
        match fs::read_link(&target) {
            Ok(next) => target = folder_of(&target).join(next),
            // No link, or nothing at all.
            Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::NotFound) => {
                return Ok(target);
            }
            Err(cause) => return Err(failed("follow", &target)(cause)),
        }
    }
    Err(failed("follow", path)(ErrorKind::InvalidInput.into()))
}

fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

fn make_folders(folder: &Path) -> Result<(), ReplaceError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true).mode(FOLDER);
    builder
        .create(folder)
        .map_err(failed("make folder", folder))
}

type Content = (Zeroizing<Vec<u8>>, Option<fs::Metadata>);

fn read(target: &Path) -> Result<Content, ReplaceError> {
    let cannot = |cause| failed("read", target)(cause);
    let metadata = match fs::metadata(target) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Ok((Zeroizing::default(), None));
        }
        Err(cause) => return Err(cannot(cause)),
    };
    if !metadata.is_file() || metadata.len() > MOST {
        let why = "it is no ordinary file of at most 16 MiB";
        return Err(cannot(std::io::Error::new(ErrorKind::InvalidInput, why)));
    }
    let content = fs::read(target).map_err(cannot)?;
    Ok((Zeroizing::new(content), Some(metadata)))
}

/// A file of somebody else's stays theirs, where the system lets us say so; else it is left alone.
fn keep_owner_and_mode(file: &File, before: Option<&fs::Metadata>) -> std::io::Result<()> {
    let Some(before) = before else {
        return Ok(());
    };
    let ours = file.metadata()?;
    if (ours.uid(), ours.gid()) != (before.uid(), before.gid()) {
        fchown(file, Some(before.uid()), Some(before.gid()))?;
    }
    file.set_permissions(Permissions::from_mode(before.mode() & 0o7777))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn put(path: &Path, text: &str) -> Result<(), ReplaceError> {
        replace(path, |_| Ok(Zeroizing::new(text.as_bytes().to_vec())))
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o7777
    }

    #[test]
    fn a_new_file_and_its_folders_are_the_users_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b/credentials");
        put(&path, "x").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "x");
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(&folder.path().join("a")), 0o700);
        assert_eq!(mode(&folder.path().join("a/b")), 0o700);
        let left: Vec<_> = fs::read_dir(folder.path().join("a/b")).unwrap().collect();
        assert_eq!(left.len(), 1, "no temporary file is left: {left:?}");
    }

    #[test]
    fn a_file_keeps_its_mode_and_its_place_behind_links() {
        let folder = tempfile::tempdir().unwrap();
        let (real, first, second) = (
            folder.path().join("real"),
            folder.path().join("first"),
            folder.path().join("second"),
        );
        fs::write(&real, "old").unwrap();
        fs::set_permissions(&real, Permissions::from_mode(0o640)).unwrap();
        symlink("real", &first).unwrap();
        symlink(&first, &second).unwrap();
        put(&second, "new").unwrap();
        assert_eq!(fs::read_to_string(&real).unwrap(), "new");
        assert_eq!(mode(&real), 0o640);
        assert!(fs::symlink_metadata(&second).unwrap().is_symlink());
        // A link that leads nowhere yet.
        let (dangling, made) = (
            folder.path().join("dangling"),
            folder.path().join("sub/made"),
        );
        symlink("sub/made", &dangling).unwrap();
        put(&dangling, "x").unwrap();
        assert_eq!(fs::read_to_string(&made).unwrap(), "x");
        // In a circle.
        let circle = folder.path().join("circle");
        symlink("circle", &circle).unwrap();
        assert!(put(&circle, "x").is_err());
    }

    #[test]
    fn what_is_refused_leaves_all_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("credentials");
        fs::write(&path, "old").unwrap();
        let refused = replace(&path, |before| {
            assert_eq!(before, b"old");
            Err::<Zeroizing<Vec<u8>>, _>(failed("test", &path)(ErrorKind::Other.into()))
        });
        assert!(refused.is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(put(folder.path(), "x").is_err(), "a folder");
    }

    #[test]
    fn writers_wait_for_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("credentials");
        let add = |letter: u8| {
            replace(&path, |before| {
                let mut after = Zeroizing::new(before.to_vec());
                std::thread::yield_now();
                after.push(letter);
                Ok::<_, ReplaceError>(after)
            })
        };
        std::thread::scope(|scope| {
            for letter in b'a'..=b'd' {
                let add = &add;
                scope.spawn(move || (0..25).for_each(|_| add(letter).unwrap()));
            }
        });
        assert_eq!(fs::read(&path).unwrap().len(), 100);
    }

    #[test]
    fn the_empty_device_is_read_as_an_empty_file_and_never_replaced() {
        let null = Path::new("/dev/null");
        assert!(read_content(null).unwrap().is_empty());
        let changed = replace(null, |_| {
            Ok::<_, ReplaceError>(Zeroizing::new(b"x".to_vec()))
        });
        assert!(changed.is_err());
        assert!(!fs::metadata(null).unwrap().is_file());
    }

    #[test]
    fn a_lock_that_is_not_let_go_is_not_waited_for_without_an_end() {
        let folder = tempfile::tempdir().unwrap();
        let open = || File::open(folder.path()).unwrap();
        let (held, wanted) = (open(), open());
        held.lock().unwrap();
        let error = lock_within(LOOK * 3, &wanted).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WouldBlock);
        drop(held);
        lock_within(LOOK * 3, &wanted).unwrap();
    }
}
