//! A folder that is the user's own: names enter, files in it leave. Nothing is reached by a path once the folder is open, no
//! link is followed, and what another user could have written or could read is refused.

use std::ffi::CStr;
use std::fs::File;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, Stat};
use rustix::process::geteuid;
use zeroize::Zeroizing;

/// A session is a few KiB.
const MOST: u64 = 64 * 1024;
const SECRET: Mode = Mode::RUSR.union(Mode::WUSR);
const OTHERS: u32 = 0o077;

/// Why a folder can't be used.
#[derive(Debug, thiserror::Error)]
#[error("sessions can't be kept in `{}`: {why}", path.display())]
pub struct FolderError {
    path: PathBuf,
    why: String,
}

impl FolderError {
    /// Where no folder was named.
    pub(super) fn none() -> Self {
        Self {
            path: PathBuf::new(),
            why: "no folder was named".to_owned(),
        }
    }
}

/// A folder of the user's own, open.
#[derive(Debug)]
pub(super) struct Folder {
    handle: OwnedFd,
}

impl Folder {
    /// Opens it, or makes it (0700) where its parent is there.
    pub(super) fn open(path: &Path) -> Result<Self, FolderError> {
        let refused = |why: String| FolderError {
            path: path.to_owned(),
            why,
        };
        match rustix::fs::mkdirat(CWD, path, Mode::RWXU) {
            Ok(()) | Err(rustix::io::Errno::EXIST) => {}
            Err(error) => return Err(refused(error.to_string())),
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let handle = rustix::fs::openat(CWD, path, flags, Mode::empty())
            .map_err(|error| refused(error.to_string()))?;
        let stat = rustix::fs::fstat(&handle).map_err(|error| refused(error.to_string()))?;
        if stat.st_uid != geteuid().as_raw() {
            return Err(refused("it is another user's".to_owned()));
        }
        if stat.st_mode & OTHERS != 0 {
            return Err(refused(
                "others may enter it: it must have mode 0700".to_owned(),
            ));
        }
        Ok(Self { handle })
    }

    /// The content of a file; `None` where there is none.
    pub(super) fn read(&self, name: &str) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let file = match rustix::fs::openat(&self.handle, name, flags, Mode::empty()) {
            Ok(handle) => File::from(handle),
            Err(rustix::io::Errno::NOENT) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let stat = rustix::fs::fstat(&file)?;
        check_own(&stat)?;
        let length = u64::try_from(stat.st_size).unwrap_or(u64::MAX);
        if length > MOST {
            return Err(ErrorKind::FileTooLarge.into());
        }
        let room = usize::try_from(length).unwrap_or_default() + 1;
        let mut content = Zeroizing::new(Vec::with_capacity(room));
        file.take(length).read_to_end(&mut content)?;
        Ok(Some(content))
    }

    /// Writes a file whole, by another name first. `mark` makes that name its own.
    pub(super) fn write(&self, name: &str, mark: &str, content: &[u8]) -> io::Result<()> {
        let temporary = format!("{mark}.tmp");
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let handle = rustix::fs::openat(&self.handle, &*temporary, flags, SECRET)?;
        let mut file = File::from(handle);
        // Not synced: what a crash leaves half is no session, and there is a new one for the asking.
        let written = rustix::fs::fchmod(&file, SECRET)
            .map_err(io::Error::from)
            .and_then(|()| file.write_all(content))
            .and_then(|()| {
                Ok(rustix::fs::renameat(
                    &self.handle,
                    &*temporary,
                    &self.handle,
                    name,
                )?)
            });
        if written.is_err() {
            let _gone_or_not = rustix::fs::unlinkat(&self.handle, &*temporary, AtFlags::empty());
        }
        written
    }

    /// A file to lock.
    pub(super) fn open_lock(&self, name: &str) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = File::from(rustix::fs::openat(&self.handle, name, flags, SECRET)?);
        check_own(&rustix::fs::fstat(&file)?)?;
        Ok(file)
    }

    /// Removes what was last written before `oldest`. A lock that is lost so costs a session, no more.
    pub(super) fn sweep(&self, oldest: Timestamp) -> io::Result<()> {
        for entry in Dir::read_from(&self.handle)? {
            let entry = entry?;
            let name = entry.file_name();
            if !is_ours(name) {
                continue;
            }
            let stat = rustix::fs::statat(&self.handle, name, AtFlags::SYMLINK_NOFOLLOW)?;
            if Timestamp::from_second(stat.st_mtime).is_ok_and(|written| written < oldest) {
                rustix::fs::unlinkat(&self.handle, name, AtFlags::empty())?;
            }
        }
        Ok(())
    }
}

fn is_ours(name: &CStr) -> bool {
    let name = name.to_bytes();
    [&b".session"[..], b".lock", b".tmp"]
        .iter()
        .any(|end| name.ends_with(end))
}

/// An ordinary file of the user's, that no other can read or write and that has no other name.
fn check_own(stat: &Stat) -> io::Result<()> {
    let is_own = FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile
        && stat.st_uid == geteuid().as_raw()
        && stat.st_mode & OTHERS == 0
        && stat.st_nlink == 1;
    if is_own {
        return Ok(());
    }
    Err(ErrorKind::PermissionDenied.into())
}
