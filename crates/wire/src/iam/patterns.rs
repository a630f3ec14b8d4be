//! The patterns of the iam model of 2010-05-08 (botocore 1.44.5), each as its text and as a function.

use crate::constraints::Pattern;

/// Names of entities.
pub(super) static ENTITY_NAME: Pattern = Pattern {
    text: "[\\w+=,.@-]+",
    matches: |text| {
        !text.is_empty()
            && text.bytes().all(|byte| {
                byte.is_ascii_alphanumeric()
                    || matches!(byte, b'_' | b'+' | b'=' | b',' | b'.' | b'@' | b'-')
            })
    },
};

/// `/`, or printable ASCII between two of them.
pub(super) static PATH: Pattern = Pattern {
    text: "(\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)",
    matches: |text| {
        let inside = text
            .strip_prefix('/')
            .and_then(|rest| rest.strip_suffix('/'));
        text == "/"
            || inside.is_some_and(|inside| {
                !inside.is_empty() && inside.bytes().all(|byte| (0x21..=0x7e).contains(&byte))
            })
    },
};

/// What paths are to begin with.
pub(super) static PATH_PREFIX: Pattern = Pattern {
    text: "\\u002F[\\u0021-\\u007F]*",
    matches: |text| text.starts_with('/') && text.bytes().all(|byte| (0x21..=0x7f).contains(&byte)),
};

/// Words between slashes.
pub(super) static POLICY_PATH: Pattern = Pattern {
    text: "((/[A-Za-z0-9\\.,\\+@=_-]+)*)/",
    matches: |text| {
        let words = text
            .strip_prefix('/')
            .and_then(|rest| rest.strip_suffix('/'));
        text == "/"
            || words.is_some_and(|words| words.split('/').all(|word| (ENTITY_NAME.matches)(word)))
    },
};

/// Latin-1 without control characters but tab and line ends.
pub(crate) static DOCUMENT: Pattern = Pattern {
    text: "[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+",
    matches: |text| !text.is_empty() && text.chars().all(in_document),
};

/// What XML can hold (XML 1.0, 2.2), without the control characters of C1. The model has no pattern for these texts.
pub(super) static TEXT: Pattern = Pattern {
    text: "[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A0-\\uFFFD\\u10000-\\u10FFFF]*",
    matches: |text| {
        text.chars().all(|character| {
            matches!(character, '\t' | '\n' | '\r')
                || !(character.is_control() || matches!(character, '\u{fffe}' | '\u{ffff}'))
        })
    },
};

/// The same without line ends and tabs.
pub(super) static LINE: Pattern = Pattern {
    text: "[\\u0020-\\u007E\\u00A0-\\uFFFD\\u10000-\\u10FFFF]*",
    matches: |text| !text.contains(char::is_control) && (TEXT.matches)(text),
};

/// The same without 0x7F to 0xA0.
pub(super) static DESCRIPTION: Pattern = Pattern {
    text: "[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*",
    matches: |text| {
        text.chars()
            .all(|character| in_document(character) && !('\u{7f}'..='\u{a0}').contains(&character))
    },
};

/// Latin-1 without control characters.
pub(super) static MARKER: Pattern = Pattern {
    text: "[\\u0020-\\u00FF]+",
    matches: |text| {
        !text.is_empty()
            && text
                .chars()
                .all(|character| ('\u{20}'..='\u{ff}').contains(&character))
    },
};

/// `v1` and so on; a suffix is legal.
pub(super) static VERSION_ID: Pattern = Pattern {
    text: "v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?",
    matches: |text| {
        let Some(rest) = text.strip_prefix('v') else {
            return false;
        };
        let (number, suffix) = rest.split_once('.').unwrap_or((rest, ""));
        number.starts_with(|first: char| matches!(first, '1'..='9'))
            && number.bytes().all(|byte| byte.is_ascii_digit())
            && suffix
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    },
};

/// Ids.
pub(super) static WORD: Pattern = Pattern {
    text: "[\\w]+",
    matches: |text| {
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    },
};

/// Small letters and digits, with single hyphens between them.
pub(super) static ACCOUNT_ALIAS: Pattern = Pattern {
    text: "^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$",
    matches: |text| {
        (3..=63).contains(&text.len())
            && text.split('-').all(|part| {
                !part.is_empty()
                    && part
                        .bytes()
                        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
            })
    },
};

/// Keys of tags.
pub(crate) static TAG_KEY: Pattern = Pattern {
    text: "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+",
    matches: |text| !text.is_empty() && text.chars().all(in_tag),
};

/// Values of tags.
pub(crate) static TAG_VALUE: Pattern = Pattern {
    text: "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*",
    matches: |text| text.chars().all(in_tag),
};

fn in_document(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | '\u{20}'..='\u{ff}')
}

/// A letter, a number, a separator, or one of few signs.
pub(crate) fn in_tag(character: char) -> bool {
    character.is_alphanumeric()
        || character.is_whitespace() && !character.is_control()
        || matches!(character, '_' | '.' | ':' | '/' | '=' | '+' | '-' | '@')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_those_of_the_model() {
        let table: &[(&Pattern, &[&str], &[&str])] = &[
            (&ENTITY_NAME, &["a", "A_1+=,.@-"], &["", "a b", "é", "a/b"]),
            (
                &PATH,
                &["/", "/a/", "/a/~!/"],
                &["", "a", "/a", "//", "a/", "/a b/"],
            ),
            (&PATH_PREFIX, &["/", "/a", "//"], &["", "a", "/ "]),
            (
                &POLICY_PATH,
                &["/", "/a/", "/a/b_1/"],
                &["", "/a", "//", "/a//b/", "/a!/"],
            ),
            (
                &DOCUMENT,
                &["{}\t\r\n", "ÿ\u{80}"],
                &["", "\u{100}", "\u{0}", "\u{b}"],
            ),
            (
                &DESCRIPTION,
                &["", "a é"],
                &["\u{80}", "\u{7f}", "\u{a0}", "\u{100}"],
            ),
            (&MARKER, &["a b"], &["", "\n"]),
            (
                &VERSION_ID,
                &["v1", "v10", "v2.", "v2.a-1"],
                &["", "v", "v0", "v01", "1", "v1a", "v1._"],
            ),
            (
                &TAG_KEY,
                &["a b", "ключ_.:/=+-@", "\u{a0}"],
                &["", "a\n", "a<", "a\tb"],
            ),
            (&TAG_VALUE, &["", "a"], &["*"]),
            (&WORD, &["AKIA_a1"], &["", "a-b", "a b"]),
            (
                &ACCOUNT_ALIAS,
                &["abc", "a-b", "1-2-3"],
                &["", "ab", "a--b", "-ab", "ab-", "aBc", "a_b"],
            ),
        ];
        for (pattern, legal, illegal) in table {
            for text in *legal {
                assert!((pattern.matches)(text), "{text:?} is {}", pattern.text);
            }
            for text in *illegal {
                assert!(!(pattern.matches)(text), "{text:?} isn't {}", pattern.text);
            }
        }
    }
}
