//! How old the snapshot may be: when it was last confirmed to be the store's newest state, and until when that is good
//! enough. `directory/follow.rs` confirms; every request asks, which costs one reading of the clock and two atomic loads.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::ports::Stopwatch;

/// How old a snapshot of a shared store may be when an answer is given from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Staleness {
    /// While the store can be read.
    pub max: Duration,
    /// While the store is away; the same as `max` where nothing is to be answered then.
    pub away: Duration,
}

/// When the snapshot was confirmed, by the stopwatch.
pub(super) struct Freshness {
    pub(super) bounds: Staleness,
    time: Arc<dyn Stopwatch>,
    /// The start of the newest read that found the snapshot to be current, in microseconds.
    confirmed: AtomicU64,
    /// Until when the store is believed to be away, in microseconds; 0 when it was read last.
    away_until: AtomicU64,
}

impl Freshness {
    /// For a snapshot that is about to be read.
    pub(super) fn starting(bounds: Staleness, time: Arc<dyn Stopwatch>) -> Self {
        Self {
            bounds,
            confirmed: AtomicU64::new(micros(time.elapsed())),
            time,
            away_until: AtomicU64::new(0),
        }
    }

    /// Microseconds by the stopwatch.
    pub(super) fn now(&self) -> u64 {
        micros(self.time.elapsed())
    }

    /// When the snapshot was last confirmed.
    pub(super) fn confirmed(&self) -> u64 {
        self.confirmed.load(Ordering::Acquire)
    }

    /// A read that began at `from` found the snapshot, which readers see already, to be current.
    pub(super) fn confirm(&self, from: u64) {
        self.confirmed.fetch_max(from, Ordering::AcqRel);
        self.away_until.store(0, Ordering::Release);
    }

    /// A read that began at `from` failed at `ended`, since the store is away. Believed until the next one can have failed in
    /// the same way.
    pub(super) fn lose(&self, from: u64, ended: u64) {
        let until = ended + micros(self.bounds.max) + ended.saturating_sub(from);
        self.away_until.store(until, Ordering::Release);
    }

    /// Whether an answer may be given at `now` from a snapshot that was confirmed at `confirmed`.
    pub(super) fn allows(&self, confirmed: u64, now: u64) -> bool {
        now <= confirmed.saturating_add(micros(self.bounds.max))
            || (self.is_away(now) && now <= confirmed.saturating_add(micros(self.bounds.away)))
    }

    /// Whether the store is believed to be away at `now`.
    pub(super) fn is_away(&self, now: u64) -> bool {
        now <= self.away_until.load(Ordering::Acquire)
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU64;

    use super::*;

    struct Hand(AtomicU64);

    impl Stopwatch for Hand {
        fn elapsed(&self) -> Duration {
            Duration::from_millis(self.0.load(Ordering::Relaxed))
        }
    }

    fn at(hand: &Hand, millis: u64) -> u64 {
        hand.0.store(millis, Ordering::Relaxed);
        millis * 1000
    }

    #[test]
    fn an_old_snapshot_is_good_only_while_the_store_is_away() {
        let hand = Arc::new(Hand(AtomicU64::new(0)));
        let bounds = Staleness {
            max: Duration::from_secs(1),
            away: Duration::from_secs(60),
        };
        let freshness = Freshness::starting(bounds, hand.clone());
        let allowed = |millis| freshness.allows(freshness.confirmed(), at(&hand, millis));
        assert!(allowed(1000) && !allowed(1001));
        // A read that took from 1.0 s to 1.4 s: good until 2.0 s.
        at(&hand, 1400);
        freshness.confirm(1_000_000);
        assert!(allowed(2000) && !allowed(2001));
        // An older read that ends later changes nothing.
        freshness.confirm(500_000);
        assert!(allowed(2000));
        // A read from 3.0 s to 3.5 s fails: believed until 5.0 s.
        freshness.lose(3_000_000, 3_500_000);
        assert!(allowed(5000) && !allowed(5001));
        // Failing again and again does not go beyond the bound of its own.
        freshness.lose(61_000_000, 61_000_000);
        assert!(allowed(61_000) && !allowed(61_001));
        at(&hand, 62_000);
        freshness.confirm(62_000_000);
        assert!(allowed(63_000) && !freshness.is_away(62_000_000));
    }

    #[test]
    fn without_a_bound_of_its_own_being_away_changes_nothing() {
        let hand = Arc::new(Hand(AtomicU64::new(0)));
        let second = Duration::from_secs(1);
        let bounds = Staleness {
            max: second,
            away: second,
        };
        let freshness = Freshness::starting(bounds, hand.clone());
        freshness.lose(900_000, 900_000);
        assert!(freshness.allows(0, 1_000_000) && !freshness.allows(0, 1_000_001));
    }
}
