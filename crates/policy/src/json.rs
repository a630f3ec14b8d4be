//! A JSON reader for policy texts: text goes in, a tree with the position of every value and key comes out.
//! Strict RFC 8259, and besides: keys are unique, nesting is bounded. `parse.rs` calls it.

use std::collections::HashSet;
use std::iter::Peekable;
use std::ops::Range;
use std::str::Chars;

use crate::refusal::{Flaw, ParseError, Position};

/// A policy needs seven levels (a value list in a condition); the bound keeps the recursion flat.
const MAX_DEPTH: usize = 16;

#[derive(Debug)]
pub(crate) struct Node {
    pub at: Position,
    /// Behind its last character.
    pub end: Position,
    /// Where it is in the text, in bytes.
    pub span: Range<usize>,
    pub value: Value,
}

#[derive(Debug)]
pub(crate) enum Value {
    Null,
    /// A number or a boolean, as written.
    Bare(String),
    String(String),
    Array(Vec<Node>),
    Object(Vec<Member>),
}

#[derive(Debug)]
pub(crate) struct Member {
    pub key: String,
    pub key_at: Position,
    pub node: Node,
}

/// The tree of a text.
#[derive(Debug)]
pub(crate) struct Tree {
    pub root: Node,
    /// Characters of the text without white space between tokens.
    pub minified_len: usize,
}

pub(crate) fn read(text: &str) -> Result<Tree, ParseError> {
    let mut reader = Reader {
        chars: text.chars().peekable(),
        at: Position { line: 1, column: 1 },
        offset: 0,
        significant: 0,
    };
    reader.skip_space();
    let root = reader.value(0)?;
    reader.skip_space();
    match reader.chars.peek() {
        None => Ok(Tree {
            root,
            minified_len: reader.significant,
        }),
        Some(_) => Err(reader.broken("text after the end of the document", "remove it")),
    }
}

struct Reader<'t> {
    chars: Peekable<Chars<'t>>,
    at: Position,
    offset: usize,
    significant: usize,
}

impl Reader<'_> {
    fn broken(&self, what: &str, cure: &str) -> ParseError {
        Flaw::new(format!("the policy is not valid JSON, {what}"), cure).at(self.at)
    }

    fn advance(&mut self) -> Option<char> {
        let next = self.chars.next()?;
        self.offset += next.len_utf8();
        if next == '\n' {
            self.at.line += 1;
            self.at.column = 1;
        } else {
            self.at.column += 1;
        }
        Some(next)
    }

    fn bump(&mut self) -> Option<char> {
        let next = self.advance()?;
        self.significant += 1;
        Some(next)
    }

    fn skip_space(&mut self) {
        while let Some(' ' | '\t' | '\n' | '\r') = self.chars.peek() {
            self.advance();
        }
    }

    fn take(&mut self, wanted: char) -> bool {
        let found = self.chars.peek() == Some(&wanted);
        if found {
            self.bump();
        }
        found
    }

    fn value(&mut self, depth: usize) -> Result<Node, ParseError> {
        if depth > MAX_DEPTH {
            return Err(self.broken("nested too deeply", "a policy needs seven levels at most"));
        }
        let (at, start) = (self.at, self.offset);
        let value = match self.chars.peek() {
            Some('{') => Value::Object(self.object(depth)?),
            Some('[') => Value::Array(self.array(depth)?),
            Some('"') => Value::String(self.string()?),
            Some('-' | '0'..='9') => Value::Bare(self.number()?),
            Some('a'..='z') => self.word()?,
            Some(_) => return Err(self.broken("unexpected character", "write a value here")),
            None => return Err(self.broken("the text ends too early", "complete the document")),
        };
        Ok(Node {
            at,
            end: self.at,
            span: start..self.offset,
            value,
        })
    }

    fn object(&mut self, depth: usize) -> Result<Vec<Member>, ParseError> {
        let mut members = Vec::new();
        self.bump();
        self.skip_space();
        if self.take('}') {
            return Ok(members);
        }
        loop {
            self.skip_space();
            let key_at = self.at;
            if self.chars.peek() != Some(&'"') {
                return Err(self.broken(
                    "a key is missing",
                    "write a key in double quotes, and no comma at the end",
                ));
            }
            let key = self.string()?;
            self.skip_space();
            if !self.take(':') {
                return Err(self.broken("a colon is missing", "write `:` between key and value"));
            }
            self.skip_space();
            let node = self.value(depth + 1)?;
            members.push(Member { key, key_at, node });
            self.skip_space();
            if self.take('}') {
                return unique(members);
            }
            if !self.take(',') {
                return Err(self.broken("an object is not closed", "write `,` or `}` here"));
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Vec<Node>, ParseError> {
        let mut nodes = Vec::new();
        self.bump();
        self.skip_space();
        if self.take(']') {
            return Ok(nodes);
        }
        loop {
            self.skip_space();
            nodes.push(self.value(depth + 1)?);
            self.skip_space();
            if self.take(']') {
                return Ok(nodes);
            }
            if !self.take(',') {
                return Err(self.broken("an array is not closed", "write `,` or `]` here"));
            }
        }
    }

    fn string(&mut self) -> Result<String, ParseError> {
        let mut text = String::new();
        self.bump();
        loop {
            match self.chars.peek() {
                Some('"') => {
                    self.bump();
                    return Ok(text);
                }
                Some('\\') => text.push(self.escape()?),
                Some(&plain) if plain >= ' ' => {
                    text.push(plain);
                    self.bump();
                }
                Some(_) => return Err(self.broken("a control character in a string", "escape it")),
                None => {
                    return Err(
                        self.broken("a string is not closed", "write the closing double quote")
                    );
                }
            }
        }
    }

    fn escape(&mut self) -> Result<char, ParseError> {
        self.bump();
        let escaped = match self.chars.peek() {
            Some('u') => {
                self.bump();
                return self.unicode();
            }
            Some(&same @ ('"' | '\\' | '/')) => same,
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            _ => return Err(self.broken("an unknown escape", "write `\\\\` for a backslash")),
        };
        self.bump();
        Ok(escaped)
    }

    /// The character of `\uXXXX`, or of the two halves of a surrogate pair.
    fn unicode(&mut self) -> Result<char, ParseError> {
        let high = self.hex4()?;
        if !(0xD800..0xDC00).contains(&high) {
            return char::from_u32(high).ok_or_else(|| self.lone_surrogate());
        }
        if !(self.take('\\') && self.take('u')) {
            return Err(self.lone_surrogate());
        }
        let low = self.hex4()?;
        if !(0xDC00..0xE000).contains(&low) {
            return Err(self.lone_surrogate());
        }
        char::from_u32(0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00))
            .ok_or_else(|| self.lone_surrogate())
    }

    fn lone_surrogate(&self) -> ParseError {
        self.broken("half a surrogate pair", "write both halves")
    }

    fn hex4(&mut self) -> Result<u32, ParseError> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.chars.peek().and_then(|c| c.to_digit(16));
            let Some(digit) = digit else {
                return Err(self.broken(
                    "an incomplete escape",
                    "write four hexadecimal digits after `\\u`",
                ));
            };
            self.bump();
            code = code * 16 + digit;
        }
        Ok(code)
    }

    fn number(&mut self) -> Result<String, ParseError> {
        let mut text = String::new();
        if self.take('-') {
            text.push('-');
        }
        if self.take('0') {
            text.push('0');
        } else {
            self.digits(&mut text)?;
        }
        if self.take('.') {
            text.push('.');
            self.digits(&mut text)?;
        }
        if let Some('e' | 'E') = self.chars.peek() {
            text.extend(self.bump());
            if let Some('+' | '-') = self.chars.peek() {
                text.extend(self.bump());
            }
            self.digits(&mut text)?;
        }
        Ok(text)
    }

    fn digits(&mut self, text: &mut String) -> Result<(), ParseError> {
        let before = text.len();
        while let Some('0'..='9') = self.chars.peek() {
            text.extend(self.bump());
        }
        if text.len() == before {
            return Err(self.broken("a digit is missing", "write the number in full"));
        }
        Ok(())
    }

    fn word(&mut self) -> Result<Value, ParseError> {
        let start = self.at;
        let mut word = String::new();
        while let Some('a'..='z') = self.chars.peek() {
            word.extend(self.bump());
        }
        match word.as_str() {
            "true" | "false" => Ok(Value::Bare(word)),
            "null" => Ok(Value::Null),
            _ => {
                self.at = start;
                Err(self.broken("an unknown word", "write texts in double quotes"))
            }
        }
    }
}

/// Readers disagree on which of two equal keys counts, so neither may.
fn unique(members: Vec<Member>) -> Result<Vec<Member>, ParseError> {
    let mut seen = HashSet::with_capacity(members.len());
    for member in &members {
        if !seen.insert(member.key.as_str()) {
            let message = format!("the key `{}` appears twice in one object", member.key);
            return Err(Flaw::new(message, "merge the two").at(member.key_at));
        }
    }
    Ok(members)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(json: &str) -> String {
        match read(json).unwrap().root.value {
            Value::String(text) | Value::Bare(text) => text,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn scalars() {
        for (json, expected) in [
            (r#""a\"\\\/\b\f\n\r\tz""#, "a\"\\/\u{8}\u{c}\n\r\tz"),
            (r#""\u00e9\ud83d\ude00""#, "é😀"),
            ("-10.50e+3", "-10.50e+3"),
            ("0", "0"),
            ("true", "true"),
        ] {
            assert_eq!(text_of(json), expected, "{json}");
        }
    }

    #[test]
    fn refused_with_position() {
        for (json, line, column, part) in [
            ("", 1, 1, "ends too early"),
            ("{\"a\":1,\n \"a\":2}", 2, 2, "`a` appears twice"),
            ("{\"a\":1,}", 1, 8, "key is missing"),
            ("{\"a\" 1}", 1, 6, "colon"),
            ("[1 2]", 1, 4, "array is not closed"),
            ("[1", 1, 3, "array is not closed"),
            ("{\"a\":1", 1, 7, "object is not closed"),
            ("\"a", 1, 3, "string is not closed"),
            ("\"a\nb\"", 1, 3, "control character"),
            (r#""\x""#, 1, 3, "unknown escape"),
            (r#""\u12g4""#, 1, 6, "incomplete escape"),
            (r#""\ud800x""#, 1, 8, "surrogate"),
            (r#""\udc00""#, 1, 8, "surrogate"),
            ("01", 1, 2, "after the end"),
            ("1.", 1, 3, "digit is missing"),
            ("nul", 1, 1, "unknown word"),
            ("{} {}", 1, 4, "after the end"),
            ("'a'", 1, 1, "unexpected character"),
            ("\u{feff}{}", 1, 1, "unexpected character"),
        ] {
            let error = read(json).unwrap_err();
            assert!(error.message.contains(part), "{json}: {error}");
            assert_eq!(
                (error.line, error.column),
                (line, column),
                "{json}: {error}"
            );
        }
    }

    #[test]
    fn deep_nesting_is_refused_early() {
        let json = "[".repeat(100_000);
        assert!(read(&json).unwrap_err().message.contains("too deeply"));
    }

    #[test]
    fn minified_length_counts_characters_of_tokens() {
        let spaced = "{ \"a b\" : [ 1 ,\n\t\"é\\u00e9\" ] }";
        assert_eq!(
            read(spaced).unwrap().minified_len,
            "{\"a b\":[1,\"é\\u00e9\"]}".chars().count()
        );
    }
}
