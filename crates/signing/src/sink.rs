//! Where canonical bytes go: into SHA-256 as they are made, or into a buffer for those who want to read them.

use aws_lc_rs::digest;

/// Takes canonical bytes in order.
pub(crate) trait Sink {
    fn put(&mut self, bytes: &[u8]);
}

impl Sink for Vec<u8> {
    fn put(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

/// SHA-256 over many small pieces: pieces gather in a stack buffer, so that the hash sees few calls.
pub(crate) struct HashSink {
    context: digest::Context,
    buffer: [u8; 512],
    used: usize,
}

impl HashSink {
    pub(crate) fn new() -> Self {
        Self {
            context: digest::Context::new(&digest::SHA256),
            buffer: [0; 512],
            used: 0,
        }
    }

    fn flush(&mut self) {
        if let Some(filled) = self.buffer.get(..self.used) {
            self.context.update(filled);
        }
        self.used = 0;
    }

    pub(crate) fn finish(mut self) -> [u8; 32] {
        self.flush();
        let mut hash = [0; 32];
        hash.copy_from_slice(self.context.finish().as_ref());
        hash
    }
}

impl Sink for HashSink {
    fn put(&mut self, bytes: &[u8]) {
        if self.used + bytes.len() > self.buffer.len() {
            self.flush();
        }
        match self.buffer.get_mut(self.used..self.used + bytes.len()) {
            Some(free) => {
                free.copy_from_slice(bytes);
                self.used += bytes.len();
            }
            None => self.context.update(bytes),
        }
    }
}

/// Lower-case hex of a SHA-256 without an allocation.
pub(crate) fn hex_of(hash: &[u8; 32]) -> [u8; 64] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = [0; 64];
    for (pair, byte) in text.chunks_exact_mut(2).zip(hash) {
        for (digit, nibble) in pair.iter_mut().zip([byte >> 4, byte & 15]) {
            *digit = DIGITS.get(usize::from(nibble)).copied().unwrap_or(b'0');
        }
    }
    text
}
