//! The content of an INI file of AWS's tools in, the same with keys of one section set or taken out. Only the lines of these
//! keys change: comments, order, spacing, line ends, lines of any length and other sections stay octet by octet.
//! `credentials.rs` and `config.rs` call it.

use zeroize::Zeroizing;

/// What is to be so afterwards.
pub(super) struct Edit<'a> {
    /// What stands between the brackets of a section that is made new.
    pub(super) title: &'a str,
    /// Whether what stands between a header's brackets names the section.
    pub(super) is_section: &'a dyn Fn(&[u8]) -> bool,
    /// Keys in lower case and their values.
    pub(super) set: &'a [(&'a str, &'a str)],
    /// Keys in lower case that must not be there.
    pub(super) remove: &'a [&'a str],
    /// Whether what stands behind ` #` or ` ;` in a replaced value stays.
    pub(super) keep_comments: bool,
}

/// A part of the content, in order.
#[derive(Debug)]
pub(super) enum Piece<'a> {
    /// As it was.
    Kept(&'a [u8]),
    /// Of the old content alone.
    Removed(&'a [u8]),
    /// Of the new content alone.
    Added(Zeroizing<Vec<u8>>),
}

/// The new content.
pub(super) fn joined(pieces: &[Piece<'_>]) -> Zeroizing<Vec<u8>> {
    let parts = || {
        pieces.iter().map(|piece| match piece {
            Piece::Kept(part) => *part,
            Piece::Added(part) => part.as_slice(),
            Piece::Removed(_) => b"",
        })
    };
    // Enough at once, so that no copy of a secret is left behind by growing.
    let mut content = Zeroizing::new(Vec::with_capacity(parts().map(<[u8]>::len).sum()));
    parts().for_each(|part| content.extend_from_slice(part));
    content
}

/// Keys in lower case and values of the section, in order, of all its parts where it is there several times. Some values are
/// secrets.
pub(super) fn values(
    content: &[u8],
    is_section: &dyn Fn(&[u8]) -> bool,
) -> Vec<(String, Zeroizing<String>)> {
    let lines = lines(content);
    let section = Section::find(&lines, is_section);
    let text = |octets: &[u8]| String::from_utf8_lossy(octets.trim_ascii()).into_owned();
    lines
        .iter()
        .enumerate()
        .filter(|(position, _)| section.is_in(*position))
        .filter_map(|(_, line)| {
            let value = line.text().get(line.mark()? + 1..)?;
            let key = text(line.key()?).to_ascii_lowercase();
            Some((key, Zeroizing::new(text(value))))
        })
        .collect()
}

/// Keys in lower case and values of the indented lines below a key of the section, as a `services` section has them.
pub(super) fn below(
    content: &[u8],
    is_section: &dyn Fn(&[u8]) -> bool,
    key: &str,
) -> Vec<(String, String)> {
    let lines = lines(content);
    let section = Section::find(&lines, is_section);
    let text = |octets: &[u8]| String::from_utf8_lossy(octets.trim_ascii()).into_owned();
    let mut is_below = false;
    let mut found = Vec::new();
    for (_, line) in (0..).zip(&lines).filter(|(at, _)| section.is_in(*at)) {
        if let Some(name) = line.key() {
            is_below = name.eq_ignore_ascii_case(key.as_bytes());
        } else if is_below && line.continues() {
            let mut parts = line.text().splitn(2, |octet| *octet == b'=');
            if let (Some(key), Some(value)) = (parts.next(), parts.next()) {
                found.push((text(key).to_ascii_lowercase(), text(value)));
            }
        }
    }
    found
}

/// The content with the keys set in the section, which is appended where there is none. Of a section that is there twice
/// every key is set, since some readers take the first and some the last.
pub(super) fn edit<'a>(before: &'a [u8], edit: &Edit<'_>) -> Vec<Piece<'a>> {
    let lines: Vec<Line<'a>> = lines(before);
    let section = Section::find(&lines, edit.is_section);
    let mut missing: Vec<(&str, &str)> = edit.set.to_vec();
    missing.retain(|(key, _)| !section.holds(&lines, key));
    let line_end = section.line_end(&lines);
    let mut pieces = Vec::with_capacity(lines.len() + 4);
    let mut skipping = false;
    for (position, line) in lines.iter().enumerate() {
        let key = section.is_in(position).then(|| line.key()).flatten();
        let is = |name: &str| key.is_some_and(|key| key.eq_ignore_ascii_case(name.as_bytes()));
        let value = edit.set.iter().find(|(name, _)| is(name));
        // A value's further lines go with it.
        skipping = skipping && line.continues();
        if let Some((_, value)) = value {
            let new = line.with_value(value, edit.keep_comments);
            if *new == *line.whole {
                pieces.push(Piece::Kept(line.whole));
            } else {
                pieces.extend([Piece::Removed(line.whole), Piece::Added(new)]);
            }
            skipping = true;
        } else if skipping || edit.remove.iter().any(|name| is(name)) {
            pieces.push(Piece::Removed(line.whole));
            skipping = true;
        } else {
            pieces.push(Piece::Kept(line.whole));
        }
        if section.insert_after == Some(position) {
            put_missing(&mut missing, line_end, &mut pieces);
        }
    }
    if !missing.is_empty() {
        end_last_line(line_end, &mut pieces);
        pieces.push(added(&[b"[", edit.title.as_bytes(), b"]", line_end]));
        put_missing(&mut missing, line_end, &mut pieces);
    }
    pieces
}

fn added<'a>(parts: &[&[u8]]) -> Piece<'a> {
    Piece::Added(Zeroizing::new(parts.concat()))
}

fn end_last_line(line_end: &[u8], pieces: &mut Vec<Piece<'_>>) {
    let last = pieces.iter().rev().find_map(|piece| match piece {
        Piece::Kept(part) => part.last(),
        Piece::Added(part) => part.last(),
        Piece::Removed(_) => None,
    });
    if last.is_some_and(|last| *last != b'\n') {
        pieces.push(added(&[line_end]));
    }
}

fn put_missing(missing: &mut Vec<(&str, &str)>, line_end: &[u8], pieces: &mut Vec<Piece<'_>>) {
    if !missing.is_empty() {
        end_last_line(line_end, pieces);
    }
    for (key, value) in missing.drain(..) {
        pieces.push(added(&[key.as_bytes(), b" = ", value.as_bytes(), line_end]));
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

    /// The line as it was but for the value, and for a comment behind it where that is not to be kept.
    fn with_value(&self, value: &str, keep_comment: bool) -> Zeroizing<Vec<u8>> {
        let text = self.text();
        let (head, tail) = text
            .split_at_checked(self.mark().map_or(0, |mark| mark + 1))
            .unwrap_or((text, b""));
        let spaces = tail.len() - tail.trim_ascii_start().len();
        let (spaces, old) = tail.split_at_checked(spaces).unwrap_or((b"", tail));
        let comment = old
            .windows(2)
            .position(|pair| matches!(pair, [b' ' | b'\t', b'#' | b';']))
            .filter(|_| keep_comment)
            .and_then(|at| old.get(at..))
            .unwrap_or_default();
        Zeroizing::new([head, spaces, value.as_bytes(), comment, self.end()].concat())
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
    fn find(lines: &[Line<'_>], is_section: &dyn Fn(&[u8]) -> bool) -> Self {
        let mut found = Self {
            is_in: Vec::with_capacity(lines.len()),
            header: None,
            insert_after: None,
        };
        let (mut inside, mut in_first) = (false, false);
        for (position, line) in lines.iter().enumerate() {
            if let Some(name) = line.section() {
                inside = is_section(name);
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
