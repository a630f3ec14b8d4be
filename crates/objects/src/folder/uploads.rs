//! Multipart uploads: a folder of parts that becomes one object file.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyrole_domain::objects::{
    Completion, IncomingBody, NewUpload, ObjectHead, ObjectStoreError, Part, UploadHead, UploadName,
};
use jiff::Timestamp;
use md5::{Digest, Md5};
use parking_lot::Mutex;

use super::layout::{
    Temporary, create_directory, part_name, sync_directory, take_away, write_file,
};
use super::object_file::{ObjectTrailer, read_trailer};
use super::write::{append, seal};
use super::{Folder, blocking, internal};

/// Every part but the last has at least so many bytes (Amazon S3 multipart upload limits).
const LEAST_PART: u64 = 5 * 1024 * 1024;

const UPLOAD_FILE: &str = "upload.json";

/// Keeps the parts of one upload still while it is completed or aborted. Uploads share a lock by
/// the last byte of their id.
#[derive(Debug)]
pub(super) struct UploadLocks(Vec<Mutex<()>>);

impl Default for UploadLocks {
    fn default() -> Self {
        Self((0..=u8::MAX).map(|_| Mutex::new(())).collect())
    }
}

impl UploadLocks {
    fn of(&self, folder: &Path) -> Result<&Mutex<()>, ObjectStoreError> {
        let name = folder.as_os_str().as_encoded_bytes();
        let tail = name.last_chunk::<2>().map(hex_simd::decode_to_vec);
        let number = tail
            .and_then(Result::ok)
            .and_then(|tail| tail.first().copied());
        number
            .and_then(|number| self.0.get(usize::from(number)))
            .ok_or(ObjectStoreError::NoSuchUpload)
    }
}

impl Folder {
    pub(super) async fn create_upload(
        self: &Arc<Self>,
        account: &str,
        upload: NewUpload<'_>,
    ) -> Result<String, ObjectStoreError> {
        let bucket = self.bucket(account, upload.bucket)?;
        let head = UploadHead {
            upload_id: hex_simd::encode_to_string(upload.nonce, hex_simd::AsciiCase::Lower),
            key: upload.key.to_owned(),
            initiated: upload.at,
            metadata: upload.metadata,
            tags: upload.tags,
            checksum_algorithm: upload.checksum_algorithm,
            checksum_full_object: upload.checksum_full_object,
        };
        let folder = Arc::clone(self);
        blocking(move || {
            bucket.while_alive(|| {
                folder
                    .write_upload(&bucket.about.name, &head)
                    .map_err(internal("beginning an upload"))
            })?;
            Ok(head.upload_id)
        })
        .await
    }

    fn write_upload(&self, bucket: &str, head: &UploadHead) -> io::Result<()> {
        let temporary = Temporary::new(&self.layout);
        create_directory(temporary.path())?;
        let content = serde_json::to_vec(head)?;
        write_file(&temporary.path().join(UPLOAD_FILE), &content)?;
        sync_directory(temporary.path())?;
        let uploads = self.layout.uploads(bucket);
        temporary.place(&uploads.join(&head.upload_id))?;
        sync_directory(&uploads)
    }

    /// The upload's folder and head, if bucket, key and id belong together. Blocking.
    fn find_upload(
        &self,
        bucket: &str,
        key: &str,
        upload_id: &str,
    ) -> Result<(PathBuf, UploadHead), ObjectStoreError> {
        let path = self.layout.upload(bucket, upload_id);
        let path = path.ok_or(ObjectStoreError::NoSuchUpload)?;
        let head = read_head(&path)?;
        if head.key == key {
            Ok((path, head))
        } else {
            Err(ObjectStoreError::NoSuchUpload)
        }
    }

    pub(super) async fn head_upload(
        self: &Arc<Self>,
        account: &str,
        upload: UploadName<'_>,
    ) -> Result<UploadHead, ObjectStoreError> {
        self.with_upload(account, upload, |_, _, head| Ok(head))
            .await
    }

    pub(super) async fn upload_part(
        self: &Arc<Self>,
        account: &str,
        upload: UploadName<'_>,
        number: u16,
        at: Timestamp,
        body: &mut dyn IncomingBody,
    ) -> Result<Part, ObjectStoreError> {
        self.head_upload(account, upload).await?;
        let received = self.receive(body).await?;
        let part = Part {
            number,
            size: received.size,
            etag: received.etag,
            modified: at,
            checksum: received.checksum,
        };
        let (temporary, file) = (received.temporary, received.file);
        self.with_upload(account, upload, move |folder, path, _| {
            let file = seal(temporary, file, &part)?;
            let _turn = folder.upload_locks.of(&path)?.lock();
            match file.place(&path.join(part_name(part.number))) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    return Err(ObjectStoreError::NoSuchUpload);
                }
                placed => placed.map_err(internal("renaming a part into place"))?,
            }
            sync_directory(&path).map_err(internal("syncing an upload"))?;
            Ok(part)
        })
        .await
    }

    pub(super) async fn list_parts(
        self: &Arc<Self>,
        account: &str,
        upload: UploadName<'_>,
    ) -> Result<Vec<Part>, ObjectStoreError> {
        self.with_upload(account, upload, |_, path, _| read_parts(&path))
            .await
    }

    pub(super) async fn list_uploads(
        self: &Arc<Self>,
        account: &str,
        bucket: &str,
    ) -> Result<Vec<UploadHead>, ObjectStoreError> {
        let bucket = self.bucket(account, bucket)?;
        let uploads = self.layout.uploads(&bucket.about.name);
        blocking(move || {
            let mut heads = Vec::new();
            for entry in fs::read_dir(&uploads).map_err(internal("reading uploads"))? {
                let path = entry.map_err(internal("reading uploads"))?.path();
                match read_head(&path) {
                    Ok(head) => heads.push(head),
                    // ended meanwhile
                    Err(ObjectStoreError::NoSuchUpload) => {}
                    Err(error) => return Err(error),
                }
            }
            heads.sort_by(|a, b| (&a.key, a.initiated).cmp(&(&b.key, b.initiated)));
            Ok(heads)
        })
        .await
    }

    pub(super) async fn complete_upload(
        self: &Arc<Self>,
        account: &str,
        upload: UploadName<'_>,
        completion: Completion<'_>,
    ) -> Result<ObjectHead, ObjectStoreError> {
        let bucket = self.bucket(account, upload.bucket)?;
        let parts = completion.parts.to_vec();
        let (condition, at) = (completion.condition, completion.at);
        let checksum = completion.checksum;
        self.with_upload(account, upload, move |folder, path, head| {
            let _turn = folder.upload_locks.of(&path)?.lock();
            // it may have ended while this waited for its turn
            read_head(&path)?;
            let (parts, etag) = choose_parts(&path, &parts)?;
            let trailer = ObjectTrailer {
                key: head.key,
                head: ObjectHead {
                    size: parts.iter().map(|(_, size)| size).sum(),
                    etag,
                    modified: at,
                    metadata: head.metadata,
                    tags: head.tags,
                    checksum,
                    part_sizes: parts.iter().map(|(_, size)| *size).collect(),
                },
            };
            let file = join_parts(folder, &parts, &trailer)?;
            bucket.commit(file, &trailer.key, &trailer.head, &condition)?;
            // a crash between the two leaves the upload, which a repeated call ends
            take_away(&folder.layout, &path).map_err(internal("ending an upload"))?;
            Ok(trailer.head)
        })
        .await
    }

    pub(super) async fn abort_upload(
        self: &Arc<Self>,
        account: &str,
        upload: UploadName<'_>,
    ) -> Result<(), ObjectStoreError> {
        self.with_upload(account, upload, |folder, path, _| {
            let _turn = folder.upload_locks.of(&path)?.lock();
            // it may have ended while this waited for its turn
            read_head(&path)?;
            take_away(&folder.layout, &path).map_err(internal("ending an upload"))?;
            Ok(())
        })
        .await
    }

    /// Runs `work` on the blocking pool with an upload's folder and head, while the bucket lives.
    async fn with_upload<T: Send + 'static>(
        self: &Arc<Self>,
        account: &str,
        upload: UploadName<'_>,
        work: impl FnOnce(&Self, PathBuf, UploadHead) -> Result<T, ObjectStoreError> + Send + 'static,
    ) -> Result<T, ObjectStoreError> {
        let bucket = self.bucket(account, upload.bucket)?;
        let (key, upload_id) = (upload.key.to_owned(), upload.upload_id.to_owned());
        let folder = Arc::clone(self);
        blocking(move || {
            let (path, head) = folder.find_upload(&bucket.about.name, &key, &upload_id)?;
            work(&folder, path, head)
        })
        .await
    }
}

fn read_head(folder: &Path) -> Result<UploadHead, ObjectStoreError> {
    let content = match fs::read(folder.join(UPLOAD_FILE)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(ObjectStoreError::NoSuchUpload);
        }
        content => content.map_err(internal("reading an upload"))?,
    };
    let head = serde_json::from_slice(&content).map_err(io::Error::from);
    head.map_err(internal("reading an upload"))
}

/// All parts, by number. No part is ever taken out of its folder: where one can't be found, the upload has ended.
fn read_parts(folder: &Path) -> Result<Vec<Part>, ObjectStoreError> {
    let read = || {
        let mut parts = Vec::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_name() != UPLOAD_FILE {
                parts.push(read_trailer::<Part>(&File::open(entry.path())?)?);
            }
        }
        parts.sort_by_key(|part| part.number);
        // taken away while it was read, it may have shown fewer parts
        fs::metadata(folder.join(UPLOAD_FILE))?;
        Ok(parts)
    };
    read().map_err(|error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => ObjectStoreError::NoSuchUpload,
        _ => internal("reading an upload")(error),
    })
}

/// The files and sizes of the chosen parts, and the entity tag of the whole: MD5 of their MD5s.
fn choose_parts(
    folder: &Path,
    chosen: &[(u16, String)],
) -> Result<(Vec<(PathBuf, u64)>, String), ObjectStoreError> {
    let mut parts = Vec::with_capacity(chosen.len());
    let mut md5 = Md5::new();
    let mut previous: Option<(u16, u64)> = None;
    for (number, etag) in chosen {
        if let Some((before, size)) = previous {
            if before >= *number {
                return Err(ObjectStoreError::InvalidPartOrder);
            }
            if size < LEAST_PART {
                let number = before;
                return Err(ObjectStoreError::EntityTooSmall { number, size });
            }
        }
        let path = folder.join(part_name(*number));
        let part = match File::open(&path).and_then(|file| read_trailer::<Part>(&file)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(ObjectStoreError::InvalidPart(*number));
            }
            part => part.map_err(internal("reading a part"))?,
        };
        let part_md5 = hex_simd::decode_to_vec(&part.etag);
        let part_md5 = part_md5.map_err(|_| ObjectStoreError::InvalidPart(*number))?;
        if part.etag != *etag {
            return Err(ObjectStoreError::InvalidPart(*number));
        }
        md5.update(&part_md5);
        previous = Some((*number, part.size));
        parts.push((path, part.size));
    }
    let md5: [u8; 16] = md5.finalize().into();
    let hex = hex_simd::encode_to_string(md5, hex_simd::AsciiCase::Lower);
    Ok((parts, format!("{hex}-{}", chosen.len())))
}

fn join_parts(
    folder: &Folder,
    parts: &[(PathBuf, u64)],
    trailer: &ObjectTrailer,
) -> Result<Temporary, ObjectStoreError> {
    let join = || {
        let (temporary, mut file) = folder.temporary_file()?;
        for (path, size) in parts {
            append(&File::open(path)?, *size, &mut file)?;
        }
        Ok((temporary, file))
    };
    let (temporary, file) = join().map_err(internal("joining parts"))?;
    seal(temporary, file, trailer)
}

#[cfg(test)]
mod tests;
