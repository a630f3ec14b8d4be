//! A request id comes in, its line of the trail goes out: the newest lines first, in the file and in those that a rotation
//! left beside it (`audit.jsonl.1`, …), up to a bound.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use memchr::memmem::Finder;

/// How many bytes are looked at, from the end: some millions of records.
const MOST_BYTES: u64 = 1024 * 1024 * 1024;
/// How many rotated files are looked at.
const MOST_ROTATED: u32 = 9;
/// How much is read at once.
const CHUNK: u64 = 1024 * 1024;
/// A line that is longer than this is none of ours.
const LONGEST_LINE: usize = 1024 * 1024;

/// Finds the record of a request.
pub(super) fn find(path: &Path, request_id: &str) -> io::Result<Option<String>> {
    let mut left = MOST_BYTES;
    let finder = Finder::new(request_id.as_bytes());
    for file in files(path) {
        let file = match File::open(file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened?,
        };
        let found = find_in(&file, &finder, &mut left, |line| is_of(line, request_id))?;
        if found.is_some() || left == 0 {
            return Ok(found);
        }
    }
    Ok(None)
}

fn files(path: &Path) -> impl Iterator<Item = PathBuf> {
    let rotated = |number: u32| {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".{number}"));
        PathBuf::from(name)
    };
    std::iter::once(path.to_owned()).chain((1..=MOST_ROTATED).map(rotated))
}

/// The id may stand in other places of other records.
fn is_of(line: &str, request_id: &str) -> bool {
    serde_json::from_str::<serde_json::Value>(line)
        .is_ok_and(|record| record.get("request_id").and_then(|id| id.as_str()) == Some(request_id))
}

/// Reads backwards, whole lines at a time.
fn find_in(
    file: &File,
    finder: &Finder<'_>,
    left: &mut u64,
    is_wanted: impl Fn(&str) -> bool,
) -> io::Result<Option<String>> {
    let mut end = file.metadata()?.len();
    // The beginning of the lines that were read last: the rest of its first one stands before it.
    let mut carried: Vec<u8> = Vec::new();
    while end > 0 && *left > 0 {
        let length = CHUNK.min(end).min(*left);
        *left -= length;
        end -= length;
        let mut lines = vec![0; usize::try_from(length).map_err(io::Error::other)?];
        file.read_exact_at(&mut lines, end)?;
        lines.extend_from_slice(&carried);
        let whole = match lines.iter().position(|byte| *byte == b'\n') {
            _ if end == 0 => 0,
            Some(first) => first + 1,
            None => lines.len(),
        };
        let (partial, whole) = lines.split_at_checked(whole).unwrap_or((&lines, &[]));
        if let Some(line) = last_line(whole, finder, &is_wanted) {
            return Ok(Some(line));
        }
        carried = if partial.len() > LONGEST_LINE {
            Vec::new()
        } else {
            partial.to_vec()
        };
    }
    Ok(None)
}

fn last_line(
    lines: &[u8],
    finder: &Finder<'_>,
    is_wanted: impl Fn(&str) -> bool,
) -> Option<String> {
    finder.find(lines)?;
    lines
        .split(|byte| *byte == b'\n')
        .rev()
        .filter(|line| finder.find(line).is_some())
        .filter_map(|line| std::str::from_utf8(line).ok())
        .find(|line| is_wanted(line))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(id: u64, filling: usize) -> String {
        let filling = "x".repeat(filling);
        format!(
            "{{\"request_id\":\"{id:08}\",\"detail\":\"\\\"request_id\\\":\\\"00000007\\\"{filling}\"}}\n"
        )
    }

    #[test]
    fn a_record_is_found_wherever_chunks_begin_and_in_rotated_files() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        let of = |ids: std::ops::Range<u64>| -> String {
            ids.map(|id| line(id, usize::try_from(id * 7919 % 3000).unwrap()))
                .collect()
        };
        std::fs::write(&path, of(2000..4000)).unwrap();
        std::fs::write(folder.path().join("audit.jsonl.1"), of(10..2000)).unwrap();
        assert!(std::fs::metadata(&path).unwrap().len() > 2 * CHUNK);
        for id in (10..4000).step_by(97) {
            let found = find(&path, &format!("{id:08}")).unwrap().unwrap();
            assert!(found.starts_with(&format!("{{\"request_id\":\"{id:08}\"")));
        }
        // Named in every record, recorded in none.
        assert_eq!(find(&path, "00000007").unwrap(), None);
        assert_eq!(find(&folder.path().join("none"), "1").unwrap(), None);
    }

    #[test]
    fn the_search_ends_at_its_bound() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        std::fs::write(&path, (1..100).map(|id| line(id, 100)).collect::<String>()).unwrap();
        let file = File::open(&path).unwrap();
        let found = |id: &str, mut left: u64| {
            let finder = Finder::new(id.as_bytes());
            find_in(&file, &finder, &mut left, |line| is_of(line, id)).unwrap()
        };
        assert!(found("00000099", 4096).is_some());
        assert!(found("00000001", 4096).is_none());
        assert!(found("00000001", 1 << 20).is_some());
    }
}
