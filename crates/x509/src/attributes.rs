//! A leaf and a profile's attribute mappings in; session tags, source identity and session name out
//! (AWS user guide, "Trust model": attribute mapping and source identity). CreateSession calls it.

use std::borrow::Cow;
use std::fmt;

use smallvec::SmallVec;

use crate::leaf::Leaf;
use crate::names::{KnownType, Name, NameAttribute, is_attribute_type};

/// The part of a certificate that a mapping takes values from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CertificateField {
    /// `x509Subject`.
    X509Subject,
    /// `x509Issuer`.
    X509Issuer,
    /// `x509SAN`.
    X509San,
}

impl CertificateField {
    /// Every field, in the order in which AWS prints them.
    pub const ALL: [Self; 3] = [Self::X509Issuer, Self::X509San, Self::X509Subject];

    /// The field of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.as_str() == name)
    }

    /// The specifier as it is kept and shown: `Name` and `Name/` become `Name/*` (AWS user guide, attribute mapping).
    /// `None` for one that could never map anything, such as `*` of the subject alternative names.
    #[must_use]
    pub fn normal_specifier(self, specifier: &str) -> Option<&str> {
        let of_name = |rdn: &str| rdn == "*" || is_attribute_type(rdn);
        match self {
            Self::X509Subject | Self::X509Issuer => of_name(specifier).then_some(specifier),
            Self::X509San => match specifier {
                "DNS" | "URI" => Some(specifier),
                "Name" | "Name/" => Some("Name/*"),
                _ => {
                    let rdn = specifier.strip_prefix("Name/")?;
                    of_name(rdn).then_some(specifier)
                }
            },
        }
    }

    /// The name in the API and in tag keys.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            CertificateField::X509Subject => "x509Subject",
            CertificateField::X509Issuer => "x509Issuer",
            CertificateField::X509San => "x509SAN",
        }
    }

    /// The key of the tag that a known type makes; of the alternative names, in a directory name.
    const fn tag_key(self, known: &KnownType) -> &'static str {
        let [subject, issuer, alternative_name] = known.tag_keys;
        match self {
            CertificateField::X509Subject => subject,
            CertificateField::X509Issuer => issuer,
            CertificateField::X509San => alternative_name,
        }
    }
}

/// One attribute mapping of a profile. Specifiers: `*`, a short name or a dotted OID for subject and
/// issuer; `DNS`, `URI`, `Name/*`, `Name/CN` for the subject alternative names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributeMapping {
    /// Where the values come from.
    pub certificate_field: CertificateField,
    /// Which values.
    pub specifiers: Vec<String>,
}

/// The mappings of a new profile, in the order in which AWS prints them.
#[must_use]
pub fn default_mappings() -> Vec<AttributeMapping> {
    let mapping = |certificate_field, specifiers: &[&str]| AttributeMapping {
        certificate_field,
        specifiers: specifiers
            .iter()
            .map(|specifier| (*specifier).to_owned())
            .collect(),
    };
    vec![
        mapping(CertificateField::X509Issuer, &["*"]),
        mapping(CertificateField::X509San, &["DNS", "URI", "Name/*"]),
        mapping(CertificateField::X509Subject, &["*"]),
    ]
}

/// Session tags, and the names of the attributes whose values cannot be tag values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MappedAttributes {
    /// Key and value, each key once, such as (`x509Subject/OU`, `ops/web`).
    pub tags: Vec<(Cow<'static, str>, String)>,
    /// What could not be mapped; the session must be refused unless this is empty.
    pub unmapped: UnmappedAttributes,
}

/// Attribute names per field whose values break the rules for tag values. `Display` is the sentence
/// that AWS appends to its refusal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnmappedAttributes {
    /// Issuer attributes, such as `CN`.
    pub issuer: Vec<String>,
    /// Subject attributes.
    pub subject: Vec<String>,
    /// Subject alternative names, such as `DNS` or `Name/O`.
    pub san: Vec<String>,
}

impl UnmappedAttributes {
    /// Whether everything could be mapped.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.issuer.is_empty() && self.subject.is_empty() && self.san.is_empty()
    }

    fn field(&mut self, field: CertificateField) -> &mut Vec<String> {
        match field {
            CertificateField::X509Subject => &mut self.subject,
            CertificateField::X509Issuer => &mut self.issuer,
            CertificateField::X509San => &mut self.san,
        }
    }
}

impl fmt::Display for UnmappedAttributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Some attributes failed to be mapped into session tags. \
             Issuer: [ {} ]; Subject: [ {} ]; SAN: [ {} ]",
            self.issuer.join(", "),
            self.subject.join(", "),
            self.san.join(", ")
        )
    }
}

/// Maps a leaf's attributes to session tags.
#[must_use]
pub fn map_attributes(leaf: &Leaf, mappings: &[AttributeMapping]) -> MappedAttributes {
    let mut mapped = MappedAttributes {
        tags: Vec::with_capacity(12),
        ..Default::default()
    };
    for mapping in mappings {
        let field = mapping.certificate_field;
        for specifier in &mapping.specifiers {
            match field {
                CertificateField::X509Subject => {
                    map_name(&mut mapped, field, "", &leaf.subject, specifier);
                }
                CertificateField::X509Issuer => {
                    map_name(&mut mapped, field, "", &leaf.issuer, specifier);
                }
                CertificateField::X509San => map_alternative_name(&mut mapped, leaf, specifier),
            }
        }
    }
    mapped
}

fn map_alternative_name(mapped: &mut MappedAttributes, leaf: &Leaf, specifier: &str) {
    let field = CertificateField::X509San;
    let (key, value) = match specifier {
        "DNS" => ("x509SAN/DNS", &leaf.san_dns),
        "URI" => ("x509SAN/URI", &leaf.san_uri),
        _ => {
            // `Name` and `Name/` mean `Name/*`.
            let rdn = match specifier.strip_prefix("Name") {
                Some("" | "/") => Some("*"),
                Some(rest) => rest.strip_prefix('/'),
                None => None,
            };
            if let (Some(rdn), Some(name)) = (rdn, &leaf.san_name) {
                map_name(mapped, field, "Name/", name, rdn);
            }
            return;
        }
    };
    if let Some(value) = value {
        mapped.put(field, Cow::Borrowed(key), Cow::Borrowed(value));
    }
}

/// `*` takes every recognised attribute, in certificate order; anything else one type. Values of one type are joined by
/// `/` in certificate order.
fn map_name(
    mapped: &mut MappedAttributes,
    field: CertificateField,
    prefix: &str,
    name: &Name,
    specifier: &str,
) {
    let is_wanted = |attribute: &NameAttribute<'_>| match specifier {
        "*" => attribute.is_recognised(),
        _ => attribute.is_of_type(specifier),
    };
    let mut found: SmallVec<[NameAttribute<'_>; 8]> = SmallVec::new();
    for attribute in name.attributes().filter(is_wanted) {
        match found
            .iter_mut()
            .find(|known| known.is_of_same_type(&attribute))
        {
            Some(known) => {
                let joined = known.value.to_mut();
                joined.push('/');
                joined.push_str(&attribute.value);
            }
            None => found.push(attribute),
        }
    }
    for attribute in found {
        let key = match attribute.known {
            // A type that was asked for by its OID is named so.
            Some(known) if specifier == "*" || specifier == known.short_name => {
                Cow::Borrowed(field.tag_key(known))
            }
            _ => Cow::Owned([field.as_str(), "/", prefix, specifier].concat()),
        };
        mapped.put(field, key, attribute.value);
    }
}

impl MappedAttributes {
    fn put(&mut self, field: CertificateField, key: Cow<'static, str>, value: Cow<'_, str>) {
        if !is_tag_value(&value) {
            let names = self.unmapped.field(field);
            let (_, name) = key.split_once('/').unwrap_or_default();
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
            return;
        }
        if self.tags.iter().all(|(existing, _)| *existing != key) {
            self.tags.push((key, value.into_owned()));
        }
    }
}

/// Whether STS takes this as a session tag's value: at most 256 characters of letters, digits,
/// space separators and `_.:/=+-@` (STS API reference, Tag).
#[must_use]
pub fn is_tag_value(value: &str) -> bool {
    let allowed_mark = |octet: u8| {
        matches!(
            octet,
            b' ' | b'_' | b'.' | b':' | b'/' | b'=' | b'+' | b'-' | b'@'
        )
    };
    if value.is_ascii() {
        return value.len() <= 256
            && value
                .bytes()
                .all(|octet| octet.is_ascii_alphanumeric() || allowed_mark(octet));
    }
    value.chars().count() <= 256
        && value.chars().all(|character| {
            character.is_alphanumeric()
                || u8::try_from(character).is_ok_and(allowed_mark)
                || (character.is_whitespace() && !character.is_control())
        })
}

/// The source identity of sessions: `CN=` and the common name, the bare common name when the prefix
/// would make it over 64 characters, else `ID=` and the serial in hex (AWS user guide, "Trust model").
///
/// A common name with a character that a source identity may not hold (STS: ASCII word characters
/// and `+=,.@-`) also gives the `ID=` form; docs/aws-divergences.md says why.
#[must_use]
pub fn source_identity(leaf: &Leaf) -> String {
    let common_name = leaf.subject.first("CN").filter(|name| {
        name.bytes().all(|octet| {
            octet.is_ascii_alphanumeric()
                || matches!(octet, b'_' | b'+' | b'=' | b',' | b'.' | b'@' | b'-')
        })
    });
    match common_name {
        Some(name) if (1..=61).contains(&name.len()) => ["CN=", &name].concat(),
        // A bare name that begins like another form would be another subject's source identity.
        Some(name)
            if (62..=64).contains(&name.len())
                && !name.starts_with("CN=")
                && !name.starts_with("ID=") =>
        {
            name.into_owned()
        }
        _ => ["ID=", &leaf.serial_hex].concat(),
    }
}

/// The session name unless the request sets one: the serial number in lower-case hex, of an even
/// number of digits, so that it has the two characters that STS asks for.
#[must_use]
pub fn default_session_name(leaf: &Leaf) -> &str {
    &leaf.serial_hex
}
