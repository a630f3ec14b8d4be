//! Constraints on directory names: the constraint's RDNs begin the name (RFC 5280 sections 4.2.1.10 and 7.1). Text
//! compares without regard to its encoding, to case and to runs of spaces; everything else octet by octet.

use crate::der::{self, DerError, Element, Oid, Reader, tag};
use crate::names::text_of;

/// emailAddress 1.2.840.113549.1.9.1
const MAIL_ADDRESS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x01];

/// Octets that are the same for names that compare alike, and that begin with those of another name where its RDNs begin
/// this one: so a name that is compared with many constraints is folded once. Takes a whole DER Name.
pub(super) fn canonical(name: &[u8]) -> Result<Vec<u8>, DerError> {
    let mut rdns = Reader::new(der::whole(name, tag::SEQUENCE)?.value);
    let mut octets = Vec::with_capacity(name.len());
    while !rdns.is_empty() {
        let attributes = attributes(&mut rdns)?;
        // An RDN is a set.
        let mut set: Vec<Vec<u8>> = attributes.into_iter().map(folded).collect();
        set.sort_unstable();
        set.dedup();
        put(&mut octets, &set.concat());
    }
    Ok(octets)
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

fn attributes<'a>(rdns: &mut Reader<'a>) -> Result<Vec<(Oid<'a>, Element<'a>)>, DerError> {
    let mut rdn = rdns.inside(tag::SET)?;
    let mut found = Vec::with_capacity(1);
    while !rdn.is_empty() {
        let mut attribute = rdn.inside(tag::SEQUENCE)?;
        let oid = Oid(attribute.expect(tag::OBJECT_IDENTIFIER)?.value);
        let value = attribute.element()?;
        attribute.end()?;
        found.push((oid, value));
    }
    Ok(found)
}

fn folded((oid, value): (Oid<'_>, Element<'_>)) -> Vec<u8> {
    let mut octets = Vec::with_capacity(oid.0.len() + value.raw.len() + 9);
    put(&mut octets, oid.0);
    match text_of(value) {
        Some(text) => {
            let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
            octets.push(1);
            put(&mut octets, words.join(" ").as_bytes());
        }
        None => {
            octets.push(0);
            put(&mut octets, value.raw);
        }
    }
    octets
}

/// With the length before it, so that no two lists of parts have the same octets.
fn put(octets: &mut Vec<u8>, part: &[u8]) {
    octets.extend_from_slice(&part.len().to_be_bytes());
    octets.extend_from_slice(part);
}

#[cfg(test)]
mod tests {
    use super::{canonical, mail_addresses};

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
            let is_within = canonical(&leaf)
                .unwrap()
                .starts_with(&canonical(&base).unwrap());
            assert_eq!(is_within, expected, "{base:02x?}");
        }
        assert_eq!(mail_addresses(&leaf[2..]), Ok(vec![]));
    }
}
