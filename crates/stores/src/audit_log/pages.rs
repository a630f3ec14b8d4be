//! A question about the trail comes in, a page of its records goes out, the newest first. A place in the trail is a file, by
//! the first record in it, and a byte in that file: records are only appended, and a rotation gives a file another name, or
//! copies it, but changes nothing in it.

use std::fs::File;
use std::io;
use std::ops::ControlFlow;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use anyrole_domain::activity::{
    TrailCursor, TrailFilter, TrailPage, TrailPlace, TrailQuery, TrailRecord, record_time,
};
use aws_lc_rs::digest;
use memchr::memchr;
use memchr::memmem::Finder;

use super::backwards::{files, lines_back, look_back, whole_end};

/// How many bytes are looked through for a page at the trail's end: some ten thousand records, in some milliseconds.
const MOST_BYTES: u64 = 16 * 1024 * 1024;
/// The same for one who asks to look further back, and waits for it.
const MOST_BYTES_BACK: u64 = 4 * MOST_BYTES;
/// A file is known by so many of its first bytes, or its first line where that is shorter: time and request id are there.
const KNOWN_BY: u64 = 96;
/// The end of a trail without a record.
const EMPTY: &str = "start";

/// Reads a page.
pub(super) fn page(path: &Path, query: &TrailQuery) -> io::Result<TrailPage> {
    let most = match query.place {
        TrailPlace::Before(_) => MOST_BYTES_BACK,
        TrailPlace::Newest | TrailPlace::Since(_) => MOST_BYTES,
    };
    page_within(path, query, most)
}

fn page_within(path: &Path, query: &TrailQuery, most_bytes: u64) -> io::Result<TrailPage> {
    let parts = parts(path)?;
    let newest = parts
        .first()
        .map_or_else(|| TrailCursor::new(EMPTY), |part| part.cursor(part.end));
    let mut page = TrailPage {
        records: Vec::new(),
        older: None,
        newest,
        cut_short: false,
        looked_back_to: None,
        lost: false,
    };
    let Some((from, to)) = bounds(&parts, &query.place) else {
        page.lost = true;
        return Ok(page);
    };
    let wanted = Wanted::new(&query.filter);
    let mut left = most_bytes;
    for (number, part) in parts.iter().enumerate() {
        if number < from.0 || number > to.0 {
            continue;
        }
        let end = if number == from.0 { from.1 } else { part.end };
        let stop = if number == to.0 { to.1 } else { 0 };
        let looked = look_back(&part.file, (stop, end), &mut left, |lines, begin| {
            wanted.take(&mut page, query.limit, part, lines, begin)
        });
        let (full, looked) = match looked {
            // It was emptied by a rotation while it was read.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                page.lost = true;
                return Ok(page);
            }
            looked => looked?,
        };
        let reached = full.unwrap_or(looked);
        if reached > stop {
            page.cut_short = full.is_none();
            page.older = Some(part.cursor(reached));
            return Ok(page);
        }
        if full.is_some() {
            let next = parts.get(number + 1).filter(|_| number < to.0);
            page.older = next.map(|next| next.cursor(next.end));
            return Ok(page);
        }
    }
    Ok(page)
}

/// A file of the trail that has a record.
struct Part {
    file: File,
    known_by: String,
    /// Where its last whole line ends.
    end: u64,
}

impl Part {
    fn open(file: File) -> io::Result<Option<Self>> {
        let mut first = vec![0; usize::try_from(KNOWN_BY).map_err(io::Error::other)?];
        let length = file.read_at(&mut first, 0)?;
        first.truncate(length);
        match memchr(b'\n', &first) {
            Some(end) => first.truncate(end),
            None if u64::try_from(length).map_err(io::Error::other)? < KNOWN_BY => return Ok(None),
            None => {}
        }
        let sum = digest::digest(&digest::SHA256, &first);
        let known_by = sum
            .as_ref()
            .iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"));
        let known_by = known_by.collect();
        let end = whole_end(&file)?;
        Ok((end > 0).then_some(Self {
            file,
            known_by,
            end,
        }))
    }

    fn cursor(&self, offset: u64) -> TrailCursor {
        TrailCursor::new(format!("{}-{offset}", self.known_by))
    }
}

/// The newest first. While a file is being copied by a rotation, it is there twice.
fn parts(path: &Path) -> io::Result<Vec<Part>> {
    let mut parts: Vec<Part> = Vec::new();
    for file in files(path) {
        if let Some(part) = Part::open(file?)?
            && parts.iter().all(|known| known.known_by != part.known_by)
        {
            parts.push(part);
        }
    }
    Ok(parts)
}

/// The part, by its number, and the byte.
type Place = (usize, u64);

/// Where to begin, and where to end; nothing where the place that is asked for is not there.
fn bounds(parts: &[Part], place: &TrailPlace) -> Option<(Place, Place)> {
    let newest = (0, parts.first().map_or(0, |part| part.end));
    let oldest = (parts.len(), 0);
    match place {
        TrailPlace::Newest => Some((newest, oldest)),
        TrailPlace::Before(cursor) if cursor.as_str() == EMPTY => Some((oldest, oldest)),
        TrailPlace::Before(cursor) => Some((place_of(parts, cursor)?, oldest)),
        TrailPlace::Since(cursor) if cursor.as_str() == EMPTY => Some((newest, oldest)),
        TrailPlace::Since(cursor) => Some((newest, place_of(parts, cursor)?)),
    }
}

fn place_of(parts: &[Part], cursor: &TrailCursor) -> Option<Place> {
    let (known_by, offset) = cursor.as_str().split_once('-')?;
    let offset: u64 = offset.parse().ok()?;
    let number = parts.iter().position(|part| part.known_by == known_by)?;
    let part = parts.get(number)?;
    (offset <= part.end).then_some((number, offset))
}

/// Which lines are wanted.
struct Wanted<'a> {
    filter: &'a TrailFilter,
    needles: Vec<Vec<Finder<'static>>>,
}

impl<'a> Wanted<'a> {
    fn new(filter: &'a TrailFilter) -> Self {
        let finder = |needle: String| Finder::new(needle.as_bytes()).into_owned();
        let either = |needles: Vec<String>| needles.into_iter().map(finder).collect();
        Self {
            filter,
            needles: filter.needles().into_iter().map(either).collect(),
        }
    }

    fn may_be_in(&self, text: &[u8]) -> bool {
        let found =
            |either: &Vec<Finder<'_>>| either.iter().any(|needle| needle.find(text).is_some());
        self.needles.iter().all(found)
    }

    /// Takes the wanted ones of the lines into the page; where that is full, breaks with where it ends.
    fn take(
        &self,
        page: &mut TrailPage,
        limit: usize,
        part: &Part,
        lines: &[u8],
        begin: u64,
    ) -> ControlFlow<u64> {
        let text = |line| std::str::from_utf8(line).ok();
        if self.may_be_in(lines) {
            for (line, starts, ends) in lines_back(lines) {
                let wanted = Some(line)
                    .filter(|line| self.may_be_in(line))
                    .and_then(text);
                let Some(line) = wanted.filter(|line| self.filter.matches(line)) else {
                    continue;
                };
                page.records.push(TrailRecord {
                    after: part.cursor(begin.saturating_add(ends as u64)),
                    line: line.to_owned(),
                });
                if page.records.len() >= limit {
                    page.looked_back_to = record_time(line).or(page.looked_back_to);
                    return ControlFlow::Break(begin.saturating_add(starts as u64));
                }
            }
        }
        let oldest = lines.split(|byte| *byte == b'\n').next().and_then(text);
        page.looked_back_to = oldest.and_then(record_time).or(page.looked_back_to);
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
#[path = "pages_tests.rs"]
mod tests;
