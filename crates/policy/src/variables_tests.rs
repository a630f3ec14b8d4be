//! Templates: variables, defaults and escapes, and that what is filled in is plain text.

use super::*;
use crate::request::ContextValue;

struct Keys;

impl Context for Keys {
    fn value(&self, key: &str) -> Option<ContextValue<'_>> {
        match key {
            "aws:username" => Some(ContextValue::One("ann")),
            "aws:principaltag/star" => Some(ContextValue::One("*")),
            "aws:principaltag/cost center" => Some(ContextValue::One("7")),
            "aws:tagkeys" => Some(ContextValue::Many(&["only"])),
            _ => None,
        }
    }
}

#[test]
fn matching() {
    for (pattern, text, expected) in [
        ("home/${aws:username}/*", "home/ann/a", true),
        ("home/${AWS:UserName}/*", "home/bob/a", false),
        ("${aws:PrincipalTag/star}", "*", true),
        ("${aws:PrincipalTag/star}", "anything", false),
        ("${aws:PrincipalTag/star}?", "**", true),
        ("${aws:PrincipalTag/cost center}", "7", true),
        ("${missing}", "", false),
        ("${missing}*", "anything", false),
        ("${missing, 'none'}/*", "none/x", true),
        ("${missing,'*'}", "anything", false),
        ("${missing, ''}x", "x", true),
        ("${aws:username, 'none'}", "ann", true),
        ("${aws:tagkeys}", "only", false),
        ("${aws:tagkeys, 'none'}", "none", false),
        ("${*}", "*", true),
        ("${*}", "a", false),
        ("a${?}*", "a?bc", true),
        ("a${?}*", "abbc", false),
        ("${$}{aws:username}", "${aws:username}", true),
        ("$5", "$5", true),
    ] {
        let template = Template::parse(pattern, Version::V2012, Wildcards::Allowed).unwrap();
        assert_eq!(
            template.matches(text, &Keys),
            Truth::from(expected),
            "{pattern} {text}"
        );
    }
}

/// More variables than fit on the stack, empty values, and wildcards beside them.
#[test]
fn many_variables() {
    let pattern = "${aws:username}${none, ''}?".repeat(9) + "*${aws:username}";
    let template = Template::parse(&pattern, Version::V2012, Wildcards::Allowed).unwrap();
    let text = "annx".repeat(9);
    assert_eq!(template.matches(&format!("{text}ann"), &Keys), Truth::Yes);
    assert_eq!(template.matches(&format!("{text}xyann"), &Keys), Truth::Yes);
    assert_eq!(template.matches(&text, &Keys), Truth::No);
    let pattern = pattern + "${missing}";
    let template = Template::parse(&pattern, Version::V2012, Wildcards::Allowed).unwrap();
    assert_eq!(template.matches(&format!("{text}ann"), &Keys), Truth::No);
}

#[test]
fn hostile_patterns_with_variables_stay_within_the_product_and_the_budget() {
    let pieces = |count: usize| {
        let pattern = "*${none, 'a'}${none, ''}".repeat(count) + "b";
        match Template::parse(&pattern, Version::V2012, Wildcards::Allowed).unwrap() {
            Template::Variable(pieces) => pieces,
            Template::Fixed(_) => panic!("no variables"),
        }
    };
    for (count, length, budget) in [
        (300, 3_000, usize::MAX),
        (300, 3_000, BUDGET),
        (30, 300, BUDGET),
    ] {
        let (pieces, text) = (pieces(count), "a".repeat(length));
        let mut steps = 0_usize;
        let matched = Filled::with(&pieces, &Keys, |filled| {
            run(filled, text.as_bytes(), Case::Sensitive, budget, || {
                steps += 1
            })
        });
        let bound = (pieces.len() + 1) * (text.len() + 1);
        assert!(steps <= bound.min(budget), "{steps} of {bound}");
        assert!(matched == Some(Some(false)) || (steps == budget && matched == Some(None)));
    }
}

/// Both sides long and of the request's making: an answer in bounded time, and no opening one.
#[test]
fn what_takes_too_long_is_unknown() {
    struct Long(String);
    impl Context for Long {
        fn value(&self, key: &str) -> Option<ContextValue<'_>> {
            (key == "aws:useragent").then_some(ContextValue::One(&self.0))
        }
    }
    let keys = Long("a".repeat(4_000) + "b");
    let template =
        Template::parse("*${aws:UserAgent}", Version::V2012, Wildcards::Allowed).unwrap();
    assert_eq!(template.matches(&"a".repeat(8_000), &keys), Truth::Unknown);
    assert_eq!(
        template.matches(&("a".repeat(400) + &keys.0), &Long("ab".to_owned())),
        Truth::Yes
    );
}

#[test]
fn the_old_version_has_no_variables() {
    let template = Template::parse("${aws:username}", Version::V2008, Wildcards::Literal).unwrap();
    assert_eq!(template.matches("${aws:username}", &Keys), Truth::Yes);
    assert_eq!(template.matches("ann", &Keys), Truth::No);
}

#[test]
fn literal_texts_keep_their_stars() {
    let template = Template::parse("${aws:username}*", Version::V2012, Wildcards::Literal).unwrap();
    assert_eq!(template.matches("ann*", &Keys), Truth::Yes);
    assert_eq!(template.matches("anna", &Keys), Truth::No);
    assert!(template.equals_ignoring_case("ANN*", &Keys));
    assert!(!template.equals_ignoring_case("ann", &Keys));
}

#[test]
fn refused() {
    for text in [
        "${aws:username",
        "${}",
        "${ }",
        "${ aws:username}",
        "${aws:username }",
        "${aws:username , 'a'}",
        "${a,b}",
        "${a,'b}",
        "${a,'b'c'}",
        "${${a}}",
        "${a*}",
    ] {
        assert!(
            Template::parse(text, Version::V2012, Wildcards::Allowed).is_err(),
            "{text}"
        );
        assert!(
            Template::parse(text, Version::V2008, Wildcards::Allowed).is_ok(),
            "{text}"
        );
    }
}

#[test]
fn colons_inside_variables_do_not_split() {
    assert_eq!(
        split_at_colons("arn:aws:s3:::b/${aws:username}:x", Version::V2012, 6),
        ["arn", "aws", "s3", "", "", "b/${aws:username}:x"]
    );
    assert_eq!(
        split_at_colons("a${b:c}:d", Version::V2012, 6),
        ["a${b:c}", "d"]
    );
    assert_eq!(
        split_at_colons("a${b:c}:d", Version::V2008, 6),
        ["a${b", "c}", "d"]
    );
}
