//! A JSON value as Go's encoder writes it: members in their order leave as indented text. Called by the files beside it.

use aws_lc_rs::digest::{Algorithm, digest};
use base64_simd::STANDARD;

use crate::commands::step::hex;

/// A value whose members keep their order.
pub enum Json {
    Object(Vec<(&'static str, Json)>),
    List(Vec<Json>),
    Text(String),
    Number(i64),
    Flag(bool),
    /// A whole number of any size, as its digits.
    Digits(String),
    Null,
}

impl Json {
    pub(super) fn base64(octets: &[u8]) -> Self {
        Self::Text(STANDARD.encode_to_string(octets))
    }

    pub(super) fn hash(algorithm: &'static Algorithm, octets: &[u8]) -> Self {
        Self::Text(hex(digest(algorithm, octets).as_ref(), ""))
    }

    pub(super) fn texts(texts: impl IntoIterator<Item = String>) -> Self {
        Self::List(texts.into_iter().map(Self::Text).collect())
    }

    /// As Go indents it; a break behind.
    pub fn render(&self) -> String {
        let mut text = String::new();
        self.write(&mut text, 0);
        text.push('\n');
        text
    }

    fn write(&self, out: &mut String, level: usize) {
        let open = |out: &mut String| out.push_str(&format!("\n{}", "  ".repeat(level + 1)));
        let close = |out: &mut String| out.push_str(&format!("\n{}", "  ".repeat(level)));
        match self {
            Self::Object(members) if members.is_empty() => out.push_str("{}"),
            Self::List(values) if values.is_empty() => out.push_str("[]"),
            Self::Object(members) => {
                out.push('{');
                for (position, (name, value)) in members.iter().enumerate() {
                    out.push_str(if position > 0 { "," } else { "" });
                    open(out);
                    out.push_str(&format!("\"{name}\": "));
                    value.write(out, level + 1);
                }
                close(out);
                out.push('}');
            }
            Self::List(values) => {
                out.push('[');
                for (position, value) in values.iter().enumerate() {
                    out.push_str(if position > 0 { "," } else { "" });
                    open(out);
                    value.write(out, level + 1);
                }
                close(out);
                out.push(']');
            }
            Self::Text(text) => out.push_str(&quoted(text)),
            Self::Number(number) => out.push_str(&number.to_string()),
            Self::Digits(digits) => out.push_str(digits),
            Self::Null => out.push_str("null"),
            Self::Flag(flag) => out.push_str(if *flag { "true" } else { "false" }),
        }
    }
}

/// Go writes these as escapes, so that JSON may stand in HTML.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text)
        .to_string()
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
}

/// Members, without those that are empty.
pub(super) fn object(members: impl IntoIterator<Item = (&'static str, Option<Json>)>) -> Json {
    let given = members
        .into_iter()
        .filter_map(|(name, value)| value.map(|value| (name, value)));
    Json::Object(given.collect())
}
