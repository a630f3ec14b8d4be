//! A credentials file's content in, the same with three keys of one section set out. Only the values of these keys
//! change: comments, order, spacing, line ends, lines of any length and other sections stay octet by octet.

use anyrole_sdk::Credentials;
use zeroize::Zeroizing;

/// Why a content was not changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// No section can be called so.
    #[error(
        "--profile: `{presented}` can't be the name of a section: it must not be empty, begin or end with a space, \
         or hold `]` or control characters"
    )]
    ProfileName {
        /// As given, without control characters.
        presented: String,
    },
    /// What the service gave could not be read back from the file.
    #[error("the service's {key} holds characters that a credentials file can't")]
    Value {
        /// The key.
        key: &'static str,
    },
}

/// The content with the credentials in the section `profile`, which is appended where there is none. Of a section that is
/// there twice every key is set, since some readers take the first and some the last.
pub(super) fn with_credentials(
    before: &[u8],
    profile: &str,
    credentials: &Credentials,
) -> Result<Zeroizing<Vec<u8>>, EditError> {
    check_profile(profile)?;
    let values = [
        ("aws_access_key_id", credentials.access_key_id.as_str()),
        ("aws_secret_access_key", &credentials.secret_access_key),
        ("aws_session_token", &credentials.session_token),
    ];
    for (key, value) in values {
        if value.is_empty() || !value.bytes().all(|octet| octet.is_ascii_graphic()) {
            return Err(EditError::Value { key });
        }
    }
    let lines: Vec<Line<'_>> = lines(before);
    let room = values
        .iter()
        .map(|(key, value)| key.len() + value.len() + 8)
        .sum::<usize>();
    // Enough for all, so that no copy of a secret is left behind by growing.
    let occurrences = 1 + lines.len();
    let capacity = before.len() + profile.len() + 16 + room.saturating_mul(occurrences.min(64));
    let mut after = Zeroizing::new(Vec::with_capacity(capacity));
    let section = Section::find(&lines, profile);
    let mut missing: Vec<(&str, &str)> = values
        .into_iter()
        .filter(|(key, _)| !section.holds(&lines, key))
        .collect();
    let line_end = section.line_end(&lines);
    let mut skipping = false;
    for (position, line) in lines.iter().enumerate() {
        let ours = section.is_in(position).then(|| line.key()).flatten();
        let value = ours.and_then(|name| {
            let found = values
                .iter()
                .find(|(key, _)| name.eq_ignore_ascii_case(key.as_bytes()));
            found.map(|(_, value)| *value)
        });
        // A value's further lines go with it.
        skipping = skipping && line.continues();
        if let Some(value) = value {
            line.write_with_value(value, &mut after);
            skipping = true;
        } else if !skipping {
            after.extend_from_slice(line.whole);
        }
        if section.insert_after == Some(position) {
            put_missing(&mut missing, line_end, &mut after);
        }
    }
    if !missing.is_empty() {
        end_last_line(line_end, &mut after);
        after.extend_from_slice(b"[");
        after.extend_from_slice(profile.as_bytes());
        after.extend_from_slice(b"]");
        after.extend_from_slice(line_end);
        put_missing(&mut missing, line_end, &mut after);
    }
    Ok(after)
}

fn check_profile(profile: &str) -> Result<(), EditError> {
    let is_bad = |character: char| character == ']' || character.is_control();
    if profile.is_empty() || profile.trim() != profile || profile.contains(is_bad) {
        return Err(EditError::ProfileName {
            presented: profile
                .chars()
                .filter(|character| !character.is_control())
                .collect(),
        });
    }
    Ok(())
}

fn end_last_line(line_end: &[u8], after: &mut Vec<u8>) {
    if after.last().is_some_and(|last| *last != b'\n') {
        after.extend_from_slice(line_end);
    }
}

fn put_missing(missing: &mut Vec<(&str, &str)>, line_end: &[u8], after: &mut Vec<u8>) {
    if !missing.is_empty() {
        end_last_line(line_end, after);
    }
    for (key, value) in missing.drain(..) {
        for part in [key.as_bytes(), b" = ", value.as_bytes(), line_end] {
            after.extend_from_slice(part);
        }
    }
}

/// One line with its end.
struct Line<'a> {
    whole: &'a [u8],
}

fn lines(content: &[u8]) -> Vec<Line<'_>> {
    content
        .split_inclusive(|octet| *octet == b'\n')
        .map(|whole| Line { whole })
        .collect()
}

impl<'a> Line<'a> {
    /// Without its end.
    fn text(&self) -> &'a [u8] {
        let text = self.whole.strip_suffix(b"\n").unwrap_or(self.whole);
        text.strip_suffix(b"\r").unwrap_or(text)
    }

    fn end(&self) -> &'a [u8] {
        self.whole.get(self.text().len()..).unwrap_or_default()
    }

    /// The name of the section that begins here.
    fn section(&self) -> Option<&'a [u8]> {
        const MARK: &[u8] = b"\xef\xbb\xbf";
        let text = self.text();
        let text = text.strip_prefix(MARK).unwrap_or(text).trim_ascii_start();
        let rest = text.strip_prefix(b"[")?;
        let end = rest.iter().position(|octet| *octet == b']')?;
        Some(rest.get(..end)?.trim_ascii())
    }

    /// Blank, or a comment.
    fn is_silent(&self) -> bool {
        matches!(self.text().trim_ascii().first(), None | Some(b'#' | b';'))
    }

    /// An indented line belongs to the value before it.
    fn continues(&self) -> bool {
        let is_indented = matches!(self.text().first(), Some(b' ' | b'\t'));
        is_indented && !self.is_silent() && self.section().is_none()
    }

    /// Where the mark between key and value stands.
    fn mark(&self) -> Option<usize> {
        if self.continues() || self.is_silent() {
            return None;
        }
        self.text()
            .iter()
            .position(|octet| matches!(octet, b'=' | b':'))
    }

    fn key(&self) -> Option<&'a [u8]> {
        Some(self.text().get(..self.mark()?)?.trim_ascii())
    }

    /// The line as it was but for the value. A comment behind it stays.
    fn write_with_value(&self, value: &str, after: &mut Vec<u8>) {
        let text = self.text();
        let (head, tail) = text
            .split_at_checked(self.mark().map_or(0, |mark| mark + 1))
            .unwrap_or((text, b""));
        let spaces = tail.len() - tail.trim_ascii_start().len();
        let (spaces, old) = tail.split_at_checked(spaces).unwrap_or((b"", tail));
        let comment = old
            .windows(2)
            .position(|pair| matches!(pair, [b' ' | b'\t', b'#' | b';']))
            .and_then(|at| old.get(at..))
            .unwrap_or_default();
        for part in [head, spaces, value.as_bytes(), comment, self.end()] {
            after.extend_from_slice(part);
        }
    }
}

/// Where the section's lines are.
struct Section {
    /// Whether a line is one of the section, or of another of the same name.
    is_in: Vec<bool>,
    header: Option<usize>,
    /// The last line of the first one that is neither blank nor a comment.
    insert_after: Option<usize>,
}

impl Section {
    fn find(lines: &[Line<'_>], profile: &str) -> Self {
        let mut found = Self {
            is_in: Vec::with_capacity(lines.len()),
            header: None,
            insert_after: None,
        };
        let (mut inside, mut in_first) = (false, false);
        for (position, line) in lines.iter().enumerate() {
            if let Some(name) = line.section() {
                inside = name == profile.as_bytes();
                in_first = inside && found.header.is_none();
                if in_first {
                    found.header = Some(position);
                }
            }
            found.is_in.push(inside);
            if in_first && !line.is_silent() {
                found.insert_after = Some(position);
            }
        }
        found
    }

    fn is_in(&self, position: usize) -> bool {
        self.is_in.get(position).copied().unwrap_or(false)
    }

    fn holds(&self, lines: &[Line<'_>], key: &str) -> bool {
        lines.iter().enumerate().any(|(position, line)| {
            self.is_in(position)
                && line
                    .key()
                    .is_some_and(|name| name.eq_ignore_ascii_case(key.as_bytes()))
        })
    }

    /// As the section's first line ends, else as the file's does.
    fn line_end<'a>(&self, lines: &[Line<'a>]) -> &'a [u8] {
        let header = self.header.and_then(|position| lines.get(position));
        let ends = header.into_iter().chain(lines.first()).map(Line::end);
        ends.into_iter()
            .find(|end| !end.is_empty())
            .unwrap_or(b"\n")
    }
}

#[cfg(test)]
#[path = "edit_tests.rs"]
mod tests;
