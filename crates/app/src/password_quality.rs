//! How good a new password is: it enters, what is wrong with it leaves, for the person who calls the command. An estimate of the tries that
//! it stands up to, not a proof; zxcvbn, which does more, brings a megabyte of dictionaries and a regex engine along.

use anyhow::ensure;
use anyrole_keys::Password;

/// What a password should stand up to, as a power of two: with 600,000 rounds of PBKDF2 on top, years of many machines.
const ENOUGH_BITS: f64 = 50.0;
/// Of a word in a phrase: one of some eight thousand.
const BITS_OF_A_WORD: f64 = 13.0;
/// What everybody tries first, digits and signs at the ends apart.
const COMMON: [&str; 28] = [
    "password",
    "passwort",
    "passwd",
    "qwerty",
    "qwertz",
    "azerty",
    "letmein",
    "welcome",
    "admin",
    "administrator",
    "changeit",
    "changeme",
    "secret",
    "default",
    "root",
    "test",
    "iloveyou",
    "monkey",
    "dragon",
    "master",
    "login",
    "hello",
    "abc",
    "asdf",
    "asdfgh",
    "trustno",
    "anyrole",
    "smallstep",
];

/// What is wrong with it, or nothing.
pub fn weakness(password: &Password) -> Option<String> {
    let text = String::from_utf8_lossy(password.expose());
    let core = text
        .trim_matches(|c: char| !c.is_alphabetic())
        .to_lowercase();
    if COMMON.contains(&core.as_str()) {
        return Some("it is one of those that are tried first".to_owned());
    }
    let bits = bits_of_characters(&text).min(bits_of_words(&text));
    (bits < ENOUGH_BITS)
        .then(|| format!("whoever gets the file finds it in about 2^{bits:.0} tries"))
}

/// Says so on standard error, where a log of whoever has this called may have it; with `must_be_strong` it is an error.
pub fn judge(password: &Password, must_be_strong: bool) -> anyhow::Result<()> {
    let Some(said) = judgement(password) else {
        return Ok(());
    };
    ensure!(!must_be_strong, said);
    say(&said);
    Ok(())
}

/// The same as `step`, whose standard error scripts read: a word at the terminal alone.
#[cfg(feature = "server")]
pub fn judge_at_terminal(password: &Password) {
    use std::io::IsTerminal as _;
    if std::io::stderr().is_terminal()
        && let Some(said) = judgement(password)
    {
        say(&said);
    }
}

fn judgement(password: &Password) -> Option<String> {
    let cure = "take five words that have nothing to do with each other, or 16 characters by chance (`openssl rand -base64 12`)";
    weakness(password).map(|weakness| format!("the new password is weak: {weakness}; {cure}"))
}

#[expect(
    clippy::print_stderr,
    reason = "a word to the person who calls the command"
)]
fn say(text: &str) {
    eprintln!("warning: {text}");
}

/// A kind of character, and how many there are.
type Kind = (fn(char) -> bool, u64);

/// Each character by the kinds that occur; one that follows from the character before it counts little.
fn bits_of_characters(text: &str) -> f64 {
    let kinds: [Kind; 5] = [
        (|c| c.is_ascii_lowercase(), 26),
        (|c| c.is_ascii_uppercase(), 26),
        (|c| c.is_ascii_digit(), 10),
        (
            |c| c.is_ascii_graphic() && !c.is_ascii_alphanumeric() || c == ' ',
            33,
        ),
        (|c| !c.is_ascii(), 100),
    ];
    let choices: u64 = kinds
        .iter()
        .filter(|(is_of_kind, _)| text.chars().any(is_of_kind))
        .map(|(_, choices)| choices)
        .sum();
    // In eighths of a bit, by whole numbers: for one logarithm each call of the program would load the library of mathematics.
    let each = f64::from(choices.max(1).pow(8).ilog2()) / 8.0;
    let mut bits = 0.0;
    let mut before: Option<char> = None;
    for c in text.chars() {
        let follows = before.is_some_and(|before| u32::from(c).abs_diff(u32::from(before)) <= 1);
        bits += if follows { 1.0 } else { each };
        before = Some(c);
    }
    // What is typed over and over says nothing new.
    let mut distinct: Vec<char> = text.chars().collect();
    distinct.sort_unstable();
    distinct.dedup();
    bits.min(distinct.len() as f64 * each * 1.5)
}

/// A phrase of words is as good as its words.
fn bits_of_words(text: &str) -> f64 {
    let words: Vec<&str> = text.split([' ', '-', '_', '.']).collect();
    let is_phrase = words.len() > 1
        && words
            .iter()
            .all(|word| word.chars().all(char::is_alphabetic));
    match is_phrase {
        true => {
            let count = words.iter().filter(|word| !word.is_empty()).count();
            count as f64 * BITS_OF_A_WORD
        }
        false => f64::INFINITY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_ones_are_told_from_strong_ones() {
        let rows = [
            ("", true),
            ("a", true),
            ("password", true),
            ("Password123!", true),
            ("123456789012345", true),
            ("aaaaaaaaaaaaaaaaaaaaaaaa", true),
            ("abcdefghijklmnopqrstuvwxyz", true),
            ("hunter2", true),
            ("correct horse", true),
            ("correct horse battery staple", false),
            ("correct-horse-battery-staple", false),
            ("kT7#qv9zLm2x", false),
            ("X9n2mQ0v4c1rB8yt", false),
            ("zufällig gewählte lange wörter", false),
        ];
        for (text, weak) in rows {
            let said = weakness(&Password::from(text));
            assert_eq!(said.is_some(), weak, "{text}: {said:?}");
        }
        assert!(judge(&Password::from("hunter2"), true).is_err());
        assert!(judge(&Password::from("hunter2"), false).is_ok());
    }
}
