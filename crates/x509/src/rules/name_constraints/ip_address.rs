//! Constraints on IP addresses: an address with its mask (RFC 5280 section 4.2.1.10).

use crate::der::DerError;

pub(super) fn is_within(address: &[u8], base: &[u8]) -> Result<bool, DerError> {
    if !matches!(address.len(), 4 | 16) {
        return Err(DerError("it is no IP address"));
    }
    let Some((network, mask)) = base
        .split_at_checked(base.len() / 2)
        .filter(|(network, mask)| matches!(network.len(), 4 | 16) && network.len() == mask.len())
    else {
        return Err(DerError("a constraint is no address with a mask"));
    };
    if !is_prefix(mask) {
        return Err(DerError("a mask has a gap"));
    }
    let parts = address.iter().zip(network).zip(mask);
    Ok(address.len() == network.len() && parts.into_iter().all(|((a, n), m)| a & m == n & m))
}

/// Ones, then zeroes (RFC 4632).
fn is_prefix(mask: &[u8]) -> bool {
    let mut rest = mask.iter().skip_while(|octet| **octet == 0xff);
    let edge = rest.next().copied().unwrap_or(0);
    edge.leading_ones() + edge.trailing_zeros().min(8) >= 8 && rest.all(|octet| *octet == 0)
}

#[cfg(test)]
mod tests {
    use super::is_within;

    #[test]
    fn networks() {
        let rows: [(&[u8], &[u8], Option<bool>); 9] = [
            (
                &[192, 0, 2, 7],
                &[192, 0, 2, 0, 255, 255, 255, 0],
                Some(true),
            ),
            (
                &[192, 0, 3, 7],
                &[192, 0, 2, 0, 255, 255, 255, 0],
                Some(false),
            ),
            (
                &[192, 0, 3, 7],
                &[192, 0, 2, 9, 255, 255, 254, 0],
                Some(true),
            ),
            (&[9, 9, 9, 9], &[0; 8], Some(true)),
            (&[1, 2, 3, 4], &[1, 2, 3, 4, 255, 255, 255, 255], Some(true)),
            (&[1, 2, 3, 4], &[0; 32], Some(false)),
            (&[1, 2, 3, 4], &[1, 2, 3, 4, 255, 0, 255, 0], None),
            (&[1, 2, 3, 4], &[1, 2, 3, 4, 255, 255, 255], None),
            (&[1, 2, 3], &[0; 8], None),
        ];
        for (address, base, expected) in rows {
            assert_eq!(
                is_within(address, base).ok(),
                expected,
                "{address:?} {base:?}"
            );
        }
    }
}
