//! JSON as Go's encoder writes it: values with their keys in order enter, one line or indented lines leave. Markup's characters are
//! escaped, and numbers may be longer than any machine's. And the way in: fields are found as Go's decoder finds them.

use std::fmt::Write;

use serde_json::{Map, Value};

use crate::CfsslError;

/// A value to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Flag(bool),
    /// Decimal digits, with a sign perhaps.
    Number(String),
    /// Text.
    Text(String),
    /// `[…]`
    List(Vec<Json>),
    /// `{…}`, in this order.
    Object(Vec<(String, Json)>),
}

impl Json {
    pub(crate) fn number(number: impl ToString) -> Self {
        Self::Number(number.to_string())
    }

    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub(crate) fn object<const N: usize>(fields: [(&str, Json); N]) -> Self {
        let fields = fields.into_iter();
        Self::Object(
            fields
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        )
    }

    /// A Go slice: `null` where there is none.
    pub(crate) fn list_or_null(values: Vec<Json>) -> Self {
        match values.is_empty() {
            true => Self::Null,
            false => Self::List(values),
        }
    }

    /// On one line.
    pub fn compact(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, None);
        out
    }

    /// On several lines, two spaces a level.
    pub fn indented(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, Some(0));
        out
    }

    fn write(&self, out: &mut String, level: Option<usize>) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Flag(flag) => out.push_str(if *flag { "true" } else { "false" }),
            Self::Number(number) => out.push_str(number),
            Self::Text(text) => write_text(out, text),
            Self::List(values) => {
                let values = values.iter().map(|value| (None, value));
                write_group(out, ['[', ']'], values, level);
            }
            Self::Object(fields) => {
                let fields = fields.iter().map(|(name, value)| (Some(name), value));
                write_group(out, ['{', '}'], fields, level);
            }
        }
    }
}

fn write_group<'a>(
    out: &mut String,
    [open, close]: [char; 2],
    members: impl ExactSizeIterator<Item = (Option<&'a String>, &'a Json)>,
    level: Option<usize>,
) {
    let is_empty = members.len() == 0;
    let inner = level.map(|level| level + 1);
    out.push(open);
    for (index, (name, value)) in members.enumerate() {
        if index > 0 {
            out.push(',');
        }
        new_line(out, inner);
        if let Some(name) = name {
            write_text(out, name);
            out.push_str(if level.is_some() { ": " } else { ":" });
        }
        value.write(out, inner);
    }
    if !is_empty {
        new_line(out, level);
    }
    out.push(close);
}

fn new_line(out: &mut String, level: Option<usize>) {
    if let Some(level) = level {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", level));
    }
}

fn write_text(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..'\u{20}' => {
                // Writing to a string can't fail.
                let _: std::fmt::Result = write!(out, "\\u{:04x}", u32::from(character));
            }
            other => out.push(other),
        }
    }
    out.push('"');
}

/// An object that was read. Names match whatever their case, unknown ones are passed over, and `null` counts as nothing: so does
/// Go's decoder, which cfssl's users have written their files for.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'a> {
    /// For messages: `CertificateRequest`, `signing.default`.
    place: &'a str,
    map: &'a Map<String, Value>,
}

/// Reads one JSON text.
pub(crate) fn parse(text: &[u8]) -> Result<Value, CfsslError> {
    serde_json::from_slice(text)
        .map_err(|error| CfsslError::text(format!("it is no JSON: {error}")))
}

impl<'a> Fields<'a> {
    pub(crate) fn of(place: &'a str, value: &'a Value) -> Result<Self, CfsslError> {
        match value {
            Value::Object(map) => Ok(Self { place, map }),
            other => Err(mismatch(place, other, "an object")),
        }
    }

    fn find(&self, name: &str) -> Option<&'a Value> {
        let exact = self.map.get(name);
        let folded = || {
            let mut fields = self.map.iter();
            fields.find(|(key, _)| key.eq_ignore_ascii_case(name))
        };
        exact
            .or_else(|| folded().map(|(_, value)| value))
            .filter(|value| !value.is_null())
    }

    fn wrong(&self, name: &str, found: &Value, wanted: &str) -> CfsslError {
        mismatch(&format!("{}.{name}", self.place), found, wanted)
    }

    pub(crate) fn text(&self, name: &str) -> Result<String, CfsslError> {
        match self.find(name) {
            None => Ok(String::new()),
            Some(Value::String(text)) => Ok(text.clone()),
            Some(other) => Err(self.wrong(name, other, "text")),
        }
    }

    pub(crate) fn flag(&self, name: &str) -> Result<bool, CfsslError> {
        match self.find(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(other) => Err(self.wrong(name, other, "`true` or `false`")),
        }
    }

    pub(crate) fn number(&self, name: &str) -> Result<Option<i64>, CfsslError> {
        match self.find(name) {
            None => Ok(None),
            Some(found) => match found.as_i64() {
                Some(number) => Ok(Some(number)),
                None => Err(self.wrong(name, found, "a whole number")),
            },
        }
    }

    /// `None` where there is none at all, which is not the same as an empty one.
    pub(crate) fn list(&self, name: &str) -> Result<Option<&'a [Value]>, CfsslError> {
        match self.find(name) {
            None => Ok(None),
            Some(Value::Array(values)) => Ok(Some(values)),
            Some(other) => Err(self.wrong(name, other, "a list")),
        }
    }

    pub(crate) fn texts(&self, name: &str) -> Result<Option<Vec<String>>, CfsslError> {
        let Some(values) = self.list(name)? else {
            return Ok(None);
        };
        let text = |value: &Value| match value {
            Value::String(text) => Ok(text.clone()),
            Value::Null => Ok(String::new()),
            other => Err(self.wrong(name, other, "text")),
        };
        values.iter().map(text).collect::<Result<_, _>>().map(Some)
    }

    /// The object of this name, which messages call `place`.
    pub(crate) fn object(
        &self,
        name: &str,
        place: &'a str,
    ) -> Result<Option<Fields<'a>>, CfsslError> {
        self.find(name)
            .map(|value| Fields::of(place, value))
            .transpose()
    }

    /// All members, by name.
    pub(crate) fn members(&self) -> impl Iterator<Item = (&'a String, &'a Value)> {
        self.map.iter()
    }
}

fn mismatch(place: &str, found: &Value, wanted: &str) -> CfsslError {
    let found = match found {
        Value::Null => "null",
        Value::Bool(_) => "a flag",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    CfsslError::text(format!("`{place}` is {found}, where {wanted} is wanted"))
}

#[cfg(test)]
mod tests {
    use super::{Fields, Json, parse};

    #[test]
    fn writes_as_go_does() {
        let value = Json::object([
            ("a", Json::List(vec![Json::number(1), Json::Null])),
            ("b", Json::object([])),
            ("c", Json::text("<\"\u{1}\n&\u{2028}ü>")),
            ("d", Json::list_or_null(Vec::new())),
            ("e", Json::Flag(true)),
        ]);
        assert_eq!(
            value.compact(),
            r#"{"a":[1,null],"b":{},"c":"\u003c\"\u0001\n\u0026\u2028ü\u003e","d":null,"e":true}"#
        );
        let lines = Json::object([
            ("a", Json::List(vec![Json::number(1)])),
            ("b", Json::List(vec![])),
        ]);
        assert_eq!(
            lines.indented(),
            "{\n  \"a\": [\n    1\n  ],\n  \"b\": []\n}"
        );
    }

    #[test]
    fn fields_are_found_as_go_finds_them() {
        let value = parse(
            br#"{"cn":"low","CN":"high","Size":3,"none":null,"flag":true,"list":["a",null]}"#,
        );
        let value = value.unwrap();
        let fields = Fields::of("it", &value).unwrap();
        assert_eq!(fields.text("CN").unwrap(), "high");
        assert_eq!(fields.text("Cn").unwrap(), "high");
        assert_eq!(fields.number("size").unwrap(), Some(3));
        assert_eq!(fields.text("none").unwrap(), "");
        assert!(fields.flag("FLAG").unwrap());
        assert_eq!(fields.texts("list").unwrap().unwrap(), ["a", ""]);
        assert_eq!(fields.texts("lists").unwrap(), None);
        let wrong = fields.text("size").unwrap_err().to_string();
        assert_eq!(wrong, "`it.size` is a number, where text is wanted");
        assert!(parse(b"{").unwrap_err().to_string().contains("no JSON"));
    }
}
