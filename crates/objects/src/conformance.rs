//! What every object store must do. Each implementation's tests call [`check`] with an empty store.

mod tags;

use std::collections::VecDeque;

use anyrole_domain::objects::*;
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::StreamExt;
use jiff::Timestamp;

pub(crate) const ACCOUNT: &str = "000000000000";
const OTHER: &str = "111111111111";
const MIB: usize = 1024 * 1024;

/// A body of chunks; `verdict` is what `finish` says.
pub(crate) struct Chunks {
    pub(crate) chunks: VecDeque<Result<Bytes, BodyError>>,
    pub(crate) verdict: Result<Option<Checksum>, BodyError>,
}

impl Chunks {
    pub(crate) fn of(data: &[u8]) -> Self {
        let chunks = data.chunks(16 * 1024).map(Bytes::copy_from_slice).map(Ok);
        Self {
            chunks: chunks.collect(),
            verdict: Ok(None),
        }
    }
}

#[async_trait]
impl IncomingBody for Chunks {
    async fn chunk(&mut self) -> Result<Option<Bytes>, BodyError> {
        tokio::task::yield_now().await;
        self.chunks.pop_front().transpose()
    }

    fn announced_length(&self) -> Option<u64> {
        None
    }

    fn finish(&mut self, _md5: &[u8; 16]) -> Result<Option<Checksum>, BodyError> {
        self.verdict.clone()
    }
}

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + seconds).unwrap()
}

/// Bytes that differ from place to place.
pub(crate) fn pattern(length: usize) -> Vec<u8> {
    (0..length)
        .map(|i| (i % 251) as u8 ^ (i >> 12) as u8)
        .collect()
}

pub(crate) async fn read(content: ObjectContent) -> Vec<u8> {
    let mut bytes = Vec::new();
    match content.data {
        ObjectData::Bytes(data) => bytes.extend_from_slice(&data),
        ObjectData::Stream(mut stream) => {
            while let Some(chunk) = stream.next().await {
                bytes.extend_from_slice(&chunk.unwrap());
            }
        }
    }
    assert_eq!(bytes.len() as u64, content.length);
    bytes
}

pub(crate) async fn put(
    store: &dyn ObjectStore,
    key: &str,
    data: &[u8],
) -> Result<ObjectHead, ObjectStoreError> {
    put_if(store, key, data, WriteCondition::Always).await
}

async fn put_if(
    store: &dyn ObjectStore,
    key: &str,
    data: &[u8],
    condition: WriteCondition,
) -> Result<ObjectHead, ObjectStoreError> {
    let put = PutObject {
        bucket: "bucket",
        key,
        metadata: ObjectMetadata::default(),
        tags: Vec::new(),
        condition,
        at: at(1),
    };
    store.put_object(ACCOUNT, put, &mut Chunks::of(data)).await
}

pub(crate) async fn get(store: &dyn ObjectStore, key: &str) -> Vec<u8> {
    let content = store.get_object(ACCOUNT, "bucket", key, None).await;
    read(content.unwrap()).await
}

pub(crate) async fn keys(store: &dyn ObjectStore) -> Vec<String> {
    let query = ListQuery {
        max_keys: 1000,
        ..ListQuery::default()
    };
    let listing = store.list_objects(ACCOUNT, "bucket", &query).await.unwrap();
    listing.objects.into_iter().map(|o| o.key).collect()
}

/// Makes the bucket `bucket` and leaves it, empty, at the end.
pub(crate) async fn check(store: &dyn ObjectStore) {
    buckets(store).await;
    objects(store).await;
    odd_keys(store).await;
    ranges(store).await;
    refused_bodies(store).await;
    conditions(store).await;
    copies(store).await;
    uploads(store).await;
    tags::keeps_tags(store).await;
    assert_eq!(keys(store).await, Vec::<String>::new());
}

async fn buckets(store: &dyn ObjectStore) {
    use ObjectStoreError::*;
    let create = |account, name| store.create_bucket(account, name, "us-east-1", at(0));
    create(ACCOUNT, "bucket").await.unwrap();
    create(OTHER, "another").await.unwrap();
    assert!(matches!(
        create(ACCOUNT, "bucket").await,
        Err(BucketAlreadyOwnedByYou)
    ));
    assert!(matches!(
        create(ACCOUNT, "another").await,
        Err(BucketAlreadyExists)
    ));
    let about = store.head_bucket(ACCOUNT, "bucket").await.unwrap();
    assert_eq!(about.created, at(0));
    assert_eq!(about.region, "us-east-1");
    assert_eq!(store.list_buckets(ACCOUNT).await.unwrap(), [about]);
    assert!(matches!(
        store.head_bucket(ACCOUNT, "another").await,
        Err(ForeignBucket)
    ));
    assert!(matches!(
        store.head_bucket(ACCOUNT, "none").await,
        Err(NoSuchBucket)
    ));
    assert!(matches!(
        store.delete_bucket(ACCOUNT, "another").await,
        Err(ForeignBucket)
    ));
    assert!(matches!(
        store.delete_bucket(ACCOUNT, "none").await,
        Err(NoSuchBucket)
    ));
    put(store, "left", b"x").await.unwrap();
    assert!(matches!(
        store.delete_bucket(ACCOUNT, "bucket").await,
        Err(BucketNotEmpty)
    ));
    store
        .delete_object(ACCOUNT, "bucket", "left")
        .await
        .unwrap();
    store.delete_bucket(ACCOUNT, "bucket").await.unwrap();
    assert!(matches!(put(store, "left", b"x").await, Err(NoSuchBucket)));
    create(ACCOUNT, "bucket").await.unwrap();
}

async fn objects(store: &dyn ObjectStore) {
    let metadata = ObjectMetadata {
        content_type: Some("text/plain".to_owned()),
        user: [("colour".to_owned(), "blå".to_owned())].into(),
        ..ObjectMetadata::default()
    };
    let request = PutObject {
        bucket: "bucket",
        key: "k",
        metadata: metadata.clone(),
        tags: Vec::new(),
        condition: WriteCondition::Always,
        at: at(7),
    };
    let checksum = Checksum {
        algorithm: ChecksumAlgorithm::Crc32,
        value: "DUoRhQ==".to_owned(),
    };
    let mut body = Chunks::of(b"hello world");
    body.verdict = Ok(Some(checksum.clone()));
    let head = store.put_object(ACCOUNT, request, &mut body).await.unwrap();
    assert_eq!(head.etag, "5eb63bbbe01eeed093cb22bb8f5acdc3");
    assert_eq!((head.size, head.modified), (11, at(7)));
    assert_eq!(
        (head.metadata.clone(), head.checksum.clone()),
        (metadata, Some(checksum))
    );
    assert_eq!(
        store.head_object(ACCOUNT, "bucket", "k").await.unwrap(),
        head
    );
    assert_eq!(get(store, "k").await, b"hello world");
    put(store, "k", b"").await.unwrap();
    assert_eq!(get(store, "k").await, b"");
    let head = store.head_object(ACCOUNT, "bucket", "k").await.unwrap();
    assert_eq!(head.etag, "d41d8cd98f00b204e9800998ecf8427e");
    assert!(store.delete_object(ACCOUNT, "bucket", "k").await.unwrap());
    assert!(!store.delete_object(ACCOUNT, "bucket", "k").await.unwrap());
    let gone = store.head_object(ACCOUNT, "bucket", "k").await;
    assert!(matches!(gone, Err(ObjectStoreError::NoSuchKey)));
    let foreign = store.get_object(OTHER, "bucket", "k", None).await;
    assert!(matches!(foreign, Err(ObjectStoreError::ForeignBucket)));
}

async fn odd_keys(store: &dyn ObjectStore) {
    let long = "é".repeat(512);
    let mut odd = vec![
        "a",
        "a/",
        "a/b",
        "a//b",
        "/",
        "//",
        "/lead",
        "..",
        "../../etc/passwd",
        ".",
        "./a",
        "bucket.json",
        "%2e%2e",
        "new\nline",
        "tab\t",
        "\u{1}",
        "\u{10ffff}",
        "\u{d7ff}",
        " ",
        "*?",
        "a\\b",
        "A",
        &long,
    ];
    for key in &odd {
        put(store, key, key.as_bytes()).await.unwrap();
    }
    for key in &odd {
        assert_eq!(get(store, key).await, key.as_bytes(), "{key:?}");
    }
    odd.sort_unstable();
    assert_eq!(keys(store).await, odd);
    for key in &odd {
        assert!(
            store.delete_object(ACCOUNT, "bucket", key).await.unwrap(),
            "{key:?}"
        );
    }
}

async fn ranges(store: &dyn ObjectStore) {
    for size in [1, 1000, 64 * 1024, 128 * 1024, 3 * MIB + 17] {
        let data = pattern(size);
        put(store, "r", &data).await.unwrap();
        assert!(get(store, "r").await == data, "{size}");
        let last = size as u64 - 1;
        for (range, expected) in [
            (
                ByteRange::From {
                    first: 0,
                    last: Some(0),
                },
                Some(0..1),
            ),
            (
                ByteRange::From {
                    first: 0,
                    last: None,
                },
                Some(0..size),
            ),
            (
                ByteRange::From {
                    first: last,
                    last: Some(u64::MAX),
                },
                Some(size - 1..size),
            ),
            (
                ByteRange::From {
                    first: last / 2,
                    last: None,
                },
                Some((size - 1) / 2..size),
            ),
            (
                ByteRange::From {
                    first: last + 1,
                    last: None,
                },
                None,
            ),
            (ByteRange::Suffix(1), Some(size - 1..size)),
            (ByteRange::Suffix(u64::MAX), Some(0..size)),
            (ByteRange::Suffix(0), None),
        ] {
            let content = store.get_object(ACCOUNT, "bucket", "r", Some(range)).await;
            match expected {
                Some(expected) => {
                    let content = content.unwrap();
                    assert_eq!(content.offset, expected.start as u64);
                    assert!(read(content).await == data[expected], "{size} {range:?}");
                }
                None => assert!(matches!(
                    content,
                    Err(ObjectStoreError::InvalidRange { size: s }) if s == size as u64
                )),
            }
        }
    }
    // what is being read stays what it was
    let before = store
        .get_object(ACCOUNT, "bucket", "r", None)
        .await
        .unwrap();
    put(store, "r", b"new").await.unwrap();
    store.delete_object(ACCOUNT, "bucket", "r").await.unwrap();
    assert!(read(before).await == pattern(3 * MIB + 17));
}

async fn refused_bodies(store: &dyn ObjectStore) {
    put(store, "b", b"old").await.unwrap();
    let mismatch = BodyError::Mismatch("content-md5".to_owned());
    let broken = BodyError::Broken("reset".to_owned());
    let mut wrong_digest = Chunks::of(b"new");
    wrong_digest.verdict = Err(mismatch.clone());
    let mut cut_short = Chunks::of(&pattern(3 * MIB));
    cut_short.chunks.push_back(Err(broken.clone()));
    for (mut body, expected) in [(wrong_digest, mismatch), (cut_short, broken)] {
        let request = PutObject {
            bucket: "bucket",
            key: "b",
            metadata: ObjectMetadata::default(),
            tags: Vec::new(),
            condition: WriteCondition::Always,
            at: at(9),
        };
        let refused = store.put_object(ACCOUNT, request, &mut body).await;
        assert!(matches!(refused, Err(ObjectStoreError::Body(e)) if e == expected));
        assert_eq!(get(store, "b").await, b"old");
    }
    store.delete_object(ACCOUNT, "bucket", "b").await.unwrap();
}

async fn conditions(store: &dyn ObjectStore) {
    use WriteCondition::*;
    let failed = |outcome| matches!(outcome, Err(ObjectStoreError::PreconditionFailed));
    assert!(failed(put_if(store, "c", b"0", Present).await));
    let first = put_if(store, "c", b"1", Absent).await.unwrap();
    assert!(failed(put_if(store, "c", b"2", Absent).await));
    put_if(store, "c", b"3", EtagIs(first.etag.clone()))
        .await
        .unwrap();
    assert!(failed(put_if(store, "c", b"4", EtagIs(first.etag)).await));
    put_if(store, "c", b"5", Present).await.unwrap();
    assert_eq!(get(store, "c").await, b"5");
    store.delete_object(ACCOUNT, "bucket", "c").await.unwrap();
    // of many at once that all ask for absence, one wins
    let racers = (0..16u8).map(|n| async move { put_if(store, "c", &[n], Absent).await.is_ok() });
    let won = futures_util::future::join_all(racers).await;
    assert_eq!(won.iter().filter(|won| **won).count(), 1);
    let winner = won.iter().position(|won| *won).unwrap() as u8;
    assert_eq!(get(store, "c").await, [winner]);
    store.delete_object(ACCOUNT, "bucket", "c").await.unwrap();
}

async fn copies(store: &dyn ObjectStore) {
    let data = pattern(2 * MIB);
    let source = put(store, "from", &data).await.unwrap();
    let copy = |key: &'static str, etag: Option<&'static str>, metadata| {
        store.copy_object(
            ACCOUNT,
            CopyObject {
                source_bucket: "bucket",
                source_key: "from",
                source_etag: etag,
                bucket: "bucket",
                key,
                metadata,
                tags: None,
                condition: WriteCondition::Always,
                at: at(20),
            },
        )
    };
    let copied = copy("to", None, None).await.unwrap();
    assert_eq!(
        (copied.etag, copied.modified),
        (source.etag.clone(), at(20))
    );
    assert!(get(store, "to").await == data);
    let replaced = ObjectMetadata {
        content_type: Some("image/png".to_owned()),
        ..ObjectMetadata::default()
    };
    let onto_itself = copy("from", None, Some(replaced.clone())).await.unwrap();
    assert_eq!(onto_itself.metadata, replaced);
    assert!(get(store, "from").await == data);
    let changed = copy("to", Some("00000000000000000000000000000000"), None).await;
    assert!(matches!(changed, Err(ObjectStoreError::PreconditionFailed)));
    for key in ["from", "to"] {
        store.delete_object(ACCOUNT, "bucket", key).await.unwrap();
    }
    assert!(matches!(
        copy("to", None, None).await,
        Err(ObjectStoreError::NoSuchKey)
    ));
}

async fn uploads(store: &dyn ObjectStore) {
    use ObjectStoreError::*;
    let begin = |key, nonce| {
        let upload = NewUpload {
            bucket: "bucket",
            key,
            metadata: ObjectMetadata {
                content_type: Some("x/y".to_owned()),
                ..ObjectMetadata::default()
            },
            tags: vec![anyrole_domain::Tag {
                key: "of".into(),
                value: "upload".to_owned(),
            }],
            checksum_algorithm: Some(ChecksumAlgorithm::Crc32),
            checksum_full_object: false,
            nonce: [nonce; 16],
            at: at(i64::from(nonce)),
        };
        store.create_upload(ACCOUNT, upload)
    };
    let (id, other) = (begin("m", 1).await.unwrap(), begin("m", 2).await.unwrap());
    let name = UploadName {
        bucket: "bucket",
        key: "m",
        upload_id: &id,
    };
    let data = pattern(5 * MIB);
    let (mut first, mut second) = (Chunks::of(&data), Chunks::of(b"the end"));
    let mut small = Chunks::of(b"small");
    let three = store
        .upload_part(ACCOUNT, name, 3, at(3), &mut second)
        .await
        .unwrap();
    store
        .upload_part(ACCOUNT, name, 1, at(3), &mut small)
        .await
        .unwrap();
    let one = store
        .upload_part(ACCOUNT, name, 1, at(4), &mut first)
        .await
        .unwrap();
    let mut third = Chunks::of(b"tiny");
    let two = store
        .upload_part(ACCOUNT, name, 2, at(5), &mut third)
        .await
        .unwrap();
    let parts = store.list_parts(ACCOUNT, name).await.unwrap();
    assert_eq!(parts, [one.clone(), two.clone(), three.clone()]);
    let listed = store.list_uploads(ACCOUNT, "bucket").await.unwrap();
    let ids: Vec<&str> = listed.iter().map(|u| u.upload_id.as_str()).collect();
    assert_eq!(ids, [&id, &other]);
    assert_eq!(store.head_upload(ACCOUNT, name).await.unwrap(), listed[0]);

    let complete = async |name, parts: &[(u16, String)]| {
        let completion = Completion {
            parts,
            checksum: None,
            condition: WriteCondition::Always,
            at: at(30),
        };
        store.complete_upload(ACCOUNT, name, completion).await
    };
    let (p1, p2, p3) = ((1, one.etag), (2, two.etag), (3, three.etag));
    let wrong = (3, "00000000000000000000000000000000".to_owned());
    assert!(matches!(
        complete(name, &[p1.clone(), wrong]).await,
        Err(InvalidPart(3))
    ));
    assert!(matches!(
        complete(name, &[p1.clone(), (9, p3.1.clone())]).await,
        Err(InvalidPart(9))
    ));
    assert!(matches!(
        complete(name, &[p3.clone(), p1.clone()]).await,
        Err(InvalidPartOrder | EntityTooSmall { .. })
    ));
    assert!(matches!(
        complete(name, &[p1.clone(), p2, p3.clone()]).await,
        Err(EntityTooSmall { number: 2, size: 4 })
    ));
    let head = complete(name, &[p1, p3]).await.unwrap();
    assert_eq!(head.part_sizes, [data.len() as u64, 7]);
    assert!(
        head.etag.ends_with("-2") && head.etag.len() == 34,
        "{}",
        head.etag
    );
    assert_eq!(head.metadata.content_type.as_deref(), Some("x/y"));
    assert_eq!(head.tags[0].value, "upload");
    assert!(get(store, "m").await == [data.as_slice(), b"the end"].concat());
    assert!(matches!(
        store.list_parts(ACCOUNT, name).await,
        Err(NoSuchUpload)
    ));
    store.delete_object(ACCOUNT, "bucket", "m").await.unwrap();
    aborts(store, &other).await;
}

/// Aborts the upload `id` of the key `m`, the only one that is left.
async fn aborts(store: &dyn ObjectStore, id: &str) {
    use ObjectStoreError::*;
    let name = UploadName {
        bucket: "bucket",
        key: "m",
        upload_id: id,
    };
    let wrong_key = UploadName { key: "n", ..name };
    assert!(matches!(
        store.abort_upload(ACCOUNT, wrong_key).await,
        Err(NoSuchUpload)
    ));
    for id in ["", "..", "../objects", &"A".repeat(32)] {
        let name = UploadName {
            upload_id: id,
            ..name
        };
        assert!(matches!(
            store.abort_upload(ACCOUNT, name).await,
            Err(NoSuchUpload)
        ));
    }
    store.abort_upload(ACCOUNT, name).await.unwrap();
    assert!(matches!(
        store.head_upload(ACCOUNT, name).await,
        Err(NoSuchUpload)
    ));
    assert_eq!(store.list_uploads(ACCOUNT, "bucket").await.unwrap(), []);
}
