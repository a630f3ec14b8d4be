//! AWS Query, the protocol of IAM and STS: form-encoded parameters in, XML out (Smithy, AWS Query protocol).

mod input;

use std::borrow::Cow;
use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

pub use self::input::{InputError, read_input};

/// The media type of requests.
pub const FORM_CONTENT_TYPE: &str = "application/x-www-form-urlencoded";

/// A parameter that can't be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParameterError {
    /// Not UTF-8 after decoding.
    #[error("the parameters are not UTF-8")]
    NotUtf8,
    /// Given twice.
    #[error("the parameter `{0}` is given more than once")]
    Twice(String),
}

/// The parameters of one request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parameters(BTreeMap<String, String>);

impl Parameters {
    /// Reads `a=b&c=d`, where `+` is a space. Several texts (query and body) may be joined.
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, ParameterError> {
        let mut parameters = BTreeMap::new();
        for pair in texts.into_iter().flat_map(pairs) {
            let (name, value) = pair?;
            if parameters.insert(name.clone(), value).is_some() {
                return Err(ParameterError::Twice(name));
            }
        }
        Ok(Self(parameters))
    }

    /// One parameter.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The names of all parameters.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// The decoded pairs of `a=b&c=d`, where `+` is a space, in their order; a name may come again.
pub fn pairs(text: &str) -> impl Iterator<Item = Result<(String, String), ParameterError>> {
    text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        Ok((decode(name)?.into_owned(), decode(value)?.into_owned()))
    })
}

fn decode(text: &str) -> Result<Cow<'_, str>, ParameterError> {
    if !text.contains(['+', '%']) {
        return Ok(Cow::Borrowed(text));
    }
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced)
        .decode_utf8()
        .map(|decoded| Cow::Owned(decoded.into_owned()))
        .map_err(|_| ParameterError::NotUtf8)
}

/// Characters that RFC 3986 leaves as they are.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// A policy document as IAM answers it: percent-encoded by RFC 3986.
pub fn encode_document(document: &str) -> String {
    utf8_percent_encode(document, ENCODED).to_string()
}

/// Fills an element of an answer.
pub type Fill = Box<dyn FnMut(&mut Xml) + Send>;

/// Builds an XML answer.
#[derive(Debug, Default)]
pub struct Xml(String);

impl Xml {
    /// An element that holds others.
    pub fn element(&mut self, name: &str, inside: impl FnOnce(&mut Self)) -> &mut Self {
        self.open(name, "");
        inside(self);
        self.close(name)
    }

    /// An element that holds text.
    pub fn text(&mut self, name: &str, text: &str) -> &mut Self {
        self.open(name, "");
        self.0.push_str(&quick_xml::escape::escape(text));
        self.close(name)
    }

    /// An element that holds text, where there is some.
    pub fn optional(&mut self, name: &str, text: Option<&str>) -> &mut Self {
        if let Some(text) = text {
            self.text(name, text);
        }
        self
    }

    /// The whole answer of an operation: `{operation}Response` with `{operation}Result` (none for a call that answers
    /// nothing) and the request's id.
    pub fn response(
        operation: &str,
        namespace: &str,
        request_id: &str,
        result: Option<&mut dyn FnMut(&mut Self)>,
    ) -> String {
        let mut xml = Self::default();
        let outer = format!("{operation}Response");
        xml.open(&outer, &format!(" xmlns=\"{namespace}\""));
        if let Some(result) = result {
            xml.element(&format!("{operation}Result"), result);
        }
        xml.element("ResponseMetadata", |xml| {
            xml.text("RequestId", request_id);
        });
        xml.close(&outer);
        xml.0
    }

    /// The whole answer of a refused call.
    pub fn error(
        namespace: &str,
        sender: bool,
        code: &str,
        message: &str,
        request_id: &str,
    ) -> String {
        let mut xml = Self::default();
        xml.open("ErrorResponse", &format!(" xmlns=\"{namespace}\""));
        xml.element("Error", |xml| {
            xml.text("Type", if sender { "Sender" } else { "Receiver" })
                .text("Code", code)
                .text("Message", message);
        });
        xml.text("RequestId", request_id);
        xml.close("ErrorResponse");
        xml.0
    }

    /// The text that was built.
    pub fn into_text(self) -> String {
        self.0
    }

    fn open(&mut self, name: &str, attributes: &str) {
        self.0.push('<');
        self.0.push_str(name);
        self.0.push_str(attributes);
        self.0.push('>');
    }

    fn close(&mut self, name: &str) -> &mut Self {
        self.0.push_str("</");
        self.0.push_str(name);
        self.0.push('>');
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded_once() {
        let parameters = Parameters::parse(["Action=GetRole&RoleName=a%2Bb+c&Empty="]).unwrap();
        assert_eq!(parameters.text("RoleName"), Some("a+b c"));
        assert_eq!(parameters.text("Empty"), Some(""));
        assert_eq!(parameters.text("None"), None);
    }

    #[test]
    fn a_parameter_given_twice_is_refused() {
        assert_eq!(
            Parameters::parse(["RoleName=a", "RoleName=b"]),
            Err(ParameterError::Twice("RoleName".into()))
        );
    }

    #[test]
    fn bytes_that_are_no_text_are_refused() {
        assert_eq!(Parameters::parse(["a=%FF"]), Err(ParameterError::NotUtf8));
    }

    #[test]
    fn documents_are_encoded_by_rfc_3986() {
        assert_eq!(
            encode_document("{\"a\": \"b~_-.*\"}"),
            "%7B%22a%22%3A%20%22b~_-.%2A%22%7D"
        );
    }

    #[test]
    fn answers_are_escaped() {
        let text = Xml::error("ns", true, "AccessDenied", "a<b>&\"c", "id");
        assert!(
            text.contains("<Message>a&lt;b&gt;&amp;&quot;c</Message>"),
            "{text}"
        );
        let text = Xml::response("GetRole", "ns", "id", None);
        assert_eq!(
            text,
            "<GetRoleResponse xmlns=\"ns\"><ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></GetRoleResponse>"
        );
    }
}
