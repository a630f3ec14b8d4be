//! Distinguished names as Go's library orders and encodes them: values by kind enter, DER leaves, and back. All values of a kind
//! share one RDN; text is a PrintableString where it can be.

use der::asn1::{Any, AnyRef, ObjectIdentifier, SetOfVec};
use der::{Decode, Encode, Tag, Tagged};
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::name::{RdnSequence, RelativeDistinguishedName};

use crate::CfsslError;
use crate::error::Fault;

const COUNTRY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.6");
const PROVINCE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.8");
const LOCALITY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.7");
const STREET: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.9");
const POSTAL_CODE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.17");
const ORGANIZATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.10");
const UNIT: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.11");
const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
const SERIAL_NUMBER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.5");
const MAILBOX: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.1");
const DOMAIN: ObjectIdentifier = ObjectIdentifier::new_unwrap("0.9.2342.19200300.100.1.25");

/// The longest value in characters (RFC 5280 appendix A.1), and what a value is called in messages.
const BOUNDS: [(ObjectIdentifier, &str, usize); 10] = [
    (COUNTRY, "C", 2),
    (PROVINCE, "ST", 128),
    (LOCALITY, "L", 128),
    (STREET, "STREET", 128),
    (POSTAL_CODE, "postalCode", 40),
    (ORGANIZATION, "O", 64),
    (UNIT, "OU", 64),
    (COMMON_NAME, "CN", 64),
    (SERIAL_NUMBER, "serialnumber", 64),
    (MAILBOX, "E", 255),
];

/// A name, by kinds of value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) common_name: String,
    pub(crate) serial_number: String,
    pub(crate) country: Vec<String>,
    pub(crate) province: Vec<String>,
    pub(crate) locality: Vec<String>,
    pub(crate) street: Vec<String>,
    pub(crate) postal_code: Vec<String>,
    pub(crate) organization: Vec<String>,
    pub(crate) organizational_unit: Vec<String>,
    /// Of other kinds, in their own order.
    pub(crate) others: Vec<(ObjectIdentifier, Any)>,
}

impl Name {
    /// The kind of an e-mail address.
    pub(crate) const MAILBOX: &'static str = "1.2.840.113549.1.9.1";

    pub(crate) fn add_other(&mut self, oid: &str, value: &str) -> Result<(), CfsslError> {
        let oid = ObjectIdentifier::new(oid)
            .map_err(|_| CfsslError::text(format!("`{oid}` is no object identifier")))?;
        self.others.push((oid, encode(oid, value)?));
        Ok(())
    }

    /// Whether it says nothing of who that is.
    pub(crate) fn is_empty(&self) -> bool {
        let lists = [
            &self.country,
            &self.province,
            &self.locality,
            &self.organization,
            &self.organizational_unit,
        ];
        let mut values = lists.into_iter().flatten();
        self.common_name.is_empty() && values.all(|value| value.trim().is_empty())
    }

    /// The lists, in the order of encoding, with the single values behind them.
    fn parts(&self) -> [(ObjectIdentifier, &[String]); 9] {
        [
            (COUNTRY, &self.country),
            (PROVINCE, &self.province),
            (LOCALITY, &self.locality),
            (STREET, &self.street),
            (POSTAL_CODE, &self.postal_code),
            (ORGANIZATION, &self.organization),
            (UNIT, &self.organizational_unit),
            (COMMON_NAME, one(&self.common_name)),
            (SERIAL_NUMBER, one(&self.serial_number)),
        ]
    }

    /// The DER of the `Name`.
    ///
    /// # Errors
    /// A value that is empty, too long, or there twice.
    pub(crate) fn to_der(&self) -> Result<Vec<u8>, CfsslError> {
        let mut rdns = RdnSequence::default();
        for (oid, values) in self.parts() {
            // A value given by its number stands for all of its kind.
            if values.is_empty() || self.others.iter().any(|(other, _)| *other == oid) {
                continue;
            }
            let values = values.iter().map(|value| encode(oid, value));
            rdns.push(rdn(oid, values.collect::<Result<_, _>>()?)?);
        }
        for (oid, value) in &self.others {
            rdns.push(rdn(*oid, vec![value.clone()])?);
        }
        rdns.to_der().map_err(refuse)
    }

    /// What a request says, in its own order put into this one.
    pub(crate) fn from_der(der: &[u8]) -> Result<Self, CfsslError> {
        let unreadable = |error: der::Error| Fault::CsrUnparsed.because(error);
        let rdns = RdnSequence::from_der(der).map_err(unreadable)?;
        let mut name = Self::default();
        for attribute in rdns.iter().flat_map(|rdn| rdn.iter()) {
            let text = text_of(&attribute.value);
            let list = match attribute.oid {
                COUNTRY => &mut name.country,
                PROVINCE => &mut name.province,
                LOCALITY => &mut name.locality,
                STREET => &mut name.street,
                POSTAL_CODE => &mut name.postal_code,
                ORGANIZATION => &mut name.organization,
                UNIT => &mut name.organizational_unit,
                COMMON_NAME => {
                    name.common_name = text.unwrap_or_default();
                    continue;
                }
                SERIAL_NUMBER => {
                    name.serial_number = text.unwrap_or_default();
                    continue;
                }
                other => {
                    name.others.push((other, attribute.value.clone()));
                    continue;
                }
            };
            list.extend(text);
        }
        Ok(name)
    }

    /// What is left out here is taken from a request's name, but for values of other kinds.
    pub(crate) fn or(mut self, request: Self) -> Self {
        let lists = [
            (&mut self.country, request.country),
            (&mut self.province, request.province),
            (&mut self.locality, request.locality),
            (&mut self.organization, request.organization),
            (&mut self.organizational_unit, request.organizational_unit),
        ];
        for (own, asked) in lists {
            if own.is_empty() {
                *own = asked;
            }
        }
        if self.common_name.is_empty() {
            self.common_name = request.common_name;
        }
        if self.serial_number.is_empty() {
            self.serial_number = request.serial_number;
        }
        self
    }
}

/// A single value as a list; an empty one is none.
fn one(value: &String) -> &[String] {
    match value.is_empty() {
        true => &[],
        false => std::slice::from_ref(value),
    }
}

fn refuse(error: der::Error) -> CfsslError {
    Fault::CsrBad.because(format!("the subject can't be encoded: {error}"))
}

fn rdn(oid: ObjectIdentifier, values: Vec<Any>) -> Result<RelativeDistinguishedName, CfsslError> {
    let mut set = SetOfVec::new();
    for value in values {
        set.insert(AttributeTypeAndValue { oid, value })
            .map_err(|_| {
                Fault::CsrBad.because(format!("the subject has a value of {oid} twice"))
            })?;
    }
    Ok(RelativeDistinguishedName::from(set))
}

/// PrintableString where the characters allow, else UTF8String; mailboxes and domains are IA5String (RFC 5280 section 4.1.2.6).
fn encode(oid: ObjectIdentifier, value: &str) -> Result<Any, CfsslError> {
    let known = BOUNDS.iter().find(|(known, ..)| *known == oid);
    let refuse = |detail: String| {
        let shown = known.map_or_else(|| oid.to_string(), |(_, name, _)| (*name).to_owned());
        Err(Fault::CsrBad.because(format!("`{value}` can't be `{shown}`: {detail}")))
    };
    let length = value.chars().count();
    match known {
        Some((_, _, longest)) if length > *longest => {
            return refuse(format!(
                "it has {length} characters, where {longest} are allowed"
            ));
        }
        _ if value.trim().is_empty() => return refuse("it is empty".to_owned()),
        _ => {}
    }
    let must_be_ascii = [MAILBOX, DOMAIN].contains(&oid);
    let tag = match value.bytes().all(is_printable_string) {
        _ if must_be_ascii && !value.is_ascii() => return refuse("it is not ASCII".to_owned()),
        _ if must_be_ascii => Tag::Ia5String,
        true => Tag::PrintableString,
        false if [COUNTRY, SERIAL_NUMBER].contains(&oid) => {
            return refuse("only letters, digits and ` '()+,-./:=?` are allowed".to_owned());
        }
        false => Tag::Utf8String,
    };
    Any::new(tag, value.as_bytes()).or_else(|error| refuse(error.to_string()))
}

/// X.680's PrintableString.
fn is_printable_string(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(&octet)
}

/// The text of a directory string; `None` for values that are none.
pub(crate) fn text_of(value: &Any) -> Option<String> {
    let octets = AnyRef::from(value).value();
    match value.tag() {
        Tag::PrintableString | Tag::Utf8String | Tag::Ia5String | Tag::NumericString => {
            String::from_utf8(octets.to_vec()).ok()
        }
        // T.61, which is read as Latin-1 everywhere.
        Tag::TeletexString => Some(octets.iter().copied().map(char::from).collect()),
        Tag::BmpString => {
            let units: Vec<u16> = octets
                .chunks_exact(2)
                .filter_map(|pair| <[u8; 2]>::try_from(pair).ok())
                .map(u16::from_be_bytes)
                .collect();
            String::from_utf16(&units).ok()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use der::Decode;
    use x509_cert::name::RdnSequence;

    use super::Name;

    fn name() -> Name {
        let text = |text: &str| vec![text.to_owned()];
        Name {
            common_name: "a".to_owned(),
            country: text("CH"),
            organization: text("Custom CA"),
            organizational_unit: vec!["b".to_owned(), "a & b".to_owned()],
            ..Name::default()
        }
    }

    #[test]
    fn values_of_a_kind_share_one_part_in_gos_order() {
        let mut name = name();
        name.add_other(Name::MAILBOX, "a@b.c").unwrap();
        let der = name.to_der().unwrap();
        let shown = RdnSequence::from_der(&der).unwrap().to_string();
        assert_eq!(
            shown,
            "1.2.840.113549.1.9.1=#16056140622E63,CN=a,OU=b+OU=a & b,O=Custom CA,C=CH".replace(
                "1.2.840.113549.1.9.1=#16056140622E63",
                shown.split(',').next().unwrap()
            )
        );
        // PrintableString, but for `&`; the mailbox is IA5.
        assert!(der.windows(3).any(|part| part == [0x13, 9, b'C']));
        assert!(der.windows(3).any(|part| part == [0x0c, 5, b'a']));
        assert!(der.windows(3).any(|part| part == [0x16, 5, b'a']));
        assert_eq!(Name::from_der(&der).unwrap(), name);
    }

    #[test]
    fn what_is_left_out_is_taken_from_the_request() {
        let given = Name {
            common_name: "given".to_owned(),
            ..Name::default()
        };
        let mut asked = name();
        asked.add_other("1.2.3", "gone").unwrap();
        let merged = given.or(asked);
        assert_eq!(merged.common_name, "given");
        assert_eq!(merged.organization, ["Custom CA"]);
        assert_eq!(merged.others, []);
    }

    #[test]
    fn values_that_no_reader_takes_are_refused() {
        let long = "x".repeat(65);
        let rows = [
            ("2.5.4.6", "Germany", "`C`"),
            ("2.5.4.6", "é", "letters"),
            ("2.5.4.3", &long, "65 characters"),
            ("2.5.4.10", " ", "empty"),
            (Name::MAILBOX, "ü@b", "ASCII"),
            ("one", "a", "`one`"),
        ];
        for (oid, value, expected) in rows {
            let error = Name::default().add_other(oid, value).unwrap_err();
            assert!(error.to_string().contains(expected), "{error}");
        }
    }
}
