//! Transcripts as files: what is called stands there by hand, what comes of it is written with `ANYROLE_TRANSCRIPTS=write`.
//!
//! ```text
//! # A remark.
//! $ credential-process --bogus        the words; {…} is filled in
//!   AWS_PROFILE=x                     environment, a line each
//! differs: why the outcomes differ    there where they do, and only there
//! ours 1                              status, then standard output behind `>`, standard error behind `!`
//! ! error: …
//! official 1
//! ! unknown flag: --bogus
//! ```

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// What a program did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// `1`, or `stopped` for one that was ended by the test.
    pub status: String,
    pub stdout: String,
    pub stderr: String,
}

/// One call of both programs.
#[derive(Debug, Default)]
pub struct Block {
    /// Remarks and blank lines before it, as they are.
    pub head: String,
    pub words: String,
    pub environment: Vec<(String, String)>,
    pub differs: Option<String>,
    pub ours: Outcome,
    /// As recorded; there may be no official helper to ask.
    pub official: Outcome,
}

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/helper")
}

#[expect(
    clippy::disallowed_methods,
    reason = "who runs the test says whether transcripts are written"
)]
pub fn is_written() -> bool {
    std::env::var_os("ANYROLE_TRANSCRIPTS").is_some_and(|value| value == "write")
}

pub fn read(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut head = String::new();
    let mut of_official = false;
    for line in text.lines() {
        if let Some(words) = line.strip_prefix("$ ").or((line == "$").then_some("")) {
            of_official = false;
            blocks.push(Block {
                head: std::mem::take(&mut head),
                words: words.to_owned(),
                ..Block::default()
            });
            continue;
        }
        let Some(block) = blocks.last_mut() else {
            writeln!(head, "{line}").unwrap();
            continue;
        };
        if let Some(variable) = line.strip_prefix("  ") {
            let (name, value) = variable.split_once('=').unwrap();
            block.environment.push((name.to_owned(), value.to_owned()));
        } else if let Some(why) = line.strip_prefix("differs: ") {
            block.differs = Some(why.to_owned());
        } else if let Some(status) = line.strip_prefix("ours ") {
            block.ours.status = status.to_owned();
        } else if let Some(status) = line.strip_prefix("official ") {
            of_official = true;
            block.official.status = status.to_owned();
        } else if line.is_empty() || line.starts_with('#') {
            writeln!(head, "{line}").unwrap();
        } else {
            let outcome = match of_official {
                true => &mut block.official,
                false => &mut block.ours,
            };
            let (stream, text) = match line.split_at(1) {
                (">", text) => (&mut outcome.stdout, text),
                ("!", text) => (&mut outcome.stderr, text),
                _ => panic!("a transcript has no such line: {line}"),
            };
            writeln!(stream, "{}", text.strip_prefix(' ').unwrap_or(text)).unwrap();
        }
    }
    blocks
}

pub fn render(blocks: &[Block]) -> String {
    let mut text = String::new();
    for block in blocks {
        text.push_str(&block.head);
        text.push_str(format!("$ {}", block.words).trim_end());
        text.push('\n');
        for (name, value) in &block.environment {
            writeln!(text, "  {name}={value}").unwrap();
        }
        if let Some(why) = &block.differs {
            writeln!(text, "differs: {why}").unwrap();
        }
        for (name, outcome) in [("ours", &block.ours), ("official", &block.official)] {
            writeln!(text, "{name} {}", outcome.status).unwrap();
            for (mark, stream) in [('>', &outcome.stdout), ('!', &outcome.stderr)] {
                for line in stream.lines() {
                    writeln!(text, "{}", format!("{mark} {line}").trim_end()).unwrap();
                }
            }
        }
    }
    text
}

/// What of a stream is kept in a transcript. A missing final newline is shown, and long texts are cut: their beginning tells
/// what they are.
pub fn kept(stream: &[u8], replaced: &[(&str, &str)]) -> String {
    const LINES: usize = 14;
    let mut text = match std::str::from_utf8(stream) {
        Ok(text) => text.to_owned(),
        Err(_) => hex_simd::encode_to_string(stream, hex_simd::AsciiCase::Lower),
    };
    for (from, to) in replaced {
        text = text.replace(from, to);
    }
    if !text.is_empty() && !text.ends_with('\n') {
        text.push_str("(no newline)\n");
    }
    let mut lines: Vec<String> = text.lines().map(tidy).collect();
    // Of AWS's helper: the whole usage stands behind each mistake in it.
    let is_usage = |line: &String| line == "Usage:";
    let is_mistake = lines
        .first()
        .is_some_and(|line| line.starts_with("Error: "));
    if let Some(start) = lines.iter().position(is_usage).filter(|_| is_mistake) {
        let end = lines.len().saturating_sub(1).max(start);
        lines.drain(start..end);
    }
    // Of a Go program that crashed: where, in addresses.
    if let Some(start) = lines.iter().position(|line| line.starts_with("goroutine ")) {
        lines.truncate(start);
    }
    if lines.len() > LINES {
        let more = lines.len() - LINES;
        lines.truncate(LINES);
        lines.push(format!("(and {more} lines more)"));
    }
    lines
        .iter()
        .map(|line| format!("{}\n", line.trim_end()))
        .collect()
}

/// Without what differs from run to run: times and free ports.
fn tidy(line: &str) -> String {
    let mut line = line.to_owned();
    // Go's log: 2026/11/22 07:09:18 text
    let is_stamp = |text: &str| {
        let pattern = "0000/00/00 00:00:00 ";
        text.chars()
            .zip(pattern.chars())
            .all(|(is, should)| is == should || (should == '0' && is.is_ascii_digit()))
    };
    if line.len() > 20 && is_stamp(&line) {
        line = line.split_off(20);
    }
    for (before, after) in [
        ("(now ", ")"),
        ("and it is ", " here"),
        ("started on port: ", ""),
        ("the next at ", ""),
        ("ENDPOINT=http://127.0.0.1:", "/"),
        ("[::1]:", "/"),
        // A token has another serial number each time, and lists begin anywhere.
        ("; present: ", ""),
        ("name one of them: ", ""),
        ("on the token(s): ", ""),
        ("private keys on the token: ", ""),
        (" pc=", "]"),
    ] {
        if let Some((head, rest)) = line.split_once(before) {
            let end = match after {
                "" => rest.len(),
                after => rest.find(after).unwrap_or(rest.len()),
            };
            line = format!("{head}{before}…{}", rest.get(end..).unwrap_or_default());
        }
    }
    line
}
