//! Policy variables: `${key}` and `${key, 'default'}` in a value, and the escapes `${*}`, `${?}`, `${$}`.
//! A value text is compiled once; at a decision the context fills the variables in. What is filled in is plain
//! text: a `*` in it is a star and no wildcard.

use crate::conditions::Truth;
use crate::document::Version;
use crate::refusal::Flaw;
use crate::request::Context;
use crate::wildcard::{Case, Pattern, Unit, Units, push_unit, run};

/// What a value text is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    Text(Box<str>),
    One,
    Any,
    Variable {
        /// In ASCII lower case.
        key: Box<str>,
        default: Option<Box<str>>,
    },
}

/// Whether `*` and `?` of the policy text are wildcards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wildcards {
    Allowed,
    Literal,
}

/// A compiled value text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Template {
    Fixed(Pattern),
    Variable(Box<[Piece]>),
}

impl Template {
    pub fn parse(text: &str, version: Version, wildcards: Wildcards) -> Result<Self, Flaw> {
        if version == Version::V2008 || !text.contains("${") {
            return Ok(Self::Fixed(match wildcards {
                Wildcards::Allowed => Pattern::parse(text),
                Wildcards::Literal => Pattern::Literal(text.into()),
            }));
        }
        let pieces = pieces(text, wildcards)?;
        if pieces
            .iter()
            .any(|piece| matches!(piece, Piece::Variable { .. }))
        {
            return Ok(Self::Variable(pieces.into()));
        }
        Ok(Self::Fixed(without_variables(&pieces)))
    }

    pub fn has_variable(&self) -> bool {
        matches!(self, Self::Variable(_))
    }

    pub fn has_wildcard(&self) -> bool {
        match self {
            Self::Fixed(pattern) => !matches!(pattern, Pattern::Literal(_)),
            Self::Variable(pieces) => pieces.iter().any(|p| matches!(p, Piece::One | Piece::Any)),
        }
    }

    /// Whether the whole text matches; never where a variable has no value. Unknown where that would take too long.
    pub fn matches(&self, text: &str, context: &dyn Context) -> Truth {
        match self {
            Self::Fixed(pattern) => pattern.matches(text, Case::Sensitive).into(),
            Self::Variable(pieces) => Filled::with(pieces, context, |filled| {
                run(filled, text.as_bytes(), Case::Sensitive, BUDGET, || {})
            })
            .map_or(Truth::No, |matched| {
                matched.map_or(Truth::Unknown, Truth::from)
            }),
        }
    }

    /// Whether the text, its variables filled in, is `text` but for the case of letters; compiled with
    /// [`Wildcards::Literal`].
    pub fn equals_ignoring_case(&self, text: &str, context: &dyn Context) -> bool {
        match self {
            Self::Fixed(Pattern::Literal(literal)) => same_letters(literal.chars(), text.chars()),
            Self::Fixed(_) => false,
            Self::Variable(pieces) => Filled::with(pieces, context, |filled| {
                same_letters(filled.texts().flat_map(str::chars), text.chars())
            })
            .unwrap_or(false),
        }
    }

    /// The keys of its variables.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        let pieces = match self {
            Self::Fixed(_) => &[],
            Self::Variable(pieces) => &**pieces,
        };
        pieces.iter().filter_map(|piece| match piece {
            Piece::Variable { key, .. } => Some(&**key),
            Piece::Text(_) | Piece::One | Piece::Any => None,
        })
    }

    /// The text before the first wildcard or variable, and whether that is all of it.
    pub fn literal_start(&self) -> (String, bool) {
        match self {
            Self::Fixed(pattern) => pattern.literal_start(),
            Self::Variable(pieces) => match pieces.first() {
                Some(Piece::Text(text)) => (text.to_string(), false),
                _ => (String::new(), false),
            },
        }
    }

    /// Whether every variable has a value.
    pub fn has_values(&self, context: &dyn Context) -> bool {
        match self {
            Self::Fixed(_) => true,
            Self::Variable(pieces) => pieces
                .iter()
                .all(|piece| value_of(piece, context).is_some()),
        }
    }

    /// For explanations: the text with its variables filled in, if it has any and all have values.
    pub fn filled(&self, context: &dyn Context) -> Option<String> {
        match self {
            Self::Fixed(_) => None,
            Self::Variable(pieces) => fill_text(pieces, context),
        }
    }
}

/// Splits a text at its first colons, none of which is inside a variable; the last part keeps the rest.
pub(crate) fn split_at_colons(text: &str, version: Version, parts: usize) -> Vec<&str> {
    let mut found = Vec::with_capacity(parts);
    let mut rest = text;
    while found.len() + 1 < parts {
        let Some((part, after)) = split_at_colon(rest, version) else {
            break;
        };
        found.push(part);
        rest = after;
    }
    found.push(rest);
    found
}

fn split_at_colon(text: &str, version: Version) -> Option<(&str, &str)> {
    let mut in_variable = false;
    let mut previous = ' ';
    for (index, c) in text.char_indices() {
        match c {
            '{' if previous == '$' && version == Version::V2012 => in_variable = true,
            '}' => in_variable = false,
            ':' if !in_variable => return Some((text.get(..index)?, text.get(index + 1..)?)),
            _ => {}
        }
        previous = c;
    }
    None
}

fn pieces(text: &str, wildcards: Wildcards) -> Result<Vec<Piece>, Flaw> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        push_text(&mut pieces, before, wildcards);
        let Some((inside, behind)) = after.split_once('}') else {
            return Err(Flaw::new(
                format!("the policy variable in `{text}` is not closed"),
                "write the closing `}`, or `${$}` for a plain dollar sign",
            ));
        };
        pieces.push(variable(inside)?);
        rest = behind;
    }
    push_text(&mut pieces, rest, wildcards);
    Ok(pieces)
}

fn push_text(pieces: &mut Vec<Piece>, text: &str, wildcards: Wildcards) {
    let mut rest = text;
    while let (Wildcards::Allowed, Some(index)) = (wildcards, rest.find(['*', '?'])) {
        let (before, wild) = rest.split_at(index);
        if !before.is_empty() {
            pieces.push(Piece::Text(before.into()));
        }
        let (piece, after) = match wild.strip_prefix('*') {
            Some(after) => (Piece::Any, after),
            None => (Piece::One, wild.strip_prefix('?').unwrap_or_default()),
        };
        pieces.push(piece);
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.into()));
    }
}

fn variable(inside: &str) -> Result<Piece, Flaw> {
    if let "*" | "?" | "$" = inside {
        return Ok(Piece::Text(inside.into()));
    }
    let (key, default) = match inside.split_once(',') {
        None => (inside, None),
        Some((key, default)) => {
            let quoted = default
                .trim()
                .strip_prefix('\'')
                .and_then(|d| d.strip_suffix('\''));
            let Some(quoted) = quoted.filter(|d| !d.contains('\'')) else {
                return Err(Flaw::new(
                    format!(
                        "the default in the policy variable `${{{inside}}}` is not in single quotes"
                    ),
                    "write it as `${key, 'default'}`",
                ));
            };
            (key, Some(quoted.into()))
        }
    };
    if key.is_empty() || key != key.trim() || key.contains(['$', '{', '*', '?', '\'']) {
        return Err(Flaw::new(
            format!("`${{{inside}}}` is not a policy variable"),
            "name one condition key, e.g. `${aws:PrincipalTag/team}`",
        ));
    }
    Ok(Piece::Variable {
        key: key.to_ascii_lowercase().into(),
        default,
    })
}

/// Only escapes: a pattern that needs no context.
fn without_variables(pieces: &[Piece]) -> Pattern {
    if pieces
        .iter()
        .any(|piece| matches!(piece, Piece::One | Piece::Any))
    {
        let mut units = Vec::new();
        for piece in pieces {
            push_piece(&mut units, piece);
        }
        return Pattern::Units(units.into());
    }
    let mut text = String::new();
    for piece in pieces {
        if let Piece::Text(part) = piece {
            text.push_str(part);
        }
    }
    Pattern::Literal(text.into())
}

fn push_piece(units: &mut Vec<Unit>, piece: &Piece) {
    match piece {
        Piece::Text(text) => units.extend(text.bytes().map(Unit::Byte)),
        Piece::One => push_unit(units, Unit::One),
        Piece::Any => push_unit(units, Unit::Any),
        // Only where there is no variable; one without a value matches nothing.
        Piece::Variable { .. } => {}
    }
}

/// The text that takes a variable's place: the key's only value, or the default where the request has no such key.
fn value_of<'c>(piece: &'c Piece, context: &'c dyn Context) -> Option<&'c str> {
    match piece {
        Piece::Variable { key, default } => match context.value(key) {
            Some(value) => value.single(),
            None => default.as_deref(),
        },
        Piece::Text(_) | Piece::One | Piece::Any => Some(""),
    }
}

/// Steps for one text with variables: pattern and text may both come with the request then, as long as it makes them.
const BUDGET: usize = 1 << 18;

/// Values of more variables than this in one text take an allocation.
const FEW: usize = 8;

/// Pieces with the values of their variables.
struct Filled<'f> {
    pieces: &'f [Piece],
    /// The values of the variables, in the pieces' order.
    values: &'f [&'f str],
}

/// A place in filled-in pieces.
#[derive(Clone, Copy)]
struct Place {
    piece: usize,
    /// Variables before the piece.
    variables: usize,
    /// Bytes of the piece's text behind us.
    offset: usize,
}

impl Filled<'_> {
    /// Looks each variable up once and hands the pieces to `test`; `None` where one has no value.
    fn with<R>(
        pieces: &[Piece],
        context: &dyn Context,
        test: impl FnOnce(&Filled<'_>) -> R,
    ) -> Option<R> {
        let is_variable = |piece: &&Piece| matches!(piece, Piece::Variable { .. });
        let mut few = [""; FEW];
        let mut many = Vec::new();
        let count = pieces.iter().filter(is_variable).count();
        if count > FEW {
            many.resize(count, "");
        }
        let values = if count > FEW {
            many.as_mut_slice()
        } else {
            &mut few
        };
        for (piece, value) in pieces.iter().filter(is_variable).zip(values.iter_mut()) {
            *value = value_of(piece, context)?;
        }
        Some(test(&Filled { pieces, values }))
    }

    /// The texts in order; wildcards aren't texts.
    fn texts(&self) -> impl Iterator<Item = &str> {
        let mut values = self.values.iter();
        self.pieces.iter().map(move |piece| match piece {
            Piece::Text(text) => text,
            Piece::Variable { .. } => values.next().copied().unwrap_or_default(),
            Piece::One | Piece::Any => "",
        })
    }
}

impl Units for Filled<'_> {
    type Place = Place;

    fn start(&self) -> Place {
        Place {
            piece: 0,
            variables: 0,
            offset: 0,
        }
    }

    fn unit(&self, mut place: Place) -> Option<(Unit, Place)> {
        loop {
            let (text, is_variable) = match self.pieces.get(place.piece)? {
                Piece::Text(text) => (&**text, 0),
                Piece::Variable { .. } => (self.values.get(place.variables).copied()?, 1),
                wild @ (Piece::One | Piece::Any) => {
                    let unit = match wild {
                        Piece::One => Unit::One,
                        _ => Unit::Any,
                    };
                    place.piece += 1;
                    return Some((unit, place));
                }
            };
            if let Some(byte) = text.as_bytes().get(place.offset) {
                place.offset += 1;
                return Some((Unit::Byte(*byte), place));
            }
            place = Place {
                piece: place.piece + 1,
                variables: place.variables + is_variable,
                offset: 0,
            };
        }
    }
}

fn same_letters(left: impl Iterator<Item = char>, right: impl Iterator<Item = char>) -> bool {
    left.flat_map(char::to_lowercase)
        .eq(right.flat_map(char::to_lowercase))
}

fn fill_text(pieces: &[Piece], context: &dyn Context) -> Option<String> {
    let mut filled = String::with_capacity(128);
    for piece in pieces {
        let value = value_of(piece, context)?;
        filled.push_str(match piece {
            Piece::Text(text) => text,
            Piece::One => "?",
            Piece::Any => "*",
            Piece::Variable { .. } => value,
        });
    }
    Some(filled)
}

#[cfg(test)]
#[path = "variables_tests.rs"]
mod tests;
