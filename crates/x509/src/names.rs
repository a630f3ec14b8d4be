//! X.501 names: DER in, owned attributes with short names and text values out.
//! `attributes.rs` maps them to session tags; logs, audit and subjects show them.

use std::borrow::Cow;
use std::fmt;

use smallvec::SmallVec;

use crate::der::{self, DerError, Element, Oid, Reader, tag};

/// A distinguished name: its DER, of which it is known that it can be read.
///
/// `Display` is the string form of RFC 4514: last RDN first, `CN=web,OU=ops,O=Example`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    der: Box<[u8]>,
}

/// One attribute of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameAttribute<'a> {
    /// The text; for values that are not text `#` and the hex of their DER (RFC 4514 section 2.4).
    pub value: Cow<'a, str>,
    /// Whether it shares its RDN with the attribute before (a multi-valued RDN).
    pub joins_previous: bool,
    pub(crate) known: Option<&'static KnownType>,
    oid: Oid<'a>,
}

impl NameAttribute<'_> {
    /// Short name such as `CN` where the type is one that session tags know, else the dotted OID.
    #[must_use]
    pub fn attribute_type(&self) -> Cow<'static, str> {
        match self.known {
            Some(known) => Cow::Borrowed(known.short_name),
            None => Cow::Owned(self.oid.to_string()),
        }
    }

    /// Whether the type has a short name, and so takes part in the mapping rule `*`.
    #[must_use]
    pub fn is_recognised(&self) -> bool {
        self.known.is_some()
    }

    /// Whether the other attribute is of the same type.
    pub(crate) fn is_of_same_type(&self, other: &NameAttribute<'_>) -> bool {
        self.oid == other.oid
    }

    /// Whether the attribute is of this type, given as a short name or a dotted OID.
    #[must_use]
    pub fn is_of_type(&self, specifier: &str) -> bool {
        match self.known {
            Some(known) => {
                known.short_name == specifier
                    || (specifier.starts_with(|first: char| first.is_ascii_digit())
                        && known_type_of_dotted(specifier) == Some(known))
            }
            None => self.oid.to_string() == specifier,
        }
    }
}

impl Default for Name {
    fn default() -> Self {
        Self {
            der: Box::new([tag::SEQUENCE, 0]),
        }
    }
}

impl Name {
    /// Takes the DER of a Name.
    pub(crate) fn from_der(name: &[u8]) -> Result<Self, DerError> {
        check(der::whole(name, tag::SEQUENCE)?.value)?;
        Ok(Self::of_checked(name))
    }

    /// Takes the DER of a Name whose content [`check`] has seen.
    pub(crate) fn of_checked(name: &[u8]) -> Self {
        Self { der: name.into() }
    }

    /// Its DER, as the certificate has it.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The attributes in certificate order, read as they are asked for.
    pub fn attributes(&self) -> impl Iterator<Item = NameAttribute<'_>> {
        let content = der::whole(&self.der, tag::SEQUENCE).map_or(&[][..], |name| name.value);
        RawAttributes::new(content).map_while(|attribute| {
            let (joins_previous, oid, value) = attribute.ok()?;
            Some(NameAttribute {
                value: text(value),
                joins_previous,
                known: known_type(oid.0),
                oid,
            })
        })
    }

    /// The value of the first attribute of this type (short name or dotted OID).
    #[must_use]
    pub fn first(&self, attribute_type: &str) -> Option<Cow<'_, str>> {
        self.attributes()
            .find(|attribute| attribute.is_of_type(attribute_type))
            .map(|attribute| attribute.value)
    }

    /// What `Display` writes.
    #[must_use]
    pub fn text(&self) -> String {
        let attributes: SmallVec<[_; 8]> = self.attributes().collect();
        let mut text = String::with_capacity(self.der.len());
        let mut end = attributes.len();
        while end > 0 {
            let mut start = end - 1;
            while start > 0 && attributes.get(start).is_some_and(|a| a.joins_previous) {
                start -= 1;
            }
            if end < attributes.len() {
                text.push(',');
            }
            for (position, attribute) in attributes.iter().take(end).skip(start).enumerate() {
                if position > 0 {
                    text.push('+');
                }
                text.push_str(&attribute.attribute_type());
                text.push('=');
                push_escaped(&mut text, &attribute.value);
            }
            end = start;
        }
        text
    }

    /// Whether the name has no attribute at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self.der == [tag::SEQUENCE, 0]
    }
}

/// Whether the content of a Name can be read: RDNs of at least one attribute each (RFC 5280 section 4.1.2.4).
pub(crate) fn check(content: &[u8]) -> Result<(), DerError> {
    RawAttributes::new(content).try_for_each(|attribute| attribute.map(|_| ()))
}

/// Each attribute with whether it shares its RDN with the one before; nothing follows an error.
pub(crate) struct RawAttributes<'a> {
    rdns: Reader<'a>,
    rdn: Reader<'a>,
}

impl<'a> RawAttributes<'a> {
    pub(crate) fn new(content: &'a [u8]) -> Self {
        Self {
            rdns: Reader::new(content),
            rdn: Reader::new(&[]),
        }
    }

    fn read(&mut self) -> Result<(bool, Oid<'a>, Element<'a>), DerError> {
        let joins_previous = !self.rdn.is_empty();
        if !joins_previous {
            self.rdn = self.rdns.inside(tag::SET)?;
        }
        let mut attribute = self.rdn.inside(tag::SEQUENCE)?;
        let oid = Oid(attribute.expect(tag::OBJECT_IDENTIFIER)?.value);
        let value = attribute.element()?;
        attribute.end()?;
        Ok((joins_previous, oid, value))
    }
}

impl<'a> Iterator for RawAttributes<'a> {
    type Item = Result<(bool, Oid<'a>, Element<'a>), DerError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rdn.is_empty() && self.rdns.is_empty() {
            return None;
        }
        let read = self.read();
        if read.is_err() {
            *self = Self::new(&[]);
        }
        Some(read)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

/// Escapes as RFC 4514 section 2.4 asks, and control characters too, so that a name in a log line
/// stays on its line.
fn push_escaped(text: &mut String, value: &str) {
    let is_plain = |octet: u8| octet.is_ascii_alphanumeric() || b"-._:/@".contains(&octet);
    if value.bytes().all(is_plain) {
        return text.push_str(value);
    }
    let last = value.chars().count().saturating_sub(1);
    for (position, character) in value.chars().enumerate() {
        match character {
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => text.extend(['\\', character]),
            ' ' if position == 0 || position == last => text.push_str("\\ "),
            control if control.is_control() => {
                let mut buffer = [0; 4];
                for octet in control.encode_utf8(&mut buffer).bytes() {
                    text.push_str(&format!("\\{octet:02X}"));
                }
            }
            plain => text.push(plain),
        }
    }
}

/// A type of attribute that session tags know.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct KnownType {
    /// Such as `CN`.
    pub(crate) short_name: &'static str,
    /// The keys of the tags that it makes of a subject, an issuer and a directory name among the alternative names.
    pub(crate) tag_keys: [&'static str; 3],
    /// The content of its OBJECT IDENTIFIER.
    oid: &'static [u8],
}

macro_rules! known_types {
    ($($short:literal $oid:expr;)*) => {
        &[$(KnownType {
            short_name: $short,
            tag_keys: [
                concat!("x509Subject/", $short),
                concat!("x509Issuer/", $short),
                concat!("x509SAN/Name/", $short),
            ],
            oid: &$oid,
        }),*]
    };
}

/// AWS prints C, O, OU, ST, L, CN and UID and does not publish the whole set; the others are the usual ones of RFC 4519
/// and OpenSSL. The commonest come first.
static KNOWN_TYPES: &[KnownType] = known_types! {
    "CN" [0x55, 0x04, 0x03];
    "OU" [0x55, 0x04, 0x0b];
    "O" [0x55, 0x04, 0x0a];
    "C" [0x55, 0x04, 0x06];
    "ST" [0x55, 0x04, 0x08];
    "L" [0x55, 0x04, 0x07];
    "SN" [0x55, 0x04, 0x04];
    "SERIALNUMBER" [0x55, 0x04, 0x05];
    "STREET" [0x55, 0x04, 0x09];
    "T" [0x55, 0x04, 0x0c];
    "GN" [0x55, 0x04, 0x2a];
    "initials" [0x55, 0x04, 0x2b];
    "generationQualifier" [0x55, 0x04, 0x2c];
    "dnQualifier" [0x55, 0x04, 0x2e];
    "pseudonym" [0x55, 0x04, 0x41];
    "UID" [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 0x01, 0x01];
    "DC" [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 0x01, 0x19];
    "emailAddress" [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x01];
};

fn known_type(oid: &[u8]) -> Option<&'static KnownType> {
    KNOWN_TYPES.iter().find(|known| known.oid == oid)
}

/// Whether a specifier can be the type of an attribute: a short name that is known, or a dotted OID (X.660: the first arc
/// is 0 to 2, the second below 40 under 0 and 1).
pub(crate) fn is_attribute_type(specifier: &str) -> bool {
    if KNOWN_TYPES
        .iter()
        .any(|known| known.short_name == specifier)
    {
        return true;
    }
    let is_arc = |arc: &str| {
        let digits = arc.bytes().all(|byte| byte.is_ascii_digit());
        digits && !arc.is_empty() && (arc == "0" || !arc.starts_with('0'))
    };
    let mut arcs = specifier.split('.');
    let (Some(first), Some(second)) = (arcs.next(), arcs.next()) else {
        return false;
    };
    let root = match first {
        "0" | "1" => second.len() <= 2 && second.parse::<u8>().is_ok_and(|arc| arc < 40),
        "2" => true,
        _ => false,
    };
    root && is_arc(second) && arcs.all(is_arc)
}

/// The known type behind a dotted OID, none of whose arcs is above 2^32.
fn known_type_of_dotted(dotted: &str) -> Option<&'static KnownType> {
    let mut arcs = dotted.split('.').map(|arc| arc.parse::<u32>().ok());
    let (root, second) = (arcs.next()??, arcs.next()??);
    // The first two share a number (ITU-T X.690 section 8.19.4).
    let first = root.checked_mul(40)?.checked_add(second)?;
    let mut oid = Vec::with_capacity(16);
    for arc in std::iter::once(Some(first)).chain(arcs) {
        let arc = arc?;
        for shift in (0..5).rev() {
            let rest = arc >> (7 * shift);
            // Groups of seven bits, without leading ones of zero; all but the last are marked.
            if rest > 0 || shift == 0 {
                let more = if shift > 0 { 0x80 } else { 0 };
                oid.push(u8::try_from(rest & 0x7f).ok()? | more);
            }
        }
    }
    known_type(&oid)
}

fn text(value: Element<'_>) -> Cow<'_, str> {
    text_of(value).unwrap_or_else(|| {
        let hex = hex_simd::encode_to_string(value.raw, hex_simd::AsciiCase::Lower);
        format!("#{hex}").into()
    })
}

/// The text of an attribute's value, where it is text.
pub(crate) fn text_of(value: Element<'_>) -> Option<Cow<'_, str>> {
    let bytes = value.value;
    match value.tag {
        // UTF8String, NumericString, PrintableString, IA5String, VisibleString
        0x0c | 0x12 | 0x13 | 0x16 | 0x1a => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
        // T61String proper is not in use: what carries its tag is Latin-1.
        0x14 => Some(bytes.iter().copied().map(char::from).collect()),
        // BMPString, UniversalString
        0x1e => utf16_big_endian(bytes).map(Cow::Owned),
        0x1c => utf32_big_endian(bytes).map(Cow::Owned),
        _ => None,
    }
}

fn utf16_big_endian(bytes: &[u8]) -> Option<String> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    char::decode_utf16(pairs.iter().map(|pair| u16::from_be_bytes(*pair)))
        .collect::<Result<String, _>>()
        .ok()
}

fn utf32_big_endian(bytes: &[u8]) -> Option<String> {
    let (quads, rest) = bytes.as_chunks::<4>();
    if !rest.is_empty() {
        return None;
    }
    quads
        .iter()
        .map(|quad| char::from_u32(u32::from_be_bytes(*quad)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{KNOWN_TYPES, Name, known_type_of_dotted, utf16_big_endian, utf32_big_endian};

    fn parse(hex: &str) -> Name {
        let der = hex_simd::decode_to_vec(hex).unwrap();
        Name::from_der(&der).unwrap()
    }

    #[test]
    fn shows_names_last_rdn_first() {
        // O=Ex, OU=a + OU=b (one RDN), CN=x,y
        let name = parse(concat!(
            "3033310b3009060355040a0c024578",
            "31143008060355040b0c01613008060355040b0c0162",
            "310e300c06035504030c05782c79200a"
        ));
        assert_eq!(name.to_string(), "CN=x\\,y \\0A,OU=a+OU=b,O=Ex");
        assert_eq!(name.first("O").as_deref(), Some("Ex"));
        assert_eq!(name.first("2.5.4.11").as_deref(), Some("a"));
        assert_eq!(name.first("2.5.4.12"), None);
        assert_eq!(name.first("2.5.x"), None);
        assert_eq!(name.first("L"), None);
    }

    #[test]
    fn decodes_string_types() {
        let rows = [
            ("300f310d300b06035504031e0400e900df", "éß"), // BMPString
            ("300d310b300906035504031402e9df", "éß"),     // T61String
            ("300d310b3009060355040316024162", "Ab"),     // IA5String
            ("300d310b3009060355040313024162", "Ab"),     // PrintableString
        ];
        for (hex, text) in &rows {
            assert_eq!(parse(hex).first("CN").as_deref(), Some(*text), "{hex}");
        }
        // Not UTF-8 under a UTF8String tag: shown as what it is.
        assert_eq!(
            parse("300c310a300806035504030c01ff").first("CN").as_deref(),
            Some("#0c01ff")
        );
        assert_eq!(utf16_big_endian(&[0xd8, 0x00]), None);
        assert_eq!(utf32_big_endian(&[0, 1, 0xf6, 0]).as_deref(), Some("😀"));
    }

    #[test]
    fn dotted_oids_have_short_names() {
        let rows = [
            ("2.5.4.3", Some("CN")),
            ("2.5.4.65", Some("pseudonym")),
            ("0.9.2342.19200300.100.1.1", Some("UID")),
            ("0.9.2342.19200300.100.1.25", Some("DC")),
            ("1.2.840.113549.1.9.1", Some("emailAddress")),
            ("2.5.4", None),
            ("2.5.4.1", None),
            ("2.5.4.3.0", None),
            ("2.5.4.99999999999", None),
            ("2", None),
            ("", None),
            ("2..3", None),
        ];
        for (dotted, short) in rows {
            let known = known_type_of_dotted(dotted).map(|known| known.short_name);
            assert_eq!(known, short, "{dotted}");
        }
    }

    #[test]
    fn unknown_types_show_their_oid() {
        // 1.2.3.4 = "a", as an INTEGER under CN: not text
        let name = parse("300c310a300806032a03040c0161");
        assert_eq!(name.to_string(), "1.2.3.4=a");
        assert!(!name.attributes().next().unwrap().is_recognised());
        assert_eq!(
            parse("300c310a30080603550403020105").first("CN").as_deref(),
            Some("#020105")
        );
    }

    #[test]
    fn every_known_type_stands_once_and_is_a_specifier() {
        for (position, known) in KNOWN_TYPES.iter().enumerate() {
            assert!(super::is_attribute_type(known.short_name));
            assert_eq!(super::known_type(known.oid), Some(known));
            let others = &KNOWN_TYPES[position + 1..];
            assert!(
                others
                    .iter()
                    .all(|other| other.short_name != known.short_name)
            );
        }
    }
}
