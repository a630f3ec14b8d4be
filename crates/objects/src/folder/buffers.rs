//! Reading: at once from the page cache, else on the blocking pool; and the reused buffers that
//! large objects are read into.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;

/// One chunk of a streamed object: large enough that a system call's cost vanishes, small enough
/// to stay in the second-level cache between the read and the write to the socket.
pub(super) const CHUNK: usize = 256 * 1024;

/// At most so many idle buffers are kept: 8 MiB.
const KEPT: usize = 32;

/// Buffers of [`CHUNK`] bytes. A fresh allocation of that size costs a page fault for each 4 KiB,
/// more than the copy itself.
#[derive(Debug, Clone, Default)]
pub(super) struct BufferPool {
    idle: Arc<Mutex<Vec<Vec<u8>>>>,
}

/// A buffer on loan; it returns to the pool when dropped.
pub(super) struct Buffer {
    bytes: Vec<u8>,
    used: usize,
    pool: BufferPool,
}

impl BufferPool {
    pub(super) fn take(&self) -> Buffer {
        let idle = self.idle.lock().pop();
        Buffer {
            bytes: idle.unwrap_or_else(|| vec![0; CHUNK]),
            used: 0,
            pool: self.clone(),
        }
    }
}

impl Buffer {
    /// The first `length` bytes (at most [`CHUNK`]), which are then the content.
    pub(super) fn space(&mut self, length: usize) -> &mut [u8] {
        self.used = length.min(self.bytes.len());
        self.bytes.get_mut(..self.used).unwrap_or_default()
    }

    /// The content, without a copy.
    pub(super) fn into_bytes(self) -> Bytes {
        Bytes::from_owner(self)
    }
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        self.bytes.get(..self.used).unwrap_or_default()
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let mut idle = self.pool.idle.lock();
        if idle.len() < KEPT {
            idle.push(std::mem::take(&mut self.bytes));
        }
    }
}

/// Reads what the page cache holds, without waiting for a disk: the number of bytes read.
#[cfg(target_os = "linux")]
pub(super) fn read_cached(file: &File, buffer: &mut [u8], offset: u64) -> usize {
    use rustix::io::{ReadWriteFlags, preadv2};
    let mut slices = [io::IoSliceMut::new(buffer)];
    preadv2(file, &mut slices, offset, ReadWriteFlags::NOWAIT).unwrap_or(0)
}

/// Other systems cannot tell; everything is read on the blocking pool.
#[cfg(not(target_os = "linux"))]
pub(super) fn read_cached(_file: &File, _buffer: &mut [u8], _offset: u64) -> usize {
    0
}

/// Reads `length` bytes at `offset`, on the spot if they are cached.
pub(super) async fn read_at(file: &Arc<File>, offset: u64, length: usize) -> io::Result<Vec<u8>> {
    let mut buffer = vec![0; length];
    let ready = read_cached(file, &mut buffer, offset);
    if ready == length {
        return Ok(buffer);
    }
    let file = Arc::clone(file);
    let read = move || {
        file.read_exact_at(&mut buffer, offset)?;
        Ok(buffer)
    };
    tokio::task::spawn_blocking(read)
        .await
        .map_err(io::Error::other)?
}
