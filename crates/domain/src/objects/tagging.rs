//! The rules of object tags (Amazon S3 user guide, object tagging): the tags that a request gives enter, a refusal
//! leaves. The front end asks before it stores any.

use crate::tags::{Tag, is_tag_character};

/// The most tags of one object.
const MAX_TAGS: usize = 10;

/// What is wrong with an object's tags. The texts are S3's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ObjectTagError {
    /// More than ten (S3: `BadRequest`).
    #[error("Object tags cannot be greater than 10")]
    TooMany,
    /// A key that is empty, has more than 128 characters or one that no tag may have, or begins with `aws:` (S3: `InvalidTag`).
    #[error("The TagKey you have provided is invalid")]
    Key,
    /// A value that has more than 256 characters or one that no tag may have (S3: `InvalidTag`).
    #[error("The TagValue you have provided is invalid")]
    Value,
    /// Two keys that are the same; case does not tell them apart, as condition keys ignore it (S3: `InvalidTag`).
    #[error("Cannot provide multiple Tags with the same key")]
    Twice,
}

/// Checks all of an object's tags.
pub fn check_object_tags(tags: &[Tag]) -> Result<(), ObjectTagError> {
    if tags.len() > MAX_TAGS {
        return Err(ObjectTagError::TooMany);
    }
    for (index, Tag { key, value }) in tags.iter().enumerate() {
        let reserved = key
            .get(..4)
            .is_some_and(|start| start.eq_ignore_ascii_case("aws:"));
        if reserved
            || !(1..=128).contains(&key.chars().count())
            || !key.chars().all(is_tag_character)
        {
            return Err(ObjectTagError::Key);
        }
        if value.chars().count() > 256 || !value.chars().all(is_tag_character) {
            return Err(ObjectTagError::Value);
        }
        let mut earlier = tags.iter().take(index);
        if earlier.any(|tag| tag.key.eq_ignore_ascii_case(key)) {
            return Err(ObjectTagError::Twice);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules() {
        let long = |length: usize| "k".repeat(length);
        for (tags, expected) in [
            (vec![], Ok(())),
            (vec![("project", "blue"), ("Ключ", "")], Ok(())),
            (vec![("a+b-c=d._:/@ e", "x y")], Ok(())),
            (vec![("", "x")], Err(ObjectTagError::Key)),
            (vec![("AWS:x", "x")], Err(ObjectTagError::Key)),
            (vec![("a&b", "x")], Err(ObjectTagError::Key)),
            (vec![("a", "x;y")], Err(ObjectTagError::Value)),
            (
                vec![("team", "a"), ("Team", "b")],
                Err(ObjectTagError::Twice),
            ),
        ] {
            let tags: Vec<Tag> = tags.into_iter().map(tag).collect();
            assert_eq!(check_object_tags(&tags), expected, "{tags:?}");
        }
        let sized = |key: usize, value: usize| vec![tag((&long(key), &long(value)))];
        assert_eq!(check_object_tags(&sized(128, 256)), Ok(()));
        assert_eq!(check_object_tags(&sized(129, 0)), Err(ObjectTagError::Key));
        assert_eq!(
            check_object_tags(&sized(1, 257)),
            Err(ObjectTagError::Value)
        );
        let many: Vec<Tag> = (0..11).map(|n| tag((&format!("k{n}"), ""))).collect();
        assert_eq!(check_object_tags(&many), Err(ObjectTagError::TooMany));
        assert_eq!(check_object_tags(&many[..10]), Ok(()));
    }

    fn tag((key, value): (&str, &str)) -> Tag {
        Tag {
            key: key.to_owned().into(),
            value: value.to_owned(),
        }
    }
}
