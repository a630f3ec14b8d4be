//! How much is made in an hour, by what it is of: so that nobody fills the database. In memory, of each server by itself.

use std::collections::HashMap;

use jiff::Timestamp;
use parking_lot::Mutex;

use super::problem::refused;
use crate::refusal::{AcmeKind, Refusal};

const HOUR: i64 = 3600;

/// What was made in the present hour.
#[derive(Default)]
pub(super) struct Hourly(Mutex<Made>);

#[derive(Default)]
struct Made {
    hour: i64,
    counts: HashMap<String, u32>,
}

impl Hourly {
    /// Counts one more, where fewer than `most` were made in this hour.
    pub fn admit(&self, what: &str, most: u32, now: Timestamp) -> Result<(), Refusal> {
        let mut made = self.0.lock();
        let hour = now.as_second().div_euclid(HOUR);
        // A clock that goes back forgets nothing.
        if hour > made.hour {
            made.hour = hour;
            made.counts.clear();
        }
        let count = made.counts.entry(what.to_owned()).or_default();
        if *count >= most {
            return Err(refused(
                AcmeKind::RateLimited,
                "acme-hourly-limit",
                "Too many in this hour; try again in the next one.",
            )
            .with_private(format!("{most} {what} an hour are the most")));
        }
        *count += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_holds_so_many() {
        let hourly = Hourly::default();
        // Seconds; of what; whether it is admitted.
        for (at, what, admitted) in [
            (7200, "a", true),
            (7201, "a", true),
            (7202, "a", false),
            (7202, "b", true),
            (3599, "a", false),
            (10_799, "a", false),
            (10_800, "a", true),
        ] {
            let now = Timestamp::from_second(at).unwrap();
            assert_eq!(hourly.admit(what, 2, now).is_ok(), admitted, "{at} {what}");
        }
    }
}
