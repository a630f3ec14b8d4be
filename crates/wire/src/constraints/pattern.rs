//! The patterns of the rolesanywhere model, each as its text and as a function: the model's are few, and one of them looks
//! ahead, which engines that run in linear time don't. A pattern must match the whole value; `.` is no line break.

/// A pattern.
#[derive(Debug)]
pub struct Pattern {
    /// As the model has it, for errors.
    pub text: &'static str,
    /// Whether the whole value matches.
    pub matches: fn(&str) -> bool,
}

/// `[a-f0-9]{8}-([a-z0-9]{4}-){3}[a-z0-9]{12}`.
pub fn uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            0..8 => matches!(byte, b'a'..=b'f' | b'0'..=b'9'),
            _ => matches!(byte, b'a'..=b'z' | b'0'..=b'9'),
        })
}

/// `arn:aws(-[^:]+)?:iam(:.*){2}(:role.*)`.
pub fn role_arn(text: &str) -> bool {
    after_service(text, "iam").is_some_and(|rest| two_parts_before(rest, ":role"))
}

/// `arn:aws(-[^:]+)?:rolesanywhere(:.*){2}` and then one of `kinds`, each of which begins with a colon, and anything.
pub fn rolesanywhere_arn(text: &str, kinds: &[&str]) -> bool {
    after_service(text, "rolesanywhere")
        .is_some_and(|rest| kinds.iter().any(|kind| two_parts_before(rest, kind)))
}

/// What follows `arn:aws(-[^:]+)?:{service}`.
fn after_service<'a>(text: &'a str, service: &str) -> Option<&'a str> {
    if text.contains(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']) {
        return None;
    }
    let rest = text.strip_prefix("arn:aws")?;
    let rest = match rest.strip_prefix('-') {
        None => rest,
        Some(rest) => {
            let (word, _) = rest.split_once(':')?;
            rest.strip_prefix(word).filter(|_| !word.is_empty())?
        }
    };
    rest.strip_prefix(':')?.strip_prefix(service)
}

/// `(:.*){2}{end}.*`: the last place of `end` is the best one to try.
fn two_parts_before(rest: &str, end: &str) -> bool {
    rest.rsplit_once(end).is_some_and(|(before, _)| {
        before
            .strip_prefix(':')
            .is_some_and(|before| before.contains(':'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "6f1cd1f4-6d1d-4b5c-8f4b-7f3f5e1a0c11";

    #[test]
    fn identifiers_are_those_of_the_model() {
        let kinds = &[":crl/", ":alias/crl/"];
        for (text, expected) in [
            ("arn:aws:rolesanywhere:us-east-1:000000000000:crl/x", true),
            (
                "arn:aws-cn:rolesanywhere:cn-north-1:000000000000:alias/crl/a/b",
                true,
            ),
            ("arn:aws:rolesanywhere:::crl/", true),
            ("arn:aws:rolesanywhere::crl/", false),
            ("arn:aws:rolesanywhere:crl/", false),
            ("arn:aws-:rolesanywhere:::crl/", false),
            ("arn:aws:iam:::crl/", false),
            ("arn:aws:rolesanywhere:::crl/\n", false),
            (
                "arn:aws:rolesanywhere:us-east-1:000000000000:profile/x",
                false,
            ),
            ("", false),
        ] {
            assert_eq!(rolesanywhere_arn(text, kinds), expected, "{text}");
        }
        assert!(uuid(ID));
        for no in [
            &ID.to_uppercase(),
            "",
            &ID.replacen("6", "", 1),
            &ID.replace('-', "0"),
        ] {
            assert!(!uuid(no), "{no}");
        }
        // Only the first group is hexadecimal in the model.
        assert!(uuid("00000000-zzzz-zzzz-zzzz-zzzzzzzzzzzz"));
        assert!(!uuid("z0000000-0000-0000-0000-000000000000"));
    }

    #[test]
    fn role_arns_are_those_of_the_model() {
        for (text, expected) in [
            ("arn:aws:iam::000000000000:role/a", true),
            ("arn:aws:iam::000000000000:role", true),
            ("arn:aws:iam::000000000000:user/x", false),
            ("arn:aws:iam:role", false),
            ("arn:aws:iam::role", false),
            ("arn:aws:sts::000000000000:role/a", false),
        ] {
            assert_eq!(role_arn(text), expected, "{text}");
        }
    }
}
