//! The folder itself: what a restart finds, and what a crash leaves.

use super::*;
use crate::conformance::{self, ACCOUNT, at, get, keys, pattern, put};

fn open(root: &Path) -> FolderStore {
    FolderStore::open(root).unwrap()
}

async fn with_bucket(root: &Path) -> FolderStore {
    let store = open(root);
    let made = store.create_bucket(ACCOUNT, "bucket", "us-east-1", at(0));
    made.await.unwrap();
    store
}

/// The files of all objects of the bucket.
fn object_files(root: &Path) -> Vec<std::path::PathBuf> {
    let shards = std::fs::read_dir(root.join("buckets/bucket/objects")).unwrap();
    let files = shards.flat_map(|shard| std::fs::read_dir(shard.unwrap().path()).unwrap());
    files.map(|file| file.unwrap().path()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn conforms() {
    let root = tempfile::tempdir().unwrap();
    let store = open(root.path());
    conformance::check(&store).await;
    let left = std::fs::read_dir(root.path().join("tmp")).unwrap().count();
    assert_eq!(left, 0, "temporary files are left");
    assert_eq!(object_files(root.path()).len(), 0);
}

#[tokio::test]
async fn a_restart_finds_what_was_there() {
    let root = tempfile::tempdir().unwrap();
    let store = with_bucket(root.path()).await;
    for key in ["a", "a/b", "ä", "../x"] {
        put(&store, key, key.as_bytes()).await.unwrap();
    }
    put(&store, "a", b"again").await.unwrap();
    store.delete_object(ACCOUNT, "bucket", "ä").await.unwrap();
    let before = store.head_object(ACCOUNT, "bucket", "a").await.unwrap();
    drop(store);

    let store = open(root.path());
    assert_eq!(keys(&store).await, ["../x", "a", "a/b"]);
    assert_eq!(get(&store, "a").await, b"again");
    assert_eq!(
        store.head_object(ACCOUNT, "bucket", "a").await.unwrap(),
        before
    );
    let about = store.head_bucket(ACCOUNT, "bucket").await.unwrap();
    assert_eq!(about.created, at(0));
    assert_eq!(object_files(root.path()).len(), 3);
}

#[tokio::test]
async fn leftovers_of_a_crash_are_removed() {
    let root = tempfile::tempdir().unwrap();
    drop(with_bucket(root.path()).await);
    let temporaries = root.path().join("tmp");
    std::fs::write(temporaries.join("0"), "half an object").unwrap();
    std::fs::create_dir_all(temporaries.join("1/objects/0")).unwrap();
    std::fs::write(temporaries.join("1/objects/0/x"), "of a removed bucket").unwrap();
    let store = open(root.path());
    assert_eq!(std::fs::read_dir(&temporaries).unwrap().count(), 0);
    assert_eq!(store.list_buckets(ACCOUNT).await.unwrap().len(), 1);
    put(&store, "a", b"1").await.unwrap();
}

#[tokio::test]
async fn a_damaged_file_hides_no_other() {
    let root = tempfile::tempdir().unwrap();
    let store = with_bucket(root.path()).await;
    put(&store, "bad", &pattern(1000)).await.unwrap();
    let file = object_files(root.path()).remove(0);
    put(&store, "good", b"1").await.unwrap();
    drop(store);
    let length = std::fs::metadata(&file).unwrap().len();
    for cut in [0, 5, 500, length - 1] {
        let bytes = std::fs::read(&file).unwrap();
        std::fs::write(&file, &bytes[..cut as usize]).unwrap();
        let store = open(root.path());
        assert_eq!(keys(&store).await, ["good"], "cut to {cut}");
        let read = store.get_object(ACCOUNT, "bucket", "bad", None).await;
        assert!(matches!(read, Err(ObjectStoreError::Internal(_))));
        std::fs::write(&file, bytes).unwrap();
    }
}

#[tokio::test]
async fn one_process_at_a_time() {
    let root = tempfile::tempdir().unwrap();
    let store = open(root.path());
    assert!(matches!(
        FolderStore::open(root.path()),
        Err(OpenError::InUse(_))
    ));
    drop(store);
    open(root.path());
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_can_read() {
    use std::os::unix::fs::MetadataExt;
    let root = tempfile::tempdir().unwrap();
    let store = with_bucket(&root.path().join("new")).await;
    put(&store, "a", b"1").await.unwrap();
    let object = object_files(&root.path().join("new")).remove(0);
    assert_eq!(std::fs::metadata(&object).unwrap().mode() & 0o777, 0o600);
    let folder = std::fs::metadata(object.parent().unwrap()).unwrap();
    assert_eq!(folder.mode() & 0o777, 0o700);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_writers_of_one_key_agree() {
    let root = tempfile::tempdir().unwrap();
    let store = with_bucket(root.path()).await;
    let writers = (1..=24usize).map(|n| {
        let store = store.clone();
        tokio::spawn(async move {
            if n % 5 == 0 {
                store.delete_object(ACCOUNT, "bucket", "k").await.unwrap();
            } else {
                put(&store, "k", &pattern(n * 1000)).await.unwrap();
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    let head = store.head_object(ACCOUNT, "bucket", "k").await.ok();
    let query = ListQuery {
        max_keys: 9,
        ..ListQuery::default()
    };
    let listed = store
        .list_objects(ACCOUNT, "bucket", &query)
        .await
        .unwrap()
        .objects;
    let listed = listed.first().map(|entry| (entry.size, entry.etag.clone()));
    assert_eq!(listed, head.map(|head| (head.size, head.etag)));
}

#[tokio::test]
async fn many_parts_make_a_long_trailer() {
    let root = tempfile::tempdir().unwrap();
    let store = with_bucket(root.path()).await;
    let head = ObjectHead {
        size: 3,
        etag: format!("{:032x}-2000", 7),
        modified: at(0),
        metadata: Default::default(),
        tags: Vec::new(),
        checksum: None,
        part_sizes: vec![5 * 1024 * 1024; 2000],
    };
    let (temporary, mut file) = store.folder.temporary_file().unwrap();
    std::io::Write::write_all(&mut file, b"abc").unwrap();
    let trailer = object_file::ObjectTrailer {
        key: "k".to_owned(),
        head: head.clone(),
    };
    let sealed = write::seal(temporary, file, &trailer).unwrap();
    let bucket = store.folder.bucket(ACCOUNT, "bucket").unwrap();
    let always = anyrole_domain::objects::WriteCondition::Always;
    bucket.commit(sealed, "k", &head, &always).unwrap();
    assert_eq!(
        store.head_object(ACCOUNT, "bucket", "k").await.unwrap(),
        head
    );
    assert_eq!(get(&store, "k").await, b"abc");
    drop((bucket, store));
    assert_eq!(keys(&open(root.path())).await, ["k"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn setting_tags_undoes_no_write() {
    let root = tempfile::tempdir().unwrap();
    let store = with_bucket(root.path()).await;
    put(&store, "k", b"first").await.unwrap();
    let tagger = tokio::spawn({
        let store = store.clone();
        async move {
            for n in 0..40 {
                let tags = vec![Tag {
                    key: "n".into(),
                    value: n.to_string(),
                }];
                let set = store.set_tags(ACCOUNT, "bucket", "k", tags, None);
                set.await.unwrap();
            }
        }
    });
    let mut written = 0;
    while !tagger.is_finished() || written < 10 {
        let data = pattern(1000 + written);
        put(&store, "k", &data).await.unwrap();
        assert!(get(&store, "k").await == data, "write {written}");
        written += 1;
        tokio::task::yield_now().await;
    }
    tagger.await.unwrap();
    store
        .set_tags(ACCOUNT, "bucket", "k", Vec::new(), None)
        .await
        .unwrap();
    assert!(get(&store, "k").await == pattern(1000 + written - 1));
}
