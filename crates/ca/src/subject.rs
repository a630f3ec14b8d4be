//! The subject: a common name or a full name (`CN=…,OU=…,O=…`) enters, a distinguished name in DER leaves.
//! A full name reads as RFC 4514 says: from the most specific part to the most general, so it is encoded backwards.

use std::iter::Peekable;
use std::str::Chars;

use der::asn1::{Any, ObjectIdentifier, SetOfVec};
use der::{Encode, Tag};
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::name::{RdnSequence, RelativeDistinguishedName};

use crate::CaError;

/// A distinguished name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    der: Vec<u8>,
    common_name: Option<String>,
}

struct AttributeType {
    names: &'static [&'static str],
    oid: &'static str,
    tag: Tag,
    /// Upper bound in characters (RFC 5280 appendix A.1, RFC 4519).
    longest: usize,
}

const COMMON_NAME: &str = "2.5.4.3";
const COUNTRY: &str = "2.5.4.6";
const TYPES: [AttributeType; 10] = [
    attribute_type(&["CN"], COMMON_NAME, Tag::Utf8String, 64),
    attribute_type(&["OU"], "2.5.4.11", Tag::Utf8String, 64),
    attribute_type(&["O"], "2.5.4.10", Tag::Utf8String, 64),
    attribute_type(&["L"], "2.5.4.7", Tag::Utf8String, 128),
    attribute_type(&["ST"], "2.5.4.8", Tag::Utf8String, 128),
    attribute_type(&["C"], COUNTRY, Tag::PrintableString, 2),
    attribute_type(&["UID"], "0.9.2342.19200300.100.1.1", Tag::Utf8String, 256),
    attribute_type(&["DC"], "0.9.2342.19200300.100.1.25", Tag::Ia5String, 63),
    attribute_type(&["SERIALNUMBER"], "2.5.4.5", Tag::PrintableString, 64),
    attribute_type(
        &["EMAILADDRESS", "E"],
        "1.2.840.113549.1.9.1",
        Tag::Ia5String,
        255,
    ),
];

const fn attribute_type(
    names: &'static [&'static str],
    oid: &'static str,
    tag: Tag,
    longest: usize,
) -> AttributeType {
    AttributeType {
        names,
        oid,
        tag,
        longest,
    }
}

impl Subject {
    /// Reads a subject. Text that begins with a type and `=` is a full name, anything else a common name.
    ///
    /// # Errors
    /// [`CaError::Subject`] for an empty or too long value, an unknown type, or a broken escape.
    pub fn parse(text: &str) -> Result<Self, CaError> {
        let refuse = |detail: String| CaError::Subject {
            text: text.to_owned(),
            detail,
        };
        let rdns = match is_full_name(text) {
            true => parse_full_name(text).map_err(refuse)?,
            false => vec![vec![("CN".to_owned(), text.trim().to_owned())]],
        };
        let common_name = rdns
            .iter()
            .flatten()
            .find(|(kind, _)| kind.eq_ignore_ascii_case("CN"))
            .map(|(_, value)| value.clone());
        let mut name = RdnSequence::default();
        for rdn in rdns.iter().rev() {
            name.push(encode_rdn(rdn).map_err(refuse)?);
        }
        Ok(Subject {
            der: name.to_der()?,
            common_name,
        })
    }

    /// Takes a name that is in DER already, as in a signing request.
    pub(crate) fn from_der(der: &[u8]) -> Self {
        Subject {
            der: der.to_vec(),
            common_name: None,
        }
    }

    /// The common name, where the subject was given as text and has one.
    pub fn common_name(&self) -> Option<&str> {
        self.common_name.as_deref()
    }

    /// The DER of the `Name`.
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }
}

fn is_full_name(text: &str) -> bool {
    text.split_once('=').is_some_and(|(kind, _)| {
        let kind = kind.trim();
        !kind.is_empty()
            && kind
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte))
    })
}

type Rdn = Vec<(String, String)>;

fn parse_full_name(text: &str) -> Result<Vec<Rdn>, String> {
    let mut rest = text.chars().peekable();
    let mut rdns = Vec::new();
    let mut rdn = Rdn::new();
    loop {
        let kind = parse_kind(&mut rest)?;
        let (value, end) = parse_value(&mut rest)?;
        rdn.push((kind, value));
        match end {
            Some('+') => {}
            Some(_) => rdns.push(std::mem::take(&mut rdn)),
            None => {
                rdns.push(rdn);
                return Ok(rdns);
            }
        }
    }
}

fn parse_kind(rest: &mut Peekable<Chars<'_>>) -> Result<String, String> {
    let mut kind = String::new();
    for next in rest.by_ref() {
        match next {
            '=' => return Ok(kind.trim().to_owned()),
            ',' | '+' | '\\' => break,
            _ => kind.push(next),
        }
    }
    Err(format!(
        "`{}` is no `TYPE=value`; a comma inside a value is written `\\,`",
        kind.trim()
    ))
}

/// A value up to the next separator (RFC 4514 section 3), and that separator.
fn parse_value(rest: &mut Peekable<Chars<'_>>) -> Result<(String, Option<char>), String> {
    let mut bytes = Vec::new();
    // Spaces around a value do not belong to it unless they are escaped.
    let mut kept = 0;
    let mut end = None;
    while let Some(next) = rest.next() {
        match next {
            ',' | '+' => {
                end = Some(next);
                break;
            }
            '\\' => {
                bytes.push(parse_escape(rest)?);
                kept = bytes.len();
            }
            '"' | ';' | '<' | '>' | '\0' => {
                return Err(format!("`{next}` must be written `\\{next}`"));
            }
            ' ' if bytes.is_empty() => {}
            ' ' => bytes.push(b' '),
            _ => {
                bytes.extend(next.encode_utf8(&mut [0; 4]).bytes());
                kept = bytes.len();
            }
        }
    }
    bytes.truncate(kept);
    let value = String::from_utf8(bytes).map_err(|_| "an escape is not UTF-8".to_owned())?;
    Ok((value, end))
}

/// What follows a backslash: a special character, or two hexadecimal digits that are one octet.
fn parse_escape(rest: &mut Peekable<Chars<'_>>) -> Result<u8, String> {
    let broken =
        || "`\\` must be followed by a special character or two hexadecimal digits".to_owned();
    let first = rest.next().ok_or_else(broken)?;
    if let Some(high) = first.to_digit(16) {
        let low = rest.next().and_then(|low| low.to_digit(16));
        let octet = high * 16 + low.ok_or_else(broken)?;
        return u8::try_from(octet).map_err(|_| broken());
    }
    match first {
        ' ' | '"' | '#' | '=' | '\\' | '+' | ',' | ';' | '<' | '>' => {
            u8::try_from(first).map_err(|_| broken())
        }
        _ => Err(broken()),
    }
}

fn encode_rdn(rdn: &Rdn) -> Result<RelativeDistinguishedName, String> {
    let mut set = SetOfVec::new();
    for (kind, value) in rdn {
        let attribute = encode_attribute(kind, value)?;
        if set
            .iter()
            .any(|other: &AttributeTypeAndValue| other.oid == attribute.oid)
        {
            return Err(format!("`{kind}` is there twice in one part"));
        }
        set.insert(attribute).map_err(|error| error.to_string())?;
    }
    Ok(RelativeDistinguishedName::from(set))
}

fn encode_attribute(kind: &str, value: &str) -> Result<AttributeTypeAndValue, String> {
    let known = TYPES
        .iter()
        .find(|known| {
            known
                .names
                .iter()
                .any(|name| name.eq_ignore_ascii_case(kind))
        })
        .ok_or_else(|| {
            let names: Vec<_> = TYPES
                .iter()
                .filter_map(|known| known.names.first().copied())
                .collect();
            format!(
                "unknown type `{kind}`; known are {}; in a common name `=` is written `CN=…\\=…`",
                names.join(", ")
            )
        })?;
    let length = value.chars().count();
    if length == 0 {
        return Err(format!("`{kind}` is empty"));
    }
    if length > known.longest {
        return Err(format!(
            "`{kind}` has {length} characters; at most {} are allowed",
            known.longest
        ));
    }
    if known.oid == COUNTRY
        && !(length == 2 && value.bytes().all(|byte| byte.is_ascii_alphabetic()))
    {
        return Err(format!("`{kind}` must be a country code of two letters"));
    }
    if value.chars().any(char::is_control) {
        return Err(format!("`{kind}` holds a control character"));
    }
    let fits = match known.tag {
        Tag::PrintableString => value.bytes().all(is_printable_string),
        Tag::Ia5String => value.is_ascii(),
        _ => true,
    };
    if !fits {
        return Err(format!(
            "`{kind}` holds a character that its type does not allow"
        ));
    }
    Ok(AttributeTypeAndValue {
        oid: ObjectIdentifier::new(known.oid).map_err(|error| error.to_string())?,
        value: Any::new(known.tag, value.as_bytes()).map_err(|error| error.to_string())?,
    })
}

/// X.680's PrintableString.
fn is_printable_string(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(&byte)
}

#[cfg(test)]
mod tests {
    use der::Decode;
    use x509_cert::name::RdnSequence;

    use super::Subject;

    fn shown(text: &str) -> String {
        let subject = Subject::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        RdnSequence::from_der(subject.as_der()).unwrap().to_string()
    }

    #[test]
    fn reads_common_and_full_names() {
        let table = [
            ("device-1", "CN=device-1"),
            ("Acme, Inc + Sons", r"CN=Acme\, Inc \+ Sons"),
            ("Jürgen", "CN=Jürgen"),
            ("CN=a,OU=b,O=c", "CN=a,OU=b,O=c"),
            (" cn = a , ou = b c , o=d ", "CN=a,OU=b c,O=d"),
            (
                "CN=a,OU=one,OU=two,DC=example,DC=com",
                "CN=a,OU=one,OU=two,DC=example,DC=com",
            ),
            (r"CN=a\,b\=c\\d,O=x", r"CN=a\,b=c\\d,O=x"),
            (r"CN=J\c3\bcrgen", "CN=Jürgen"),
            ("CN=a=b", "CN=a=b"),
            (
                "C=DE,ST=Berlin,L=Berlin,UID=u1",
                "C=DE,ST=Berlin,L=Berlin,UID=u1",
            ),
        ];
        for (text, expected) in table {
            assert_eq!(shown(text), expected, "{text}");
        }
        assert_eq!(Subject::parse("O=c,CN=a").unwrap().common_name(), Some("a"));
        assert_eq!(Subject::parse("O=c").unwrap().common_name(), None);
    }

    #[test]
    fn encodes_from_general_to_specific() {
        let subject = Subject::parse("CN=a,O=b").unwrap();
        let place = |oid: [u8; 3]| {
            subject
                .as_der()
                .windows(3)
                .position(|window| window == oid)
                .unwrap()
        };
        assert!(place([0x55, 4, 10]) < place([0x55, 4, 3]));
    }

    #[test]
    fn refuses_with_a_cure() {
        let long = format!("CN={}", "x".repeat(65));
        let table = [
            ("", "`CN` is empty"),
            ("  ", "`CN` is empty"),
            ("CN=", "`CN` is empty"),
            ("CN=a,", "is no `TYPE=value`"),
            ("CN=a,b", r"written `\,`"),
            ("X=a", "unknown type `X`"),
            (long.as_str(), "at most 64"),
            ("C=Germany", "at most 2"),
            ("C=D1", "two letters"),
            (r"CN=a\", "followed by"),
            (r"CN=a\zz", "followed by"),
            (r"CN=\ff", "not UTF-8"),
            ("CN=\"a\"", "must be written"),
            ("DC=ü", "does not allow"),
            ("CN=a\nb", "control character"),
            ("CN=a+CN=a", "twice"),
        ];
        for (text, expected) in table {
            let error = Subject::parse(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
