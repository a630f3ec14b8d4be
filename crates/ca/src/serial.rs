//! Serial numbers: random bytes, and where many are kept the time, enter; a positive number of at most 16 octets leaves (RFC 5280
//! section 4.1.2.2).

use jiff::Timestamp;

/// Random bits of a serial number that begins with the time.
const RANDOM_BITS: u32 = 80;

/// A certificate's serial number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Serial([u8; 16]);

impl Serial {
    /// Makes a serial number of 127 bits out of 128 random ones: the highest is cleared, since the number is signed,
    /// and zero becomes one.
    pub fn from_random(random: [u8; 16]) -> Self {
        match u128::from_be_bytes(random) & (u128::MAX >> 1) {
            0 => Serial(1_u128.to_be_bytes()),
            number => Serial(number.to_be_bytes()),
        }
    }

    /// Makes a serial number of the time in milliseconds and 80 random bits, as UUIDs of version 7 are made (RFC 9562 section 5.7) and
    /// for their reason: an index of millions grows at its end instead of in as many places as there are new rows. That is more than
    /// the 64 random bits that the CA/Browser Forum asks for (Baseline Requirements, section 7.1.2); the time is in the certificate, too.
    pub fn in_order(at: Timestamp, random: [u8; 16]) -> Self {
        let millis = u128::try_from(at.as_millisecond()).unwrap_or_default();
        let random = u128::from_be_bytes(random) & ((1 << RANDOM_BITS) - 1);
        Self::from_random((millis << RANDOM_BITS | random).to_be_bytes())
    }

    /// The number, big-endian.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::Serial;

    #[test]
    fn is_positive_and_not_zero() {
        assert_eq!(Serial::from_random([0xff; 16]).0[0], 0x7f);
        let mut only_sign = [0; 16];
        only_sign[0] = 0x80;
        for random in [[0; 16], only_sign] {
            assert_eq!(u128::from_be_bytes(Serial::from_random(random).0), 1);
        }
    }

    #[test]
    fn is_in_order_of_time_and_else_random() {
        let at = |time: &str| Serial::in_order(time.parse().unwrap(), [0xa5; 16]).0;
        let times = [
            "1969-12-31T23:59:59Z",
            "2026-01-01T00:00:00Z",
            "2026-01-01T00:00:00.001Z",
            "9999-12-30T22:00:00Z",
        ];
        let serials = times.map(at);
        assert!(serials.is_sorted_by(|a, b| a < b), "{serials:?}");
        for serial in serials {
            assert!(serial[0] < 0x80);
            assert_eq!(serial[6..], [0xa5; 10]);
        }
    }
}
