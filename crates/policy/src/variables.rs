//! Policy variables: `${key}` and `${key, 'default'}` in a value, and the escapes `${*}`, `${?}`, `${$}`.
//! A value text is compiled once; at a decision the context fills the variables in. What is filled in is plain
//! text: a `*` in it is a star and no wildcard.

use crate::document::Version;
use crate::refusal::Flaw;
use crate::request::Context;
use crate::wildcard::{Case, Pattern, Unit, matches_units, push_unit};

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

    /// Whether the whole text matches; never where a variable has no value.
    pub fn matches(&self, text: &str, context: &dyn Context) -> bool {
        match self {
            Self::Fixed(pattern) => pattern.matches(text, Case::Sensitive),
            Self::Variable(pieces) => fill_units(pieces, context)
                .is_some_and(|units| matches_units(&units, text, Case::Sensitive)),
        }
    }

    /// Hands the text, its variables filled in, to `test`; false where one has no value.
    pub fn test_filled(&self, context: &dyn Context, test: impl FnOnce(&str) -> bool) -> bool {
        match self {
            Self::Fixed(Pattern::Literal(text)) => test(text),
            // Compiled with `Wildcards::Literal`, a fixed text is a literal.
            Self::Fixed(_) => false,
            Self::Variable(pieces) => fill_text(pieces, context).is_some_and(|text| test(&text)),
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
    let key = key.trim();
    if key.is_empty() || key.contains(['$', '{', '*', '?', '\'']) {
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
            push_piece(&mut units, piece, "");
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

fn push_piece(units: &mut Vec<Unit>, piece: &Piece, value: &str) {
    match piece {
        Piece::Text(text) => units.extend(text.bytes().map(Unit::Byte)),
        Piece::One => push_unit(units, Unit::One),
        Piece::Any => push_unit(units, Unit::Any),
        Piece::Variable { .. } => units.extend(value.bytes().map(Unit::Byte)),
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

fn fill_units(pieces: &[Piece], context: &dyn Context) -> Option<Vec<Unit>> {
    let mut units = Vec::with_capacity(128);
    for piece in pieces {
        push_piece(&mut units, piece, value_of(piece, context)?);
    }
    Some(units)
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
mod tests {
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
            assert_eq!(template.matches(text, &Keys), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn the_old_version_has_no_variables() {
        let template =
            Template::parse("${aws:username}", Version::V2008, Wildcards::Literal).unwrap();
        assert!(template.matches("${aws:username}", &Keys));
        assert!(!template.matches("ann", &Keys));
    }

    #[test]
    fn literal_texts_keep_their_stars() {
        let template =
            Template::parse("${aws:username}*", Version::V2012, Wildcards::Literal).unwrap();
        assert!(template.matches("ann*", &Keys));
        assert!(!template.matches("anna", &Keys));
        assert!(template.test_filled(&Keys, |text| text == "ann*"));
    }

    #[test]
    fn refused() {
        for text in [
            "${aws:username",
            "${}",
            "${ }",
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
}
