//! When a failed read means that the store is away. A read may fail because this process was stopped while it waited for the
//! answer: that says nothing of the store. `follow.rs` hands in reads.

use std::pin::pin;
use std::time::Duration;

use super::LoadError;
use super::freshness::Freshness;
use crate::ports::StoreError;

/// How often it is looked whether this process still runs.
const TICK: Duration = Duration::from_millis(100);
/// A process that did nothing for longer was stopped, or starved: a time that ran out meanwhile is no silence of the store's. Far
/// below the times that stores are given.
const STILL: Duration = Duration::from_millis(500);
/// How often is read by a process that is stopped again and again.
const TRIES: u32 = 3;

impl Freshness {
    /// Reads, and notes what that says of the snapshot and of the store. A failure is believed at once, since requests wait for it,
    /// where this process ran all the while; where it stood still, the store is read again. While it stood still each time nothing is
    /// noted, so that the bound for a store that can be read holds on.
    pub(super) async fn note<R>(&self, mut read: impl FnMut() -> R) -> Result<(), LoadError>
    where
        R: Future<Output = Result<(), LoadError>>,
    {
        let mut left = TRIES;
        loop {
            let from = self.now();
            let (outcome, ended, stood_still) = self.watch(read()).await;
            left -= 1;
            match &outcome {
                Ok(()) => self.confirm(from),
                Err(LoadError::Store(_)) if stood_still => {
                    if left > 0 {
                        continue;
                    }
                }
                Err(LoadError::Store(StoreError::Away(_))) => self.lose(from, ended),
                Err(_) => {}
            }
            return outcome;
        }
    }

    /// What `work` came to, if it ends while this process runs for `limit`: after one that stood still for longer nothing is known of
    /// the store, and the work may be about to end.
    pub(super) async fn within<T>(
        &self,
        limit: Duration,
        work: impl Future<Output = T>,
    ) -> Option<T> {
        let mut work = pin!(work);
        let mut seen = self.now();
        let mut waited = Duration::ZERO;
        while waited < limit {
            if let Ok(outcome) = tokio::time::timeout(TICK, &mut work).await {
                return Some(outcome);
            }
            let now = self.now();
            waited += Duration::from_micros(now.saturating_sub(seen)).min(STILL);
            seen = now;
        }
        None
    }

    /// What `work` came to, when, and whether this process stood still meanwhile.
    async fn watch<T>(&self, work: impl Future<Output = T>) -> (T, u64, bool) {
        let mut work = pin!(work);
        let mut seen = self.now();
        let mut stood_still = false;
        loop {
            let outcome = tokio::time::timeout(TICK, &mut work).await;
            let now = self.now();
            stood_still |= u128::from(now.saturating_sub(seen)) > STILL.as_micros();
            seen = now;
            if let Ok(outcome) = outcome {
                return (outcome, now, stood_still);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::super::freshness::Staleness;
    use super::*;
    use crate::ports::Stopwatch;

    struct Hand(AtomicU64);

    impl Stopwatch for Hand {
        fn elapsed(&self) -> Duration {
            Duration::from_millis(self.0.load(Ordering::Relaxed))
        }
    }

    /// How one read ends, and after how many milliseconds in which this process did nothing.
    type Read = (Result<(), &'static str>, u64);
    const AWAY: Result<(), &str> = Err("away");
    const BROKEN: Result<(), &str> = Err("broken");

    /// Whether the store is believed to be away after these reads, the last one confirmed; none is left over.
    async fn believed_after(known_away: bool, reads: &[Read]) -> (bool, bool) {
        let hand = Arc::new(Hand(AtomicU64::new(0)));
        let bounds = Staleness {
            max: Duration::from_secs(1),
            away: Duration::from_secs(300),
        };
        let freshness = Freshness::starting(bounds, hand.clone());
        hand.0.store(1000, Ordering::Relaxed);
        if known_away {
            freshness.lose(900_000, 1_000_000);
        }
        let mut left = reads.iter();
        let outcome = freshness.note(|| {
            let (outcome, still) = *left.next().expect("no more reads than these");
            let hand = hand.clone();
            async move {
                hand.0.fetch_add(still, Ordering::Relaxed);
                outcome.map_err(|what| {
                    LoadError::Store(match what {
                        "away" => StoreError::Away(String::new()),
                        _ => StoreError::Failed(String::new()),
                    })
                })
            }
        });
        let outcome = outcome.await;
        assert_eq!(left.next(), None, "{reads:?}");
        assert_eq!(outcome.is_ok(), freshness.confirmed() > 0, "{reads:?}");
        (freshness.is_away(freshness.now()), outcome.is_ok())
    }

    #[tokio::test]
    async fn only_a_read_that_failed_while_this_process_ran_means_away() {
        let cases: &[(bool, &[Read], (bool, bool))] = &[
            (false, &[(Ok(()), 0)], (false, true)),
            (false, &[(Ok(()), 60_000)], (false, true)),
            // It is away: nobody is to wait for a second failure.
            (false, &[(AWAY, 0)], (true, false)),
            (false, &[(AWAY, 400)], (true, false)),
            (true, &[(AWAY, 0)], (true, false)),
            // The time ran out while the process was stopped: the store is there, or it is not.
            (false, &[(AWAY, 60_000), (Ok(()), 0)], (false, true)),
            (true, &[(AWAY, 60_000), (Ok(()), 0)], (false, true)),
            (false, &[(BROKEN, 60_000), (Ok(()), 0)], (false, true)),
            (false, &[(AWAY, 60_000), (AWAY, 400)], (true, false)),
            // Nobody knows.
            (
                false,
                &[(AWAY, 2000), (AWAY, 2000), (AWAY, 2000)],
                (false, false),
            ),
            (
                true,
                &[(AWAY, 2000), (AWAY, 2000), (AWAY, 2000)],
                (false, false),
            ),
            (false, &[(BROKEN, 0)], (false, false)),
            (false, &[(AWAY, 60_000), (BROKEN, 0)], (false, false)),
        ];
        for (known_away, reads, believed) in cases {
            assert_eq!(
                believed_after(*known_away, reads).await,
                *believed,
                "{known_away} {reads:?}"
            );
        }
    }

    /// A process may be stopped in the middle of a read, and go on before the read ends.
    #[tokio::test]
    async fn standing_still_is_seen_in_the_middle_of_a_read() {
        for (stop, seen) in [(10_000, true), (300, false)] {
            let hand = Arc::new(Hand(AtomicU64::new(0)));
            let second = Duration::from_secs(1);
            let bounds = Staleness {
                max: second,
                away: second,
            };
            let freshness = Freshness::starting(bounds, hand.clone());
            let work = async {
                tokio::time::sleep(3 * TICK).await;
                hand.0.fetch_add(stop, Ordering::Relaxed);
                tokio::time::sleep(3 * TICK).await;
            };
            assert_eq!(freshness.watch(work).await, ((), stop * 1000, seen));
        }
    }

    #[tokio::test]
    async fn patience_does_not_wear_out_while_this_process_stands_still() {
        // Milliseconds that pass in each of three ticks of work; whether it ends in time.
        for (tick, in_time) in [(0, true), (100, true), (60_000, true), (400, false)] {
            let hand = Arc::new(Hand(AtomicU64::new(0)));
            let second = Duration::from_secs(1);
            let bounds = Staleness {
                max: second,
                away: second,
            };
            let freshness = Freshness::starting(bounds, hand.clone());
            let work = async {
                hand.0.fetch_add(tick, Ordering::Relaxed);
                for _ in 0..2 {
                    tokio::time::sleep(2 * TICK).await;
                    if tick < 1000 {
                        hand.0.fetch_add(tick, Ordering::Relaxed);
                    }
                }
                tokio::time::sleep(2 * TICK).await;
            };
            let outcome = freshness.within(second, work).await;
            assert_eq!(outcome.is_some(), in_time, "{tick}");
        }
    }
}
