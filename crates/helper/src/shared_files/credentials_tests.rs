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

/// A line of a file that somebody may have written, with its end.
fn line() -> impl Strategy<Value = Vec<u8>> {
    let key = prop_oneof![
        Just("aws_access_key_id".to_owned()),
        Just("AWS_SECRET_ACCESS_KEY".to_owned()),
        Just("aws_session_token".to_owned()),
        "[a-z_]{1,12}",
    ];
    let text = prop_oneof![
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
    ];
    // Octets of no text, as somebody's editor may have left them.
    let octet = any::<u8>().prop_filter("one line", |octet| *octet != b'\n');
    let text = prop_oneof![
        9 => text.prop_map(String::into_bytes),
        1 => prop::collection::vec(octet, 0..20),
    ];
    (text, prop_oneof![3 => Just("\n"), 2 => Just("\r\n")])
        .prop_map(|(text, end)| [&*text, end.as_bytes()].concat())
}

/// All but the lines of the three keys, octet by octet.
fn rest(content: &[u8]) -> Vec<u8> {
    let mut kept = Vec::new();
    let (mut inside, mut skipping) = (false, false);
    for whole in content.split_inclusive(|octet| *octet == b'\n') {
        let line = whole.strip_suffix(b"\n").unwrap_or(whole);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let trimmed = line.trim_ascii();
        let is_indented = matches!(line.first(), Some(b' ' | b'\t'));
        let is_silent = matches!(trimmed.first(), None | Some(b'#' | b';'));
        let title = trimmed
            .strip_prefix(b"[")
            .and_then(|rest| rest.split(|octet| *octet == b']').next())
            .filter(|title| title.len() + 1 < trimmed.len());
        if let Some(title) = title {
            inside = title.trim_ascii() == b"dev";
            skipping = false;
        }
        let continues = is_indented && !is_silent && title.is_none();
        skipping = skipping && continues;
        let mark = line.iter().position(|octet| matches!(octet, b'=' | b':'));
        let key = mark.map(|at| line[..at].trim_ascii().to_ascii_lowercase());
        let ours: [&[u8]; 3] = [
            b"aws_access_key_id",
            b"aws_secret_access_key",
            b"aws_session_token",
        ];
        let is_ours = key.is_some_and(|key| ours.contains(&&*key));
        if inside && !continues && !is_silent && is_ours {
            skipping = true;
        } else if !skipping {
            kept.extend_from_slice(whole);
        }
    }
    kept
}

/// What a plain reader finds in the section, the last one winning.
fn read(content: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut inside = false;
    for line in content.lines() {
        let trimmed = line.trim_matches(|character: char| character.is_ascii_whitespace());
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
    fn every_other_octet_stays(lines in prop::collection::vec(line(), 0..24), last in any::<bool>()) {
        let mut before = lines.concat();
        if !last {
            while matches!(before.last(), Some(b'\n' | b'\r')) {
                before.pop();
            }
        }
        let edited = |before: &[u8]| with_credentials(before, "dev", &credentials()).unwrap();
        let after = edited(&before);
        // A last line may get an end, and a new section is the only line that may be added.
        let (known, others) = (rest(&before), rest(&after));
        let added = others.strip_prefix(&*known);
        prop_assert!(added.is_some(), "{:?}", String::from_utf8_lossy(&after));
        let added = String::from_utf8(added.unwrap().to_vec()).unwrap().replace('\r', "");
        prop_assert!(["", "\n", "[dev]\n", "\n[dev]\n"].contains(&&*added), "{added:?}");
        let ended = before.last().is_none_or(|octet| *octet == b'\n');
        prop_assert!(!ended || !added.starts_with('\n'), "{added:?}");
        let found = read(&String::from_utf8_lossy(&after));
        prop_assert_eq!(found.get("aws_access_key_id").map(String::as_str), Some("ASIANEW"));
        prop_assert_eq!(found.get("aws_secret_access_key").map(String::as_str), Some("new/secret+="));
        prop_assert_eq!(found.get("aws_session_token").map(String::as_str), Some("new//token=="));
        prop_assert_eq!(&*edited(&after), &*after);
    }
}
