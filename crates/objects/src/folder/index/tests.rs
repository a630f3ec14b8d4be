//! Listings against a naive model that looks at every key.

use super::*;

fn head(size: u64) -> ObjectHead {
    ObjectHead {
        size,
        etag: format!("{:032x}-{}", size, size % 7 + 1),
        modified: Timestamp::UNIX_EPOCH,
        metadata: Default::default(),
        tags: Vec::new(),
        checksum: None,
        part_sizes: Vec::new(),
    }
}

/// Every key of the bucket in turn, as S3's pages of ListObjectsV2 document it.
fn naive(keys: &[String], query: &ListQuery) -> (Vec<String>, Vec<String>, Option<String>) {
    let (mut objects, mut prefixes, mut last) = (Vec::new(), Vec::<String>::new(), None);
    let mut sorted = keys.to_vec();
    sorted.sort_by(|a, b| a.as_bytes().cmp(b.as_bytes()));
    sorted.dedup();
    for key in sorted {
        if !key.starts_with(&query.prefix) || query.after.as_ref().is_some_and(|a| key <= *a) {
            continue;
        }
        let from = query.prefix.len();
        let rest = key.get(from..).unwrap();
        let cut = query
            .delimiter
            .as_deref()
            .and_then(|d| rest.find(d).map(|at| at + d.len()));
        let item = cut.map(|cut| key.get(..from + cut).unwrap().to_owned());
        if item.is_some() && (item == query.after || item.as_ref() == prefixes.last()) {
            continue;
        }
        if objects.len() + prefixes.len() == query.max_keys {
            return (objects, prefixes, last);
        }
        last = item.clone().or(Some(key.clone()));
        match item {
            Some(prefix) => prefixes.push(prefix),
            None => objects.push(key),
        }
    }
    (objects, prefixes, None)
}

/// xorshift: the same keys in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }

    fn text(&mut self, longest: usize) -> String {
        const LETTERS: [&str; 8] = ["a", "b", "/", "//", "-", "é", "\u{d7ff}", "\u{10ffff}"];
        let length = self.below(longest + 1);
        (0..length)
            .map(|_| LETTERS[self.below(LETTERS.len())])
            .collect()
    }
}

#[test]
fn pages_are_those_of_the_naive_model() {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    for round in 0..400 {
        let mut index = Index::default();
        let keys: Vec<String> = (0..numbers.below(60))
            .map(|_| format!("{}k", numbers.text(5)))
            .collect();
        for key in &keys {
            assert!(index.insert(key, &head(1)));
        }
        for _ in 0..20 {
            let mut query = ListQuery {
                prefix: numbers.text(2),
                delimiter: [None, Some("/"), Some("//"), Some("a"), Some("\u{10ffff}")]
                    [numbers.below(5)]
                .map(str::to_owned),
                after: (numbers.below(3) == 0).then(|| numbers.text(3)),
                max_keys: 1 + numbers.below(8),
            };
            for _page in 0..100 {
                let listing = index.list(&query);
                let found: Vec<String> = listing.objects.iter().map(|o| o.key.clone()).collect();
                let expected = naive(&keys, &query);
                let actual = (found, listing.common_prefixes, listing.next.clone());
                assert_eq!(actual, expected, "round {round}, {query:?}, {keys:?}");
                if listing.next.is_none() {
                    break;
                }
                query.after = listing.next;
            }
        }
    }
}

#[test]
fn successors() {
    for (prefix, expected) in [
        ("a/", Some("a0")),
        ("\u{d7ff}", Some("\u{e000}")),
        ("b\u{10ffff}", Some("c")),
        ("\u{10ffff}", None),
        ("", None),
    ] {
        assert_eq!(successor(prefix).as_deref(), expected, "{prefix:?}");
    }
}

#[test]
fn nothing_is_listed_when_nothing_is_asked_for() {
    let mut index = Index::default();
    index.insert("a", &head(1));
    let listing = index.list(&ListQuery::default());
    assert_eq!(listing, Listing::default());
}

#[test]
fn conditions() {
    let mut index = Index::default();
    let head = head(5);
    index.insert("a", &head);
    let etag_is = |etag: &str| WriteCondition::EtagIs(etag.to_owned());
    for (key, condition, expected) in [
        ("a", WriteCondition::Always, true),
        ("b", WriteCondition::Always, true),
        ("a", WriteCondition::Absent, false),
        ("b", WriteCondition::Absent, true),
        ("a", WriteCondition::Present, true),
        ("b", WriteCondition::Present, false),
        ("a", etag_is(&head.etag), true),
        ("a", etag_is("00000000000000000000000000000005"), false),
        ("a", etag_is("nonsense"), false),
        ("b", etag_is(&head.etag), false),
    ] {
        assert_eq!(
            index.holds(key, &condition),
            expected,
            "{key} {condition:?}"
        );
    }
}
