//! Standard input as the value of a flag (`-`): its bytes leave once, for the one flag that asks first.

use std::io::Read;
use std::path::Path;
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
        std::io::stdin()
            .lock()
            .take(limit + 1)
            .read_to_end(&mut bytes)
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
