//! Writing objects: the body goes to a file in `tmp/` in large batches, is judged, gets its
//! trailer, is synced, and takes its place with one rename.

use std::fs::File;
use std::io::{self, Read, Write};
use std::sync::Arc;

use anyrole_domain::Tag;
use anyrole_domain::objects::{
    BodyError, Checksum, CopyObject, IncomingBody, ObjectHead, ObjectStoreError, PutObject,
};
use bytes::Bytes;
use md5::{Digest, Md5};

use super::layout::{Temporary, create_file};
use super::object_file::{ObjectTrailer, Trailer, read_trailer, write_trailer};
use super::{Folder, blocking, internal};

/// How often an object's tags are set anew because it was written meanwhile, before other writes have to wait.
const FREE_TRIES: u32 = 3;

/// So much of a body is gathered before the blocking pool writes it.
const BATCH: usize = 1024 * 1024;

/// A body that has come in and was judged good; it is in a file in `tmp/`, not yet synced.
pub(super) struct Received {
    pub(super) temporary: Temporary,
    pub(super) file: File,
    pub(super) size: u64,
    /// MD5 in hex.
    pub(super) etag: String,
    pub(super) checksum: Option<Checksum>,
}

/// Where a body is going.
struct Sink {
    temporary: Temporary,
    file: File,
    md5: Md5,
    size: u64,
}

impl Sink {
    fn create(folder: &Folder) -> io::Result<Self> {
        let temporary = Temporary::new(&folder.layout);
        let file = create_file(temporary.path())?;
        Ok(Self {
            temporary,
            file,
            md5: Md5::new(),
            size: 0,
        })
    }

    fn write(mut self, batch: &[Bytes]) -> io::Result<Self> {
        for chunk in batch {
            self.md5.update(chunk);
            self.file.write_all(chunk)?;
            self.size += chunk.len() as u64;
        }
        Ok(self)
    }
}

impl Folder {
    pub(super) async fn put_object(
        self: &Arc<Self>,
        account: &str,
        put: PutObject<'_>,
        body: &mut dyn IncomingBody,
    ) -> Result<ObjectHead, ObjectStoreError> {
        let bucket = self.bucket(account, put.bucket)?;
        if !bucket.index().read().holds(put.key, &put.condition) {
            // decided for good at the commit; this spares the body of a lost race
            return Err(ObjectStoreError::PreconditionFailed);
        }
        let received = self.receive(body).await?;
        let trailer = ObjectTrailer {
            key: put.key.to_owned(),
            head: ObjectHead {
                size: received.size,
                etag: received.etag,
                modified: put.at,
                metadata: put.metadata,
                tags: put.tags,
                checksum: received.checksum,
                part_sizes: Vec::new(),
            },
        };
        blocking(move || {
            let file = seal(received.temporary, received.file, &trailer)?;
            bucket.commit(file, &trailer.key, &trailer.head, &put.condition)?;
            Ok(trailer.head)
        })
        .await
    }

    /// Takes a body in. While one batch is written, the next one is gathered.
    pub(super) async fn receive(
        self: &Arc<Self>,
        body: &mut dyn IncomingBody,
    ) -> Result<Received, ObjectStoreError> {
        let mut sink = None;
        let mut writing = None;
        loop {
            let (batch, ended) = gather(body).await?;
            if let Some(task) = writing.take() {
                sink = Some(finish_batch(task).await?);
            }
            let (folder, started) = (Arc::clone(self), sink.take());
            let task = tokio::task::spawn_blocking(move || {
                let sink = match started {
                    Some(sink) => sink,
                    None => Sink::create(&folder)?,
                };
                sink.write(&batch)
            });
            if !ended {
                writing = Some(task);
                continue;
            }
            return judge(finish_batch(task).await?, body);
        }
    }

    pub(super) async fn copy_object(
        self: &Arc<Self>,
        account: &str,
        copy: CopyObject<'_>,
    ) -> Result<ObjectHead, ObjectStoreError> {
        let target = self.bucket(account, copy.bucket)?;
        let (source, mut head) = self
            .open_source(account, copy.source_bucket, copy.source_key)
            .await?;
        if copy.source_etag.is_some_and(|etag| etag != head.etag) {
            return Err(ObjectStoreError::PreconditionFailed);
        }
        head.modified = copy.at;
        if let Some(metadata) = copy.metadata {
            head.metadata = metadata;
        }
        if let Some(tags) = copy.tags {
            head.tags = tags;
        }
        let trailer = ObjectTrailer {
            key: copy.key.to_owned(),
            head,
        };
        let (folder, condition) = (Arc::clone(self), copy.condition);
        blocking(move || {
            let file = folder.copy_data(&source, &trailer)?;
            target.commit(file, &trailer.key, &trailer.head, &condition)?;
            Ok(trailer.head)
        })
        .await
    }

    /// A synced file in `tmp/` with another file's data and this trailer. Blocking.
    fn copy_data(
        &self,
        source: &File,
        trailer: &ObjectTrailer,
    ) -> Result<Temporary, ObjectStoreError> {
        let copied = || {
            let (temporary, mut file) = self.temporary_file()?;
            append(source, trailer.head.size, &mut file)?;
            Ok((temporary, file))
        };
        let (temporary, file) = copied().map_err(internal("copying an object"))?;
        seal(temporary, file, trailer)
    }

    /// Writes the object anew with other tags. Another write that comes between is not undone: its object gets the tags.
    pub(super) async fn set_tags(
        self: &Arc<Self>,
        account: &str,
        bucket: &str,
        key: &str,
        tags: Vec<Tag>,
        expected: Option<Vec<Tag>>,
    ) -> Result<(), ObjectStoreError> {
        let bucket = self.bucket(account, bucket)?;
        let (folder, key) = (Arc::clone(self), key.to_owned());
        blocking(move || {
            let retagged = |source: &File| {
                let mut trailer =
                    read_trailer::<ObjectTrailer>(source).map_err(internal("reading an object"))?;
                let has_expected = |expected: &Vec<Tag>| *expected == trailer.head.tags;
                if !expected.as_ref().is_none_or(has_expected) {
                    return Err(ObjectStoreError::PreconditionFailed);
                }
                trailer.head.tags.clone_from(&tags);
                Ok((folder.copy_data(source, &trailer)?, trailer.head))
            };
            for _ in 0..FREE_TRIES {
                let source = bucket.open(&key)?;
                let (file, head) = retagged(&source)?;
                match bucket.commit_over(&source, file, &key, &head) {
                    Err(ObjectStoreError::PreconditionFailed) => {}
                    outcome => return outcome,
                }
            }
            bucket.rewrite(&key, retagged)
        })
        .await
    }

    /// A new file in `tmp/`. Blocking.
    pub(super) fn temporary_file(&self) -> io::Result<(Temporary, File)> {
        Sink::create(self).map(|sink| (sink.temporary, sink.file))
    }
}

/// Appends the first `size` bytes of a file that was not yet read from, within the kernel where it can.
pub(super) fn append(source: &File, size: u64, target: &mut File) -> io::Result<()> {
    if io::copy(&mut source.take(size), target)? == size {
        Ok(())
    } else {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}

/// Ends a file with its trailer and syncs it. Blocking.
pub(super) fn seal<T: Trailer>(
    temporary: Temporary,
    mut file: File,
    trailer: &T,
) -> Result<Temporary, ObjectStoreError> {
    write_trailer(&mut file, trailer)
        .and_then(|()| file.sync_all())
        .map_err(internal("writing an object"))?;
    Ok(temporary)
}

async fn gather(body: &mut dyn IncomingBody) -> Result<(Vec<Bytes>, bool), BodyError> {
    let mut batch = Vec::new();
    let mut length = 0;
    while length < BATCH {
        let Some(chunk) = body.chunk().await? else {
            return Ok((batch, true));
        };
        length += chunk.len();
        batch.push(chunk);
    }
    Ok((batch, false))
}

async fn finish_batch(
    task: tokio::task::JoinHandle<io::Result<Sink>>,
) -> Result<Sink, ObjectStoreError> {
    let written = task.await.map_err(io::Error::other).flatten();
    written.map_err(internal("writing an object"))
}

fn judge(sink: Sink, body: &mut dyn IncomingBody) -> Result<Received, ObjectStoreError> {
    let md5: [u8; 16] = sink.md5.finalize().into();
    let checksum = body.finish(&md5)?;
    Ok(Received {
        temporary: sink.temporary,
        file: sink.file,
        size: sink.size,
        etag: hex_simd::encode_to_string(md5, hex_simd::AsciiCase::Lower),
        checksum,
    })
}
