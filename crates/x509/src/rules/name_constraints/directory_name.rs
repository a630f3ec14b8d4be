//! Constraints on directory names: the constraint's RDNs begin the name (RFC 5280 sections 4.2.1.10 and 7.1). Text
//! compares without regard to its encoding, to case and to runs of spaces; everything else octet by octet.

use crate::der::{self, DerError, Element, Oid, Reader, tag};
use crate::names::text_of;

/// emailAddress 1.2.840.113549.1.9.1
const MAIL_ADDRESS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x01];

type Attribute<'a> = (Oid<'a>, Element<'a>);

/// Whether the name, a whole DER Name, begins with the RDNs of the base, another one.
pub(super) fn is_within(name: &[u8], base: &[u8]) -> Result<bool, DerError> {
    let mut name = Reader::new(der::whole(name, tag::SEQUENCE)?.value);
    let mut base = Reader::new(der::whole(base, tag::SEQUENCE)?.value);
    while !base.is_empty() {
        let wanted = attributes(&mut base)?;
        if name.is_empty() {
            return Ok(false);
        }
        let found = attributes(&mut name)?;
        // An RDN is a set.
        let is_in =
            |one: &Attribute<'_>, set: &[Attribute<'_>]| set.iter().any(|other| same(one, other));
        let same_sets = wanted.len() == found.len()
            && wanted.iter().all(|one| is_in(one, &found))
            && found.iter().all(|one| is_in(one, &wanted));
        if !same_sets {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The mail addresses among the attributes of a Name's content.
pub(super) fn mail_addresses(content: &[u8]) -> Result<Vec<&[u8]>, DerError> {
    let mut rdns = Reader::new(content);
    let mut found = Vec::new();
    while !rdns.is_empty() {
        let attributes = attributes(&mut rdns)?.into_iter();
        let addresses = attributes.filter(|(oid, _)| oid.0 == MAIL_ADDRESS);
        found.extend(addresses.map(|(_, value)| value.value));
    }
    Ok(found)
}

/// Most attributes of an RDN: those of one are compared with each of the other's.
const MAX_ATTRIBUTES: usize = 16;

fn attributes<'a>(rdns: &mut Reader<'a>) -> Result<Vec<Attribute<'a>>, DerError> {
    let mut rdn = rdns.inside(tag::SET)?;
    let mut found = Vec::with_capacity(1);
    while !rdn.is_empty() {
        let mut attribute = rdn.inside(tag::SEQUENCE)?;
        let oid = Oid(attribute.expect(tag::OBJECT_IDENTIFIER)?.value);
        let value = attribute.element()?;
        attribute.end()?;
        if found.len() == MAX_ATTRIBUTES {
            return Err(DerError("an RDN has too many attributes"));
        }
        found.push((oid, value));
    }
    Ok(found)
}

fn same(one: &Attribute<'_>, other: &Attribute<'_>) -> bool {
    one.0 == other.0
        && (one.1.raw == other.1.raw
            || match (text_of(one.1), text_of(other.1)) {
                (Some(one), Some(other)) => folded(&one) == folded(&other),
                _ => false,
            })
}

fn folded(text: &str) -> String {
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::{is_within, mail_addresses};

    /// O and CN, each with the tag of its value.
    fn name(rdns: &[(u8, u8, &str)]) -> Vec<u8> {
        let short = |length: usize| u8::try_from(length).unwrap();
        let mut content = Vec::new();
        for (arc, tag, text) in rdns {
            let length = short(text.len());
            content.extend([
                0x31,
                length + 9,
                0x30,
                length + 7,
                6,
                3,
                0x55,
                4,
                *arc,
                *tag,
                length,
            ]);
            content.extend(text.as_bytes());
        }
        [vec![0x30, short(content.len())], content].concat()
    }

    #[test]
    fn names_begin_alike() {
        const UTF8: u8 = 0x0c;
        const PRINTABLE: u8 = 0x13;
        let leaf = name(&[(10, UTF8, "Example  Org"), (3, UTF8, "leaf")]);
        let rows = [
            (name(&[]), true),
            (name(&[(10, UTF8, "Example  Org")]), true),
            (name(&[(10, PRINTABLE, " example ORG ")]), true),
            (name(&[(10, UTF8, "Example  Org"), (3, UTF8, "leaf")]), true),
            (name(&[(3, UTF8, "leaf")]), false),
            (name(&[(10, UTF8, "Example")]), false),
            (name(&[(11, UTF8, "Example Org")]), false),
            (
                name(&[(10, UTF8, "Example Org"), (3, UTF8, "leaf"), (3, UTF8, "x")]),
                false,
            ),
            // Not text: octet by octet.
            (name(&[(10, 0x04, "Example  Org")]), false),
        ];
        for (base, expected) in rows {
            assert_eq!(is_within(&leaf, &base), Ok(expected), "{base:02x?}");
        }
        assert_eq!(mail_addresses(&leaf[2..]), Ok(vec![]));
    }
}
