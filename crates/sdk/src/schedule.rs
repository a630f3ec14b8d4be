//! When credentials are asked for: before they end, and after a failure. The keeper goes by it, and the helper's `update`.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::Surroundings;

/// Credentials are replaced so long before they end, as the official helper does.
const AHEAD: SignedDuration = SignedDuration::from_mins(5);
/// No two sessions are asked for sooner after each other, however short the first one lives.
const LEAST_PAUSE: SignedDuration = SignedDuration::from_secs(10);
/// The pauses after failures double from `LEAST_PAUSE` up to this.
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_mins(2);
/// The clock is looked at this often: a machine that slept finds out.
const LOOK: SignedDuration = SignedDuration::from_secs(15);

/// By chance so much earlier, at most.
const SPREAD: SignedDuration = SignedDuration::from_mins(1);

/// Five minutes before the end and up to one minute more, so that machines that began together don't ask together; but not before
/// half of the time has passed, and never at once.
pub fn refresh_at(now: Timestamp, expiration: &str, random: [u8; 16]) -> Timestamp {
    let left = expiration
        .parse::<Timestamp>()
        .map_or(SignedDuration::ZERO, |end| end.duration_since(now));
    let earlier = part_of(SPREAD, random);
    later(now, (left - AHEAD - earlier).max(left / 2).max(LEAST_PAUSE))
}

/// A random part of it.
fn part_of(whole: SignedDuration, random: [u8; 16]) -> SignedDuration {
    let [low, high, ..] = random;
    whole * i32::from(u16::from_le_bytes([low, high])) / i32::from(u16::MAX)
}

/// Doubles with each failure; a random half of it, so that machines that failed together don't ask together.
pub fn pause(failures: u32, random: [u8; 16]) -> SignedDuration {
    let doubled = LEAST_PAUSE.saturating_mul(1 << failures.saturating_sub(1).min(8));
    let ceiling = doubled.min(LONGEST_PAUSE);
    ceiling / 2 + part_of(ceiling / 2, random)
}

/// Waits, unless `is_enough` says every 15 seconds that it need not. A clock that is set back meanwhile makes it no longer.
pub fn wait_until(
    next: Timestamp,
    surroundings: &dyn Surroundings,
    mut is_enough: impl FnMut() -> bool,
) {
    let mut left = next.duration_since(surroundings.now());
    while left > SignedDuration::ZERO {
        let nap = left.min(LOOK);
        surroundings.sleep(Duration::try_from(nap).unwrap_or_default());
        if is_enough() {
            return;
        }
        left = (left - nap).min(next.duration_since(surroundings.now()));
    }
}

/// Saturates at the end of time.
pub fn later(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.checked_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_replaced_before_they_end_and_never_in_a_spin() {
        let now: Timestamp = "2030-01-01T00:00:00Z".parse().unwrap();
        // With the latest and the earliest time that chance gives.
        let rows = [
            ("2030-01-01T01:00:00Z", ["00:55:00", "00:54:00"]),
            ("2030-01-01T00:15:00Z", ["00:10:00", "00:09:00"]),
            ("2030-01-01T00:10:30Z", ["00:05:30", "00:05:15"]),
            ("2030-01-01T00:04:00Z", ["00:02:00", "00:02:00"]),
            ("2030-01-01T00:00:01Z", ["00:00:10", "00:00:10"]),
            ("2029-12-31T23:00:00Z", ["00:00:10", "00:00:10"]),
            ("soon", ["00:00:10", "00:00:10"]),
        ];
        for (expiration, expected) in rows {
            for (random, expected) in [0, 255].into_iter().zip(expected) {
                let at = refresh_at(now, expiration, [random; 16]);
                assert_eq!(
                    at.to_string(),
                    format!("2030-01-01T{expected}Z"),
                    "{expiration}"
                );
            }
        }
    }

    /// A clock that leaps during the third nap, by so many hours.
    struct Leaping(std::cell::Cell<(Timestamp, u32)>, i64);

    impl Surroundings for Leaping {
        fn now(&self) -> Timestamp {
            self.0.get().0
        }

        fn random(&self) -> [u8; 16] {
            [0; 16]
        }

        fn sleep(&self, duration: Duration) {
            let (now, naps) = self.0.get();
            let mut now = now + SignedDuration::try_from(duration).unwrap();
            if naps == 2 {
                now += SignedDuration::from_hours(self.1);
            }
            self.0.set((now, naps + 1));
        }
    }

    #[test]
    fn a_clock_that_leaps_makes_no_wait_longer() {
        let now: Timestamp = "2030-01-01T00:00:00Z".parse().unwrap();
        let clock = Leaping(std::cell::Cell::new((now, 0)), -24);
        wait_until(now + SignedDuration::from_mins(2), &clock, || false);
        assert_eq!(clock.0.get().1, 8);
        wait_until(clock.now() + SignedDuration::from_mins(2), &clock, || true);
        assert_eq!(clock.0.get().1, 9, "it was enough");
        // A machine that slept.
        let clock = Leaping(std::cell::Cell::new((now, 0)), 1);
        wait_until(now + SignedDuration::from_mins(50), &clock, || false);
        assert_eq!(clock.0.get().1, 3);
    }

    #[test]
    fn pauses_grow_and_are_spread() {
        let seconds = |failures, random| pause(failures, [random; 16]).as_secs();
        assert_eq!((seconds(1, 0), seconds(1, 255)), (5, 10));
        assert_eq!((seconds(2, 0), seconds(2, 255)), (10, 20));
        assert_eq!((seconds(5, 0), seconds(5, 255)), (60, 120));
        assert_eq!((seconds(4_000_000, 0), seconds(4_000_000, 255)), (60, 120));
    }
}
