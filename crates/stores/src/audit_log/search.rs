//! A request id comes in, its line of the trail goes out: the newest lines first, in the file and in those that a rotation
//! left beside it, up to a bound.

use std::fs::File;
use std::io;
use std::ops::ControlFlow;
use std::path::Path;

use anyrole_domain::activity::is_record_of;
use memchr::memmem::Finder;

use super::backwards::{files, lines_back, look_back};

/// How many bytes are looked at, from the end: some millions of records.
const MOST_BYTES: u64 = 1024 * 1024 * 1024;

/// Finds the record of a request.
pub(super) fn find(path: &Path, request_id: &str) -> io::Result<Option<String>> {
    let mut left = MOST_BYTES;
    for file in files(path) {
        let found = find_in(&file?, request_id, &mut left)?;
        if found.is_some() || left == 0 {
            return Ok(found);
        }
    }
    Ok(None)
}

fn find_in(file: &File, request_id: &str, left: &mut u64) -> io::Result<Option<String>> {
    let finder = Finder::new(request_id.as_bytes());
    let end = file.metadata()?.len();
    let (found, _) = look_back(file, (0, end), left, |lines, _| {
        match last_line(lines, &finder, request_id) {
            Some(line) => ControlFlow::Break(line),
            None => ControlFlow::Continue(()),
        }
    })?;
    Ok(found)
}

fn last_line(lines: &[u8], finder: &Finder<'_>, request_id: &str) -> Option<String> {
    finder.find(lines)?;
    lines_back(lines)
        .map(|(line, ..)| line)
        .filter(|line| finder.find(line).is_some())
        .filter_map(|line| std::str::from_utf8(line).ok())
        .find(|line| is_record_of(line, request_id))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::super::backwards::CHUNK;
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
        let found = |id: &str, mut left: u64| find_in(&file, id, &mut left).unwrap();
        assert!(found("00000099", 4096).is_some());
        assert!(found("00000001", 4096).is_none());
        assert!(found("00000001", 1 << 20).is_some());
    }
}
