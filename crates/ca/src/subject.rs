//! The subject: a common name or a full name (`CN=…,OU=…,O=…`) enters, a distinguished name in DER leaves.
//! A full name reads as RFC 4514 says: from the most specific part to the most general, so it is encoded backwards.

use std::iter::Peekable;
use std::str::Chars;

use der::asn1::SetOfVec;
use der::{Decode, Encode};
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::name::{RdnSequence, RelativeDistinguishedName};

use crate::name_attribute::{COMMON_NAME, encode_any, encode_named, text};
use crate::{CaError, Oid};

/// A distinguished name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    der: Vec<u8>,
    common_name: Option<String>,
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

    /// The attributes of a subject as text, each with its type as it was written, the most specific first.
    ///
    /// # Errors
    /// [`CaError::Subject`] where it can't be read, or where two attributes share a part (`+`), which has no order.
    pub fn parse_attributes(text: &str) -> Result<Vec<(String, String)>, CaError> {
        let refuse = |detail: String| CaError::Subject {
            text: text.to_owned(),
            detail,
        };
        let rdns = match is_full_name(text) {
            true => parse_full_name(text).map_err(refuse)?,
            false => vec![vec![("CN".to_owned(), text.trim().to_owned())]],
        };
        let single = rdns.into_iter().map(|rdn| {
            <[(String, String); 1]>::try_from(rdn)
                .map(|[attribute]| attribute)
                .map_err(|_| refuse("attributes joined by `+` are not supported here".to_owned()))
        });
        single.collect()
    }

    /// A name of these parts, in the order in which they are encoded: from the most general to the most specific. Each is a
    /// type (a short name as [`Subject::parse`] takes it, or an object identifier in dots) and a text.
    ///
    /// # Errors
    /// As [`Subject::parse`].
    pub fn from_attributes<'a>(
        attributes: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, CaError> {
        let mut name = RdnSequence::default();
        let mut common_name = None;
        for (kind, value) in attributes {
            let attribute = encode_any(kind, value).map_err(|detail| CaError::Subject {
                text: format!("{kind}={value}"),
                detail,
            })?;
            if attribute.oid == COMMON_NAME {
                common_name = Some(value.to_owned());
            }
            name.push(RelativeDistinguishedName::from(SetOfVec::try_from(vec![
                attribute,
            ])?));
        }
        Ok(Subject {
            der: name.to_der()?,
            common_name,
        })
    }

    /// Takes a name that is in DER already, as in a signing request, octet by octet.
    ///
    /// # Errors
    /// [`CaError::Encode`] for what is no name.
    pub fn from_der(der: &[u8]) -> Result<Self, CaError> {
        let name = RdnSequence::from_der(der)?;
        let common_name = attributes_of(&name)
            .filter(|attribute| attribute.oid == COMMON_NAME)
            .last()
            .and_then(|attribute| text(&attribute.value));
        Ok(Subject {
            der: der.to_vec(),
            common_name,
        })
    }

    /// The name without parts; its holder needs an alternative name.
    pub fn empty() -> Self {
        Subject {
            der: vec![0x30, 0],
            common_name: None,
        }
    }

    /// Whether it has no parts.
    pub fn is_empty(&self) -> bool {
        // An empty SEQUENCE has two octets.
        self.der.len() <= 2
    }

    /// The parts in the order in which they are encoded, each with its type and its text; `None` where one is no text.
    pub fn attributes(&self) -> Option<Vec<(Oid, String)>> {
        let name = RdnSequence::from_der(&self.der).ok()?;
        attributes_of(&name)
            .map(|attribute| Some((attribute.oid, text(&attribute.value)?)))
            .collect()
    }

    /// The common name, where there is one; of several the most specific.
    pub fn common_name(&self) -> Option<&str> {
        self.common_name.as_deref()
    }

    /// The DER of the `Name`.
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }
}

fn attributes_of(name: &RdnSequence) -> impl Iterator<Item = &AttributeTypeAndValue> {
    name.iter().flat_map(|part| part.iter())
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
        let attribute = encode_named(kind, value)?;
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
    fn takes_parts_and_gives_them_back() {
        let parts = [("C", "DE"), ("o", "Acme"), ("1.2.3.4", "own"), ("CN", "a")];
        let subject = Subject::from_attributes(parts).unwrap();
        assert_eq!(subject.common_name(), Some("a"));
        let read = Subject::from_der(subject.as_der()).unwrap();
        assert_eq!(read, subject);
        let given: Vec<_> = read.attributes().unwrap();
        let given: Vec<_> = given
            .iter()
            .map(|(oid, text)| format!("{oid}={text}"))
            .collect();
        assert_eq!(
            given,
            ["2.5.4.6=DE", "2.5.4.10=Acme", "1.2.3.4=own", "2.5.4.3=a"]
        );
        assert!(Subject::empty().is_empty() && !subject.is_empty());
        assert_eq!(Subject::from_attributes([]).unwrap(), Subject::empty());
        assert!(Subject::from_attributes([("2.5.4.6", "Germany")]).is_err());
        assert!(Subject::from_der(b"no DER").is_err());
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
