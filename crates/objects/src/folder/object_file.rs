//! The form of one file: the data, then what is known of it as JSON, then the JSON's length and a
//! mark. One rename thus switches data and metadata together, and data begins at offset 0.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;

use anyrole_domain::objects::ObjectHead;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// The last bytes of each file: `u32` little-endian length of the JSON, then this.
const MARK: [u8; 8] = *b"anyrObj1";
const FOOTER: usize = 4 + MARK.len();

/// So much of a file's end is read at first; nearly every trailer fits.
pub(super) const TAIL: u64 = 4096;

/// What stands behind an object's data.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ObjectTrailer {
    pub(super) key: String,
    pub(super) head: ObjectHead,
}

/// A trailer that knows the size of the data before it.
pub(super) trait Trailer: Serialize + DeserializeOwned {
    fn data_size(&self) -> u64;
}

impl Trailer for ObjectTrailer {
    fn data_size(&self) -> u64 {
        self.head.size
    }
}

impl Trailer for anyrole_domain::objects::Part {
    fn data_size(&self) -> u64 {
        self.size
    }
}

/// What a file's end turned out to be.
pub(super) enum Tail<T> {
    Whole(T),
    /// The trailer is longer; so many bytes from the end are needed.
    NeedsMore(u64),
}

pub(super) fn write_trailer<T: Trailer>(file: &mut File, trailer: &T) -> io::Result<()> {
    let mut bytes = serde_json::to_vec(trailer)?;
    let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(&MARK);
    file.write_all(&bytes)
}

/// Reads the trailer from the last bytes of a file of `length` bytes.
pub(super) fn parse_tail<T: Trailer>(tail: &[u8], length: u64) -> io::Result<Tail<T>> {
    let broken = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what);
    let (rest, footer) = tail
        .split_last_chunk::<FOOTER>()
        .ok_or_else(|| broken("file is too short"))?;
    let [a, b, c, d, mark @ ..] = footer;
    if *mark != MARK {
        return Err(broken("no object mark at the end"));
    }
    let json_length = u32::from_le_bytes([*a, *b, *c, *d]) as usize;
    let trailer_length = (json_length + FOOTER) as u64;
    if trailer_length > length {
        return Err(broken("trailer is longer than the file"));
    }
    let Some(start) = rest.len().checked_sub(json_length) else {
        return Ok(Tail::NeedsMore(trailer_length));
    };
    let json = rest.get(start..).unwrap_or_default();
    let trailer: T = serde_json::from_slice(json)?;
    if trailer.data_size().checked_add(trailer_length) != Some(length) {
        return Err(broken("data and trailer do not add up to the file"));
    }
    Ok(Tail::Whole(trailer))
}

/// Reads a file's trailer, blocking.
pub(super) fn read_trailer<T: Trailer>(file: &File) -> io::Result<T> {
    let length = file.metadata()?.len();
    let mut wanted = length.min(TAIL);
    loop {
        let mut tail = vec![0; usize::try_from(wanted).map_err(io::Error::other)?];
        file.read_exact_at(&mut tail, length - wanted)?;
        match parse_tail(&tail, length)? {
            Tail::Whole(trailer) => return Ok(trailer),
            Tail::NeedsMore(more) => wanted = more,
        }
    }
}
