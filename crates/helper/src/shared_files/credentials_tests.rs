//! Files that other tools damage, and files made by chance: only the three values change.

use std::collections::BTreeMap;

use anyrole_sdk::Credentials;
use proptest::prelude::*;
use zeroize::Zeroizing;

use super::{EditError, with_credentials};

fn credentials() -> Credentials {
    Credentials {
        access_key_id: "ASIANEW".to_owned(),
        secret_access_key: Zeroizing::new("new/secret+=".to_owned()),
        session_token: Zeroizing::new("new//token==".to_owned()),
        expiration: "2030-01-01T00:00:00Z".to_owned(),
    }
}

fn edited(before: &str) -> String {
    let after = with_credentials(before.as_bytes(), "dev", &credentials()).unwrap();
    String::from_utf8(after.to_vec()).unwrap()
}

const NEW: &str = "aws_access_key_id = ASIANEW\naws_secret_access_key = new/secret+=\naws_session_token = new//token==\n";

#[test]
fn only_the_values_change() {
    let long = format!("note = {}\n", "x".repeat(70_000));
    let rows = [
        // Nothing there yet, and no final newline.
        (String::new(), format!("[dev]\n{NEW}")),
        ("[a]\nk = v".to_owned(), format!("[a]\nk = v\n[dev]\n{NEW}")),
        ("# comment".to_owned(), format!("# comment\n[dev]\n{NEW}")),
        // The last line of the file lies in the section: a comment, another key, the next section, the header itself.
        (format!("[dev]\n{NEW}# end"), format!("[dev]\n{NEW}# end")),
        ("[dev]\nregion = r".to_owned(), format!("[dev]\nregion = r\n{NEW}")),
        (format!("[dev]\n{NEW}[next]"), format!("[dev]\n{NEW}[next]")),
        ("[a]\n[dev]".to_owned(), format!("[a]\n[dev]\n{NEW}")),
        // A line over 64 KiB, before and behind.
        (format!("[dev]\n{long}[z]\nk=v\n"), format!("[dev]\n{long}{NEW}[z]\nk=v\n")),
        (format!("{long}[dev]\n"), format!("{long}[dev]\n{NEW}")),
        // Values are replaced where they stand, with spacing, case, colon and comment as they were.
        (
            "[dev] ; mine\nAWS_Secret_Access_Key=old\n\naws_access_key_id   :  old ; note\n[z]\naws_access_key_id = z\n".to_owned(),
            "[dev] ; mine\nAWS_Secret_Access_Key=new/secret+=\n\naws_access_key_id   :  ASIANEW ; note\naws_session_token = new//token==\n[z]\naws_access_key_id = z\n".to_owned(),
        ),
        // Keys that begin alike are others; so are indented ones, which belong to the value before.
        (
            "[dev]\naws_access_key_id_note = 1\ns3 =\n  aws_session_token = no\n".to_owned(),
            format!("[dev]\naws_access_key_id_note = 1\ns3 =\n  aws_session_token = no\n{NEW}"),
        ),
        // A value of several lines goes with all of them.
        (
            "[dev]\naws_session_token = old\n  and more\nregion = r\n".to_owned(),
            "[dev]\naws_session_token = new//token==\nregion = r\naws_access_key_id = ASIANEW\naws_secret_access_key = new/secret+=\n".to_owned(),
        ),
        // Carriage returns, a mark of UTF-8, spaces in the header.
        (
            "\u{feff}[ dev ]\r\naws_access_key_id=old\r\n\r\n[z]\r\n".to_owned(),
            "\u{feff}[ dev ]\r\naws_access_key_id=ASIANEW\r\naws_secret_access_key = new/secret+=\r\naws_session_token = new//token==\r\n\r\n[z]\r\n".to_owned(),
        ),
        // A section that is there twice: whoever reads the first or the last one gets the new key.
        (
            "[dev]\naws_access_key_id = 1\n[dev]\naws_access_key_id = 2\n".to_owned(),
            "[dev]\naws_access_key_id = ASIANEW\naws_secret_access_key = new/secret+=\naws_session_token = new//token==\n[dev]\naws_access_key_id = ASIANEW\n".to_owned(),
        ),
        // Empty values, and blank lines and comments before the next section.
        (
            "[dev]\naws_access_key_id =\n\n# of z\n[z]\n".to_owned(),
            "[dev]\naws_access_key_id =ASIANEW\naws_secret_access_key = new/secret+=\naws_session_token = new//token==\n\n# of z\n[z]\n".to_owned(),
        ),
    ];
    for (before, expected) in rows {
        let shown: String = before.chars().take(200).collect();
        assert_eq!(edited(&before), expected, "{shown:?}");
        assert_eq!(edited(&expected), expected, "a second time: {shown:?}");
    }
}

#[test]
fn what_could_not_be_read_back_is_refused() {
    for name in ["", " dev", "dev ", "a]b", "a\nb", "\u{7f}"] {
        let refused = with_credentials(b"", name, &credentials());
        assert!(
            matches!(refused, Err(EditError::ProfileName { .. })),
            "{name:?}"
        );
    }
    for token in ["", "a b", "a\nb", "é"] {
        let mut given = credentials();
        given.session_token = Zeroizing::new(token.to_owned());
        let refused = with_credentials(b"[dev]\n", "dev", &given);
        assert_eq!(
            refused,
            Err(EditError::Value {
                key: "aws_session_token"
            }),
            "{token:?}"
        );
    }
}

/// A line of a file that somebody may have written.
fn line() -> impl Strategy<Value = String> {
    let key = prop_oneof![
        Just("aws_access_key_id".to_owned()),
        Just("AWS_SECRET_ACCESS_KEY".to_owned()),
        Just("aws_session_token".to_owned()),
        "[a-z_]{1,12}",
    ];
    prop_oneof![
        (key, "[ \t]{0,3}[=:][ \t]{0,3}", "[!-~]{0,40}")
            .prop_map(|(key, mark, value)| key + &mark + &value),
        prop_oneof![
            Just("[dev]"),
            Just("[ dev ]"),
            Just("[z]"),
            Just("[dev2] # x"),
            Just("[broken")
        ]
        .prop_map(str::to_owned),
        "[#;][ -~]{0,30}",
        "[ \t]{1,4}[!-~ ]{0,20}",
        Just(String::new()),
        "[ -~é]{0,60}",
    ]
}

/// Sections in the order in which they begin, with the lines that are neither theirs nor a key of credentials.
fn rest(content: &str) -> Vec<String> {
    let mut kept = Vec::new();
    let (mut inside, mut skipping) = (false, false);
    for line in content.split('\n').map(|line| line.trim_end_matches('\r')) {
        let trimmed = line.trim();
        let is_indented = line.starts_with([' ', '\t']);
        let is_silent = trimmed.is_empty() || trimmed.starts_with(['#', ';']);
        let section = trimmed
            .strip_prefix('[')
            .and_then(|rest| rest.split_once(']'));
        if let Some((name, _)) = section {
            inside = name.trim() == "dev";
            skipping = false;
        }
        let continues = is_indented && !is_silent && section.is_none();
        skipping = skipping && continues;
        let key = line
            .split(['=', ':'])
            .next()
            .unwrap_or_default()
            .trim()
            .to_lowercase();
        let ours = [
            "aws_access_key_id",
            "aws_secret_access_key",
            "aws_session_token",
        ];
        let has_mark = line.contains(['=', ':']);
        if inside && has_mark && !continues && !is_silent && ours.contains(&&*key) {
            skipping = true;
        } else if !skipping {
            kept.push(line.to_owned());
        }
    }
    kept
}

/// A final newline more or less is none of the content.
fn without_last_blanks(mut lines: Vec<String>) -> Vec<String> {
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}

/// What a plain reader finds in the section, the last one winning.
fn read(content: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut inside = false;
    for line in content.lines() {
        let trimmed = line.trim();
        if let Some((name, _)) = trimmed
            .strip_prefix('[')
            .and_then(|rest| rest.split_once(']'))
        {
            inside = name.trim() == "dev";
        } else if inside
            && !line.starts_with([' ', '\t', '#', ';'])
            && let Some((key, value)) = line.split_once(['=', ':'])
        {
            let value = value.split([' ', '\t']).find(|word| !word.is_empty());
            found.insert(
                key.trim().to_lowercase(),
                value.unwrap_or_default().to_owned(),
            );
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, ..ProptestConfig::default() })]

    #[test]
    fn every_other_octet_stays(
        lines in prop::collection::vec(line(), 0..24),
        end in prop_oneof![Just("\n"), Just("\r\n")],
        last in any::<bool>(),
    ) {
        let mut before = lines.join(end);
        if last {
            before.push_str(end);
        }
        let after = edited(&before);
        let mut others = without_last_blanks(rest(&after));
        let known = without_last_blanks(rest(&before));
        // A new section is the only line that may be added.
        if others.len() > known.len() {
            prop_assert_eq!(others.pop(), Some("[dev]".to_owned()));
            others = without_last_blanks(others);
        }
        prop_assert_eq!(others, known);
        let found = read(&after);
        prop_assert_eq!(found.get("aws_access_key_id").map(String::as_str), Some("ASIANEW"));
        prop_assert_eq!(found.get("aws_secret_access_key").map(String::as_str), Some("new/secret+="));
        prop_assert_eq!(found.get("aws_session_token").map(String::as_str), Some("new//token=="));
        prop_assert_eq!(edited(&after), after);
    }
}
