//! Why a policy text is refused: a [`Flaw`] is found by the part that compiles a value, and becomes a
//! [`ParseError`] where its position is known.

/// A policy text that can't be used, with the place of the flaw and what to do about it.
///
/// `message` is IAM's own text where IAM has one, so that it can be answered as `MalformedPolicyDocument`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} at line {line} column {column}: {cure}")]
pub struct ParseError {
    /// Line of the flaw, from 1.
    pub line: usize,
    /// Column of the flaw in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// How to put it right.
    pub cure: String,
}

/// A place in a policy text; both from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position {
    pub line: usize,
    pub column: usize,
}

/// A flaw without its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Flaw {
    pub message: String,
    pub cure: String,
}

impl Flaw {
    pub fn new(message: impl Into<String>, cure: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            cure: cure.into(),
        }
    }

    pub fn at(self, position: Position) -> ParseError {
        ParseError {
            line: position.line,
            column: position.column,
            message: self.message,
            cure: self.cure,
        }
    }
}
