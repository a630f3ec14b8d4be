//! The Workload API's answer (`X509SVIDResponse`, a protocol buffer): octets enter, the first SVID leaves.

use zeroize::Zeroizing;

/// What an identity needs of an `X509SVID`.
pub(super) struct Svid {
    /// `spiffe_id`
    pub(super) id: String,
    /// `x509_svid`: DER certificates one after the other, the leaf first.
    pub(super) chain_der: Vec<u8>,
    /// `x509_svid_key`: DER PKCS#8.
    pub(super) key_der: Zeroizing<Vec<u8>>,
}

impl Svid {
    /// The outer `None`: it can't be read. The inner: there is none in it.
    pub(super) fn first_of(answer: &[u8]) -> Option<Option<Self>> {
        let first = fields(answer)?.into_iter().find(|(number, _)| *number == 1);
        let Some((_, svid)) = first else {
            return Some(None);
        };
        let mut found = Self {
            id: String::new(),
            chain_der: Vec::new(),
            key_der: Zeroizing::default(),
        };
        for (number, value) in fields(svid)? {
            match number {
                1 => found.id = String::from_utf8(value.to_vec()).ok()?,
                2 => found.chain_der = value.to_vec(),
                3 => found.key_der = Zeroizing::new(value.to_vec()),
                _ => {}
            }
        }
        Some(Some(found))
    }
}

/// The fields that have a length; others are passed over.
fn fields(mut rest: &[u8]) -> Option<Vec<(u64, &[u8])>> {
    let mut fields = Vec::new();
    while !rest.is_empty() {
        let (key, behind) = number(rest)?;
        rest = match key & 7 {
            0 => number(behind)?.1,
            1 => behind.get(8..)?,
            2 => {
                let (length, behind) = number(behind)?;
                let (value, behind) = behind.split_at_checked(usize::try_from(length).ok()?)?;
                fields.push((key >> 3, value));
                behind
            }
            5 => behind.get(4..)?,
            _ => return None,
        };
    }
    Some(fields)
}

/// A number of 7 bits an octet, the lowest first.
fn number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0_u64;
    for (place, byte) in bytes.iter().take(10).enumerate() {
        value |= u64::from(byte & 0x7f).checked_shl(u32::try_from(place).ok()? * 7)?;
        if byte & 0x80 == 0 {
            return Some((value, bytes.get(place + 1..)?));
        }
    }
    None
}

/// The first DER value, and what is behind it.
pub(super) fn first_der(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = usize::from(*bytes.get(1)?);
    let (head, length) = if length < 0x80 {
        (2, length)
    } else {
        let octets = bytes.get(2..2 + (length & 0x7f))?;
        if octets.len() > 4 {
            return None;
        }
        (
            2 + octets.len(),
            octets
                .iter()
                .fold(0, |number, octet| number << 8 | usize::from(*octet)),
        )
    };
    bytes.split_at_checked(head.checked_add(length)?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Svid, first_der};

    fn field(number: u8, value: &[u8]) -> Vec<u8> {
        let mut bytes = vec![number << 3 | 2];
        let mut length = value.len();
        while length >= 0x80 {
            bytes.push(u8::try_from(length & 0x7f).unwrap() | 0x80);
            length >>= 7;
        }
        bytes.push(u8::try_from(length).unwrap());
        bytes.extend(value);
        bytes
    }

    #[test]
    fn the_first_svid_is_read_and_strangers_are_passed_over() {
        let chain = vec![7; 700];
        let svid = [
            field(1, b"spiffe://a/b"),
            field(2, &chain),
            field(3, b"key"),
            field(9, b"new"),
            vec![0x50, 0x96, 0x01],
        ]
        .concat();
        let answer = [field(2, b"crl"), field(1, &svid), field(1, b"\x0a\x01x")].concat();
        let svid = Svid::first_of(&answer).unwrap().unwrap();
        assert_eq!(
            (svid.id.as_str(), &svid.chain_der, &svid.key_der[..]),
            ("spiffe://a/b", &chain, &b"key"[..])
        );
        assert!(Svid::first_of(&field(2, b"crl")).unwrap().is_none());
        assert!(Svid::first_of(&answer[..answer.len() - 1]).is_none());
    }

    #[test]
    fn certificates_are_parted() {
        let two = [&[0x30, 0x02, 1, 2][..], &[0x30, 0x81, 0x80], &[0; 128]].concat();
        let (one, rest) = first_der(&two).unwrap();
        assert_eq!((one, first_der(rest).unwrap().1), (&two[..4], &[][..]));
        for cut in [&two[..1], &two[4..6], &two[4..two.len() - 1]] {
            assert!(first_der(cut).is_none());
        }
    }

    proptest! {
        #[test]
        fn no_octets_break_it(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _read = Svid::first_of(&bytes).is_some();
            if let Some((one, rest)) = first_der(&bytes) {
                prop_assert_eq!([one, rest].concat(), bytes);
            }
        }
    }
}
