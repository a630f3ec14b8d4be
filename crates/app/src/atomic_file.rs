//! Files that are there whole or not at all: contents enter, and after a sync and a rename they stand under their names.
//! For keys, certificates and credentials; every file is checked before any is written.

use std::fs::{self, File, Permissions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use anyrole_keys::KeyUri;
use tempfile::NamedTempFile;

/// The mode of a file that holds a secret.
pub const SECRET: u32 = 0o600;
/// The mode of a file that everyone may read.
pub const PUBLIC: u32 = 0o644;

/// A file to be written.
pub struct NewFile<'a> {
    /// Where it shall stand.
    pub path: &'a Path,
    /// What it shall hold.
    pub contents: &'a [u8],
    /// Its permission bits, whatever the umask: `SECRET` or `PUBLIC`.
    pub mode: u32,
}

/// Refuses a path that something stands at, unless it may be overwritten. Call it before asking for passwords.
pub fn check_free(path: &Path, overwrite: bool) -> anyhow::Result<()> {
    if KeyUri::of(path).is_some() {
        bail!(
            "`{}` is the URI of a key on a token or in a TPM, no file that can be written: `anyrole enroll` makes keys there, and \
             `certificate create --key URI` takes one that is there",
            KeyUri::shown(path)
        );
    }
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => bail!("`{}` is a directory", path.display()),
        Ok(_) if !overwrite => bail!(
            "`{}` exists already; pass --force to overwrite it, or name another file",
            path.display()
        ),
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error).with_context(|| format!("cannot look at `{}`", path.display())),
    }
}

/// Writes all files, or none where one can't be written. Each gets to disk under a temporary name in its own
/// directory first.
pub fn write(files: &[NewFile<'_>], overwrite: bool) -> anyhow::Result<()> {
    for file in files {
        check_free(file.path, overwrite)?;
    }
    let staged = files
        .iter()
        .map(|file| stage(file).with_context(|| format!("cannot write `{}`", file.path.display())))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let mut published: Vec<&Path> = Vec::new();
    for (file, temporary) in files.iter().zip(staged) {
        let done = match overwrite {
            true => temporary.persist(file.path),
            // Two processes may want the same name at once: only one of them gets it.
            false => temporary.persist_noclobber(file.path),
        };
        if let Err(error) = done {
            if !overwrite {
                for path in published {
                    let _gone_or_not = fs::remove_file(path);
                }
            }
            return Err(error.error)
                .with_context(|| format!("cannot write `{}`", file.path.display()));
        }
        published.push(file.path);
    }
    for file in files {
        let directory = directory_of(file.path);
        File::open(&directory)
            .and_then(|directory| directory.sync_all())
            .with_context(|| format!("cannot sync directory `{}`", directory.display()))?;
    }
    Ok(())
}

fn stage(file: &NewFile<'_>) -> std::io::Result<NamedTempFile> {
    let mut temporary = tempfile::Builder::new()
        .prefix(".anyrole-")
        .suffix(".tmp")
        .permissions(Permissions::from_mode(SECRET))
        .tempfile_in(directory_of(file.path))?;
    temporary.write_all(file.contents)?;
    temporary
        .as_file()
        .set_permissions(Permissions::from_mode(file.mode))?;
    temporary.as_file().sync_all()?;
    Ok(temporary)
}

fn directory_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}
