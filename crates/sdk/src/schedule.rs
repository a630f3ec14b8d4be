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

/// Five minutes before the end, but not before half of the time has passed, and never at once.
pub fn refresh_at(now: Timestamp, expiration: &str) -> Timestamp {
    let left = expiration
        .parse::<Timestamp>()
        .map_or(SignedDuration::ZERO, |end| end.duration_since(now));
    later(now, (left - AHEAD).max(left / 2).max(LEAST_PAUSE))
}

/// Doubles with each failure; a random half of it, so that machines that failed together don't ask together.
pub fn pause(failures: u32, random: [u8; 16]) -> SignedDuration {
    let doubled = LEAST_PAUSE.saturating_mul(1 << failures.saturating_sub(1).min(8));
    let ceiling = doubled.min(LONGEST_PAUSE);
    let [low, high, ..] = random;
    let part = i32::from(u16::from_le_bytes([low, high]));
    ceiling / 2 + ceiling * part / (2 * i32::from(u16::MAX))
}

/// Waits until then; the clock is looked at every 15 seconds.
pub fn wait_until(next: Timestamp, surroundings: &dyn Surroundings) {
    while surroundings.now() < next {
        wait_towards(next, surroundings);
    }
}

/// Waits until then, or 15 seconds if that is sooner.
pub fn wait_towards(next: Timestamp, surroundings: &dyn Surroundings) {
    let left = next.duration_since(surroundings.now());
    surroundings.sleep(Duration::try_from(left.min(LOOK)).unwrap_or_default());
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
        let rows = [
            ("2030-01-01T01:00:00Z", "2030-01-01T00:55:00Z"),
            ("2030-01-01T00:15:00Z", "2030-01-01T00:10:00Z"),
            ("2030-01-01T00:04:00Z", "2030-01-01T00:02:00Z"),
            ("2030-01-01T00:00:01Z", "2030-01-01T00:00:10Z"),
            ("2029-12-31T23:00:00Z", "2030-01-01T00:00:10Z"),
            ("soon", "2030-01-01T00:00:10Z"),
        ];
        for (expiration, expected) in rows {
            assert_eq!(
                refresh_at(now, expiration).to_string(),
                expected,
                "{expiration}"
            );
        }
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
