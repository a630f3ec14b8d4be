//! Reading objects. An opened file keeps what it was, so that head and data are always of one write.

use std::fs::File;
use std::future::Future;
use std::io;
use std::os::unix::fs::FileExt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use anyrole_domain::objects::{ByteRange, ObjectContent, ObjectData, ObjectHead, ObjectStoreError};
use bytes::Bytes;
use futures_util::Stream;
use tokio::task::JoinHandle;

use super::buffers::{Buffer, BufferPool, CHUNK, read_at, read_cached};
use super::object_file::{ObjectTrailer, TAIL, Tail, parse_tail};
use super::{Folder, internal};

/// Data up to this size is answered from memory; a file up to this and a trailer is read at once.
const AT_ONCE: u64 = 128 * 1024;

/// An opened object.
struct OpenObject {
    file: Arc<File>,
    head: ObjectHead,
    /// All of the file, if it is small.
    content: Option<Bytes>,
}

impl Folder {
    pub(super) async fn head_object(
        &self,
        account: &str,
        bucket: &str,
        key: &str,
    ) -> Result<ObjectHead, ObjectStoreError> {
        Ok(self.open_object(account, bucket, key, TAIL).await?.head)
    }

    pub(super) async fn get_object(
        &self,
        account: &str,
        bucket: &str,
        key: &str,
        range: Option<ByteRange>,
    ) -> Result<ObjectContent, ObjectStoreError> {
        let object = self
            .open_object(account, bucket, key, AT_ONCE + TAIL)
            .await?;
        let size = object.head.size;
        let (offset, length) = match range {
            None => (0, size),
            Some(range) => range
                .resolve(size)
                .ok_or(ObjectStoreError::InvalidRange { size })?,
        };
        let data = self.data(&object, offset, length).await;
        Ok(ObjectContent {
            head: object.head,
            offset,
            length,
            data: data.map_err(internal("reading an object"))?,
        })
    }

    /// Opens an object for copying, with its head.
    pub(super) async fn open_source(
        &self,
        account: &str,
        bucket: &str,
        key: &str,
    ) -> Result<(Arc<File>, ObjectHead), ObjectStoreError> {
        let object = self.open_object(account, bucket, key, TAIL).await?;
        Ok((object.file, object.head))
    }

    /// Opens an object; a file of at most `at_once` bytes is read as a whole.
    async fn open_object(
        &self,
        account: &str,
        bucket: &str,
        key: &str,
        at_once: u64,
    ) -> Result<OpenObject, ObjectStoreError> {
        let place = self.bucket(account, bucket)?.place(key);
        // looking up and opening a file waits for a disk only when its directory is not cached
        let file = match File::open(&place.file) {
            Ok(file) => Arc::new(file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(ObjectStoreError::NoSuchKey);
            }
            Err(error) => return Err(internal("opening an object")(error)),
        };
        let opened = read_end(&file, at_once).await;
        let (trailer, content) = opened.map_err(internal("reading an object"))?;
        if trailer.key != key {
            return Err(ObjectStoreError::NoSuchKey);
        }
        Ok(OpenObject {
            file,
            head: trailer.head,
            content,
        })
    }

    async fn data(&self, object: &OpenObject, offset: u64, length: u64) -> io::Result<ObjectData> {
        let past_end = || io::Error::other("range is past the end");
        if let Some(content) = &object.content {
            let start = usize::try_from(offset).map_err(io::Error::other)?;
            let length = usize::try_from(length).map_err(io::Error::other)?;
            let end = start.checked_add(length).ok_or_else(past_end)?;
            if end > content.len() {
                return Err(past_end());
            }
            return Ok(ObjectData::Bytes(content.slice(start..end)));
        }
        if length <= AT_ONCE {
            let length = usize::try_from(length).map_err(io::Error::other)?;
            let bytes = read_at(&object.file, offset, length).await?;
            return Ok(ObjectData::Bytes(bytes.into()));
        }
        Ok(ObjectData::Stream(Box::pin(FileStream {
            file: Arc::clone(&object.file),
            buffers: self.buffers.clone(),
            offset,
            remaining: length,
            pending: None,
        })))
    }
}

/// The trailer and, for a small file, all that was read to find it.
async fn read_end(file: &Arc<File>, at_once: u64) -> io::Result<(ObjectTrailer, Option<Bytes>)> {
    let length = file.metadata()?.len();
    let mut wanted = if length <= at_once {
        length
    } else {
        length.min(TAIL)
    };
    loop {
        let size = usize::try_from(wanted).map_err(io::Error::other)?;
        let end = read_at(file, length - wanted, size).await?;
        match parse_tail::<ObjectTrailer>(&end, length)? {
            Tail::Whole(trailer) => {
                let whole = (wanted == length).then(|| Bytes::from(end));
                return Ok((trailer, whole));
            }
            Tail::NeedsMore(more) => wanted = more,
        }
    }
}

/// A file's bytes in chunks. What the page cache holds is read on the spot; for the rest the kernel
/// reads ahead while the blocking pool waits.
struct FileStream {
    file: Arc<File>,
    buffers: BufferPool,
    offset: u64,
    remaining: u64,
    pending: Option<JoinHandle<io::Result<Buffer>>>,
}

impl FileStream {
    fn advance(&mut self, buffer: Buffer) -> Bytes {
        let bytes = buffer.into_bytes();
        let length = bytes.len() as u64;
        self.offset += length;
        self.remaining = self.remaining.saturating_sub(length);
        bytes
    }
}

impl Stream for FileStream {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.pending.is_none() {
            if self.remaining == 0 {
                return Poll::Ready(None);
            }
            let wanted = usize::try_from(self.remaining).map_or(CHUNK, |left| left.min(CHUNK));
            let mut buffer = self.buffers.take();
            let offset = self.offset;
            if read_cached(&self.file, buffer.space(wanted), offset) == wanted {
                return Poll::Ready(Some(Ok(self.advance(buffer))));
            }
            let file = Arc::clone(&self.file);
            self.pending = Some(tokio::task::spawn_blocking(move || {
                file.read_exact_at(buffer.space(wanted), offset)?;
                Ok(buffer)
            }));
        }
        let Some(pending) = self.pending.as_mut() else {
            return Poll::Ready(None);
        };
        let outcome = ready!(Pin::new(pending).poll(cx));
        self.pending = None;
        let outcome = outcome.map_err(io::Error::other).flatten();
        Poll::Ready(Some(outcome.map(|buffer| self.advance(buffer))))
    }
}
