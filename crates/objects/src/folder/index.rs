//! A bucket's keys in memory, in byte order: what listings and conditions are answered from.

use std::collections::BTreeMap;
use std::num::NonZeroU16;
use std::ops::Bound;

use anyrole_domain::objects::{ListQuery, Listing, ObjectEntry, ObjectHead, WriteCondition};
use jiff::Timestamp;

/// About 150 bytes a key of 40 bytes, so that a million keys take some 150 MB less what the
/// allocator saves.
#[derive(Debug, Default)]
pub(super) struct Index {
    keys: BTreeMap<Box<str>, Entry>,
}

#[derive(Debug)]
struct Entry {
    size: u64,
    etag: Etag,
    modified: Timestamp,
}

/// An entity tag in 18 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Etag {
    md5: [u8; 16],
    parts: Option<NonZeroU16>,
}

impl Etag {
    fn parse(text: &str) -> Option<Self> {
        let (hex, parts) = match text.split_once('-') {
            Some((hex, parts)) => (hex, Some(parts.parse().ok()?)),
            None => (text, None),
        };
        let md5 = hex_simd::decode_to_vec(hex).ok()?.try_into().ok()?;
        Some(Self { md5, parts })
    }

    fn render(self) -> String {
        let hex = hex_simd::encode_to_string(self.md5, hex_simd::AsciiCase::Lower);
        match self.parts {
            Some(parts) => format!("{hex}-{parts}"),
            None => hex,
        }
    }
}

impl Index {
    /// Enters or replaces a key; `false` if the head's entity tag is not one of ours.
    pub(super) fn insert(&mut self, key: &str, head: &ObjectHead) -> bool {
        let Some(etag) = Etag::parse(&head.etag) else {
            return false;
        };
        let entry = Entry {
            size: head.size,
            etag,
            modified: head.modified,
        };
        self.keys.insert(key.into(), entry);
        true
    }

    pub(super) fn remove(&mut self, key: &str) {
        self.keys.remove(key);
    }

    pub(super) fn contains(&self, key: &str) -> bool {
        self.keys.contains_key(key)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    pub(super) fn holds(&self, key: &str, condition: &WriteCondition) -> bool {
        let entry = self.keys.get(key);
        match condition {
            WriteCondition::Always => true,
            WriteCondition::Absent => entry.is_none(),
            WriteCondition::Present => entry.is_some(),
            WriteCondition::EtagIs(etag) => {
                entry.is_some_and(|entry| Etag::parse(etag) == Some(entry.etag))
            }
        }
    }

    /// One page. Costs one descent of the tree for each common prefix and each run of keys, however
    /// many keys a common prefix stands for.
    pub(super) fn list(&self, query: &ListQuery) -> Listing {
        let mut page = Page::new(query);
        if query.max_keys == 0 {
            return page.listing;
        }
        let mut from = match &query.after {
            Some(after) if *after >= query.prefix => Bound::Excluded(after.clone()),
            _ => Bound::Included(query.prefix.clone()),
        };
        while let Some(skipped) = self.list_run(&from, &mut page) {
            match successor(&skipped) {
                Some(next) => from = Bound::Included(next),
                None => break,
            }
        }
        page.listing
    }

    /// Lists until a common prefix is met, which is entered and returned to be skipped; `None` at the end.
    fn list_run(&self, from: &Bound<String>, page: &mut Page<'_>) -> Option<String> {
        let range = (from.as_ref().map(String::as_str), Bound::Unbounded);
        for (key, entry) in self.keys.range::<str, _>(range) {
            let rest = key.strip_prefix(page.query.prefix.as_str())?;
            let delimiter = page.query.delimiter.as_deref();
            if let Some((head, _)) = delimiter.and_then(|delimiter| rest.split_once(delimiter)) {
                let prefix = format!(
                    "{}{head}{}",
                    page.query.prefix,
                    delimiter.unwrap_or_default()
                );
                let seen = page.query.after.as_ref() == Some(&prefix);
                if !seen && !page.enter_prefix(&prefix) {
                    return None;
                }
                return Some(prefix);
            }
            if !page.enter_object(key, entry) {
                return None;
            }
        }
        None
    }
}

/// A page being filled.
struct Page<'a> {
    query: &'a ListQuery,
    listing: Listing,
    last: String,
}

impl<'a> Page<'a> {
    fn new(query: &'a ListQuery) -> Self {
        Self {
            query,
            listing: Listing::default(),
            last: String::new(),
        }
    }

    /// `false` once the page is full, which then names where the next one begins.
    fn has_room(&mut self) -> bool {
        let count = self.listing.objects.len() + self.listing.common_prefixes.len();
        if count < self.query.max_keys {
            return true;
        }
        self.listing.next = Some(std::mem::take(&mut self.last));
        false
    }

    fn enter_prefix(&mut self, prefix: &str) -> bool {
        if !self.has_room() {
            return false;
        }
        self.last = prefix.to_owned();
        self.listing.common_prefixes.push(prefix.to_owned());
        true
    }

    fn enter_object(&mut self, key: &str, entry: &Entry) -> bool {
        if !self.has_room() {
            return false;
        }
        self.last = key.to_owned();
        self.listing.objects.push(ObjectEntry {
            key: key.to_owned(),
            size: entry.size,
            etag: entry.etag.render(),
            modified: entry.modified,
        });
        true
    }
}

/// The least string above every string that begins with `prefix`. UTF-8's byte order is that of
/// code points, so that the last character is the one to raise.
fn successor(prefix: &str) -> Option<String> {
    let mut text = prefix.to_owned();
    while let Some(last) = text.pop() {
        let next = match last {
            '\u{d7ff}' => Some('\u{e000}'),
            _ => char::from_u32(u32::from(last) + 1),
        };
        if let Some(next) = next {
            text.push(next);
            return Some(text);
        }
    }
    None
}

#[cfg(test)]
mod tests;
