//! A name in, the text out by which AWS's helper lists certificates and selects them in a store: Go's `pkix.Name`, which
//! puts the attributes into an order of its own, so that this text and the certificate's own (RFC 4514) may differ.

use std::borrow::Cow;

use crate::der::{self, Element, tag};
use crate::names::{Name, RawAttributes, text_of};

/// The attributes that have a name, as they stand in the text. Those of one type are together, joined by `+`; of common
/// name and serial number only the last counts.
const NAMED: [(u8, &str); 9] = [
    (5, "SERIALNUMBER"),
    (3, "CN"),
    (11, "OU"),
    (10, "O"),
    (17, "POSTALCODE"),
    (9, "STREET"),
    (7, "L"),
    (8, "ST"),
    (6, "C"),
];

impl Name {
    /// The text of AWS's helper: `SERIALNUMBER`, `CN`, `OU`, `O`, `POSTALCODE`, `STREET`, `L`, `ST`, `C`, then all other
    /// attributes, last first, as `OID=#` and the lower-case hex of their DER, where text is a PrintableString or a
    /// UTF8String whatever it is in the certificate.
    #[must_use]
    pub fn selector_text(&self) -> String {
        let content = der::whole(self.der(), tag::SEQUENCE).map_or(&[][..], |name| name.value);
        let mut named: [Vec<Cow<'_, str>>; NAMED.len()] = Default::default();
        let mut others = Vec::new();
        for (_, oid, value) in RawAttributes::new(content).map_while(Result::ok) {
            let place = NAMED
                .iter()
                .zip(&mut named)
                .find(|((arc, _), _)| *oid.0 == [0x55, 0x04, *arc]);
            match (place, text_of(value)) {
                (Some((_, values)), Some(text)) => values.push(text),
                (Some(((_, name), _)), None) => others.push(((*name).to_owned(), hex(value.raw))),
                (None, _) => others.push((oid.to_string(), as_go_encodes(value))),
            }
        }
        let mut rdns = Vec::new();
        for ((arc, name), values) in NAMED.iter().zip(&named) {
            let values = match (arc, values.as_slice()) {
                (3 | 5, [.., last]) if last.is_empty() => &[][..],
                (3 | 5, [.., last]) => std::slice::from_ref(last),
                (_, values) => values,
            };
            let rdn: Vec<String> = values
                .iter()
                .map(|value| format!("{name}={}", escaped(value)))
                .collect();
            if !rdn.is_empty() {
                rdns.push(rdn.join("+"));
            }
        }
        let others = others.into_iter().rev();
        rdns.extend(others.map(|(oid, hex)| format!("{oid}=#{hex}")));
        rdns.join(",")
    }
}

/// RFC 2253's characters, and nothing else: a control character stands as it is.
fn escaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let last = value.len().saturating_sub(1);
    for (position, character) in value.char_indices() {
        let is_escaped = match character {
            ',' | '+' | '"' | '\\' | '<' | '>' | ';' => true,
            ' ' => position == 0 || position == last,
            '#' => position == 0,
            _ => false,
        };
        if is_escaped {
            text.push('\\');
        }
        text.push(character);
    }
    text
}

/// Text as Go's `asn1.Marshal` writes it; what is no text, as it is.
fn as_go_encodes(value: Element<'_>) -> String {
    const PRINTABLE_STRING: u8 = 0x13;
    const UTF8_STRING: u8 = 0x0c;
    let Some(text) = text_of(value) else {
        return hex(value.raw);
    };
    let is_printable =
        |octet: u8| octet.is_ascii_alphanumeric() || b"'()+,-./ :=?".contains(&octet);
    let tag = if text.bytes().all(is_printable) {
        PRINTABLE_STRING
    } else {
        UTF8_STRING
    };
    let mut header = vec![tag];
    match u8::try_from(text.len()) {
        Ok(short @ 0..=0x7f) => header.push(short),
        Ok(length) => header.extend([0x81, length]),
        // A certificate of which this is a part has fewer than 64 KiB.
        Err(_) => {
            header.push(0x82);
            header.extend(u16::try_from(text.len()).unwrap_or(u16::MAX).to_be_bytes());
        }
    }
    hex(&[&header, text.as_bytes()].concat())
}

fn hex(octets: &[u8]) -> String {
    hex_simd::encode_to_string(octets, hex_simd::AsciiCase::Lower)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(tag: u8, value: &[u8]) -> Vec<u8> {
        let length = u8::try_from(value.len()).unwrap();
        let header = match length {
            0..=0x7f => vec![tag, length],
            _ => vec![tag, 0x81, length],
        };
        [&header, value].concat()
    }

    fn name(attributes: &[(&[u8], u8, &[u8])]) -> Name {
        let rdns: Vec<u8> = attributes
            .iter()
            .flat_map(|(oid, tag, value)| {
                let parts = [element(0x06, oid), element(*tag, value)].concat();
                element(0x31, &element(0x30, &parts))
            })
            .collect();
        Name::from_der(&element(0x30, &rdns)).unwrap()
    }

    const MAIL: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x01];

    #[test]
    fn attributes_are_put_in_gos_order() {
        let all = name(&[
            (&[0x55, 4, 6], 0x13, b"DE"),
            (MAIL, 0x16, b"a@b"),
            (&[0x55, 4, 3], 0x0c, b"first"),
            (&[0x55, 4, 11], 0x0c, b"Users"),
            (&[0x55, 4, 17], 0x0c, b"12345"),
            (&[0x55, 4, 4], 0x0c, b"Sur"),
            (&[0x55, 4, 11], 0x0c, b"EMEA"),
            (&[0x55, 4, 3], 0x0c, b"last"),
            (&[0x55, 4, 5], 0x13, b"7"),
            (&[0x55, 4, 10], 0x0c, b"Ex, Ltd"),
            (&[0x55, 4, 8], 0x0c, b""),
        ]);
        assert_eq!(
            all.selector_text(),
            "SERIALNUMBER=7,CN=last,OU=Users+OU=EMEA,O=Ex\\, Ltd,POSTALCODE=12345,ST=,C=DE,\
             2.5.4.4=#1303537572,1.2.840.113549.1.9.1=#0c03614062"
        );
        assert_eq!(name(&[]).selector_text(), "");
        assert_eq!(name(&[(&[0x55, 4, 3], 0x0c, b"")]).selector_text(), "");
    }

    #[test]
    fn few_characters_are_escaped() {
        let rows = [
            ("#a#", "\\#a#"),
            (" a b ", "\\ a b\\ "),
            ("a\"+,;<>\\b", "a\\\"\\+\\,\\;\\<\\>\\\\b"),
            ("a\nb=c", "a\nb=c"),
            ("é", "é"),
        ];
        for (value, expected) in rows {
            let name = name(&[(&[0x55, 4, 3], 0x0c, value.as_bytes())]);
            assert_eq!(name.selector_text(), format!("CN={expected}"));
        }
        let starred = name(&[(MAIL, 0x13, b"a*"), (MAIL, 0x02, &[5])]);
        assert_eq!(
            starred.selector_text(),
            "1.2.840.113549.1.9.1=#020105,1.2.840.113549.1.9.1=#0c02612a"
        );
    }
}
