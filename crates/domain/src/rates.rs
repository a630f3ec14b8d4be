//! Rate quotas: how many requests of a group a second are served (Roles Anywhere user guide, quotas). A bucket of tokens for
//! each group that has one; a request without a token is refused. Asked at the door of each call of Roles Anywhere.

use std::collections::BTreeMap;

use jiff::Timestamp;
use parking_lot::Mutex;

use crate::operations::RateClass;
use crate::refusal::{Kind, Refusal};

/// Requests a second of each group; a group that is not there has no limit.
pub type Rates = BTreeMap<RateClass, u32>;

/// A token in the unit of the buckets: with it, `rate` requests a second come to `rate` units a microsecond.
const TOKEN: u64 = 1_000_000;

/// The buckets of one server.
#[derive(Debug, Default)]
pub(crate) struct RateLimits(BTreeMap<RateClass, Bucket>);

#[derive(Debug)]
struct Bucket {
    rate: u64,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    units: u64,
    /// Microseconds since 1970; none before the first request.
    filled_at: Option<i64>,
}

impl RateLimits {
    pub(crate) fn new(rates: &Rates) -> Self {
        let bucket = |(&class, &rate): (&RateClass, &u32)| {
            let rate = u64::from(rate);
            let full = State {
                units: rate * TOKEN,
                filled_at: None,
            };
            let state = Mutex::new(full);
            (class, Bucket { rate, state })
        };
        Self(rates.iter().map(bucket).collect())
    }

    /// Takes a token of the group's bucket. A bucket holds one second's tokens; a clock that goes back fills nothing.
    pub(crate) fn admit(&self, class: RateClass, now: Timestamp) -> Result<(), Refusal> {
        let Some(bucket) = self.0.get(&class) else {
            return Ok(());
        };
        let mut state = bucket.state.lock();
        let now = now.as_microsecond();
        let elapsed = now.saturating_sub(state.filled_at.unwrap_or(now)).max(0);
        let gained = bucket.rate.saturating_mul(elapsed.unsigned_abs());
        state.units = state.units.saturating_add(gained).min(bucket.rate * TOKEN);
        state.filled_at = state.filled_at.max(Some(now));
        match state.units.checked_sub(TOKEN) {
            Some(left) => {
                state.units = left;
                Ok(())
            }
            None => Err(Refusal::new(
                Kind::Throttled,
                "rate-exceeded",
                "Rate exceeded",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn a_second_holds_as_many_as_the_rate() {
        let limits = RateLimits::new(&Rates::from([(RateClass::Crl, 2), (RateClass::Profile, 0)]));
        let start = Timestamp::UNIX_EPOCH;
        // Milliseconds from the start; a group; whether it is served.
        for (at, class, served) in [
            (0, RateClass::Crl, true),
            (0, RateClass::Crl, true),
            (0, RateClass::Crl, false),
            (499, RateClass::Crl, false),
            (500, RateClass::Crl, true),
            (500, RateClass::Crl, false),
            // Backwards, and to the same place again.
            (100, RateClass::Crl, false),
            (400, RateClass::Crl, false),
            (60_000, RateClass::Crl, true),
            (60_000, RateClass::Crl, true),
            (60_000, RateClass::Crl, false),
            (60_000, RateClass::Profile, false),
            (60_000, RateClass::Tagging, true),
        ] {
            let now = start + SignedDuration::from_millis(at);
            assert_eq!(limits.admit(class, now).is_ok(), served, "{class:?} {at}");
        }
    }
}
