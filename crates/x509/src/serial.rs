//! Serial number octets of a certificate in, its decimal and hex text out.

/// Renders the big-endian magnitude as a decimal number, as the `Credential` of an AWS4-X509
/// signature writes a serial number, and programs show long numbers.
pub fn decimal(octets: &[u8]) -> String {
    // Little-endian base 10^9 "digits", four octets at a time: value = value * 2^32 + octets. At most 64
    // octets are parsed, so the quadratic cost stays small.
    const BASE: u64 = 1_000_000_000;
    let mut digits = Vec::<u64>::with_capacity(6);
    let (head, words) = octets.as_rchunks::<4>();
    let head = head
        .iter()
        .fold(0, |word, octet| word << 8 | u64::from(*octet));
    let words = words
        .iter()
        .map(|word| u64::from(u32::from_be_bytes(*word)));
    for word in std::iter::once(head).chain(words) {
        let mut carry = word;
        for digit in &mut digits {
            let value = (*digit << 32) + carry;
            *digit = value % BASE;
            carry = value / BASE;
        }
        while carry > 0 {
            digits.push(carry % BASE);
            carry /= BASE;
        }
    }
    let mut text = String::with_capacity(9 * digits.len().max(1));
    for digit in digits.into_iter().rev() {
        let mut rest = digit;
        let mut nine = [b'0'; 9];
        for place in nine.iter_mut().rev() {
            *place = b'0' + u8::try_from(rest % 10).unwrap_or(0);
            rest /= 10;
        }
        let leading = match text.is_empty() {
            true => nine.iter().take_while(|place| **place == b'0').count(),
            false => 0,
        };
        text.extend(nine.iter().skip(leading).copied().map(char::from));
    }
    if text.is_empty() {
        text.push('0');
    }
    text
}

/// Lower-case hex of the magnitude: no sign octet, always an even number of digits.
pub(crate) fn hex(octets: &[u8]) -> String {
    hex_simd::encode_to_string(magnitude(octets), hex_simd::AsciiCase::Lower)
}

/// The octets without leading zeroes, but at least one octet of a value that has any.
fn magnitude(octets: &[u8]) -> &[u8] {
    let mut rest = octets;
    while let [0, tail @ ..] = rest {
        if tail.is_empty() {
            break;
        }
        rest = tail;
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::{decimal, hex};

    #[test]
    fn renders_known_numbers() {
        let rows: &[(&[u8], &str, &str)] = &[
            (&[0], "0", "00"),
            (&[1], "1", "01"),
            (&[0x01, 0x23], "291", "0123"),
            (&[0x10, 0x02], "4098", "1002"),
            (&[0x00, 0x80], "128", "80"),
            (&[0x3b, 0x9a, 0xca, 0x00], "1000000000", "3b9aca00"),
            (
                &[0x0d, 0xe0, 0xb6, 0xb3, 0xa7, 0x64, 0x00, 0x00],
                "1000000000000000000",
                "0de0b6b3a7640000",
            ),
            // 2^159 - 1, the largest serial that RFC 5280 section 4.1.2.2 allows.
            (
                &[
                    0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                ],
                "730750818665451459101842416358141509827966271487",
                "7fffffffffffffffffffffffffffffffffffffff",
            ),
        ];
        for (octets, as_decimal, as_hex) in rows {
            assert_eq!(decimal(octets), *as_decimal);
            assert_eq!(hex(octets), *as_hex);
        }
    }
}
