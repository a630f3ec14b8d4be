//! The parts of a distinguished name: a short name and a text enter, an encoded attribute leaves, and back.

use der::asn1::{Any, ObjectIdentifier};
use der::{Tag, Tagged};
use x509_cert::attr::AttributeTypeAndValue;

struct AttributeType {
    names: &'static [&'static str],
    oid: ObjectIdentifier,
    tag: Tag,
    /// Upper bound in characters (RFC 5280 appendix A.1, RFC 4519).
    longest: usize,
}

pub(crate) const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
const COUNTRY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.6");
const TYPES: [AttributeType; 19] = [
    attribute_type(&["CN"], "2.5.4.3", Tag::Utf8String, 64),
    attribute_type(&["OU"], "2.5.4.11", Tag::Utf8String, 64),
    attribute_type(&["O"], "2.5.4.10", Tag::Utf8String, 64),
    attribute_type(&["L"], "2.5.4.7", Tag::Utf8String, 128),
    attribute_type(&["ST"], "2.5.4.8", Tag::Utf8String, 128),
    attribute_type(&["C"], "2.5.4.6", Tag::PrintableString, 2),
    attribute_type(&["UID"], "0.9.2342.19200300.100.1.1", Tag::Utf8String, 256),
    attribute_type(&["DC"], "0.9.2342.19200300.100.1.25", Tag::Ia5String, 63),
    attribute_type(&["SERIALNUMBER"], "2.5.4.5", Tag::PrintableString, 64),
    attribute_type(
        &["EMAILADDRESS", "E"],
        "1.2.840.113549.1.9.1",
        Tag::Ia5String,
        255,
    ),
    attribute_type(&["STREET"], "2.5.4.9", Tag::Utf8String, 128),
    attribute_type(&["POSTALCODE"], "2.5.4.17", Tag::Utf8String, 40),
    attribute_type(&["SN"], "2.5.4.4", Tag::Utf8String, 64),
    attribute_type(&["GIVENNAME", "GN"], "2.5.4.42", Tag::Utf8String, 64),
    attribute_type(&["INITIALS"], "2.5.4.43", Tag::Utf8String, 64),
    attribute_type(&["GENERATIONQUALIFIER"], "2.5.4.44", Tag::Utf8String, 64),
    attribute_type(&["TITLE"], "2.5.4.12", Tag::Utf8String, 64),
    attribute_type(&["PSEUDONYM"], "2.5.4.65", Tag::Utf8String, 128),
    attribute_type(&["DNQUALIFIER"], "2.5.4.46", Tag::PrintableString, 64),
];

/// What an attribute of a type not in the table is taken as.
const UNKNOWN: AttributeType = attribute_type(&[], "2.5.4.3", Tag::Utf8String, 256);

const fn attribute_type(
    names: &'static [&'static str],
    oid: &'static str,
    tag: Tag,
    longest: usize,
) -> AttributeType {
    AttributeType {
        names,
        oid: ObjectIdentifier::new_unwrap(oid),
        tag,
        longest,
    }
}

/// An attribute of a type given by its short name.
pub(crate) fn encode_named(kind: &str, value: &str) -> Result<AttributeTypeAndValue, String> {
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
    encode(known, known.oid, kind, value)
}

/// As [`encode_named`]; a type that has no short name is given by its object identifier.
pub(crate) fn encode_any(kind: &str, value: &str) -> Result<AttributeTypeAndValue, String> {
    match ObjectIdentifier::new(kind) {
        Err(_) => encode_named(kind, value),
        Ok(oid) => {
            let known = TYPES.iter().find(|known| known.oid == oid);
            encode(known.unwrap_or(&UNKNOWN), oid, kind, value)
        }
    }
}

fn encode(
    known: &AttributeType,
    oid: ObjectIdentifier,
    kind: &str,
    value: &str,
) -> Result<AttributeTypeAndValue, String> {
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
    if oid == COUNTRY && !(length == 2 && value.bytes().all(|byte| byte.is_ascii_alphabetic())) {
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
        oid,
        value: Any::new(known.tag, value.as_bytes()).map_err(|error| error.to_string())?,
    })
}

/// The text of a value; `None` for what is none of the usual kinds of string.
pub(crate) fn text(value: &Any) -> Option<String> {
    match value.tag() {
        Tag::Utf8String | Tag::PrintableString | Tag::Ia5String => {
            String::from_utf8(value.value().to_vec()).ok()
        }
        // T.61 as programs write it: Latin-1.
        Tag::TeletexString => Some(value.value().iter().copied().map(char::from).collect()),
        Tag::BmpString => {
            let units = value.value().chunks_exact(2).map(|pair| match pair {
                [high, low] => u16::from_be_bytes([*high, *low]),
                _ => 0,
            });
            char::decode_utf16(units).collect::<Result<_, _>>().ok()
        }
        _ => None,
    }
}

/// X.680's PrintableString.
fn is_printable_string(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(&byte)
}
