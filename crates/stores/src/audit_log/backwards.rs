//! The trail's files, and their lines from a place on backwards, whole ones only; `search.rs` and `pages.rs` look at them.

use std::fs::File;
use std::io;
use std::ops::ControlFlow;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use memchr::{memchr, memrchr};

/// How many rotated files are looked at.
const MOST_ROTATED: u32 = 9;
/// How much is read at once.
pub(super) const CHUNK: u64 = 256 * 1024;
/// A line that is longer than this is none of ours.
const LONGEST_LINE: usize = 1024 * 1024;

/// The trail's files, the newest first: the one that is written to, and those that a rotation left beside it
/// (`audit.jsonl.1`, …).
pub(super) fn files(path: &Path) -> impl Iterator<Item = io::Result<File>> {
    let rotated = |number: u32| {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".{number}"));
        PathBuf::from(name)
    };
    let open = |path: PathBuf| match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        opened => Some(opened),
    };
    // While it is being rotated, the first one may be missing.
    let first = open(path.to_owned());
    let others = (1..=MOST_ROTATED).map(rotated).map_while(open);
    first.into_iter().chain(others)
}

/// Looks at the lines between `stop` and `end`, both of which are places between lines, the last ones first. `look` is given
/// lines that follow each other and where they begin, until it breaks or `left` bytes are read. What comes back is what it
/// broke with, and where the lines begin that were looked at.
pub(super) fn look_back<T>(
    file: &File,
    (stop, end): (u64, u64),
    left: &mut u64,
    mut look: impl FnMut(&[u8], u64) -> ControlFlow<T>,
) -> io::Result<(Option<T>, u64)> {
    let mut begin = end;
    let mut looked = end;
    // The beginning of the lines that were read last: the rest of its first one stands before it.
    let mut carried: Vec<u8> = Vec::new();
    while begin > stop && *left > 0 {
        let length = CHUNK.min(begin - stop).min(*left);
        *left -= length;
        begin -= length;
        let mut lines = vec![0; usize::try_from(length).map_err(io::Error::other)?];
        file.read_exact_at(&mut lines, begin)?;
        lines.extend_from_slice(&carried);
        let whole = match memchr(b'\n', &lines) {
            _ if begin == stop => 0,
            Some(first) => first + 1,
            None => lines.len(),
        };
        let (partial, whole) = lines.split_at_checked(whole).unwrap_or((&lines, &[]));
        if partial.len() > LONGEST_LINE {
            looked = begin;
            carried = Vec::new();
        } else {
            looked = begin + u64::try_from(partial.len()).map_err(io::Error::other)?;
            carried = partial.to_vec();
        }
        if !whole.is_empty()
            && let ControlFlow::Break(found) = look(whole, looked)
        {
            return Ok((Some(found), looked));
        }
    }
    Ok((None, looked))
}

/// The lines, the last one first, without their ends; each with where it begins and ends, its line break included.
pub(super) fn lines_back(lines: &[u8]) -> impl Iterator<Item = (&[u8], usize, usize)> {
    let mut rest = lines;
    std::iter::from_fn(move || {
        let end = rest.len();
        let line = rest.strip_suffix(b"\n").unwrap_or(rest);
        if end == 0 {
            return None;
        }
        let begin = memrchr(b'\n', line).map_or(0, |last| last + 1);
        let (before, line) = line.split_at_checked(begin)?;
        rest = before;
        Some((line, begin, end))
    })
}

/// Where the last whole line ends; what follows is being written, or was never ended.
pub(super) fn whole_end(file: &File) -> io::Result<u64> {
    let length = file.metadata()?.len();
    let mut begin = length;
    let mut step = 1;
    while begin > 0 && length - begin < CHUNK {
        let part = begin.min(step);
        begin -= part;
        let mut bytes = vec![0; usize::try_from(part).map_err(io::Error::other)?];
        file.read_exact_at(&mut bytes, begin)?;
        if let Some(last) = memrchr(b'\n', &bytes) {
            return Ok(begin + u64::try_from(last).map_err(io::Error::other)? + 1);
        }
        step = 16 * 1024;
    }
    Ok(if begin == 0 { 0 } else { length })
}
