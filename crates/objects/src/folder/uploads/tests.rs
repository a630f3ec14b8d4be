//! An upload that ends while somebody else is at work on it.

use std::time::Duration;

use anyrole_domain::objects::{ObjectMetadata, ObjectStore as _, WriteCondition};

use super::*;
use crate::FolderStore;
use crate::conformance::{ACCOUNT, at};

async fn with_upload(root: &Path) -> (FolderStore, String) {
    let store = FolderStore::open(root).unwrap();
    let made = store.create_bucket(ACCOUNT, "bucket", "us-east-1", at(0));
    made.await.unwrap();
    let upload = NewUpload {
        bucket: "bucket",
        key: "key",
        metadata: ObjectMetadata::default(),
        tags: Vec::new(),
        checksum_algorithm: None,
        checksum_full_object: false,
        nonce: [1; 16],
        at: at(0),
    };
    let id = store.create_upload(ACCOUNT, upload).await.unwrap();
    (store, id)
}

fn assert_ended<T: std::fmt::Debug>(outcome: &Result<T, ObjectStoreError>) {
    let ended = matches!(outcome, Err(ObjectStoreError::NoSuchUpload));
    assert!(ended, "{outcome:?}");
}

#[tokio::test]
async fn its_parts_are_gone_with_it() {
    let root = tempfile::tempdir().unwrap();
    let (store, id) = with_upload(root.path()).await;
    let path = store.folder.layout.upload("bucket", &id).unwrap();
    assert_eq!(read_parts(&path).unwrap(), []);
    // as it looks to who opened the folder before it was taken away, and to who did not
    fs::remove_file(path.join(UPLOAD_FILE)).unwrap();
    assert_ended(&read_parts(&path));
    fs::remove_dir(&path).unwrap();
    assert_ended(&read_parts(&path));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waited_for_a_turn_finds_that_it_has_ended() {
    let root = tempfile::tempdir().unwrap();
    let (store, id) = with_upload(root.path()).await;
    let path = store.folder.layout.upload("bucket", &id).unwrap();
    let turn = store.folder.upload_locks.of(&path).unwrap().lock();
    let waiting = [true, false].map(|completes| {
        let (store, id) = (store.clone(), id.clone());
        tokio::spawn(async move {
            let name = UploadName {
                bucket: "bucket",
                key: "key",
                upload_id: &id,
            };
            if !completes {
                return store.abort_upload(ACCOUNT, name).await;
            }
            let completion = Completion {
                parts: &[(1, "00".repeat(16))],
                checksum: None,
                condition: WriteCondition::Always,
                at: at(1),
            };
            let completed = store.complete_upload(ACCOUNT, name, completion).await;
            completed.map(|_| ())
        })
    });
    // time to find the upload and to wait for its lock; too little of it can't fail the test
    std::thread::sleep(Duration::from_millis(200));
    fs::remove_dir_all(&path).unwrap();
    drop(turn);
    for ended in waiting {
        assert_ended(&ended.await.unwrap());
    }
}
