//! Standard input (`-`) and pipes as the value of a flag. What can be read only once leaves as bytes, or is held in memory under
//! a path that can be read as often as a file.

use std::io::Read;
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::{Context, bail, ensure};
use zeroize::Zeroizing;

/// The flag that has read standard input. There is one standard input, and what was read is gone.
static TAKEN_BY: OnceLock<&str> = OnceLock::new();

/// The bytes of what `flag` names: `-` is standard input, everything else a path.
///
/// # Errors
/// It can't be read, is larger than `limit` bytes, or another flag has had standard input.
pub fn read(flag: &'static str, path: &Path, limit: u64) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    let named = || format!("{flag}: `{}` can't be read", path.display());
    // Of the final size, so that no copy is left behind by growing.
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(limit)? + 1));
    let read = if path.as_os_str() == "-" {
        if TAKEN_BY.set(flag).is_err() {
            let taken_by = TAKEN_BY.get().copied().unwrap_or("another flag");
            bail!(
                "{flag}: standard input was read already, for {taken_by}; give one of them a file, or /dev/fd/N"
            );
        }
        // Past the buffer of the standard library, in which a secret would stay.
        let input = std::io::stdin().as_fd().try_clone_to_owned();
        let input = std::fs::File::from(input.with_context(named)?);
        input.take(limit + 1).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path)
            .with_context(named)?
            .take(limit + 1)
            .read_to_end(&mut bytes)
    };
    read.with_context(named)?;
    ensure!(
        bytes.len() as u64 <= limit,
        "{flag}: `{}` is larger than {limit} bytes",
        path.display()
    );
    Ok(bytes)
}

/// The largest file of a certificate or key, bytes.
const LIMIT: u64 = 1 << 20;

/// A path for what `flag` names, to be read any number of times: the path itself for files and for what isn't there; for standard
/// input (`-`) and pipes (`/dev/fd/N`, `<(…)`, FIFOs) that of memory that holds what they gave. Nothing touches a disk.
///
/// # Errors
/// It can't be read, or another flag has had standard input.
pub fn hold(flag: &'static str, path: PathBuf) -> anyhow::Result<PathBuf> {
    let is_file_or_missing =
        || std::fs::metadata(&path).map_or(true, |found| found.is_file() || found.is_dir());
    if path.as_os_str() != "-" && is_file_or_missing() {
        return Ok(path);
    }
    let bytes = read(flag, &path, LIMIT)?;
    keep(&bytes).with_context(|| format!("{flag}: `{}` can't be held in memory", path.display()))
}

/// A file without a name, for as long as this process lives.
#[cfg(target_os = "linux")]
fn keep(bytes: &[u8]) -> anyhow::Result<PathBuf> {
    use std::io::Write;
    use std::os::fd::IntoRawFd;
    use std::os::unix::fs::PermissionsExt;

    let memory = rustix::fs::memfd_create("held", rustix::fs::MemfdFlags::CLOEXEC)?;
    let mut file = std::fs::File::from(memory);
    file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
    file.write_all(bytes)?;
    Ok(PathBuf::from(format!(
        "/proc/self/fd/{}",
        file.into_raw_fd()
    )))
}

#[cfg(not(target_os = "linux"))]
fn keep(_bytes: &[u8]) -> anyhow::Result<PathBuf> {
    bail!("only Linux can do that; name a file")
}
