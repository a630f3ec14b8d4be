//! DER by hand: a tag and contents that are DER already enter, an element leaves. For structures that are put together from parts.

/// One element.
pub(crate) fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let length = body.len().to_be_bytes();
    let mut der = vec![tag];
    if body.len() < 0x80 {
        der.extend(length.last());
    } else {
        let significant: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
        der.extend(u8::try_from(significant.len()).map(|count| 0x80 | count));
        der.extend(significant);
    }
    der.extend(body);
    der
}

/// `SEQUENCE`.
pub(crate) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    element(0x30, parts)
}

/// `OCTET STRING`.
pub(crate) fn octets(content: &[u8]) -> Vec<u8> {
    element(0x04, &[content])
}

/// `[0] EXPLICIT`.
pub(crate) fn explicit_0(part: &[u8]) -> Vec<u8> {
    element(0xa0, &[part])
}
