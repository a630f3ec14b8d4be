//! Serial numbers: random bytes enter, a positive number of at most 16 octets leaves (RFC 5280 section 4.1.2.2).

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
}
