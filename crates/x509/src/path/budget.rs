//! Keys in, what a verification with them costs out; and how much one search may spend. Called by the search for a path.
//!
//! Keys differ: one verification with the dearest key that is accepted takes as long as thirty with the cheapest. So
//! it is not signatures that are counted but what they cost, and the presented keys themselves set the limit: each
//! may be used once, as on an honest path through all of them, and the dearest a few times more.

use crate::parse::SubjectPublicKeyInfo;
use crate::public_key::{KeyKind, bit_length, rsa_exponent};

/// What verifying one signature costs, in µs on a server of 2020; only the proportions matter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cost(u32);

impl Cost {
    /// With this key; nothing for one that no algorithm verifies with.
    pub(crate) fn of(key: &SubjectPublicKeyInfo<'_>) -> Self {
        Self(match KeyKind::of(key) {
            Ok(KeyKind::Rsa { bits }) => rsa(bits, rsa_exponent(key.key).unwrap_or_default()),
            Ok(KeyKind::EcP256) => 50,
            Ok(KeyKind::EcP384) => 200,
            Ok(KeyKind::EcP521) => 350,
            Ok(KeyKind::MlDsa44) => 32,
            Ok(KeyKind::MlDsa65) => 56,
            Ok(KeyKind::MlDsa87) => 82,
            Err(_) => 0,
        })
    }
}

/// Two multiplications of numbers of 2048 bits take 1 µs; preparing takes as long as twenty of the key's own size.
fn rsa(bits: usize, exponent: &[u8]) -> u32 {
    let ones: u32 = exponent.iter().map(|octet| octet.count_ones()).sum();
    let squares = u32::try_from(bit_length(exponent)).unwrap_or(u32::MAX);
    let multiplications = squares.saturating_add(ones);
    // A longer exponent than one of 33 bits is refused before anything is multiplied.
    let multiplications = multiplications.min(2 * 33);
    let size = u32::try_from(bits.div_ceil(64))
        .unwrap_or(u32::MAX)
        .min(8192 / 64);
    size * size * (20 + multiplications) / (2 * 32 * 32)
}

/// What is left to spend.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget(u32);

impl Budget {
    /// Each key once, and the dearest of them so many times more.
    pub(super) fn for_keys(costs: impl Iterator<Item = Cost>, more: u32) -> Self {
        let (sum, dearest) = costs.fold((0_u32, 0_u32), |(sum, dearest), Cost(cost)| {
            (sum.saturating_add(cost), dearest.max(cost))
        });
        Self(sum.saturating_add(dearest.saturating_mul(more)))
    }

    /// Whether there is enough left; it is spent then.
    pub(super) fn spend(&mut self, Cost(cost): Cost) -> bool {
        match self.0.checked_sub(cost) {
            Some(left) => {
                self.0 = left;
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_rsa_key_costs_by_the_square_of_its_size_and_by_its_exponent() {
        let common = [1, 0, 1];
        assert_eq!(rsa(2048, &common), 19, "about as measured");
        assert_eq!(rsa(4096, &common), 78);
        assert_eq!(rsa(8192, &common), 4 * 78);
        assert!(rsa(4096, &[1, 255, 255, 255, 255]) > 2 * rsa(4096, &common));
        assert_eq!(rsa(4096, &[0, 0, 1, 0, 1]), rsa(4096, &common));
        assert_eq!(rsa(8192, &[255; 1024]), rsa(8192, &[255; 5]));
    }

    #[test]
    fn what_is_spent_is_gone_and_what_is_too_dear_is_not_taken() {
        let costs = [Cost(50), Cost(350), Cost(50)];
        let mut budget = Budget::for_keys(costs.into_iter(), 1);
        assert!(budget.spend(Cost(350)) && budget.spend(Cost(350)));
        assert!(!budget.spend(Cost(350)), "100 are left");
        assert!(budget.spend(Cost(50)) && budget.spend(Cost(50)) && !budget.spend(Cost(50)));
        assert!(!Budget::for_keys([].into_iter(), 3).spend(Cost(1)));
    }
}
