//! Tags on resources: the rules of AWS for keys, values and their number.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::page::{Page, PageRequest};
use crate::refusal::{Kind, Refusal};

/// A key and a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tag {
    /// 1 to 128 characters; unique in its resource. Those that certificates make are known beforehand.
    pub key: Cow<'static, str>,
    /// 0 to 256 characters.
    pub value: String,
}

/// The most tags that a resource may have (IAM and STS quotas).
const MAX_TAGS: usize = 50;

/// Whether a character may stand in a tag (STS API reference, Tag).
pub(crate) fn is_tag_character(character: char) -> bool {
    character.is_alphanumeric()
        || matches!(
            character,
            ' ' | '_' | '.' | ':' | '/' | '=' | '+' | '-' | '@'
        )
}

/// The value of a tag; keys ignore case, as condition keys do.
pub(crate) fn find_tag<'a>(tags: &'a [Tag], key: &str) -> Option<&'a str> {
    tags.iter()
        .find(|tag| tag.key.eq_ignore_ascii_case(key))
        .map(|tag| tag.value.as_str())
}

/// Sets tags of a resource; one whose key is there already takes its place. Keys ignore case, as condition keys do.
pub(crate) fn set(kept: &mut Vec<Tag>, new: &[Tag]) -> Result<(), Refusal> {
    check_tags(new)?;
    kept.retain(|tag| find_tag(new, &tag.key).is_none());
    kept.extend_from_slice(new);
    check_tags(kept)
}

/// A page of a resource's tags, in order of their keys.
pub(crate) fn page(tags: &[Tag], request: &PageRequest) -> Page<Tag> {
    let mut tags: Vec<Tag> = tags
        .iter()
        .filter(|tag| *tag.key > *request.after)
        .cloned()
        .collect();
    tags.sort_by(|a, b| a.key.cmp(&b.key));
    Page::take(tags.into_iter(), request.size, |tag| tag.key.to_string())
}

/// Takes tags of a resource away.
pub(crate) fn remove(kept: &mut Vec<Tag>, keys: &[String]) {
    kept.retain(|tag| !keys.iter().any(|key| key.eq_ignore_ascii_case(&tag.key)));
}

/// Takes tags of a resource away: by key, or, where a value is given, only with that value.
pub(crate) fn remove_given(kept: &mut Vec<Tag>, given: &[(String, Option<String>)]) {
    kept.retain(|tag| {
        !given.iter().any(|(key, value)| {
            key.eq_ignore_ascii_case(&tag.key)
                && value.as_ref().is_none_or(|value| *value == tag.value)
        })
    });
}

/// Checks a resource's whole list of tags.
pub fn check_tags(tags: &[Tag]) -> Result<(), Refusal> {
    if tags.len() > MAX_TAGS {
        return Err(Refusal::new(
            Kind::TooManyTags,
            "too-many-tags",
            format!(
                "A resource can have at most {MAX_TAGS} tags, {} were given.",
                tags.len()
            ),
        ));
    }
    for (index, tag) in tags.iter().enumerate() {
        check_tag(tag)?;
        let twice = tags
            .iter()
            .take(index)
            .any(|earlier| earlier.key.eq_ignore_ascii_case(&tag.key));
        if twice {
            return Err(Refusal::new(
                Kind::InvalidInput,
                "duplicate-tag-keys",
                format!(
                    "Duplicate tag keys found: `{}`. Tag keys are not case sensitive.",
                    tag.key
                ),
            ));
        }
    }
    Ok(())
}

fn check_tag(tag: &Tag) -> Result<(), Refusal> {
    let key_length = tag.key.chars().count();
    let legal = tag.key.chars().all(is_tag_character) && tag.value.chars().all(is_tag_character);
    if !(1..=128).contains(&key_length) || tag.value.chars().count() > 256 || !legal {
        return Err(Refusal::validation(format!(
            "The tag `{}` is not valid: a key has 1 to 128 characters, a value up to 256, of letters, digits, spaces and _.:/=+-@.",
            tag.key
        )));
    }
    if tag
        .key
        .get(..4)
        .is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:"))
    {
        return Err(Refusal::validation(format!(
            "The tag key `{}` begins with `aws:`, which is reserved.",
            tag.key
        )));
    }
    Ok(())
}
