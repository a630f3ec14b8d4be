//! Where choices come from: a seed, of which every run makes the same, or bytes that a fuzzer turns this way and that.

/// A source of choices; never ends.
#[derive(Debug, Clone)]
pub struct Choices<'b> {
    source: Source<'b>,
}

#[derive(Debug, Clone)]
enum Source<'b> {
    Seed(u64),
    Bytes(&'b [u8]),
}

impl<'b> Choices<'b> {
    /// Choices that depend on the seed alone (SplitMix64).
    #[must_use]
    pub fn of_seed(seed: u64) -> Self {
        let source = Source::Seed(seed);
        Self { source }
    }

    /// One byte for each choice; the first of each list once there are no more.
    #[must_use]
    pub fn of_bytes(bytes: &'b [u8]) -> Self {
        let source = Source::Bytes(bytes);
        Self { source }
    }

    /// A number below `bound`, which is 256 at most; 0 for a bound of 0.
    pub fn below(&mut self, bound: usize) -> usize {
        let raw = match &mut self.source {
            Source::Seed(state) => {
                *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
                let mut mixed = *state;
                mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
                mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
                usize::try_from((mixed ^ (mixed >> 31)) >> 33).unwrap_or_default()
            }
            Source::Bytes(bytes) => match bytes.split_first() {
                Some((first, rest)) => {
                    *bytes = rest;
                    usize::from(*first)
                }
                None => 0,
            },
        };
        raw.checked_rem(bound).unwrap_or_default()
    }

    /// True once in `n` times.
    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) + 1 == n
    }

    /// One of the items; `T`'s default for none.
    pub fn pick<T: Copy + Default>(&mut self, items: &[T]) -> T {
        let index = self.below(items.len());
        items.get(index).copied().unwrap_or_default()
    }
}
