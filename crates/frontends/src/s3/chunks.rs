//! The aws-chunked coding (Amazon S3 user guide, "Signature calculations: transferring payload in multiple chunks"):
//! pieces of a coded body enter, the data in them leaves at once; chunks are never gathered. Signatures are not judged.

use anyrole_domain::objects::BodyError;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::refusals::CHUNK_TOO_LARGE;

/// The longest line before a chunk, with its signature.
const MAX_LINE: usize = 1024;
/// All trailers together.
const MAX_TRAILERS: usize = 16 * 1024;
/// The digits of the largest chunk size in 64 bits.
const MAX_DIGITS: usize = 16;

/// Where the next byte belongs.
#[derive(Debug, Clone, Copy)]
enum State {
    /// To a chunk's first line.
    Size,
    /// To a chunk's data, of which so much is to come.
    Data(u64),
    /// To the line end behind a chunk's data.
    DataEnd,
    /// Behind the last chunk.
    Trailers,
}

/// A reader of the coding.
#[derive(Debug)]
pub(super) struct Chunks {
    state: State,
    /// The beginning of a line, or all trailers so far.
    kept: Vec<u8>,
    max_chunk: u64,
    max_digits: usize,
}

impl Chunks {
    /// Chunks of any size.
    pub(super) fn unbounded() -> Self {
        Self::new(u64::MAX, MAX_DIGITS)
    }

    /// Chunks of at most so many bytes, in at most eight digits: s3s, which reads them next, takes no more of them.
    pub(super) fn at_most(max_chunk: u32) -> Self {
        Self::new(u64::from(max_chunk), 8)
    }

    fn new(max_chunk: u64, max_digits: usize) -> Self {
        Self {
            state: State::Size,
            kept: Vec::new(),
            max_chunk,
            max_digits,
        }
    }

    /// Takes bytes off the front up to the end of the next piece of data; `None` once all are taken.
    pub(super) fn next_data(&mut self, bytes: &mut Bytes) -> Result<Option<Bytes>, BodyError> {
        while !bytes.is_empty() {
            match self.state {
                State::Size => {
                    if let Some(line) = self.take_line(bytes, MAX_LINE)? {
                        self.state = match self.parse_size(&line)? {
                            0 => State::Trailers,
                            size => State::Data(size),
                        };
                    }
                }
                State::Data(left) => {
                    let length = usize::try_from(left).map_or(bytes.len(), |n| n.min(bytes.len()));
                    let data = bytes.split_to(length);
                    self.state = match left - length as u64 {
                        0 => State::DataEnd,
                        left => State::Data(left),
                    };
                    return Ok(Some(data));
                }
                State::DataEnd => match self.take_line(bytes, 2)?.as_deref() {
                    Some(b"\r\n") => self.state = State::Size,
                    Some(_) => return Err(malformed("a chunk is longer than its size")),
                    None => {}
                },
                State::Trailers => {
                    if self.kept.len() + bytes.len() > MAX_TRAILERS {
                        return Err(malformed("the trailers are too long"));
                    }
                    self.kept.extend_from_slice(bytes);
                    bytes.clear();
                }
            }
        }
        Ok(None)
    }

    /// A line with its end, once it is whole.
    fn take_line(&mut self, bytes: &mut Bytes, most: usize) -> Result<Option<Vec<u8>>, BodyError> {
        let room = most.saturating_sub(self.kept.len());
        let end = bytes.iter().take(room).position(|byte| *byte == b'\n');
        let length = end.map_or(bytes.len(), |end| end + 1);
        if length > room {
            return Err(malformed("a chunk's line is too long"));
        }
        self.kept.extend_from_slice(&bytes.split_to(length));
        Ok(end.map(|_| std::mem::take(&mut self.kept)))
    }

    fn parse_size(&self, line: &[u8]) -> Result<u64, BodyError> {
        let line = line.strip_suffix(b"\r\n");
        let digits = line.and_then(|line| line.split(|byte| *byte == b';').next());
        let digits = digits.filter(|digits| {
            (1..=self.max_digits).contains(&digits.len())
                && digits.iter().all(u8::is_ascii_hexdigit)
        });
        let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        let size = digits.and_then(|digits| u64::from_str_radix(digits, 16).ok());
        let size = size.ok_or_else(|| malformed("a chunk's size can't be read"))?;
        if size > self.max_chunk {
            return Err(BodyError::Broken(CHUNK_TOO_LARGE.to_owned()));
        }
        Ok(size)
    }

    /// The body has ended: its trailers.
    pub(super) fn finish(&mut self) -> Result<HeaderMap, BodyError> {
        if !matches!(self.state, State::Trailers) {
            return Err(BodyError::Incomplete);
        }
        let unreadable = || malformed("a trailer can't be read");
        let mut trailers = HeaderMap::new();
        for line in self.kept.split(|byte| *byte == b'\n') {
            let line = line.trim_ascii();
            if line.is_empty() {
                continue;
            }
            let colon = line.iter().position(|byte| *byte == b':');
            let (name, value) = colon
                .and_then(|colon| line.split_at_checked(colon))
                .ok_or_else(unreadable)?;
            let value = value.strip_prefix(b":").unwrap_or_default().trim_ascii();
            trailers.append(
                HeaderName::from_bytes(name).map_err(|_| unreadable())?,
                HeaderValue::from_bytes(value).map_err(|_| unreadable())?,
            );
        }
        Ok(trailers)
    }
}

fn malformed(what: &str) -> BodyError {
    BodyError::Broken(format!("aws-chunked: {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The data and trailers of a coded body that comes in pieces of this size.
    fn decode(
        mut chunks: Chunks,
        body: &[u8],
        piece: usize,
    ) -> Result<(Vec<u8>, HeaderMap), BodyError> {
        let mut data = Vec::new();
        for piece in body.chunks(piece) {
            let mut piece = Bytes::copy_from_slice(piece);
            while let Some(more) = chunks.next_data(&mut piece)? {
                data.extend_from_slice(&more);
            }
        }
        Ok((data, chunks.finish()?))
    }

    #[test]
    fn any_cut_gives_the_same_data() {
        let body = b"5\r\nhello\r\n00000000000006;x=y\r\n\r\nworl\r\n0\r\nX-A: b \r\nx-c:d:e\n\r\n";
        for piece in 1..body.len() {
            let (data, trailers) = decode(Chunks::unbounded(), body, piece).unwrap();
            assert_eq!(data, b"hello\r\nworl", "{piece}");
            assert_eq!(trailers["x-a"], "b");
            assert_eq!(trailers["x-c"], "d:e");
        }
    }

    #[test]
    fn what_is_malformed_is_refused() {
        let long_line = format!("1;{}\r\na\r\n0\r\n", "x".repeat(MAX_LINE));
        let long_trailers = format!("0\r\n{}", "a:b\r\n".repeat(MAX_TRAILERS / 5 + 1));
        let huge = format!("{}0\r\n", "f".repeat(MAX_DIGITS));
        for body in [
            "+5\r\nhello\r\n0\r\n",
            " 5\r\nhello\r\n0\r\n",
            "\r\nhello\r\n0\r\n",
            ";5\r\nhello\r\n0\r\n",
            "5g\r\nhello\r\n0\r\n",
            "5\nhello\r\n0\r\n",
            "4\r\nhello\r\n0\r\n",
            "6\r\nhello\r\n0\r\n",
            "5\r\nhello0\r\n",
            "0\r\nno colon\r\n",
            "0\r\n:no name\r\n",
            &long_line,
            &long_trailers,
            &huge,
        ] {
            for piece in [1, 7, 100_000] {
                let error = decode(Chunks::unbounded(), body.as_bytes(), piece).unwrap_err();
                assert!(matches!(error, BodyError::Broken(_)), "{body} {error}");
            }
        }
        for body in [
            "",
            "5\r\nhel",
            "5\r\nhello",
            "5\r\nhello\r\n",
            "5\r\nhello\r\n0",
        ] {
            let ended = decode(Chunks::unbounded(), body.as_bytes(), 100);
            assert_eq!(ended.unwrap_err(), BodyError::Incomplete, "{body}");
        }
    }

    #[test]
    fn sizes_are_bounded_before_their_data_comes() {
        for (line, refused) in [
            ("a\r\n", false),
            ("0000000a\r\n", false),
            ("b\r\n", true),
            ("00000000a\r\n", true),
            ("00000000ffffffff\r\n", true),
        ] {
            let taken = Chunks::at_most(10).next_data(&mut Bytes::from(line));
            assert_eq!(taken.is_err(), refused, "{line}");
        }
        let mut large = Bytes::from_static(b"7fffffffffffffff\r\nx");
        let taken = Chunks::unbounded().next_data(&mut large).unwrap();
        assert_eq!(taken.unwrap(), "x");
    }
}
