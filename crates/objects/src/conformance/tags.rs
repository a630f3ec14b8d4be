//! Tags: set with an object, replaced on their own, carried by copies and uploads.

use anyrole_domain::Tag;

use super::*;

fn tags(pairs: &[(&str, &str)]) -> Vec<Tag> {
    let tag = |(key, value): &(&str, &str)| Tag {
        key: (*key).to_owned().into(),
        value: (*value).to_owned(),
    };
    pairs.iter().map(tag).collect()
}

async fn head(store: &dyn ObjectStore, key: &str) -> ObjectHead {
    store.head_object(ACCOUNT, "bucket", key).await.unwrap()
}

async fn set(
    store: &dyn ObjectStore,
    key: &str,
    pairs: &[(&str, &str)],
) -> Result<(), ObjectStoreError> {
    let tags = tags(pairs);
    store.set_tags(ACCOUNT, "bucket", key, tags, None).await
}

pub(super) async fn keeps_tags(store: &dyn ObjectStore) {
    let data = pattern(2 * MIB);
    let with_tags = PutObject {
        bucket: "bucket",
        key: "tagged",
        metadata: ObjectMetadata::default(),
        tags: tags(&[("b", "1"), ("a", "")]),
        condition: WriteCondition::Always,
        at: at(3),
    };
    let mut body = Chunks::of(&data);
    let put_head = store.put_object(ACCOUNT, with_tags, &mut body).await;
    let put_head = put_head.unwrap();
    assert_eq!(head(store, "tagged").await, put_head);
    assert_eq!(put_head.tags, tags(&[("b", "1"), ("a", "")]));

    set(store, "tagged", &[("ключ", "x y")]).await.unwrap();
    let changed = head(store, "tagged").await;
    let expected = ObjectHead {
        tags: tags(&[("ключ", "x y")]),
        ..put_head
    };
    assert_eq!(changed, expected, "nothing else changes");
    assert!(get(store, "tagged").await == data);

    copies_carry_tags(store).await;
    takes_the_place_of_expected_tags_alone(store).await;
    set(store, "tagged", &[]).await.unwrap();
    assert_eq!(head(store, "tagged").await.tags, []);
    assert!(matches!(
        set(store, "none", &[]).await,
        Err(ObjectStoreError::NoSuchKey)
    ));
    let nowhere = store.set_tags(ACCOUNT, "nowhere", "k", Vec::new(), None);
    let nowhere = nowhere.await;
    assert!(matches!(nowhere, Err(ObjectStoreError::NoSuchBucket)));
    store
        .delete_object(ACCOUNT, "bucket", "tagged")
        .await
        .unwrap();
}

async fn takes_the_place_of_expected_tags_alone(store: &dyn ObjectStore) {
    let kept = tags(&[("ключ", "x y")]);
    for expected in [Vec::new(), tags(&[("ключ", "x")])] {
        let late = store.set_tags(ACCOUNT, "bucket", "tagged", Vec::new(), Some(expected));
        let late = late.await;
        assert!(matches!(late, Err(ObjectStoreError::PreconditionFailed)));
        assert_eq!(head(store, "tagged").await.tags, kept);
    }
    let again = kept.clone();
    let set = store.set_tags(ACCOUNT, "bucket", "tagged", again, Some(kept));
    set.await.unwrap();
}

async fn copies_carry_tags(store: &dyn ObjectStore) {
    let kept = tags(&[("ключ", "x y")]);
    let replaced = tags(&[("new", "1")]);
    for (given, expected) in [(None, kept), (Some(replaced.clone()), replaced)] {
        let copy = CopyObject {
            source_bucket: "bucket",
            source_key: "tagged",
            source_etag: None,
            bucket: "bucket",
            key: "copy",
            metadata: None,
            tags: given,
            condition: WriteCondition::Always,
            at: at(20),
        };
        store.copy_object(ACCOUNT, copy).await.unwrap();
        assert_eq!(head(store, "copy").await.tags, expected);
    }
    store
        .delete_object(ACCOUNT, "bucket", "copy")
        .await
        .unwrap();
}
